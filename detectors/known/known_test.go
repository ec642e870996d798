package known_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/known"
)

func printer(t testing.TB) *known.Printer {
	t.Helper()
	key := make([]byte, 32)
	rand.Read(key)
	return known.NewPrinter(key)
}

func setOf(t testing.TB, p *known.Printer, values ...string) *known.Set {
	t.Helper()
	var list []known.Value
	for _, v := range values {
		k, ok := p.Of([]byte(v))
		if !ok {
			t.Fatalf("a value of %d bytes is too short", len(v))
		}
		list = append(list, k)
	}
	return known.NewSet(p, list)
}

func TestEach(t *testing.T) {
	a, b := rand.Text(), "%"+rand.Text()+"-"+rand.Text()
	c0 := rand.Text() + "="
	long := a + "/" + rand.Text()
	spaced := "my " + rand.Text() + " horse"
	p := printer(t)
	plain, withSpaced := setOf(t, p, a, b, c0, long), setOf(t, p, a, b, c0, long, spaced)
	if got := eachOf(plain, "x="+spaced); got != nil {
		t.Error("a value that is not in the set was found")
	}
	if got := eachOf(withSpaced, "x="+spaced+"."); !slices.Equal(got, []string{spaced}) {
		t.Error("a value with spaces was not found")
	}
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"alone":                 {a, []string{a}},
		"quoted":                {`x = "` + a + `"`, []string{a}},
		"in a URL":              {"https://user:" + a + "@host/", []string{a}},
		"at a line's end":       {"key " + a + "\n", []string{a}},
		"twice":                 {a + "," + a, []string{a, a}},
		"both":                  {b + " " + a, []string{b, a}},
		"the longest":           {"=" + long + "=", []string{long}},
		"begins with a sign":    {"token" + b + ";", []string{b}},
		"ends with a sign":      {`"` + c0 + `next`, []string{c0}},
		"inside of a word":      {"x" + a, nil},
		"going on":              {a + "x", nil},
		"going on in a letter":  {a + "é", nil},
		"cut":                   {a[:len(a)-1], nil},
		"another case":          {strings.ToLower(a), nil},
		"nothing":               {"", nil},
		"shorter than any":      {"short", nil},
		"spaces before and one": {"        " + a, []string{a}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, s := range []*known.Set{plain, withSpaced} {
				if got := eachOf(s, c.text); !slices.Equal(got, c.want) {
					t.Errorf("%d values were found, want %d", len(got), len(c.want))
				}
			}
		})
	}
}

func eachOf(s *known.Set, text string) (found []string) {
	s.Each([]byte(text), func(start, end int) { found = append(found, text[start:end]) })
	return found
}

func TestFind(t *testing.T) {
	a, b := rand.Text(), rand.Text()
	p := printer(t)
	s := setOf(t, p, a, b, a)
	if i, ok := s.Find([]byte(b)); !ok || i != 1 {
		t.Errorf("the second value: %d, %v", i, ok)
	}
	if _, ok := s.Find([]byte(b + "x")); ok {
		t.Error("a value that is not in the set was found")
	}
	if s.Len() != 2 {
		t.Errorf("%d values, want 2", s.Len())
	}
	if other := setOf(t, p, b, a); other.Digest() != s.Digest() {
		t.Error("the same values have another digest")
	}
	if _, ok := setOf(t, printer(t), a).Find([]byte(b)); ok {
		t.Error("found in a set that has it not")
	}
}

// What is kept tells nothing to whoever has no key.
func TestKeyed(t *testing.T) {
	v := rand.Text()
	one, _ := printer(t).Of([]byte(v))
	other, _ := printer(t).Of([]byte(v))
	if one.Print == other.Print {
		t.Error("two keys make one print")
	}
	if _, ok := printer(t).Of([]byte("1234567")); ok {
		t.Error("7 bytes are no value to be looked for")
	}
	if s := known.NewSet(printer(t), []known.Value{{Print: "xyz", Length: 9}, {Print: one.Print, Length: 3}}); s.Len() != 0 {
		t.Error("what no printer made is in the set")
	}
}

func BenchmarkEach(b *testing.B) {
	var text bytes.Buffer
	for i := range 20000 {
		fmt.Fprintf(&text, "\tcfg.Set(%q, strings.TrimSpace(value[%d])) // line %d\n", rand.Text()[:9], i%7, i)
	}
	for _, n := range []int{10, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			values := make([]string, n)
			for i := range values {
				values[i] = rand.Text()
			}
			s := setOf(b, printer(b), values...)
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				s.Each(text.Bytes(), func(int, int) { b.Error("found") })
			}
		})
	}
}
