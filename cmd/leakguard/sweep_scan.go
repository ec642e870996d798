package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/config"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/scanner/seen"
)

// scanner returns what scans one repository under the flags, and what ends it.
func (f *sweepFlags) scanner(cmd *cobra.Command, s *settings) (func(context.Context, *git.Repository, func(*git.Options)) *scanner.Result, func() error, error) {
	list, err := s.suppressions(f.scan.baselines, !f.scan.noInline)
	if err != nil {
		return nil, nil, err
	}
	verifier, done, err := f.scan.verify.verifier(s)
	if err != nil {
		return nil, nil, err
	}
	for _, w := range s.warnings {
		fmt.Fprintln(cmd.ErrOrStderr(), "leakguard: warning:", concealed(w))
	}
	o := scanner.Options{Engine: s.engine, Suppress: list.Apply, Severity: s.severity, Verify: verifier}
	if s.known != nil {
		o.Kept = s.known.Find
	}
	return func(ctx context.Context, repo *git.Repository, remember func(*git.Options)) *scanner.Result {
		reading := s.gitOptions(1) // repositories are worked at once, not their objects
		remember(&reading)
		return scanner.Run(ctx, []scanner.Source{git.NewHistory(repo, reading)}, o)
	}, done, nil
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

// fetcher returns what keeps mirrors.
func (f *sweepFlags) fetcher() (func(context.Context, sweep.Repository) (*sweep.Copy, error), error) {
	var limit config.Size
	if err := limit.UnmarshalTOML(f.disk); err != nil {
		return nil, fmt.Errorf("--disk: %w", err)
	}
	dir := f.mirrors
	if dir == "" {
		var err error
		if dir, err = seen.DefaultPath("mirrors"); err != nil {
			return nil, err
		}
	}
	mirrors, err := git.OpenMirrors(dir, int64(limit))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, r sweep.Repository) (*sweep.Copy, error) {
		auth, err := f.list.auth(r.Host)
		if err != nil {
			return nil, err
		}
		m, err := mirrors.Update(ctx, r.Clone, auth)
		if remedy := remedyOf(err); remedy != "" {
			return nil, &sweep.Unreadable{Err: err, Remedy: remedy}
		}
		if err != nil {
			return nil, err
		}
		return &sweep.Copy{Path: m.Path, Refs: m.Refs, Gaps: m.Gaps, Release: m.Release}, nil
	}, nil
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

// auth is what a host is given to clone from it: the token for GitHub or GitLab, and
// only the host that it is for.
func (l *sweepLists) auth(host string) (git.Auth, error) {
	if host == "" {
		return git.Auth{}, nil
	}
	for _, of := range []struct{ address, standard, variables, user string }{
		{"GITHUB_API_URL", "github.com", "GH_TOKEN GITHUB_TOKEN", "x-access-token"},
		{"GITLAB_URL", "gitlab.com", "GITLAB_TOKEN", "oauth2"},
	} {
		if host != l.webHost(of.address, of.standard) {
			continue
		}
		token, err := l.token(strings.Fields(of.variables))
		return git.Auth{Token: token, User: of.user, Server: "https://" + host}, err
	}
	return git.Auth{}, nil
}

// webHost is the host of repositories of the forge whose address is --url, or in that
// variable, or the standard one.
func (l *sweepLists) webHost(variable, standard string) string {
	address := l.url
	if address == "" {
		address = os.Getenv(variable)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return standard
	}
	return strings.TrimPrefix(u.Host, "api.")
}

// token is that of --token-file, or else of the first of the variables that is set.
func (l *sweepLists) token(variables []string) (string, error) {
	if l.tokenFile != "" {
		data, err := os.ReadFile(l.tokenFile)
		line, _, _ := bytes.Cut(data, []byte{'\n'})
		return strings.TrimSpace(string(line)), err
	}
	for _, name := range variables {
		if value := os.Getenv(name); value != "" {
			return value, nil
		}
	}
	return "", nil
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
