package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/checksum"
)

// actAsLeakguard in the environment makes the test binary the command itself,
// so that tests see exit codes and output as a user does.
const actAsLeakguard = "LEAKGUARD_TEST_MAIN=1"

func TestMain(m *testing.M) {
	if slices.Contains(os.Environ(), actAsLeakguard) {
		main()
		return
	}
	os.Exit(m.Run())
}

// hang is how long a command may take before the test takes it for stuck.
const hang = 2 * time.Minute

// run runs leakguard in dir, as a user without any configuration.
func run(t *testing.T, dir string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(userEnv(t), actAsLeakguard)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if ctx.Err() != nil {
		t.Fatalf("leakguard %s: still running after %v", strings.Join(args, " "), hang)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// userEnv is the environment of a user who has configured nothing.
func userEnv(t *testing.T) []string {
	home := t.TempDir()
	env := []string{"HOME=" + home, "USERPROFILE=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_CACHE_HOME=" + home}
	for _, name := range []string{"PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "GOCOVERDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// token is a GitHub classic token with a right checksum, another one for each
// test, and for each n within a test.
func token(t *testing.T, n uint64) string {
	h := fnv.New64a()
	h.Write([]byte(t.Name()))
	return checksum.Make("crc32-base62", rand.New(rand.NewPCG(h.Sum64(), n)), "ghp_")
}

const (
	tokenRule   = "github-pat"
	tokenLength = 40
)

// withSecret is a file of three lines with the secret in line 2 from column 9.
func withSecret(secret string) string { return "first line\ntoken = " + secret + "\nlast line\n" }

const (
	secretLine   = 2
	secretColumn = 9
)

// report is what these tests read of the JSON report.
type report struct {
	Complete bool `json:"complete"`
	Coverage []struct {
		Gaps []gap `json:"gaps"`
	} `json:"coverage"`
	Secrets []secret `json:"secrets"`
}

type gap struct {
	What string `json:"what"`
	Why  string `json:"why"`
	Fix  string `json:"fix"`
}

type secret struct {
	Fingerprint string       `json:"fingerprint"`
	Rule        string       `json:"rule"`
	Occurrences []occurrence `json:"occurrences"`
}

type occurrence struct {
	Kind        string   `json:"kind"`
	Commit      string   `json:"commit"`
	Blob        string   `json:"blob"`
	Path        string   `json:"path"`
	Field       string   `json:"field"`
	StartLine   int      `json:"startLine"`
	StartColumn int      `json:"startColumn"`
	EndLine     int      `json:"endLine"`
	EndColumn   int      `json:"endColumn"`
	Author      string   `json:"author"`
	Email       string   `json:"email"`
	InHead      bool     `json:"inHead"`
	Unreachable bool     `json:"unreachable"`
	Decoded     []string `json:"decoded"`
}

func (r report) gaps() []gap {
	var all []gap
	for _, c := range r.Coverage {
		all = append(all, c.Gaps...)
	}
	return all
}

// scan runs a scan with a JSON report and holds it to what is true of every
// report: none of secrets in clear anywhere, and an exit code that says what
// the report says.
func scan(t *testing.T, dir string, secrets []string, args ...string) (report, int) {
	t.Helper()
	stdout, stderr, code := run(t, dir, append(append([]string{"scan"}, args...), "--report", "json")...)
	for _, s := range secrets {
		if strings.Contains(stdout, s) || strings.Contains(stderr, s) {
			t.Error("the output holds the secret in clear")
			stdout, stderr = strings.ReplaceAll(stdout, s, "(secret)"), strings.ReplaceAll(stderr, s, "(secret)")
		}
	}
	if code < 0 || code == 2 || code > 3 {
		t.Fatalf("exit code %d\nstderr: %s", code, stderr)
	}
	var r report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("report: %v\nstdout: %s\nstderr: %s", err, stdout, stderr)
	}
	want := 0
	switch {
	case len(r.Secrets) > 0:
		want = 1
	case !r.Complete:
		want = 3
	}
	if code != want {
		t.Errorf("exit code %d, but the report of %d secrets, complete %t, calls for %d", code, len(r.Secrets), r.Complete, want)
	}
	if r.Complete != (len(r.gaps()) == 0) {
		t.Errorf("complete is %t beside %d gaps: %v", r.Complete, len(r.gaps()), r.gaps())
	}
	return r, code
}

// place is where a secret should be reported. An empty string or a zero is not
// compared; the flags always are.
type place struct {
	dir string // where to scan, if not in the test's own repository

	kind         string
	commit, blob string
	path, field  string
	author       string // with the e-mail: "Name <email>"
	line, column int
	endColumn    int // if not tokenLength behind column
	inHead       bool
	unreachable  bool
	decoded      []string
}

// differs says what of o is not as p wants it; "" if all is.
func (p place) differs(o occurrence) string {
	var bad []string
	text := func(name, got, want string) {
		if want != "" && got != want {
			bad = append(bad, fmt.Sprintf("%s %q, want %q", name, got, want))
		}
	}
	number := func(name string, got, want int) {
		if want != 0 && got != want {
			bad = append(bad, fmt.Sprintf("%s %d, want %d", name, got, want))
		}
	}
	flag := func(name string, got, want bool) {
		if got != want {
			bad = append(bad, fmt.Sprintf("%s %t, want %t", name, got, want))
		}
	}
	end := p.endColumn
	if end == 0 && p.column > 0 {
		end = p.column + tokenLength
	}
	text("kind", o.Kind, p.kind)
	text("commit", o.Commit, p.commit)
	text("blob", o.Blob, p.blob)
	text("path", o.Path, p.path)
	text("field", o.Field, p.field)
	text("author", o.Author+" <"+o.Email+">", p.author)
	number("line", o.StartLine, p.line)
	number("column", o.StartColumn, p.column)
	number("end line", o.EndLine, p.line)
	number("end column", o.EndColumn, end)
	flag("inHead", o.InHead, p.inHead)
	flag("unreachable", o.Unreachable, p.unreachable)
	if p.decoded != nil && !slices.Equal(o.Decoded, p.decoded) {
		bad = append(bad, fmt.Sprintf("decoded %q, want %q", o.Decoded, p.decoded))
	}
	return strings.Join(bad, ", ")
}

// wantSecret wants the report to hold one secret, at the given places in any
// order and nowhere else.
func wantSecret(t *testing.T, r report, places ...place) {
	t.Helper()
	if len(r.Secrets) != 1 {
		t.Fatalf("%d secrets, want 1; gaps: %v", len(r.Secrets), r.gaps())
	}
	s := r.Secrets[0]
	if s.Rule != tokenRule {
		t.Errorf("rule %q, want %q", s.Rule, tokenRule)
	}
	if s.Fingerprint == "" {
		t.Error("no fingerprint")
	}
	if len(s.Occurrences) != len(places) {
		t.Errorf("%d occurrences, want %d", len(s.Occurrences), len(places))
	}
	for _, p := range places {
		if !slices.ContainsFunc(s.Occurrences, func(o occurrence) bool { return p.differs(o) == "" }) {
			t.Errorf("no occurrence as wanted:")
			for _, o := range s.Occurrences {
				t.Errorf("  %s %s %s%s: %s", o.Kind, o.Commit, o.Path, o.Field, p.differs(o))
			}
		}
	}
}

// wantNothing wants the scan to have found nothing and to have missed nothing.
func wantNothing(t *testing.T, r report) {
	t.Helper()
	for _, s := range r.Secrets {
		for _, o := range s.Occurrences {
			t.Errorf("found %s: %s %s %s%s:%d:%d", s.Rule, o.Kind, o.Commit, o.Path, o.Field, o.StartLine, o.StartColumn)
		}
	}
	for _, g := range r.gaps() {
		t.Errorf("gap: %s: %s", g.What, g.Why)
	}
}
