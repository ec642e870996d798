package decode_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leakguard/leakguard/detectors/decode"
)

func FuzzFind(f *testing.F) {
	for _, seed := range []string{
		"key: " + b64(fox), wrap(b64(long), 64, "\n "), rawURL(long) + "_", "0x" + hexOf(fox),
		"a%20b%26c=d%C3%A9", `"\u003da\x41\U00000042\u{43}\ud83d\udd11\n\"\\\/"`, `\\\\u0041bcdefgh`,
		"&lt;a&#34;&#x3d;&quot;&amp;", wide(fox) + "\x00" + wideBE(fox), "-----BEGIN A-----\n" + wrap(b64(long), 64, "\n"),
		strings.Repeat("%41", 3000), b64(gz(long)), wrap(b64(zipped(long, 6)), 60, "\n"),
		spaced(fox, " ") + spaced("a-b"+fox, "-"), backwards("ghp" + "_Ab3dEf6hIj9lMn2pQr5t.x"), octals(fox, `\0%03o`),
		rev("-----BEGIN " + "PRIVATE KEY-----\n" + b64(noise(48)) + "\n-----END " + "PRIVATE KEY-----"), secretManifest,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		buf := decode.Buffer{Reversed: reversed}
		total, inflated := 0, 0
		last := map[string]int{}
		buf.Find(text, func(s *decode.Segment) {
			if s.Kind == "gzip" {
				inflated += len(s.Text)
			} else {
				total += len(s.Text)
			}
			kind := strings.TrimRight(s.Kind, "lbe") // one decoder finds both orders of UTF-16
			if kind == "octa" {
				kind = "unicode" // and one both of these
			}
			if s.Start < last[kind] || s.Start >= s.End || s.End > len(text) || len(s.Text) == 0 {
				t.Fatalf("%s segment %d, %d of %d bytes, behind %d", s.Kind, s.Start, s.End, len(text), last[kind])
			}
			last[kind] = s.Start
			if s.Kind == "reversed" {
				checkReversed(t, s, text)
			} else {
				checkMonotone(t, s)
			}
		})
		if inflated > max(1<<20, len(text)) {
			t.Errorf("%d bytes inflate to %d", len(text), inflated)
		}
		if total > 8*len(text) {
			t.Errorf("%d bytes decode to %d", len(text), total)
		}
	})
}

// checkMonotone checks that the source spans of the bytes of s do not go back.
func checkMonotone(t *testing.T, s *decode.Segment) {
	t.Helper()
	lastStart, lastEnd := s.Start, s.Start
	for i := range s.Text {
		start, end := s.Source(i, i+1)
		if start < lastStart || end < lastEnd || start >= end || end > s.End {
			t.Fatalf("%s: Source(%d, %d) = %d, %d, behind %d, %d, of %d, %d", s.Kind, i, i+1, start, end, lastStart, lastEnd, s.Start, s.End)
		}
		if all, _ := s.Source(i, len(s.Text)); all != start {
			t.Fatalf("%s: Source(%d, …) starts at %d and at %d", s.Kind, i, start, all)
		}
		lastStart, lastEnd = start, end
	}
	if lastEnd != s.End {
		t.Fatalf("%s: the last byte ends at %d, the segment at %d", s.Kind, lastEnd, s.End)
	}
}

// checkReversed checks that each byte of s stands in the source, once, and that
// the whole is all of it.
func checkReversed(t *testing.T, s *decode.Segment, text []byte) {
	t.Helper()
	seen := map[int]bool{}
	for i, c := range s.Text {
		start, end := s.Source(i, i+1)
		if end != start+1 || start < s.Start || end > s.End || text[start] != c || seen[start] {
			t.Fatalf("Source(%d, %d) = %d, %d, of %d, %d", i, i+1, start, end, s.Start, s.End)
		}
		seen[start] = true
	}
	if start, end := s.Source(0, len(s.Text)); start != s.Start || end != s.End || len(seen) != end-start {
		t.Fatalf("Source of all %d bytes = %d, %d, of %d, %d", len(seen), start, end, s.Start, s.End)
	}
}

func FuzzToUTF8(f *testing.F) {
	for _, test := range charsetTests {
		f.Add([]byte(test.data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, encoding := decode.ToUTF8(data)
		switch {
		case encoding == "" && !bytes.Equal(text, data):
			t.Error("the text changed without an encoding")
		case strings.HasPrefix(encoding, "utf-16"), strings.HasPrefix(encoding, "utf-32"):
			if !utf8.Valid(text) {
				t.Errorf("%s: the text is not UTF-8", encoding)
			}
		}
		streamed, err := io.ReadAll(decode.Reader(bytes.NewReader(data), encoding))
		if err != nil || !bytes.Equal(streamed, text) {
			t.Errorf("%s: Reader gave %q (%v), ToUTF8 %q", encoding, streamed, err, text)
		}
	})
}
