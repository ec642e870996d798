package buildlog

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// assembled is the windows of a log in a format.
func assembled(format Format, log string) []*window {
	var all []*window
	l := Log{Path: "log", Format: &format}
	a := &assembler{log: &l, lines: format.New(), window: newWindow(&l), ready: func(w *window) { all = append(all, w) }}
	buf := lineBuffers.Get().(*[]byte)
	defer lineBuffers.Put(buf)
	lines := &lineReader{r: strings.NewReader(log), buf: *buf}
	for line, ok := lines.next(); ok; line, ok = lines.next() {
		a.line(line)
	}
	a.end()
	return all
}

// checkTable holds each character of a window against the one in the log to which
// the table leads.
func checkTable(t *testing.T, log string, w *window) {
	t.Helper()
	raw := strings.Split(log, "\n")
	for i := range w.starts {
		// The first, the last, and some in between: lines may be long.
		chars := []rune(string(w.line(i)))
		var line []rune
		for at := 0; at < len(chars); at += 1 + len(chars)/100 {
			number, column := w.raw(i, at+1)
			if line == nil {
				line = []rune(raw[number-1])
			}
			if got := line[column-1]; got != chars[at] {
				t.Fatalf("character %d of text line %d, %q, leads to line %d, column %d, where %q is", at+1, i, chars[at], number, column, got)
			}
		}
	}
}

func TestWindows(t *testing.T) {
	const stamp = "2026-08-20T23:51:25.1234567Z "
	coloured := stamp + "\x1b[32mä\x1b[0m passes\x1b[1m in \x1b[0m3 ms\rdone\n"
	for _, tt := range []struct {
		name, log string
		windows   int
	}{
		{"empty", "", 1},
		{"short", stamp + "text\n", 1},
		{"coloured", strings.Repeat(coloured, 50_000), 2},
		{"long", strings.Repeat(stamp+strings.Repeat("word ", 20)+"\n", 30_000), 4},
		{"short lines", strings.Repeat("\n", windowLines+1), 2},
		{"one line", stamp + strings.Repeat("wörter ", 500_000), 5},
		{"long lines", strings.Repeat(stamp+strings.Repeat("wort", 100_000)+"\n", 5), 3},
		{"markers in between", strings.Repeat(coloured+stamp+"##[endgroup]\n", 20_000), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all := assembled(GitHub, tt.log)
			if len(all) != tt.windows {
				t.Errorf("%d windows, want %d", len(all), tt.windows)
			}
			for i, w := range all {
				if len(w.text) > windowSize+3*overlap {
					t.Errorf("window %d has %d bytes", i, len(w.text))
				}
				checkTable(t, tt.log, w)
			}
		})
	}
}

// TestWindowsOverlap finds each stretch of 64 KiB of a log's text whole in one of
// its windows.
func TestWindowsOverlap(t *testing.T) {
	var text strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&text, "line %d\n", i)
	}
	all := assembled(Plain, text.String())
	if len(all) < 3 {
		t.Fatalf("%d windows", len(all))
	}
	for at := 0; at+overlap < text.Len(); at += 9973 {
		part := []byte(text.String()[at : at+overlap-100])
		whole := false
		for _, w := range all {
			whole = whole || bytes.Contains(w.text, part)
		}
		if !whole {
			t.Fatalf("the text at byte %d is in no window whole", at)
		}
	}
}

// TestTableIsSmall holds the table of a window of lines with timestamps against
// one entry for all of them.
func TestTableIsSmall(t *testing.T) {
	all := assembled(GitHub, strings.Repeat("2026-08-20T23:51:25.1234567Z some text\n", 20_000))
	if len(all[0].spans) != 1 || len(all[0].wheres) != 1 || len(all[0].cuts) != 0 {
		t.Errorf("%d spans, %d places and %d cuts for lines that are alike", len(all[0].spans), len(all[0].wheres), len(all[0].cuts))
	}
}

func FuzzTable(f *testing.F) {
	f.Add("2026-08-20T23:51:25.1234567Z \x1b[31mä\x1b[0mb\rc\n#12 3.4 text\nweb-1  | \x1b[1mt\x1b[0mext\n")
	f.Add("\ufeff##[group]Run x\n\ufeff2026-08-20T23:51:25.1234567Z ##[endgroup]\n")
	f.Add("build\tSet up job\t\ufeff2026-08-20T23:51:25.1234567Z x\n[web] \x1b]8;;0123456789012345678901234\ax\r\n")
	f.Fuzz(func(t *testing.T, log string) {
		if !utf8.ValidString(log) || len(log) > 1<<14 {
			return
		}
		for _, format := range Formats() {
			if format.Open != nil {
				continue
			}
			for _, w := range assembled(format, log) {
				checkTable(t, log, w)
				if c := control(bytes.ReplaceAll(w.text, []byte("\n"), nil)); c != len(w.text)-len(w.starts) {
					t.Fatalf("%s: a control character stays", format.Name)
				}
				windows.Put(w)
			}
		}
	})
}
