package files

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
)

// placed is a match and where it lies in the whole text.
type placed struct {
	at         int
	rule, name string
	value      string
	score      float32
	confidence rules.Confidence
	bare       bool
}

func (p placed) String() string {
	return fmt.Sprintf("%s at %d, named %q, score %.4f, confidence %v, bare %t", p.rule, p.at, p.name, p.score, p.confidence, p.bare)
}

func placedOf(base int, m *detectors.Match) placed {
	return placed{base + m.Secret.Start, m.Rule.ID, m.Name, string(m.Value), m.Score, m.Confidence, m.Bare}
}

// programs is a text of about size bytes: sources of this project in random order, with
// passwords and tokens, raw strings, NUL bytes and long lines strewn in.
func programs(t *testing.T, r *rand.Rand, size int) []byte {
	t.Helper()
	names, err := filepath.Glob("../../detectors/*/*.go")
	if err != nil || len(names) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	strewn := []string{
		"password = \"${alnum:14}\"\n", "DB_PASSWORD=${alnum:12}\n", "api_key: ${hex:32}\n", "`", "\"\"\"\n", "# it's `odd\n",
		"postgres://app:${alnum:12}@db.corp.internal/app\n", "Authorization: Bearer ${base64url:40}\n", "secret := `${alnum:20}`\n",
		"\x00\x00\x01", "x = f(\"${alnum:9000}\")\n", "client_secret\t${base64:44}\n",
	}
	var text []byte
	for len(text) < size {
		data, err := os.ReadFile(names[r.IntN(len(names))])
		if err != nil {
			t.Fatal(err)
		}
		for data = data[:min(len(data), 20<<10)]; len(data) > 0; {
			n := min(len(data), 200+r.IntN(4000))
			text = append(text, data[:n]...)
			data = data[n:]
			some, err := rules.Expand(strewn[r.IntN(len(strewn))], r)
			if err != nil {
				t.Fatal(err)
			}
			text = append(text, some...)
		}
	}
	return text
}

// What is found in a text, and how it is scored, does not depend on where it is cut.
func TestCutsChangeNothing(t *testing.T) {
	e, err := detectors.New(providers.Load(), detectors.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for round := range uint64(6) {
		r := rand.New(rand.NewPCG(round, 7))
		text := programs(t, r, 700<<10)
		var want []placed
		for _, m := range e.Candidates(text, "", "") {
			want = append(want, placedOf(0, &m))
		}
		found += len(want)
		w := windowing{size: 150<<10 + r.IntN(100<<10), overlap: textWindows.overlap, near: textWindows.near}
		var got []placed
		err := w.cut(t.Context(), bytes.NewReader(text), make([]byte, w.size+1), func(c scanner.Chunk) {
			base := offsetOf(string(text), c.Lines, c.Column)
			for _, m := range e.Candidates(c.Text, "", "") {
				if c.Owns(m.Secret.Start) {
					got = append(got, placedOf(base, &m))
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		byPlace := func(a, b placed) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rule, b.rule)) }
		slices.SortFunc(want, byPlace)
		slices.SortFunc(got, byPlace)
		for i := range min(len(want), len(got)) {
			if want[i] != got[i] {
				t.Fatalf("round %d, windows of %d bytes: in windows %v; in the whole text %v", round, w.size, got[i], want[i])
			}
		}
		if len(want) != len(got) {
			t.Fatalf("round %d, windows of %d bytes: %d matches in windows, %d in the whole text", round, w.size, len(got), len(want))
		}
	}
	if found < 100 {
		t.Fatalf("only %d matches to compare", found)
	}
}
