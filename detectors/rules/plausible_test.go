package rules

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// plausibleIn reports whether one of the keywords stands in the match loc, is
// plausible there, and has the match within its window and off the edges.
func plausibleIn(s *Shape, keywords []string, text []byte, loc []int) bool {
	var low []byte
	for _, c := range text { // bytes.ToLower would move what stands behind broken UTF-8
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		low = append(low, c)
	}
	for _, k := range keywords {
		for at := loc[0]; ; at++ {
			i := bytes.Index(low[at:loc[1]], []byte(k))
			if i < 0 {
				break
			}
			at += i
			end := at + len(k)
			start, stop := max(0, end-s.Before), min(len(text), end+s.After)
			if s.Plausible(text, end) && (loc[0] > start || start == 0) && (loc[1] < stop || stop == len(text)) {
				return true
			}
		}
	}
	return false
}

// grammar makes random patterns together with texts that they match, out of few
// letters, so that matches overlap and nearly happen.
type grammar struct {
	r       *rand.Rand
	pattern strings.Builder
	groups  int
}

func (g *grammar) pick(words ...string) string { return words[g.r.IntN(len(words))] }

// sequence adds n atoms and returns a text that they match.
func (g *grammar) sequence(n, depth int) string {
	var text strings.Builder
	for range n {
		text.WriteString(g.atom(depth))
	}
	return text.String()
}

func (g *grammar) atom(depth int) string {
	kinds := 8
	if depth == 0 {
		kinds = 4
	}
	switch g.r.IntN(kinds) {
	case 0, 1:
		word := g.pick("abc", "key", "abc_", "KEY", "ab", "-", "a", "yk_")
		g.pattern.WriteString(word)
		return word
	case 2:
		class := g.pick("[abc]", "[a-z]", "[0-9A-Fa-f]", `\w`, "[^k]", "[a_-]", ".")
		lo, hi := g.r.IntN(10), g.r.IntN(4)
		fmt.Fprintf(&g.pattern, "%s{%d,%d}", class, lo, lo+hi)
		return strings.Repeat("a", lo+g.r.IntN(hi+1))
	case 3:
		g.pattern.WriteString(g.pick(`\b`, `(?:[^a]|$)`, "[ab]+", "b*", " ?"))
		return g.pick("b", "")
	case 4:
		g.pattern.WriteString("(?:")
		a := g.sequence(1+g.r.IntN(2), depth-1)
		g.pattern.WriteString("|")
		b := g.sequence(1+g.r.IntN(2), depth-1)
		g.pattern.WriteString(")" + g.pick("", "", "?"))
		return g.pick(a, b)
	case 5:
		g.pattern.WriteString("(?i:")
		text := g.sequence(1+g.r.IntN(2), depth-1)
		g.pattern.WriteString(")")
		return g.pick(text, strings.ToUpper(text))
	case 6:
		open := "("
		if g.groups++; g.groups == 1 {
			open = "(?P<secret>"
		}
		g.pattern.WriteString(open)
		text := g.sequence(1+g.r.IntN(3), depth-1)
		g.pattern.WriteString(")")
		return text
	}
	g.pattern.WriteString("(?:")
	text := g.sequence(1, depth-1)
	n := 1 + g.r.IntN(3)
	fmt.Fprintf(&g.pattern, "){%d}", n)
	return strings.Repeat(text, n)
}

// noise is text of the grammar's letters.
func (g *grammar) noise() string {
	var b strings.Builder
	for range g.r.IntN(12) {
		b.WriteString(g.pick("abc", "key", "KEY", "a", "b", "k", "_", "-", " ", "\n", "abc_", "0", "é", "\xff"))
	}
	return b.String()
}

// checkLossless fails if a match of a random rule in a random text would not be
// seen through a window of one of its keywords. It returns how many it looked at.
func checkLossless(t *testing.T, seed uint64) int {
	g := &grammar{r: rand.New(rand.NewPCG(seed, 1))}
	if g.r.IntN(2) == 0 {
		g.pattern.WriteString(g.pick(`\b`, "", `(?m)^`))
		g.pattern.WriteString(g.pick("abc", "key", "(?i:key)", "(?:abc|key)"))
	}
	sample := strings.TrimSuffix(g.pattern.String(), `\b`) + g.sequence(1+g.r.IntN(4), 2)
	r := &Rule{ID: "random", Pattern: g.pattern.String()}
	var err error
	if r.Keywords, err = literals(r.Pattern); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	if len(r.Keywords) == 0 {
		return 0
	}
	return checkMatches(t, r, seed, g.noise()+sample+g.noise()+"abckey"+sample+g.noise())
}

func checkMatches(t *testing.T, r *Rule, seed uint64, text string) int {
	s, err := r.Shape()
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	all := slices.Collect(s.Matches([]byte(text), 0, len(text)))
	for _, loc := range all {
		if g := 2 * s.Secret; loc[g] == loc[g+1] {
			continue // no secret in it
		}
		if !plausibleIn(s, r.Keywords, []byte(text), loc) {
			t.Fatalf("seed %d: pattern %q, keywords %q, window -%d+%d: the match %v is missed in\n%q",
				seed, r.Pattern, r.Keywords, s.Before, s.After, loc[:2], text)
		}
	}
	return len(all)
}

