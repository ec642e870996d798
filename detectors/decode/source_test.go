package decode_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/decode"
)

// Each span that Source gives is decoded anew by another decoder, and must give
// what it was asked for.
func TestSourceDecodesToText(t *testing.T) {
	tests := []struct {
		name, text string
		decode     func(string) (string, error)
		slack      int // how many bytes more than asked for may come out at most
	}{
		{"base64", "x: " + b64(long) + "\n", fromBase64, 4},
		{"base64 without padding", rawURL(long[:50]), fromBase64, 4},
		{"base64 in lines", " a: |\n  " + wrap(b64(long), 64, "\r\n  "), fromBase64, 4},
		{"base64 in a JSON string", `"` + wrap(b64(long), 76, `\n`) + `"`, fromBase64, 4},
		{"hex", "0x" + hexOf(long), fromHex, 0},
		{"hex in lines", wrap(hexOf(long), 60, "\n"), fromHex, 0},
		{"percent", "a%20b%C3%A9cd%26%26e=f/g%3D", url.PathUnescape, 0},
		{"unicode", `"\u0041bc \ud83d\udd11 d\/e\n\"f\" \u00e9\u003d"`, fromJSON, 4},
		{"bytes", `"a\x41b\U00000042cde\u00e9\x43\x44"`, fromGo, 1},
		{"html", "&lt;a b=&#34;c&#xe9;d&amp;e&quot;&gt; text", fromHTML, 1},
		{"octal", octals(fox, `\%03o`), fromGo, 0},
		{"spaced", "x: " + spaced(strings.ReplaceAll(fox, " ", ""), ","), fromSpaced, 0},
		{"reversed", " " + backwards("ghp"+"_"+strings.Repeat("aB3", 9)), fromReversed, 0},
		{"utf-16le", "\x01" + wide(fox) + "\x01", fromWide, 0},
		{"utf-16be", "\x01" + wideBE(fox) + "\x01", fromWide, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			buf := decode.Buffer{Reversed: reversed}
			segments := 0
			buf.Find([]byte(test.text), func(s *decode.Segment) {
				segments++
				for i := range s.Text {
					for j := i + 1; j <= len(s.Text); j++ {
						start, end := s.Source(i, j)
						if start < s.Start || end > s.End || start >= end {
							t.Fatalf("Source(%d, %d) = %d, %d outside of %d, %d", i, j, start, end, s.Start, s.End)
						}
						got, err := test.decode(test.text[start:end])
						if err != nil || !strings.Contains(got, string(s.Text[i:j])) || len(got) > j-i+test.slack {
							t.Fatalf("Source(%d, %d): %q decodes to %q (%v), want %q", i, j, test.text[start:end], got, err, s.Text[i:j])
						}
					}
				}
				if start, end := s.Source(0, len(s.Text)); start != s.Start || end != s.End {
					t.Errorf("Source of the whole = %d, %d, want %d, %d", start, end, s.Start, s.End)
				}
			})
			if segments != 1 {
				t.Errorf("%d segments, want 1", segments)
			}
		})
	}
}

var unwrapper = strings.NewReplacer(`\n`, "", "\r", "", "\n", "", " ", "", "=", "", "-", "+", "_", "/")

func fromBase64(s string) (string, error) {
	b, err := base64.RawStdEncoding.DecodeString(unwrapper.Replace(s))
	return string(b), err
}

func fromHex(s string) (string, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(s, "\n", ""))
	return string(b), err
}

func fromJSON(s string) (out string, err error) {
	err = json.Unmarshal([]byte(`"`+s+`"`), &out)
	return out, err
}

func fromGo(s string) (string, error) { return strconv.Unquote(`"` + s + `"`) }

func fromHTML(s string) (string, error) { return html.UnescapeString(s), nil }

func fromSpaced(s string) (string, error) { return strings.ReplaceAll(s, ",", ""), nil }

func fromReversed(s string) (string, error) { return backwards(s), nil }

func fromWide(s string) (string, error) { return strings.ReplaceAll(s, "\x00", ""), nil }

// The segment is made byte by byte, so that the place of each is known.
func TestSourceOfEscapes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var source strings.Builder
		type place struct {
			start, end int
			escaped    bool
		}
		var want []place
		for i := range 40 {
			c := byte('a' + r.IntN(26))
			start, escaped := source.Len(), r.IntN(3) == 0 || i == 0
			if escaped {
				fmt.Fprintf(&source, "%%%02X", c)
			} else {
				source.WriteByte(c)
			}
			want = append(want, place{start, source.Len(), escaped})
		}
		var buf decode.Buffer
		segments := 0
		buf.Find([]byte(source.String()), func(s *decode.Segment) {
			segments++
			for i, w := range want {
				if start, end := s.Source(i, i+1); start != w.start || end != w.end {
					t.Errorf("%q: Source(%d, %d) = %d, %d, want %d, %d", source.String(), i, i+1, start, end, w.start, w.end)
				}
				if got := s.Touched(i, i+1); got != w.escaped {
					t.Errorf("%q: Touched(%d, %d) = %v", source.String(), i, i+1, got)
				}
			}
		})
		if segments != 1 {
			t.Errorf("%q: %d segments, want 1", source.String(), segments)
		}
	}
}

func TestTouched(t *testing.T) {
	tests := []struct {
		name, text, part string
		want             bool
	}{
		{"before an escape", "one-two%20three", "one-two", false},
		{"over an escape", "one-two%20three", "two t", true},
		{"behind an escape", "one-two%20three", "three", false},
		{"nothing", "one-two%20three", "", false},
		{"base64", b64(fox), "quick", true},
		{"nothing of base64", b64(fox), "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var buf decode.Buffer
			segments := 0
			buf.Find([]byte(test.text), func(s *decode.Segment) {
				segments++
				i := bytes.Index(s.Text, []byte(test.part))
				if got := s.Touched(i, i+len(test.part)); got != test.want {
					t.Errorf("Touched(%d, %d) in %q = %v, want %v", i, i+len(test.part), s.Text, got, test.want)
				}
			})
			if segments != 1 {
				t.Errorf("%d segments, want 1", segments)
			}
		})
	}
}
