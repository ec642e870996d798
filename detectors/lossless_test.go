package detectors_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/checksum"
	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
)

// windowBytes is how many bytes a match may span for the engine to find it:
// beyond that, a pattern without a bound is cut off.
const windowBytes = 16 << 10

// spot is where a rule found a secret.
type spot struct {
	rule       string
	start, end int
}

func sortSpots(s []spot) []spot {
	slices.SortFunc(s, func(a, b spot) int {
		return cmp.Or(strings.Compare(a.rule, b.rule), cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end))
	})
	return s
}

// reference is what the engine stands for, without any of what makes it fast:
// each rule's regular expression over all of the text.
func reference(t testing.TB, all []*rules.Provider, text []byte) []spot {
	t.Helper()
	var out []spot
	for _, p := range all {
		for _, r := range p.Rules {
			if r.Detector != "" {
				continue
			}
			shape, err := r.Shape()
			if err != nil {
				t.Fatal(err)
			}
			for loc := range shape.Matches(text, 0, len(text)) {
				start, end := loc[2*shape.Secret], loc[2*shape.Secret+1]
				if start < end && loc[1]-loc[0] < windowBytes && isSecret(r, shape, text[start:end]) {
					out = append(out, spot{r.ID, start, end})
				}
			}
		}
	}
	return sortSpots(out)
}

func isSecret(r *rules.Rule, shape *rules.Shape, value []byte) bool {
	if detectors.Entropy(value) < r.Entropy {
		return false
	}
	if r.Checksum != "" && !checksum.Valid(r.Checksum, string(value)) || r.Checksum == "" && generic.Placeholder(value) || len(r.Near) > 0 && generic.Wordy(value) {
		return false
	}
	return !slices.ContainsFunc(shape.Allow, func(a rules.AllowShape) bool {
		return len(a.Paths) == 0 && a.Admits(string(value), "")
	})
}

// TestScanIsLossless shows that keywords, the checks before the regular
// expression, and its windows lose nothing and add nothing: in real text, and in
// real text full of secrets and of near misses.
func TestScanIsLossless(t *testing.T) {
	all, err := providers.ReadDir("providers")
	if err != nil {
		t.Fatal(err)
	}
	e, err := detectors.New(all, detectors.Options{MinConfidence: rules.Doubtful})
	if err != nil {
		t.Fatal(err)
	}
	size := 120 << 10
	if underRace {
		size = 24 << 10
	}
	for _, tt := range []struct {
		name  string
		text  []byte
		least int // so many matches, or the text shows nothing
	}{
		{"real text", goSources(t, size), 0},
		{"real text with secrets", hits(t, size), size / (6 << 10)},
		{"every example, packed", packed(t, all, 7), 500},
		{"every example, packed otherwise", packed(t, all, 8), 500},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if underRace && tt.least > 100 {
				t.Skip("too slow under the race detector, and of one goroutine")
			}
			want := reference(t, all, tt.text)
			var got []spot
			for _, m := range e.Found(tt.text) {
				if m.Rule.Detector == "" {
					got = append(got, spot{m.Rule.ID, m.Secret.Start, m.Secret.End})
				}
			}
			sortSpots(got)
			for _, s := range want {
				if _, found := slices.BinarySearchFunc(got, s, compareSpots); !found {
					t.Errorf("%s at %d to %d is lost", s.rule, s.start, s.end)
				}
			}
			for _, s := range got {
				if _, found := slices.BinarySearchFunc(want, s, compareSpots); !found {
					t.Errorf("%s at %d to %d is none", s.rule, s.start, s.end)
				}
			}
			if len(got) != len(want) || len(got) < tt.least {
				t.Errorf("%d matches, the reference has %d, want at least %d", len(got), len(want), tt.least)
			}
		})
	}
}

func compareSpots(a, b spot) int {
	return cmp.Or(strings.Compare(a.rule, b.rule), cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end))
}

// packed puts the examples of all rules, what they must match and what not, in a
// random order with hardly anything between, some of them cut short, so that
// windows meet, overlap and end in one another's secrets.
func packed(t testing.TB, all []*rules.Provider, seed uint64) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, seed))
	var parts []string
	for _, p := range all {
		for _, rule := range p.Rules {
			for _, template := range slices.Concat(rule.Match, rule.Ignore) {
				text := expand(t, template, seed)
				parts = append(parts, text)
				if len(text) > 8 && r.IntN(3) == 0 {
					parts = append(parts, text[r.IntN(4):len(text)-r.IntN(4)])
				}
			}
		}
	}
	r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p + []string{"", " ", "\n", "\"", "'", ",", "=", "_", "\n\n"}[r.IntN(9)])
	}
	return []byte(b.String())
}

// TestScanFindsAnywhere plants each example in real text, at random places, and
// wants it found there exactly as it is found alone.
func TestScanFindsAnywhere(t *testing.T) {
	e := engine(t)
	real := goSources(t, 200<<10)
	r := rand.New(rand.NewPCG(5, 5))
	for _, ex := range examples(t) {
		alone := e.Scan([]byte("\n"+ex.text+"\n"), "")
		at := r.IntN(len(real))
		// A window of the text is enough of it, and the whole of it too slow.
		before := real[max(0, at-windowBytes-r.IntN(4096)):at]
		after := real[at:min(len(real), at+windowBytes)]
		text := slices.Concat(before, []byte("\n"+ex.text+"\n"), after)
		var there []detectors.Match
		for _, m := range e.Scan(text, "") {
			if m.Secret.Start >= len(before) && m.Secret.End <= len(before)+len(ex.text)+2 {
				there = append(there, m)
			}
		}
		if got, want := places(there, len(before)), places(alone, 0); !slices.Equal(got, want) {
			t.Errorf("%s: planted, %v is found; alone, %v", ex.rule.ID, got, want)
		}
	}
}

func places(matches []detectors.Match, offset int) []string {
	var out []string
	for _, m := range matches {
		out = append(out, fmt.Sprintf("%s %d-%d %v", m.Rule.ID, m.Secret.Start-offset, m.Secret.End-offset, m.Decoded))
	}
	return out
}
