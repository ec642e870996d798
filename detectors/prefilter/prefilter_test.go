package prefilter

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

type found struct {
	keyword uint16
	end     int
}

func scan(m *Matcher, text string) []found {
	var got []found
	m.Scan([]byte(text), func(k uint16, end int) { got = append(got, found{k, end}) })
	return got
}

// naive is the definition: every keyword at every offset.
func naive(keywords []string, text string) []found {
	var want []found
	low := asciiLower(text)
	for end := 1; end <= len(low); end++ {
		for id, k := range keywords {
			if strings.HasSuffix(low[:end], k) {
				want = append(want, found{uint16(id), end})
			}
		}
	}
	return want
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func sortFound(f []found) {
	slices.SortFunc(f, func(a, b found) int {
		if a.end != b.end {
			return a.end - b.end
		}
		return int(a.keyword) - int(b.keyword)
	})
}

func TestScan(t *testing.T) {
	tests := []struct {
		name     string
		keywords []string
		text     string
	}{
		{"empty text", []string{"abc"}, ""},
		{"no keywords", nil, "abc"},
		{"folded case", []string{"akia", "ghp_"}, "xAKIAy gHp_ GHP-"},
		{"one inside another", []string{"he", "she", "hers", "his"}, "ushers this"},
		{"suffix of a failing path", []string{"abcd", "bc"}, "abcx abcd"},
		{"same keyword twice", []string{"key", "key"}, "monkey"},
		{"not ASCII", []string{"k"}, "\u212a K k"},
		{"overlapping itself", []string{"aa"}, "aaaa"},
		{"longer than a tail", []string{"secret-key-1", "bad-key-1", "ey-1"}, "SECRET-key-1 secret_key-1 bad-KEY-1 xkey-1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, want := scan(New(tt.keywords), tt.text), naive(tt.keywords, tt.text)
			sortFound(got)
			sortFound(want)
			if !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestScanAgreesWithDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	letters := "abAB-"
	word := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		return string(b)
	}
	for range 500 {
		var keywords []string
		for range 1 + r.IntN(8) {
			keywords = append(keywords, strings.ToLower(word(1+r.IntN(9))))
		}
		text := word(r.IntN(60))
		got, want := scan(New(keywords), text), naive(keywords, text)
		sortFound(got)
		sortFound(want)
		if !slices.Equal(got, want) {
			t.Fatalf("keywords %q text %q: got %v, want %v", keywords, text, got, want)
		}
	}
}

// BenchmarkScan reads Go's own sources, in which a common word hits now and then.
func BenchmarkScan(b *testing.B) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		b.Fatal(err)
	}
	var text []byte
	files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "src", "net", "http", "*.go"))
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		text = append(text, data...)
	}
	text = bytes.Repeat(text, 1+(4<<20)/(len(text)+1))
	m := New([]string{"akia", "ghp_", "glpat-", "password", "secret", "token", "api_key", "-----begin", "xoxb-", "sk_live_"})
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		m.Scan(text, func(uint16, int) { n++ })
	}
}
