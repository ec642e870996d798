package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	reports "github.com/leakguard/leakguard/action/report"
	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/git"
)

// verifyCommand is the command verify.
type verifyCommand struct {
	scanFlags
	parts []string
}

func newVerify() *cobra.Command {
	f := new(verifyCommand)
	cmd := &cobra.Command{
		Use:   "verify REPORT [PATH] | verify --rule ID",
		Short: "Ask issuers whether secrets are live, whose they are and what they may do",
		Long: `Verify reads a JSON report of an earlier scan, gets each secret back from the place
where it was found, in the repository or folder at PATH (default: the current
folder), and asks its issuer about it. Reports do not hold secrets: what is no
longer where it was, or was in a build log or a variable of a CI system, cannot
be asked about, and is a gap.

Without a report, it asks about the secret of that rule on standard input.

The exit code is 1 if a secret is live; --fail-on changes what counts.`,
		Example: `  leakguard verify report.json
  leakguard verify --rule github-pat < token.txt
  leakguard verify --rule aws-secret-access-key --part key_id=AKIA... < key.txt`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.verify.ask = true
			if len(args) == 0 {
				return f.given(cmd)
			}
			return f.reported(cmd, args[0], argOr(args[1:], "."))
		},
	}
	f.registerReading(cmd.Flags())
	f.registerReports(cmd.Flags(), "verified")
	f.verify.register(cmd.Flags())
	cmd.Flags().Var((*list)(&f.parts), "part", "NAME=VALUE of what completes the secret on standard input, such as its key id, repeatable")
	return cmd
}

// largestSecret is how much of standard input is read for one secret, in bytes.
const largestSecret = 1 << 20

// given asks about the secret on standard input.
func (f *verifyCommand) given(cmd *cobra.Command) error {
	if len(f.rules) != 1 {
		return errors.New("name a report, or with --rule the one rule of the secret on standard input")
	}
	id := f.rules[0]
	f.rules = nil
	s, err := f.settings(".")
	if err != nil {
		return err
	}
	rule := s.engine.Rule(id)
	if rule == nil {
		return fmt.Errorf("no rule %q: see leakguard rules list", id)
	}
	parts, err := partsOf(f.parts)
	if err != nil {
		return err
	}
	value, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), largestSecret+1))
	if err != nil {
		return err
	}
	value = bytes.TrimSpace(value)
	if len(value) == 0 || len(value) > largestSecret {
		return errors.New("standard input: want one secret, of at most 1 MiB")
	}
	out, err := f.outputs()
	if err != nil {
		return err
	}
	verifier, done, err := f.verify.verifier(s)
	if err != nil {
		return err
	}
	// What the rule's pattern sees in the value is a part too.
	for _, m := range s.engine.Scan(value, "") {
		if m.Rule == rule && bytes.Equal(m.Value, value) {
			parts = append(parts, m.Parts...)
		}
	}
	res := scanner.Given(cmd.Context(), rule, value, parts, scanner.Options{
		Engine: s.engine, Severity: s.severity, Reveal: f.reveal, Verify: verifier,
	})
	if err := errors.Join(f.write(cmd.OutOrStdout(), out, res, "."), done()); err != nil {
		return err
	}
	return f.scanFlags.verdict(cmd.Context(), res)
}

// partsOf reads NAME=VALUE pairs.
func partsOf(pairs []string) ([]detectors.Part, error) {
	var parts []detectors.Part
	for _, p := range pairs {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" || value == "" {
			return nil, errors.New("--part: want NAME=VALUE") // the value may be secret
		}
		parts = append(parts, detectors.Part{Name: name, Value: []byte(value)})
	}
	return parts, nil
}

