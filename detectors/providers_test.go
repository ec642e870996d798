package detectors_test

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/known"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
)

// engine returns an engine with all embedded rules.
func engine(t testing.TB) *detectors.Engine {
	t.Helper()
	all, err := providers.ReadDir("providers")
	if err != nil {
		t.Fatal(err)
	}
	e, err := detectors.New(all, detectors.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// seeded makes the examples of one template differ from those of another, and be
// the same in each run.
func seeded(template string, round uint64) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(template))
	return rand.New(rand.NewPCG(h.Sum64(), round))
}

const rounds = 20

// TestProviders expands every example of every credential and checks that the
// rule, and no other, finds what it must, and nothing where it must not.
func TestProviders(t *testing.T) {
	all, err := providers.ReadDir("providers")
	if err != nil {
		t.Fatal(err)
	}
	e := engine(t)
	for _, p := range all {
		t.Run(p.ID, func(t *testing.T) {
			t.Parallel()
			checkProvider(t, p)
			for _, r := range p.Rules {
				t.Run(strings.TrimPrefix(r.ID, p.ID+"-"), func(t *testing.T) { checkRule(t, e, r) })
			}
		})
	}
}

func checkProvider(t *testing.T, p *rules.Provider) {
	if p.Docs == "" || p.Rotate.URL == "" || len(p.Rotate.Steps) < 3 {
		t.Errorf("want docs, rotate.url and at least three rotate.steps")
	}
}

func checkRule(t *testing.T, e *detectors.Engine, r *rules.Rule) {
	if r.Source == "" {
		t.Error("source is missing: where is the format documented?")
	}
	if len(r.Match) == 0 || len(r.Ignore) == 0 {
		t.Error("want at least one match and one ignore template")
	}
	shape, err := r.Shape()
	if err != nil {
		t.Fatal(err)
	}
	// A window of many kilobytes at each keyword makes a rule the dearest of all.
	if r.Detector == "" && shape.Before > 4<<10 {
		t.Errorf("a match can begin %d bytes before its keyword: bound the repetitions in front of it", shape.Before)
	}
	for _, template := range r.Match {
		for round := range uint64(rounds) {
			text := expand(t, template, round)
			if r.Detector == "known-value" {
				e = knowing(t, text)
				text = "x = " + text + ";"
			}
			if got := ids(e.Scan([]byte(text), "")); len(got) != 1 || got[0] != r.ID {
				// A credential may come with its parts, which other rules find.
				if !onlyParts(r, got) {
					t.Errorf("match %q, round %d: found %v, want %s alone", template, round, got, r.ID)
					break
				}
			}
		}
	}
	for _, template := range r.Ignore {
		for round := range uint64(rounds) {
			text := expand(t, template, round)
			for _, id := range ids(e.Scan([]byte(text), "")) {
				if id == r.ID {
					t.Errorf("ignore %q, round %d: found", template, round)
				}
			}
		}
	}
}

// knowing is an engine that knows a value to be a secret, and no other rule.
func knowing(t *testing.T, value string) *detectors.Engine {
	p := known.NewPrinter([]byte("a key of a test"))
	v, _ := p.Of([]byte(value))
	e, err := detectors.New(providers.Load(), detectors.Options{Known: known.NewSet(p, []known.Value{v})})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func onlyParts(r *rules.Rule, got []string) bool {
	own := 0
	for _, id := range got {
		if id == r.ID {
			own++
			continue
		}
		part := false
		for _, p := range r.Parts {
			part = part || p.Rule == id
		}
		if !part {
			return false
		}
	}
	return own == 1
}

func expand(t testing.TB, template string, round uint64) string {
	t.Helper()
	text, err := rules.Expand(template, seeded(template, round))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func ids(matches []detectors.Match) []string {
	var out []string
	for _, m := range matches {
		out = append(out, m.Rule.ID)
	}
	return out
}
