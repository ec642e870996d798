package suppress

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
)

const commitID = "0123456789abcdef0123456789abcdef01234567"

// committed says that all of a secret's occurrences are in a commit.
func committed(s scanner.Secret, id string) scanner.Secret {
	for i := range s.Occurrences {
		s.Occurrences[i].Commit = id
	}
	return s
}

func TestGitleaksIgnore(t *testing.T) {
	here := committed(secret(1, "r", "dir/a:3", "dir/b:4"), commitID)
	tests := []struct {
		name, text string
		in         scanner.Secret
		want       string   // as show has it
		unused     []string // the lines that are reported
	}{
		{name: "empty", in: here, want: "1: -: - -"},
		{name: "one of two places", text: "dir/a:r:3", in: here, want: "1: -: ignore-file -"},
		{name: "all places", text: "dir/a:r:3\ndir/b:r:4\n", in: here, want: "1: ignore-file: ignore-file ignore-file"},
		{name: "of the commit", text: commitID + ":dir/a:r:3", in: here, want: "1: -: ignore-file -"},
		{name: "of another commit", text: "ff" + commitID[2:] + ":dir/a:r:3", in: here, want: "1: -: - -", unused: []string{"ig:1"}},
		{name: "of a commit, but found in none", text: commitID + ":dir/a:r:3", in: secret(1, "r", "dir/a:3"), want: "1: -: -", unused: []string{"ig:1"}},
		{name: "comments, blanks and Windows ends", text: "# why\r\n\r\n \t\r\n  dir/a:r:3 \r\n#dir/b:r:4\r\n", in: here, want: "1: -: ignore-file -"},
		{name: "path of Windows", text: `dir\a:r:3`, in: here, want: "1: -: ignore-file -"},
		{name: "twice", text: "dir/a:r:3\ndir/a:r:3", in: here, want: "1: -: ignore-file -", unused: []string{"ig:2"}},
		{name: "another line, rule, path", text: "dir/a:r:4\ndir/a:q:3\na:r:3", in: here, want: "1: -: - -", unused: []string{"ig:1", "ig:2", "ig:3"}},
		{name: "hostile", text: "\x00\n:::\n" + strings.Repeat("x", 100_000), in: here, want: "1: -: - -", unused: []string{"ig:1", "ig:2", "ig:3"}},
		{name: "live counts all the same", text: "dir/a:r:3", in: live(secret(1, "r", "dir/a:3")), want: "1: -: -"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := New(Options{Places: []*Places{ParseGitleaksIgnore("ig", []byte(tt.text))}, Now: now})
			kept, suppressed, notes := l.Apply([]scanner.Secret{tt.in})
			if got := show(append(kept, suppressed...)); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			var unused []string
			for _, n := range notes {
				if where, _, ok := strings.Cut(n, ": suppresses nothing"); ok {
					unused = append(unused, where)
				}
			}
			if !slices.Equal(unused, tt.unused) {
				t.Errorf("unused %q, want %q", unused, tt.unused)
			}
		})
	}
}

func TestGitleaksBaseline(t *testing.T) {
	of := func(commit, secret string) string {
		return `[{"RuleID":"r","File":"a","StartLine":3,"Commit":"` + commit + `","Secret":"` + secret + `","Author":"any"}]`
	}
	here := committed(secret(1, "r", "a:3"), commitID)
	tests := []struct {
		name, text string
		want       string
	}{
		{"none", `[]`, "1: -: -"},
		{"null", `null`, "1: -: -"},
		{"the secret in clear", of(commitID, here.Value), "1: baseline: baseline"},
		{"another secret there", of(commitID, "other"), "1: -: -"},
		{"redacted", of(commitID, "REDACTED"), "1: baseline: baseline"},
		{"redacted in part", of(commitID, "val..."), "1: baseline: baseline"},
		{"another commit", of("ff"+commitID[2:], here.Value), "1: -: -"},
		{"no commit holds for none alone", of("", here.Value), "1: -: -"},
		{"behind another at the place", strings.TrimSuffix(of(commitID, "other"), "]") + "," + of(commitID, here.Value)[1:], "1: baseline: baseline"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := ParseGitleaksBaseline("base.json", []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			kept, suppressed, notes := New(Options{Places: []*Places{p}, Now: now}).Apply([]scanner.Secret{here})
			if got := show(append(kept, suppressed...)); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if len(notes) > 0 {
				t.Errorf("notes %q, want none: a baseline may hold what is gone", notes)
			}
		})
	}
}

func TestGitleaksBaselineBroken(t *testing.T) {
	for _, tt := range []struct{ name, text string }{
		{"empty", ""}, {"cut short", `[{"RuleID":"r"`}, {"an object", `{}`}, {"of strings", `["a"]`}, {"a line of text", `[{"StartLine":"3"}]`}, {"more behind", `[] []`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseGitleaksBaseline("base.json", []byte(tt.text))
			var config *rules.ConfigError
			if !errors.As(err, &config) || config.File != "base.json" {
				t.Errorf("error %v, want one that names the file", err)
			}
		})
	}
}

func TestIsGitleaksBaseline(t *testing.T) {
	for text, want := range map[string]bool{"": false, " \r\n[]": true, `{"schemaVersion":"1"}`: false, "null": false} {
		if got := IsGitleaksBaseline([]byte(text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