// reported asks about the secrets of a report.
func (f *verifyCommand) reported(cmd *cobra.Command, report, path string) error {
	if len(f.parts) > 0 {
		return errors.New("--part is for a secret on standard input")
	}
	data, err := os.ReadFile(report)
	if err != nil {
		return err
	}
	earlier, err := reports.ReadResult(data, func(string) *rules.Rule { return nil })
	if err != nil {
		return fmt.Errorf("%s: %w", report, err)
	}
	known := slices.DeleteFunc(earlier.Secrets, func(k scanner.Secret) bool {
		return len(f.rules) > 0 && !slices.Contains(f.rules, k.Rule.ID)
	})
	f.rules = nil
	f.keep = func(fingerprint string) bool {
		return slices.ContainsFunc(known, func(k scanner.Secret) bool { return k.Fingerprint == fingerprint })
	}
	s, sources, err := f.places(path, known)
	if err != nil {
		return err
	}
	out, err := f.outputs()
	if err != nil {
		return err
	}
	res, err := f.scan(cmd, s, sources)
	if err != nil {
		return err
	}
	res.Coverage = append(res.Coverage, lost(report, known, res))
	if err := f.write(cmd.OutOrStdout(), out, res, path); err != nil {
		return err
	}
	return f.scanFlags.verdict(cmd.Context(), res)
}

// lost tells which secrets of the report were not found again.
func lost(report string, known []scanner.Secret, res *scanner.Result) *scanner.Coverage {
	cov := scanner.NewCoverage("secrets of "+report, scanner.InFile)
	found := map[string]bool{}
	for _, list := range [][]scanner.Secret{res.Secrets, res.Suppressed} {
		for i := range list {
			found[list[i].Fingerprint] = true
		}
	}
	cov.Count("secrets", int64(len(known)))
	for _, k := range known {
		if found[k.Fingerprint] {
			continue
		}
		why, fix := "it is no longer where the report says", "scan again, with --verify"
		if !slices.ContainsFunc(k.Occurrences, func(o scanner.Occurrence) bool { return o.Kind != scanner.InLog && o.Kind != scanner.InVariable }) {
			why = "it lay in a build log or a variable, which is not read again"
			fix = "scan that again, with --verify, or give the secret on standard input, with --rule"
		}
		cov.Gap(fmt.Sprintf("%s of rule %s", k.Fingerprint, k.Rule.ID), why, fix)
	}
	return cov
}

// places lists the sources in which the secrets of a report lie.
func (f *verifyCommand) places(path string, known []scanner.Secret) (*settings, []scanner.Source, error) {
	repo, err := git.Open(path)
	if err != nil && !errors.Is(err, git.ErrNotRepository) {
		return nil, nil, err
	}
	root := path
	if repo != nil {
		root = repo.Root
	}
	s, err := f.settings(root)
	if err != nil {
		return nil, nil, err
	}
	var objects []scanner.Occurrence
	var names []string
	for _, k := range known {
		for _, o := range k.Occurrences {
			switch {
			case repo != nil && (o.Kind == scanner.InGit || o.Kind == scanner.InStaged) && o.Blob+o.Commit != "":
				objects = append(objects, o)
			case o.Path != "" && (o.Kind == scanner.InFile || o.Kind == scanner.InVariable && o.Commit == ""):
				if name := fileOf(root, o.Path); name != "" && !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	var sources []scanner.Source
	if len(objects) > 0 {
		sources = append(sources, git.NewAgain(repo, objects, s.gitOptions(f.workers)))
	}
	if len(names) > 0 {
		sources = append(sources, files.New(names, s.fileOptions(f.workers)))
	}
	return s, sources, nil
}

// fileOf is the file of an occurrence's path: what stands before the member of an
// archive. It is "" if the path leads out of root or to nothing.
func fileOf(root, path string) string {
	for {
		if local := filepath.FromSlash(path); filepath.IsLocal(local) {
			name := filepath.Join(root, local)
			if _, err := os.Stat(name); err == nil {
				return name
			}
		}
		i := strings.LastIndexByte(path, '!')
		if i < 0 {
			return ""
		}
		path = path[:i]
	}
}
