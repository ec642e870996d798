package suppress

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/config"
)

var now = time.Date(2026, 3, 31, 23, 59, 59, 0, time.UTC)

// fingerprint returns a made-up fingerprint.
func fingerprint(n int) string { return fmt.Sprintf("lg1s-%040x", n) }

// secret returns the n-th secret, found at places such as "dir/file:12".
func secret(n int, rule string, places ...string) scanner.Secret {
	s := scanner.Secret{
		Fingerprint: fingerprint(n),
		Rule:        &rules.Rule{ID: rule},
		Value:       fmt.Sprintf("value-%d-sample", n),
		Redacted:    "valu***",
		Verdict:     verify.Verdict{State: "unverified"},
	}
	for _, p := range places {
		path, line, _ := strings.Cut(p, ":")
		o := scanner.Occurrence{Kind: scanner.InGit, Path: path}
		if _, err := fmt.Sscan(line, &o.StartLine); err != nil {
			panic(err)
		}
		s.Occurrences = append(s.Occurrences, o)
	}
	return s
}

// marked sets an inline suppression on the i-th occurrence.
func marked(s scanner.Secret, i int, until string) scanner.Secret {
	s.Occurrences[i].Suppression = &scanner.Suppression{Kind: "inline", Where: "leakguard:allow", Until: until}
	return s
}

func live(s scanner.Secret) scanner.Secret {
	s.Verdict.State = "live"
	return s
}

