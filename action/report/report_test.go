package report

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var samples = []struct {
	name string
	make func(testing.TB) *scanner.Result
}{
	{"leaky", leaky},
	{"clean", clean},
	{"incomplete", incomplete},
	{"hostile", hostile},
	{"piped", piped},
	{"verified", verified},
	{"forged", forged},
	{"nearly", nearly},
}

func write(t testing.TB, format string, r *scanner.Result, o Options) string {
	t.Helper()
	f, ok := Lookup(format)
	if !ok {
		t.Fatalf("no format %q", format)
	}
	var buf bytes.Buffer
	if err := f.Write(&buf, r, o); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if got != string(want) {
		t.Errorf("differs from %s; go test -update, and look at the diff. Got:\n%s", path, got)
	}
}

func TestGolden(t *testing.T) {
	for _, f := range Formats() {
		for _, s := range samples {
			t.Run(f.Name+"/"+s.name, func(t *testing.T) {
				golden(t, filepath.Join(f.Name, s.name+f.Extension), write(t, f.Name, s.make(t), Options{Version: "1.2.3"}))
			})
		}
	}
	t.Run("text/colour", func(t *testing.T) {
		golden(t, filepath.Join("text", "leaky-colour.txt"), write(t, "text", leaky(t), Options{Color: true}))
		golden(t, filepath.Join("text", "verified-colour.txt"), write(t, "text", verified(t), Options{Color: true}))
	})
	t.Run("text/unverified", func(t *testing.T) {
		r := leaky(t)
		for i := range r.Secrets {
			r.Secrets[i].Verdict = verify.Verdict{State: verify.Unverified}
		}
		golden(t, filepath.Join("text", "leaky-unverified.txt"), write(t, "text", r, Options{}))
	})
}

// TestDocsExample wants the report that docs/reports.md shows to be a golden file,
// but for what "…" stands for there.
func TestDocsExample(t *testing.T) {
	page, err := os.ReadFile("../../docs/reports.md")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(page), "\n```text\n")
	shown, _, ok := strings.Cut(shown, "```\n")
	if !ok {
		t.Fatal("docs/reports.md has no block of text")
	}
	pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(shown), "…\n", `(?s:.*\n)`) + "$"
	if out := write(t, "text", verified(t), Options{}); !regexp.MustCompile(pattern).MatchString(out) {
		t.Errorf("docs/reports.md shows something else than this:\n%s", out)
	}
}

func TestLookup(t *testing.T) {
	for _, f := range Formats() {
		if got, ok := Lookup(f.Name); !ok || got.Name != f.Name {
			t.Errorf("Lookup(%q) = %q, %v", f.Name, got.Name, ok)
		}
	}
	if _, ok := Lookup("yaml"); ok {
		t.Error(`Lookup("yaml") found a format`)
	}
}

func TestNoSecretInClear(t *testing.T) {
	for _, f := range Formats() {
		t.Run(f.Name, func(t *testing.T) {
			out := write(t, f.Name, leaky(t), Options{Color: true}) + write(t, f.Name, verified(t), Options{Color: true})
			revealed := write(t, f.Name, leaky(t), Options{Reveal: true})
			for i, s := range slices.Concat(leaky(t).Secrets, leaky(t).Suppressed, verified(t).Secrets, verified(t).Suppressed) {
				for name, form := range map[string]string{
					"clear":           s.Value,
					"base64":          base64.RawStdEncoding.EncodeToString([]byte(s.Value)),
					"base64url":       base64.RawURLEncoding.EncodeToString([]byte(s.Value)),
					"hex":             hex.EncodeToString([]byte(s.Value)),
					"upper-case hex":  strings.ToUpper(hex.EncodeToString([]byte(s.Value))),
					"all but the end": s.Value[:len(s.Value)-8],
				} {
					if strings.Contains(out, form) {
						t.Errorf("secret %d is in the report: %s", i, name)
					}
				}
			}
			value := leaky(t).Secrets[0].Value
			upload := f.Name == "sarif" || f.Name == "junit" || f.Name == "gitlab"
			if got := strings.Contains(revealed, value); got == upload {
				t.Errorf("with Reveal, secret in clear: %v, want %v", got, !upload)
			}
		})
	}
}

// harm returns the first character of a report that a terminal would act on,
// or the first line that a CI system would take for a command.
func harm(out string) string {
	for _, r := range out {
		if r != '\n' && !unicode.IsPrint(r) {
			return string(r)
		}
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") || strings.Contains(line, "##vso[") {
			return line
		}
	}
	return ""
}

func TestHostileStrings(t *testing.T) {
	for _, f := range Formats() {
		for name, sample := range map[string]func(testing.TB) *scanner.Result{"repository": hostile, "issuer": forged} {
			t.Run(f.Name+"/"+name, func(t *testing.T) {
				out := write(t, f.Name, sample(t), Options{})
				if !utf8.ValidString(out) {
					t.Error("not UTF-8")
				}
				if bad := harm(out); bad != "" {
					t.Errorf("holds %q", bad)
				}
			})
		}
	}
}

// full is a disk with room for n bytes.
type full struct{ n int }

var errFull = errors.New("no space left")

func (f *full) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteErrors(t *testing.T) {
	for _, f := range Formats() {
		for _, room := range []int{0, 50} {
			if err := f.Write(io.Writer(&full{room}), leaky(t), Options{}); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d bytes: error %v", f.Name, room, err)
			}
		}
	}
}
