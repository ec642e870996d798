package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/git"
)

// scanOptions are those of each scan under the flags. done ends the verifier.
func (f *sweepFlags) scanOptions(cmd *cobra.Command, s *settings) (o scanner.Options, done func() error, err error) {
	list, err := s.suppressions(f.scan.baselines, !f.scan.noInline)
	if err != nil {
		return o, nil, err
	}
	verifier, done, err := f.scan.verify.verifier(s)
	if err != nil {
		return o, nil, err
	}
	for _, w := range s.warnings {
		fmt.Fprintln(cmd.ErrOrStderr(), "leakguard: warning:", concealed(w))
	}
	o = scanner.Options{Engine: s.engine, Suppress: list.Apply, Severity: s.severity, Verify: verifier}
	if s.known != nil {
		o.Kept = s.known.Find
	}
	return o, done, nil
}

// historyScanner returns what scans the history of one repository.
func historyScanner(s *settings, o scanner.Options) func(context.Context, *git.Repository, func(*git.Options)) *scanner.Result {
	return func(ctx context.Context, repo *git.Repository, remember func(*git.Options)) *scanner.Result {
		reading := s.gitOptions(1) // repositories are worked at once, not their objects
		remember(&reading)
		return scanner.Run(ctx, []scanner.Source{git.NewHistory(repo, reading)}, o)
	}
}

// ruleset names all that decides what is found in a git object, the program with it.
func ruleset(s *settings) string {
	return fmt.Sprintf("%s %s %d %v", versionString(), s.engine.Hash(), s.cfg.Scan.MaxSize, s.limits())
}

// fingerprint is of all that decides, beside the rules, what counts: the config with its
// suppressions, the baselines, and some of the flags.
func (f *sweepFlags) fingerprint(s *settings) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s %t %t %q %t\n", f.scan.failOn, f.scan.noInline, f.scan.verify.ask, f.scan.verify.only, f.scan.verify.offline)
	files := []string{s.beside(configName), s.beside(s.cfg.Suppress.IgnoreFile)}
	if f.scan.config != "" {
		files[0] = f.scan.config
	}
	if s.cfg.Suppress.Baseline != "" {
		files = append(files, s.beside(s.cfg.Suppress.Baseline))
	}
	for _, name := range append(files, f.scan.baselines...) {
		data, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		fmt.Fprintf(h, "%d\n%s\n", len(data), data)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// remedyOf is what helps where another attempt does not; "" where it may.
func remedyOf(err error) string {
	switch {
	case errors.Is(err, git.ErrNotFound):
		return "correct the address, or give a token that may read it"
	case errors.Is(err, git.ErrDenied):
		return "give a token that may read it"
	case errors.Is(err, git.ErrDiskLimit):
		return "give more room with --disk"
	}
	return ""
}

// complaints is a logger of what the queue complains of.
func complaints(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(concealing{w}, &slog.HandlerOptions{Level: slog.LevelError}))
}

// concealing writes lines without the secrets in them.
type concealing struct{ io.Writer }

// Write implements io.Writer.
func (c concealing) Write(line []byte) (int, error) {
	_, err := io.WriteString(c.Writer, concealed(strings.TrimSuffix(string(line), "\n"))+"\n")
	return len(line), err
}