// allows reads allowlists as a config file has them.
func allows(t *testing.T, text string) []config.Allow {
	t.Helper()
	c, err := config.Parse("c.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c.Allow
}

func ignore(t *testing.T, text string) []Entry {
	t.Helper()
	e, err := ParseIgnore("ig", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// show tells a secret and what suppresses it, whole and place by place.
func show(secrets []scanner.Secret) []string {
	kind := func(s *scanner.Suppression) string {
		if s == nil {
			return "-"
		}
		return s.Kind
	}
	var out []string
	for _, s := range secrets {
		text := fmt.Sprintf("%s: %s:", s.Fingerprint[len(s.Fingerprint)-1:], kind(s.Suppression))
		for _, o := range s.Occurrences {
			text += " " + kind(o.Suppression)
		}
		out = append(out, text)
	}
	return out
}

func TestApply(t *testing.T) {
	tests := []struct {
		name                     string
		opts                     Options
		allow, ignore            string
		in                       []scanner.Secret
		kept, suppressed, unused []string
	}{
		{
			name: "nothing",
			in:   []scanner.Secret{secret(1, "r", "a:1")},
			kept: []string{"1: -: -"},
		},
		{
			name:   "ignore file, everywhere",
			ignore: fingerprint(1),
			in:     []scanner.Secret{secret(1, "r", "a:1", "b:2"), secret(2, "r", "a:1")},
			kept:   []string{"2: -: -"}, suppressed: []string{"1: ignore-file: ignore-file ignore-file"},
		},
		{
			name:   "ignore file, on its last day",
			ignore: fingerprint(1) + " until=2026-03-31",
			in:     []scanner.Secret{secret(1, "r", "a:1")},

			suppressed: []string{"1: ignore-file: ignore-file"},
		},
		{
			name:   "ignore file, expired",
			ignore: fingerprint(1) + " until=2026-03-30\n" + fingerprint(2) + " until=2026-03-30",
			in:     []scanner.Secret{secret(1, "r", "a:1")},
			kept:   []string{"1: -: -"},
			unused: []string{
				"ig:1: expired on 2026-03-30; " + fingerprint(1) + " is reported again",
				"ig:2: expired on 2026-03-30, and " + fingerprint(2) + " was not found; remove the line",
			},
		},
		{
			name:   "ignore file, expired and renewed",
			ignore: fingerprint(1) + " until=2026-03-30\n" + fingerprint(1),
			in:     []scanner.Secret{secret(1, "r", "a:1")},

			suppressed: []string{"1: ignore-file: ignore-file"},
			unused:     []string{"ig:1: expired on 2026-03-30; " + fingerprint(1) + " is reported again"},
		},
		{
			name:   "ignore file, unused",
			ignore: "# why\n" + fingerprint(7),
			unused: []string{"ig:2: suppresses nothing: " + fingerprint(7) + " was not found; remove the line"},
		},
		{
			name: "entry with a date that is none",
			opts: Options{Ignore: []Entry{{File: "ig", Line: 4, Fingerprint: fingerprint(1), Until: "soon"}}},
			in:   []scanner.Secret{secret(1, "r", "a:1")},
			kept: []string{"1: -: -"},

			unused: []string{"ig:4: until=soon: want a date as YYYY-MM-DD; the entry suppresses nothing"},
		},
		{
			name: "baseline",
			opts: Options{Baselines: []*Baseline{{"b.json", []string{fingerprint(1), fingerprint(8), fingerprint(9)}}, {"full.json", []string{fingerprint(1)}}}},
			in:   []scanner.Secret{secret(1, "r", "a:1"), secret(2, "r", "a:1")},
			kept: []string{"2: -: -"}, suppressed: []string{"1: baseline: baseline"},
			unused: []string{"b.json: 2 of 3 baseline entries suppress nothing; prune the baseline"},
		},
		{
			name: "inline",
			opts: Options{Inline: true},
			in:   []scanner.Secret{marked(secret(1, "r", "a:1"), 0, "2026-03-31"), marked(secret(2, "r", "a:1", "b:2"), 1, "")},
			kept: []string{"2: -: - inline"}, suppressed: []string{"1: inline: inline"},
		},
		{
			name: "inline, refused",
			opts: Options{Inline: false},
			in:   []scanner.Secret{marked(secret(1, "r", "a:1", "b:2"), 1, "")},
			kept: []string{"1: -: - -"},

			unused: []string{"b:2: leakguard:allow is refused in this scan; it suppresses nothing"},
		},
		{
			name: "inline, expired or with a date that is none",
			opts: Options{Inline: true},
			in:   []scanner.Secret{marked(marked(secret(1, "r", "b:2", "a:1"), 0, "2026-03-30"), 1, "soon")},
			kept: []string{"1: -: - -"},
			unused: []string{
				"a:1: leakguard:allow: until=soon: want a date as YYYY-MM-DD; it suppresses nothing",
				"b:2: leakguard:allow expired on 2026-03-30; it suppresses nothing",
			},
		},
		{
			name:   "inline and the ignore file",
			opts:   Options{Inline: true},
			ignore: fingerprint(1),
			in:     []scanner.Secret{marked(secret(1, "r", "a:1", "b:2"), 0, "")},

			suppressed: []string{"1: ignore-file: inline ignore-file"},
		},
		{
			name:  "allowlist of a path, at that path only",
			allow: "[[allow]]\npaths = ['^testdata/']",
			in:    []scanner.Secret{secret(1, "r", "testdata/a:1", "testdata/a:2"), secret(2, "r", "src/a:1", "testdata/a:1")},
			kept:  []string{"2: -: - allowlist"}, suppressed: []string{"1: allowlist: allowlist allowlist"},
		},
		{
			name:  "allowlist, any criterion",
			allow: "[[allow]]\npaths = ['^t/']\nregexes = ['^value-1']\nstopwords = ['2-SAMPLE']",
			in:    []scanner.Secret{secret(1, "r", "a:1"), secret(2, "r", "a:1"), secret(3, "r", "a:1")},
			kept:  []string{"3: -: -"}, suppressed: []string{"1: allowlist: allowlist", "2: allowlist: allowlist"},
		},
		{
			name:  "allowlist, all criteria",
			allow: "[[allow]]\nall = true\npaths = ['^t/']\nregexes = ['^value-1']",
			in:    []scanner.Secret{secret(1, "r", "t/a:1", "a:1"), secret(2, "r", "t/a:1")},
			kept:  []string{"1: -: allowlist -", "2: -: -"},
		},
		{
			name:  "allowlist of a rule",
			allow: "[[allow]]\nrules = ['r', 's']\nstopwords = ['sample']",
			in:    []scanner.Secret{secret(1, "q", "a:1"), secret(2, "s", "a:1")},
			kept:  []string{"1: -: -"}, suppressed: []string{"2: allowlist: allowlist"},
		},
		{
			name:  "allowlists, unused",
			opts:  Options{EnabledRules: []string{"r"}},
			allow: "[[allow]]\nstopwords = ['other']\n[[allow]]\nrules = ['s', 't']\nstopwords = ['sample']\n[[allow]]\nrules = ['r']\nstopwords = ['other']",
			in:    []scanner.Secret{secret(1, "r", "a:1")},
			kept:  []string{"1: -: -"},
			unused: []string{
				"c.toml:1: the allowlist suppresses nothing; remove it",
				"c.toml:3: the allowlist is only for rules that do not run: s, t",
				"c.toml:6: the allowlist suppresses nothing; remove it",
			},
		},
		{
			name:  "allowlist, used beside another suppression",
			opts:  Options{Inline: true},
			allow: "[[allow]]\nstopwords = ['sample']\n[[allow]]\nregexes = ['^value']",
			in:    []scanner.Secret{marked(secret(1, "r", "a:1"), 0, "")},

			suppressed: []string{"1: inline: inline"},
		},
		{
			name:   "live",
			opts:   Options{Inline: true, Baselines: []*Baseline{{"b.json", []string{fingerprint(1)}}}},
			allow:  "[[allow]]\nstopwords = ['sample']",
			ignore: fingerprint(1),
			in:     []scanner.Secret{live(marked(secret(1, "r", "a:1"), 0, ""))},
			kept:   []string{"1: -: -"},
			unused: []string{
				"a:1: leakguard:allow does not suppress " + fingerprint(1) + ", which is live; rotate it",
				"b.json: the baseline does not suppress " + fingerprint(1) + ", which is live; rotate it",
				"c.toml:1: the allowlist does not suppress " + fingerprint(1) + ", which is live; rotate it",
				"ig:1: the entry does not suppress " + fingerprint(1) + ", which is live; rotate it",
			},
		},
		{
			name:   "live, and the ignore entry says even-live",
			ignore: fingerprint(1) + "\n" + fingerprint(1) + " even-live",
			in:     []scanner.Secret{live(secret(1, "r", "a:1"))},

			suppressed: []string{"1: ignore-file: ignore-file"},
		},
		{
			name:  "live, and the allowlist says even-live",
			allow: "[[allow]]\nstopwords = ['sample']\neven-live = true",
			in:    []scanner.Secret{live(secret(1, "r", "a:1"))},

			suppressed: []string{"1: allowlist: allowlist"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.opts.Now = now
			tt.opts.Allow = allows(t, tt.allow)
			if tt.ignore != "" {
				tt.opts.Ignore = ignore(t, tt.ignore)
			}
			list := New(tt.opts)
			for range 2 { // a second call must not see the first
				kept, suppressed, unused := list.Apply(tt.in)
				for _, c := range []struct {
					what      string
					got, want []string
				}{{"kept", show(kept), tt.kept}, {"suppressed", show(suppressed), tt.suppressed}, {"unused", unused, tt.unused}} {
					if !reflect.DeepEqual(c.got, c.want) {
						t.Errorf("%s\ngot  %q\nwant %q", c.what, c.got, c.want)
					}
				}
			}
		})
	}
}

func TestApplyTellsWhy(t *testing.T) {
	list := New(Options{
		Allow:     allows(t, "[[allow]]\nreason = 'made up'\nstopwords = ['value-2']"),
		Ignore:    ignore(t, fingerprint(1)+" until=2026-12-31 owner=ops # old key"),
		Baselines: []*Baseline{{"b.json", []string{fingerprint(3)}}},
		Now:       now,
	})
	_, suppressed, _ := list.Apply([]scanner.Secret{secret(1, "r", "a:1"), secret(2, "r", "a:1"), secret(3, "r", "a:1")})
	want := []scanner.Suppression{
		{Kind: "ignore-file", Where: "ig:1", Reason: "old key", Until: "2026-12-31", Owner: "ops"},
		{Kind: "allowlist", Where: "c.toml:1", Reason: "made up"},
		{Kind: "baseline", Where: "b.json"},
	}
	if len(suppressed) != len(want) {
		t.Fatalf("%d suppressed, want %d", len(suppressed), len(want))
	}
	for i, s := range suppressed {
		if *s.Suppression != want[i] {
			t.Errorf("suppression %d = %+v, want %+v", i, *s.Suppression, want[i])
		}
	}
}

func TestPlaces(t *testing.T) {
	region := scanner.Region{StartLine: 3}
	for _, tt := range []struct {
		name string
		occ  scanner.Occurrence
		want string
	}{
		{"file", scanner.Occurrence{Kind: scanner.InFile, Path: "a/b.go", Region: region}, "a/b.go:3"},
		{"commit message", scanner.Occurrence{Kind: scanner.InGit, Field: "message", Commit: "abc", Region: region}, "message of commit abc:3"},
		{"standard input", scanner.Occurrence{Kind: scanner.InStdin, Region: region}, "stdin:3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := place(&tt.occ); got != tt.want {
				t.Errorf("place = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTooBroad(t *testing.T) {
	tests := []struct{ name, allow, want string }{
		{"path of anything", "paths = ['.*']", `c.toml:1: the allowlist is too broad: the path ".*" matches everything`},
		{"empty path", "paths = ['', '^a/']", `c.toml:1: the allowlist is too broad: the path "" matches everything`},
		{"one character", "regexes = ['[a-z]']", `c.toml:1: the allowlist is too broad: the regex "[a-z]" matches everything`},
		{"at least eight characters", "regexes = ['^.{8,}$']", `c.toml:1: the allowlist is too broad: the regex "^.{8,}$" matches everything`},
		{"optional word", "regexes = ['(sample)?']", `c.toml:1: the allowlist is too broad: the regex "(sample)?" matches everything`},
		{"short stopword", "stopwords = ['Ab']", `c.toml:1: the allowlist is too broad: the stopword "ab" is shorter than 3`},
		{"a folder", "paths = ['^testdata/']", ""},
		{"any file of a kind", `paths = ['\.md$']`, ""},
		{"a form", "regexes = ['^EXAMPLE-[a-z]+$']", ""},
		{"stopword", "stopwords = ['abc']", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(tooBroad(allows(t, "[[allow]]\n"+tt.allow)[0]), "\n")
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestExpired(t *testing.T) {
	east := time.FixedZone("east", 10*3600)
	for _, tt := range []struct {
		name, until string
		now         time.Time
		want        bool
	}{
		{"no date", "", now, false},
		{"last moment", "2026-03-31", now.Add(time.Second - 1), false},
		{"first moment after", "2026-03-31", now.Add(time.Second), true},
		{"next day elsewhere, same day in UTC", "2026-03-31", time.Date(2026, 4, 1, 9, 0, 0, 0, east), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := expired(tt.until, tt.now); got != tt.want || err != nil {
				t.Errorf("expired(%q) = %v, %v; want %v", tt.until, got, err, tt.want)
			}
		})
	}
}
