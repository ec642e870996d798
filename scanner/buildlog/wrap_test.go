package buildlog

import (
	"slices"
	"strings"
	"testing"
)

// wrap is text in lines of a width.
func wrap(text string, width int) string {
	var lines []string
	for part := range slices.Chunk([]byte(text), width) {
		lines = append(lines, string(part))
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestWrapped(t *testing.T) {
	word := strings.Repeat("Wort", 20)
	for _, tt := range []struct {
		name, log string
		want      []string // the texts that are handed out once more
	}{
		{"no line is full", "a\nb\n", nil},
		{"one line of 80", strings.Repeat("x ", 30) + word + "\n", nil},
		{"wrapped once at 80", wrap(strings.Repeat("x ", 30)+word, 80), []string{strings.Repeat("x ", 30) + word}},
		{"wrapped once at 70", wrap(strings.Repeat("x ", 30)+word, 70), nil},
		{"three lines of 70", wrap(word+word+word+word, 70), []string{word + word + word + word}},
		{"a timestamp before each", strings.ReplaceAll("\n"+wrap(word+word+word+word, 70), "\n", "\n2026-08-20T23:51:25.1234567Z "), []string{word + word + word + word}},
		{"the cuts lie at blanks", wrap(strings.Repeat(strings.Repeat("y", 69)+" ", 5), 70), nil},
		{"the cuts lie in short words", wrap(strings.Repeat("a few short words ", 30), 80), nil},
		{"a chain after prose", wrap(strings.Repeat("a few short words ", 20)+word+" ends", 90), nil},
		{"too narrow", wrap(word+word+word, 40), nil},
		{"too wide", wrap(strings.Repeat(word, 20), 300), nil},
		{"not ASCII", wrap(strings.Repeat("ä", 200), 80), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, w := range assembled(Plain, tt.log) {
				w.wrapped(func(text []byte, j joined) {
					got = append(got, string(text))
					for i := range text {
						line, column := j.at(1, i+1)
						if c := w.line(line)[column-1]; c != text[i] {
							t.Errorf("character %d leads to line %d, column %d, where %q is", i+1, line, column, c)
						}
					}
				})
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("handed out once more: %q, want %q", got, tt.want)
			}
		})
	}
}
