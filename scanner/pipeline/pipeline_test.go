package pipeline

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
)

var engine = sync.OnceValues(func() (*detectors.Engine, error) {
	return detectors.New(providers.Load(), detectors.DefaultOptions())
})

// value is a secret that no file holds: a token of no known issuer, or of one.
func value(t testing.TB, template string) string {
	t.Helper()
	s, err := rules.Expand(template, rand.New(rand.NewPCG(7, 9)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const (
	password = "Zq7${alnum:13}x4"
	pat      = "${token:crc32-base62:ghp_}"
)

// scanned runs the real engine over a source.
func scanned(t testing.TB, s scanner.Source) *scanner.Result {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	return scanner.Run(context.Background(), []scanner.Source{s}, scanner.Options{Engine: e})
}

// places are the occurrences as "file:line:column variable (scope)", sorted.
func places(r *scanner.Result) []string {
	var all []string
	for _, s := range r.Secrets {
		for _, o := range s.Occurrences {
			at := o.Field
			if o.Path != "" {
				at = fmt.Sprintf("%s:%d:%d %s (%s)", o.Path, o.StartLine, o.StartColumn, o.Variable, o.Scope)
			}
			all = append(all, at)
		}
	}
	slices.Sort(all)
	return all
}

// folder writes files, and returns where.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		at := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func wantPlaces(t *testing.T, r *scanner.Result, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := places(r); !slices.Equal(got, want) {
		t.Errorf("found at\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	for _, s := range r.Secrets {
		for _, o := range s.Occurrences {
			if o.Kind != scanner.InVariable || o.Hint == "" {
				t.Errorf("%s: kind %q, hint %q", o.Variable, o.Kind, o.Hint)
			}
		}
	}
}

// wantGaps wants gaps whose "what: why" begin so.
func wantGaps(t *testing.T, r *scanner.Result, want ...string) {
	t.Helper()
	var got []string
	for _, g := range r.Coverage[0].Gaps {
		got = append(got, g.What+": "+g.Why)
		if g.Fix == "" {
			t.Errorf("gap %q has no fix", g.What)
		}
	}
	if !slices.EqualFunc(got, want, strings.HasPrefix) {
		t.Errorf("gaps %q, want %q", got, want)
	}
}

func TestAssign(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "abc", "A_B='abc'\n"},
		{"single quote", "a'c", "A_B=\"a'c\"\n"},
		{"both quotes", `a'"c`, "A_B=`a'\"c`\n"},
		{"backslash", `a\c`, "A_B='a\\c'\n"},
		{"all quotes", "a'\"`c", "A_B=a'\"`c\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text, start := assign(nil, &variable{name: "A.B", value: tt.in})
			if string(text) != tt.want || !strings.HasPrefix(string(text[start:]), tt.in) {
				t.Errorf("%q, value at %d; want %q", text, start, tt.want)
			}
		})
	}
}

func TestLiteral(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"${{ secrets.X }}", ""}, {"$(VAR)", ""}, {"$VAR", ""}, {"${VAR}", ""}, {"$$VAR", ""}, {"%VAR%", ""}, {"{{ .Values.x }}", ""},
		{"$[ variables.x ]", ""}, {"<< parameters.x >>", ""}, {"${{ a }}/${{ b }}", ""}, {"", ""}, {"${VAR:-}", ""}, {"${VAR:-$OTHER}", ""},
		{"plain", "plain"}, {"${VAR:-plain}", "plain"}, {"${VAR-plain}", "plain"}, {"x$VAR", "x$VAR"}, {"$VAR-plain", "$VAR-plain"},
		{"100%", "100%"}, {"${open", "${open"}, {"$", "$"}, {"pa$$word", "pa$$word"},
	} {
		if got := literal(tt.in); got != tt.want {
			t.Errorf("literal(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
