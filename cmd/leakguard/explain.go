package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	reports "github.com/leakguard/leakguard/action/report"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
)

func newExplain() *cobra.Command {
	f := new(scanFlags)
	var path string
	cmd := &cobra.Command{
		Use:   "explain FINGERPRINT|RULE",
		Short: "Say why a secret was reported, and what to do about it",
		Long: `Explain scans again for the secret with that fingerprint and says which rule found
it, on what evidence, where it is, and how it is rotated. For a rule it says what
the rule looks for.`,
		Example: "  leakguard explain github-pat\n  leakguard explain lg1s-0f1e…",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !strings.HasPrefix(args[0], "lg1") {
				s, err := load(f.config, ".")
				if err != nil {
					return err
				}
				if err := s.start(); err != nil {
					return err
				}
				r := s.engine.Rule(args[0])
				if r == nil {
					return fmt.Errorf("%q is no fingerprint and no rule: see leakguard rules list", args[0])
				}
				explainRule(cmd.OutOrStdout(), r)
				return nil
			}
			return f.withResult(cmd, path, func(res *scanner.Result) error {
				for _, list := range [][]scanner.Secret{res.Secrets, res.Suppressed} {
					for i := range list {
						if list[i].Fingerprint == args[0] {
							return explainSecret(cmd.OutOrStdout(), &list[i])
						}
					}
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "leakguard: no secret with fingerprint %s in %s\n", args[0], path)
				return exit(exitFound)
			})
		},
	}
	f.registerReading(cmd.Flags())
	cmd.Flags().StringVar(&path, "in", ".", "the repository or folder to look in")
	return cmd
}

func explainRule(w io.Writer, r *rules.Rule) {
	fmt.Fprintf(w, "%s: %s\n", r.ID, r.Name)
	fmt.Fprintf(w, "  issuer      %s (%s)\n", r.Provider.Name, r.Provider.Docs)
	fmt.Fprintf(w, "  severity    %s; the identity is usually that of a %s\n", r.Severity, identityWords(r.Provider.Identity))
	fmt.Fprintf(w, "  format      %s\n", r.Source)
	for _, e := range evidence(r) {
		fmt.Fprintf(w, "  evidence    %s\n", e)
	}
	fmt.Fprintf(w, "  OWASP NHI   %s\n", strings.Join(r.Provider.OWASP, ", "))
	fmt.Fprintf(w, "  to rotate   %s\n", r.Provider.Rotate.URL)
	for i, step := range r.Provider.Rotate.Steps {
		fmt.Fprintf(w, "    %d. %s\n", i+1, step)
	}
}

func identityWords(k rules.Identity) string {
	if k == rules.EitherIdentity {
		return "machine or a person"
	}
	return k.String()
}

// evidence says in words what makes the rule believe that it sees a secret.
func evidence(r *rules.Rule) []string {
	var out []string
	switch {
	case r.Detector == "known-value":
		out = append(out, "the value itself: a secrets manager keeps it, says leakguard inventory")
	case r.Detector != "":
		out = append(out, "the name it is assigned to, together with the value's shape and randomness")
	case len(r.Near) > 0:
		out = append(out, "the value's shape, next to a name of the issuer: "+strings.Join(r.Near, ", "))
	default:
		out = append(out, "the issuer's own format; keywords: "+strings.Join(r.Keywords, ", "))
	}
	if r.Checksum != "" {
		out = append(out, "the value proves itself ("+r.Checksum+"): one that does not is never reported")
	}
	if r.Entropy > 0 {
		out = append(out, fmt.Sprintf("at least %.1f bits of entropy a character, which placeholders do not have", r.Entropy))
	}
	for _, p := range r.Parts {
		out = append(out, fmt.Sprintf("its %s (%s) within %d lines belongs to it", p.Name, p.Rule, p.Lines))
	}
	return out
}

func explainSecret(w io.Writer, s *scanner.Secret) error {
	fmt.Fprintf(w, "%s  %s, %d bytes, %.2f bits a character, confidence %s\n", s.Fingerprint, s.Redacted, s.Length, s.Entropy, s.Confidence)
	if s.Suppression != nil {
		fmt.Fprintf(w, "suppressed by %s %s: %s\n", s.Suppression.Kind, s.Suppression.Where, s.Suppression.Reason)
	}
	explainRule(w, s.Rule)
	text, _ := reports.Lookup("text")
	one := &scanner.Result{Secrets: []scanner.Secret{*s}, RuleCount: 1}
	fmt.Fprintln(w)
	return text.Write(w, one, reports.Options{Version: versionString()})
}
