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
	var in, line, path string
	cmd := &cobra.Command{
		Use:   "explain FINGERPRINT|RULE",
		Short: "Say why a secret was reported or not, and what to do about it",
		Long: `Explain scans again for the value with that fingerprint, also among near misses, and
says which rule found it, on what evidence, where it is, and how it is rotated. For
a rule it says what the rule looks for. With --line it explains any line.`,
		Example: "  leakguard explain github-pat\n  leakguard explain lg1s-0f1e…\n  leakguard explain --line - --path app.yml < app.yml",
		Args: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("line") {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && strings.HasPrefix(args[0], "lg1") {
				return f.explainFound(cmd, in, args[0])
			}
			f.rejected = true
			s, err := f.settings(".")
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return explainLine(cmd, s, line, path)
			}
			r := s.engine.Rule(args[0])
			if r == nil {
				return fmt.Errorf("%q is no fingerprint and no rule: see leakguard rules list", args[0])
			}
			explainRule(cmd.OutOrStdout(), r)
			return nil
		},
	}
	f.registerReading(cmd.Flags())
	cmd.Flags().StringVar(&in, "in", ".", "the repository or folder to look in")
	cmd.Flags().StringVar(&line, "line", "", "explain this line instead; - is standard input")
	cmd.Flags().StringVar(&path, "path", "", "with --line: the file that it is from; its extension tells the syntax")
	return cmd
}

// found is a value that a scan found.
type found struct {
	*scanner.Secret
	settings *settings
	rejected bool // a near miss
	falls    bool // found, and a near miss in other places
}

// find scans at path for the value with that fingerprint, also among near misses.
func (f *scanFlags) find(cmd *cobra.Command, path, fingerprint string) (*found, error) {
	f.rejected = true
	s, _, sources, err := f.everything(cmd.Context(), path)
	if err != nil {
		return nil, err
	}
	res, err := f.scan(cmd, s, sources)
	if err != nil {
		return nil, err
	}
	if cmd.Context().Err() != nil {
		return nil, exit(exitInterrupted)
	}
	in := func(list []scanner.Secret) *scanner.Secret {
		for i := range list {
			if list[i].Fingerprint == fingerprint {
				return &list[i]
			}
		}
		return nil
	}
	near := in(res.Rejected)
	for _, list := range [][]scanner.Secret{res.Secrets, res.Suppressed} {
		if secret := in(list); secret != nil {
			return &found{secret, s, false, near != nil}, nil
		}
	}
	if near != nil {
		return &found{near, s, true, false}, nil
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "leakguard: no secret with fingerprint %s in %s\n", fingerprint, path)
	return nil, exit(exitFound)
}

// explainFound explains the value with that fingerprint.
func (f *scanFlags) explainFound(cmd *cobra.Command, path, fingerprint string) error {
	s, err := f.find(cmd, path, fingerprint)
	if err != nil {
		return err
	}
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "%s  %s, %d bytes, %.2f bits a character, confidence %s\n", s.Fingerprint, s.Redacted, s.Length, s.Entropy, s.Confidence)
	if s.Suppression != nil {
		fmt.Fprintf(w, "suppressed by %s %s: %s\n", s.Suppression.Kind, s.Suppression.Where, s.Suppression.Reason)
	}
	if s.Score > 0 {
		if err := evidenceOf(s.settings, s.Score, s.Reasons).Write(w); err != nil {
			return err
		}
	}
	if s.rejected {
		fmt.Fprintln(w, "It is not reported: a near miss.")
		return reports.WriteRejected(w, s.Secret)
	}
	if s.falls {
		fmt.Fprintln(w, "  In other places it is a near miss: see leakguard scan --show-rejected.")
	}
	explainRule(w, s.Rule)
	text, _ := reports.Lookup("text")
	one := &scanner.Result{Secrets: []scanner.Secret{*s.Secret}, RuleCount: 1}
	fmt.Fprintln(w)
	return text.Write(w, one, reports.Options{Version: versionString()})
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
