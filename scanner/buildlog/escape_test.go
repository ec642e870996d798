package buildlog

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// cleaned is the segments of a line, as texts and columns.
func cleaned(line string) (texts []string, columns []int, segments []segment) {
	var c cleaner
	first := control([]byte(line))
	if first == len(line) {
		return []string{line}, []int{0}, nil
	}
	for _, s := range c.clean([]byte(line), first) {
		texts = append(texts, string(s.text))
		columns = append(columns, s.column)
		segments = append(segments, s)
	}
	return texts, columns, segments
}

func TestClean(t *testing.T) {
	long := strings.Repeat("u", 30)
	for _, tt := range []struct {
		name, line string
		want       []string
		columns    []int
	}{
		{"nothing to take out", "a\tb", []string{"a\tb"}, []int{0}},
		{"colour", "\x1b[31mred\x1b[0m", []string{"red"}, []int{5}},
		{"colour in a word", "to\x1b[1;31mken", []string{"token"}, []int{0}},
		{"colour with colons", "\x1b[38:2::1:2:3mred", []string{"red"}, []int{14}},
		{"erase line", "\x1b[2K\x1b[1Gtext", []string{"text"}, []int{8}},
		{"private mode", "\x1b[?25ltext", []string{"text"}, []int{6}},
		{"title, ended by BEL", "\x1b]0;title\atext", []string{"text"}, []int{10}},
		{"title, ended by ST", "\x1b]0;title\x1b\\text", []string{"text"}, []int{11}},
		{"hyperlink", "see \x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\!", []string{"see here!"}, []int{0}},
		{"hyperlink with a long address", "a\x1b]8;;" + long + "\ab", []string{"ab", "8;;" + long}, []int{0, 3}},
		{"application command", "\x1b_bk;t=1700000000000\atext", []string{"text"}, []int{21}},
		{"charset", "\x1b(Btext", []string{"text"}, []int{3}},
		{"keypad mode", "\x1b=text", []string{"text"}, []int{2}},
		{"NUL and backspace", "a\x00b\bc", []string{"abc"}, []int{0}},
		{"progress", "10%\r20%\rdone", []string{"10%", "20%", "done"}, []int{0, 4, 8}},
		{"progress, erased", "10%\r\x1b[Kdone", []string{"10%", "done"}, []int{0, 7}},
		{"nothing between", "\r\r\x1b[Ka", []string{"a"}, []int{5}},
		{"only sequences", "\x1b[0m\x1b[K", nil, nil},
		{"columns are characters", "ä\x1b[0mö\rü", []string{"äö", "ü"}, []int{0, 7}},
		{"cut off", "a\x1b", []string{"a"}, []int{0}},
		{"cut off in its parameters", "a\x1b[31", []string{"a31"}, []int{0}},
		{"a string without an end", "a\x1b]0;title", []string{"a0;title"}, []int{0}},
		{"a string too long", "\x1b]" + strings.Repeat("x", maxControlString) + "\a", []string{strings.Repeat("x", maxControlString)}, []int{2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			texts, columns, _ := cleaned(tt.line)
			if len(texts) != len(tt.want) {
				t.Fatalf("segments %q, want %q", texts, tt.want)
			}
			for i := range texts {
				if texts[i] != tt.want[i] || columns[i] != tt.columns[i] {
					t.Errorf("segment %q at %d, want %q at %d", texts[i], columns[i], tt.want[i], tt.columns[i])
				}
			}
		})
	}
}

func TestControl(t *testing.T) {
	for n := range 20 {
		for at := range n {
			line := []byte(strings.Repeat("\tä ~\x7f", n)[:n])
			if got := control(line); got != n {
				t.Fatalf("control(%q) = %d, want %d", line, got, n)
			}
			for _, c := range []byte{0, 1, '\b', '\r', 0x1b, 0x1f} {
				line[at] = c
				if got := control(line); got != at {
					t.Fatalf("control(%q) = %d, want %d", line, got, at)
				}
			}
		}
	}
}

// FuzzClean holds each character of each segment against the one in the raw line
// to which its column leads.
func FuzzClean(f *testing.F) {
	for _, line := range []string{
		"a\x1b[31mb\rc", "\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\", "ä\x00\x1bé\xff\r\r", "\x1b[8mha:////4AAAA\x1b[0mtext", "\x1b]0;0123456789012345678901234\aä",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.Contains(line, "\n") || len(line) > 1<<12 || !utf8.ValidString(line) {
			return
		}
		raw := []rune(line)
		_, _, segments := cleaned(line)
		for _, s := range segments {
			cuts := s.cuts
			skipped := 0
			for i, c := range []rune(string(s.text)) {
				for len(cuts) > 0 && int(cuts[0].at) <= i {
					skipped += int(cuts[0].n)
					cuts = cuts[1:]
				}
				if c < ' ' && c != '\t' {
					t.Fatalf("control character %q stays", c)
				}
				if got := raw[s.column+i+skipped]; got != c {
					t.Fatalf("character %d of %q leads to %q", i, s.text, got)
				}
			}
		}
	})
}