// checkLosslessNear does the same for a rule of random names near a value.
func checkLosslessNear(t *testing.T, seed uint64) int {
	g := &grammar{r: rand.New(rand.NewPCG(seed, 2))}
	var names []string
	for range 1 + g.r.IntN(3) {
		var words []string
		for range 1 + g.r.IntN(3) {
			words = append(words, g.pick("key", "acme", "api", "tok.en", "Secret"))
		}
		names = append(names, strings.Join(words, " "))
	}
	value := g.pick("[ab]{3}", "[0-9a-f]{9,20}", "[0-9a-f]{8}-[0-9a-f]{4}", "(?:aa|b){5}", `\w{4,}`, "sk-[a-c]{12}")
	r := &Rule{ID: "random", Pattern: nearPattern(names, value), Near: names, Keywords: nearKeywords(names)}
	var text strings.Builder
	for range 1 + g.r.IntN(4) {
		name := strings.ReplaceAll(g.pick(names...), " ", g.pick("", "_", "-", ".", " "))
		name = g.pick(name, strings.ToUpper(name))
		secret := g.pick("aab", "0123456789abc", "01234567-89ab", "aabaabaa", "sk-abcabcabcabc")
		text.WriteString(g.noise() + name + g.pick("", "_x", "\"") + g.pick("=", ": ", " = '", "(", "\n", ":'") + secret + g.pick("'", " ", "\n", "-", ""))
	}
	return checkMatches(t, r, seed, text.String())
}

func TestPlausibleIsLossless(t *testing.T) {
	for name, check := range map[string]func(*testing.T, uint64) int{"regex": checkLossless, "near": checkLosslessNear} {
		t.Run(name, func(t *testing.T) {
			matches := 0
			for seed := range uint64(7_000) {
				matches += check(t, seed)
			}
			if matches < 2_000 {
				t.Errorf("%d matches in all: the texts show nothing", matches)
			}
		})
	}
}

func FuzzPlausible(f *testing.F) {
	for seed := range uint64(10) {
		f.Add(seed, []byte("abc_abc key KEY abckeyaaaaaaaa"))
	}
	f.Fuzz(func(t *testing.T, seed uint64, text []byte) {
		text = text[:min(len(text), 1024)]
		checkLossless(t, seed)
		checkLosslessNear(t, seed)
		s := nearRule(t, "acme key", "acme")
		for end := range len(text) + 1 {
			s.Plausible(text, end) // must not reach beyond the text
		}
	})
}

// TestPlausibleRefuses shows that the check is worth something: what it lets
// through costs a run of the regular expression.
func TestPlausibleRefuses(t *testing.T) {
	tests := []struct {
		name, credential, text string
		keyword                string
		want                   bool
	}{
		{"as it must be", `regex = '\bacme_[a-z]{20}'`, " acme_abcdefghijklmnop", "acme_", true},
		{"in another case", `regex = '\bacme_[a-z]{20}'`, " ACME_abcdefghijklmnop", "acme_", false},
		{"in another case, allowed", `regex = '(?i)acme_[a-z]{20}'`, " ACME_abcdefghijklmnop", "acme_", true},
		{"within a word", `regex = '\bacme_[a-z]{20}'`, "xacme_abcdefghijklmnop", "acme_", false},
		{"other letters behind", `regex = '\bacme_[a-z]{20}'`, " acme_ABCDEFGHIJKLMNOP", "acme_", false},
		{"text ends", `regex = '\bacme_[a-z]{20}'`, " acme_abc", "acme_", false},
		{"keyword within the lead", `regex = 'acme-live-[a-z]{20}'` + "\nkeywords = ['acme']", "acme-test-", "acme", false},
		{"no such run near", `regex = '[a-z]+ acme ([0-9]{12})'`, "the acme 2024", " acme ", false},
		{"a run near", `regex = '[a-z]+ acme ([0-9]{12})'`, "the acme 202401010101", " acme ", true},
		{"other name", "near = ['acme key']\nvalue = '[0-9]{12}'", "acme id = 202401010101", "acme", false},
		{"name within a word", "near = ['acme key']\nvalue = '[0-9]{12}'", "macme key = 202401010101", "acme", false},
		{"name without a value", "near = ['acme key']\nvalue = '[0-9]{12}'", "acme key = 2024", "acme", false},
		{"name and value", "near = ['acme key']\nvalue = '[0-9]{12}'", "acme key = 202401010101", "acme", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := ReadProvider("f.toml", []byte(provider(tt.credential)))
			if err != nil {
				t.Fatal(err)
			}
			r := p.Rules[0]
			if !slices.Contains(r.Keywords, tt.keyword) {
				t.Fatalf("keywords %q", r.Keywords)
			}
			s, err := r.Shape()
			if err != nil {
				t.Fatal(err)
			}
			end := strings.Index(strings.ToLower(tt.text), tt.keyword) + len(tt.keyword)
			if got := s.Plausible([]byte(tt.text), end); got != tt.want {
				t.Errorf("plausible %t, want %t", got, tt.want)
			}
		})
	}
}
