package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

func newRules() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "rules",
		Short:   "List, show and test the rules",
		Example: "  leakguard rules list\n  leakguard rules show github-pat\n  leakguard rules test rules.d/acme.toml",
	}
	var config string
	cmd.PersistentFlags().StringVarP(&config, "config", "c", "", "config file (default: .leakguard.toml here)")
	return group(cmd, newRulesList(&config), newRulesShow(&config), newRulesTest(&config), newRulesBench(&config), newRulesNew())
}

// ruleInfo is a rule as rules list and rules show give it in JSON.
type ruleInfo struct {
	ID         string           `json:"id"`
	Name       string           `json:"name"`
	Provider   string           `json:"provider"`
	Severity   rules.Severity   `json:"severity"`
	Confidence rules.Confidence `json:"confidence,omitempty"`
	Identity   rules.Identity   `json:"identity"`
	OWASP      []string         `json:"owasp"`
	Pattern    string           `json:"pattern,omitempty"`
	Detector   string           `json:"detector,omitempty"`
	Keywords   []string         `json:"keywords,omitempty"`
	Entropy    float64          `json:"entropy,omitempty"`
	Checksum   string           `json:"checksum,omitempty"`
	Source     string           `json:"source"`
	Rotate     string           `json:"rotate"`
	Runbook    bool             `json:"runbook"` // whether there are steps to rotate it
	Steps      []string         `json:"steps,omitempty"`
	Matches    int              `json:"matches"`    // how many templates of what it must find
	Ignores    int              `json:"ignores"`    // and of what it must not
	Verifiable bool             `json:"verifiable"` // whether its issuer can be asked
	Revocable  bool             `json:"revocable"`  // whether leakguard revoke can end it
}

// infoOf describes a rule; tested is the same with its examples.
func infoOf(r, tested *rules.Rule) ruleInfo {
	return ruleInfo{
		ID: r.ID, Name: r.Name, Provider: r.Provider.ID, Severity: r.Severity, Confidence: r.Confidence,
		Identity: r.Provider.Identity, OWASP: r.Provider.OWASP, Pattern: r.Pattern, Detector: r.Detector, Keywords: r.Keywords,
		Entropy: r.Entropy, Checksum: r.Checksum, Source: r.Source, Rotate: r.Provider.Rotate.URL, Steps: r.Provider.Rotate.Steps,
		Runbook: len(r.Provider.Rotate.Steps) > 0, Matches: len(tested.Match), Ignores: len(tested.Ignore),
		Verifiable: verify.Verifiable(r), Revocable: verify.Revocable(r),
	}
}

func newRulesList(config *string) *cobra.Command {
	var format string
	var verifiable bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the rules that run",
		Example: "  leakguard rules list --format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(*config, ".")
			if err != nil {
				return err
			}
			if err := s.start(); err != nil {
				return err
			}
			list := slices.Clone(s.engine.Rules())
			if verifiable {
				list = slices.DeleteFunc(list, func(r *rules.Rule) bool { return !verify.Verifiable(r) })
			}
			slices.SortFunc(list, func(a, b *rules.Rule) int { return strings.Compare(a.ID, b.ID) })
			switch format {
			case "json":
				infos, tested := make([]ruleInfo, len(list)), s.tested()
				for i, r := range list {
					infos[i] = infoOf(r, tested[r.ID])
					infos[i].Steps = nil
				}
				return writeIndented(cmd.OutOrStdout(), infos)
			case "text":
				return listText(cmd.OutOrStdout(), list)
			case "summary":
				return listSummary(cmd.OutOrStdout(), list)
			}
			return fmt.Errorf("--format %q: want text, summary or json", format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, summary or json")
	cmd.Flags().BoolVar(&verifiable, "verifiable", false, "only those whose issuer can be asked whether a secret is live")
	return cmd
}

func listText(w io.Writer, list []*rules.Rule) error {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	providers := map[string]bool{}
	for _, r := range list {
		providers[r.Provider.ID] = true
		fmt.Fprintf(tw, "%s\t%s\t%s\n", r.ID, r.Severity, r.Name)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d credentials of %d providers\n", len(list), len(providers))
	return err
}

// listSummary counts the rules by what is known of them.
func listSummary(w io.Writer, list []*rules.Rule) error {
	providers := map[*rules.Provider]bool{}
	var verifiable, revocable, checksums, runbooks int
	count := func(n *int, holds bool) {
		if holds {
			*n++
		}
	}
	for _, r := range list {
		providers[r.Provider] = true
		count(&verifiable, verify.Verifiable(r))
		count(&revocable, verify.Revocable(r))
		count(&checksums, r.Checksum != "")
		count(&runbooks, len(r.Provider.Rotate.Steps) > 0)
	}
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	for _, row := range []struct {
		n    int
		what string
	}{
		{len(providers), "providers"}, {len(list), "credentials"}, {verifiable, "verifiable"}, {revocable, "revocable"},
		{checksums, "with checksum"}, {runbooks, "with runbook"},
	} {
		fmt.Fprintf(tw, "%d\t  %s\n", row.n, row.what)
	}
	return tw.Flush()
}

func writeIndented(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func newRulesShow(config *string) *cobra.Command {
	return &cobra.Command{
		Use:     "show ID",
		Short:   "Show one rule: what it looks for, and how its secret is rotated",
		Example: "  leakguard rules show github-pat",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := load(*config, ".")
			if err != nil {
				return err
			}
			if err := s.start(); err != nil {
				return err
			}
			r := s.engine.Rule(args[0])
			if r == nil {
				return fmt.Errorf("no rule %q: see leakguard rules list", args[0])
			}
			return writeIndented(cmd.OutOrStdout(), infoOf(r, s.tested()[r.ID]))
		},
	}
}
