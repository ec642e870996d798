package buildlog

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// readLines reads all lines of r; their texts are copies.
func readLines(r io.Reader) ([]rawLine, error) {
	lines := &lineReader{r: r, buf: make([]byte, lineBuffer)}
	var all []rawLine
	for l, ok := lines.next(); ok; l, ok = lines.next() {
		l.text = bytes.Clone(l.text)
		all = append(all, l)
	}
	return all, lines.failure()
}

func TestLineReader(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"none", "", nil},
		{"one", "a", []string{"a"}},
		{"line end at the end", "a\nb\n", []string{"a", "b"}},
		{"no line end at the end", "a\nb", []string{"a", "b"}},
		{"empty lines", "\n\na\n\n", []string{"", "", "a", ""}},
		{"carriage returns stay", "a\r\nb\rc\n", []string{"a\r", "b\rc"}},
		{"as long as one may be", strings.Repeat("x", maxLine) + "\nb", []string{strings.Repeat("x", maxLine), "b"}},
	} {
		for reader, wrap := range map[string]func(io.Reader) io.Reader{
			"at once": func(r io.Reader) io.Reader { return r }, "in small reads": iotest.HalfReader, "data with EOF": iotest.DataErrReader,
		} {
			t.Run(tt.name+", "+reader, func(t *testing.T) {
				got, err := readLines(wrap(strings.NewReader(tt.text)))
				if err != nil {
					t.Fatal(err)
				}
				if len(got) != len(tt.want) {
					t.Fatalf("%d lines, want %d", len(got), len(tt.want))
				}
				for i, l := range got {
					if string(l.text) != tt.want[i] || l.number != i+1 || l.before != 0 {
						t.Errorf("line %d: %d bytes with number %d behind %d characters, want %d bytes", i+1, len(l.text), l.number, l.before, len(tt.want[i]))
					}
				}
			})
		}
	}
}

// checkPieces checks that the pieces of each line are the line, with the overlap
// that they promise.
func checkPieces(t *testing.T, text []byte, got []rawLine) {
	t.Helper()
	lines := bytes.Split(text, []byte("\n"))
	reach := 0 // bytes of the line that were handed out
	for i, l := range got {
		if len(l.text) > maxLine {
			t.Fatalf("piece %d has %d bytes", i, len(l.text))
		}
		if i == 0 || l.number != got[i-1].number {
			reach = 0
		}
		line := lines[l.number-1]
		at := 0
		for range l.before {
			_, n := utf8.DecodeRune(line[at:])
			at += n
		}
		if reach > 0 && reach-at < min(overlap, reach) {
			t.Fatalf("piece %d overlaps by %d bytes", i, reach-at)
		}
		if at > reach || !bytes.HasPrefix(line[at:], l.text) {
			t.Fatalf("piece %d is not the text of line %d at byte %d", i, l.number, at)
		}
		reach = at + len(l.text)
		if (i+1 == len(got) || got[i+1].number != l.number) && reach != len(line) {
			t.Fatalf("line %d ends after %d of %d bytes", l.number, reach, len(line))
		}
	}
}

func TestLongLines(t *testing.T) {
	for _, tt := range []struct {
		name, char string
		length     int // in characters
	}{
		{"a byte too long", "x", maxLine + 1},
		{"many pieces", "x", 3*maxLine + 17},
		{"of two bytes a character", "ä", maxLine},
		{"of four bytes a character", "𝄞", maxLine},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := []byte("first\n" + strings.Repeat(tt.char, tt.length) + "\nlast")
			got, err := readLines(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if len(got) < 4 || got[len(got)-1].number != 3 {
				t.Fatalf("%d pieces, the last of line %d", len(got), got[len(got)-1].number)
			}
			checkPieces(t, text, got)
		})
	}
}

func TestLinesFailure(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct {
		name string
		r    io.Reader
		want error
	}{
		{"error", io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), broken},
		{"nothing for ever", io.MultiReader(strings.NewReader("a\nb"), idle{}), io.ErrNoProgress},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readLines(tt.r)
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if len(got) != 2 || string(got[1].text) != "b" {
				t.Errorf("%d lines, want the two that came", len(got))
			}
		})
	}
}

// idle is a reader that never brings anything.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func FuzzLineReader(f *testing.F) {
	f.Add([]byte("a\nb\r\n\nc"), 3)
	f.Add([]byte("äöü\n"), maxLine)
	f.Fuzz(func(t *testing.T, text []byte, times int) {
		if len(text) == 0 || len(text) > 1<<10 {
			return
		}
		text = bytes.Repeat(text, 1+max(times, -times)%(2*maxLine/len(text)+1))
		got, err := readLines(iotest.HalfReader(bytes.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
		checkPieces(t, text, got)
		if want := bytes.Count(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) + 1; got[len(got)-1].number != want {
			t.Fatalf("%d lines, want %d", got[len(got)-1].number, want)
		}
	})
}
