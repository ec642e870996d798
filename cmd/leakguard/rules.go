package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

func newRules() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "rules",
		Short:   "List, show and test the rules",
		Example: "  leakguard rules list\n  leakguard rules show github-pat",
	}
	var config string
	cmd.PersistentFlags().StringVarP(&config, "config", "c", "", "config file (default: .leakguard.toml here)")
	return group(cmd, newRulesList(&config), newRulesShow(&config), newRulesTest())
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
	Steps      []string         `json:"steps,omitempty"`
	Verifiable bool             `json:"verifiable"` // whether its issuer can be asked
	Revocable  bool             `json:"revocable"`  // whether leakguard revoke can end it
}

func infoOf(r *rules.Rule) ruleInfo {
	return ruleInfo{
		ID: r.ID, Name: r.Name, Provider: r.Provider.ID, Severity: r.Severity, Confidence: r.Confidence,
		Identity: r.Provider.Identity, OWASP: r.Provider.OWASP, Pattern: r.Pattern, Detector: r.Detector, Keywords: r.Keywords,
		Entropy: r.Entropy, Checksum: r.Checksum, Source: r.Source, Rotate: r.Provider.Rotate.URL, Steps: r.Provider.Rotate.Steps,
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
				infos := make([]ruleInfo, len(list))
				for i, r := range list {
					infos[i] = infoOf(r)
					infos[i].Steps = nil
				}
				return writeIndented(cmd.OutOrStdout(), infos)
			case "text":
				return listText(cmd.OutOrStdout(), list)
			}
			return fmt.Errorf("--format %q: want text or json", format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
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
			return writeIndented(cmd.OutOrStdout(), infoOf(r))
		},
	}
}

func newRulesTest() *cobra.Command {
	return &cobra.Command{
		Use:   "test FILE...",
		Short: "Run the match and ignore examples of provider files",
		Long: `Test reads provider files, compiles their rules and runs the examples: each
match template must be found by its rule, and no ignore template may be.`,
		Example: "  leakguard rules test rules.d/acme.toml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			failed := 0
			for _, name := range args {
				data, err := os.ReadFile(name)
				if err != nil {
					return err
				}
				p, err := rules.ReadProvider(name, data)
				if err != nil {
					return err
				}
				n, err := testProvider(cmd.OutOrStdout(), p)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				failed += n
			}
			if failed > 0 {
				return exit(exitFound)
			}
			return nil
		},
	}
}

// examplesEach is how many texts each template is expanded to.
const examplesEach = 20

// testProvider runs the examples of a provider by itself and says what failed.
func testProvider(w io.Writer, p *rules.Provider) (failed int, err error) {
	list := []*rules.Provider{p}
	if err := detectors.Check(list); err != nil {
		return 0, err
	}
	e, err := detectors.New(list, detectors.DefaultOptions())
	if err != nil {
		return 0, err
	}
	for _, r := range p.Rules {
		ran := 0
		for _, ex := range []struct {
			kind      string
			templates []string
			want      bool
		}{{"match", r.Match, true}, {"ignore", r.Ignore, false}} {
			for _, t := range ex.templates {
				ran++
				ok, err := testTemplate(e, r, t, ex.want)
				if err != nil {
					return failed, fmt.Errorf("rule %s: %w", r.ID, err)
				}
				if !ok {
					failed++
					fmt.Fprintf(w, "FAIL %s: %s %q\n", r.ID, ex.kind, t)
				}
			}
		}
		if len(r.Match) == 0 || len(r.Ignore) == 0 {
			failed++
			fmt.Fprintf(w, "FAIL %s: it needs at least one match and one ignore template\n", r.ID)
		}
		fmt.Fprintf(w, "ran  %s: %d templates\n", r.ID, ran)
	}
	return failed, nil
}

// testTemplate reports whether each expansion of a template is found, or not, as
// it should be.
func testTemplate(e *detectors.Engine, r *rules.Rule, template string, want bool) (bool, error) {
	for seed := range uint64(examplesEach) {
		text, err := rules.Expand(template, rand.New(rand.NewPCG(seed, uint64(len(template)))))
		if err != nil {
			return false, err
		}
		found := slices.ContainsFunc(e.Scan([]byte(text), ""), func(m detectors.Match) bool { return m.Rule == r })
		if found != want {
			return false, nil
		}
	}
	return true, nil
}
