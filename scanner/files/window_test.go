package files

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/leakguard/leakguard/detectors/decode"
	"github.com/leakguard/leakguard/scanner"
)

type window struct {
	text          string
	lines, column int
}

func windowsOf(t *testing.T, w windowing, r io.Reader) (all []window, err error) {
	t.Helper()
	err = w.cut(t.Context(), r, make([]byte, w.size+1), func(c scanner.Chunk) {
		all = append(all, window{string(c.Text), c.Lines, c.Column})
	})
	return all, err
}

// offsetOf is where a position lies in text, the other way round than the code
// under test reckons it.
func offsetOf(text string, lines, column int) int {
	at := 0
	for range lines {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	for range column {
		_, n := utf8.DecodeRuneInString(text[at:])
		at += n
	}
	return at
}

// checkWindows checks what is promised of the windows of a text.
func checkWindows(t *testing.T, w windowing, text string, all []window) {
	t.Helper()
	end := 0
	for i, win := range all {
		at := offsetOf(text, win.lines, win.column)
		if len(win.text) > w.size || !strings.HasPrefix(text[at:], win.text) {
			t.Fatalf("window %d, of %d bytes, is not the text at line %d, column %d", i, len(win.text), win.lines, win.column)
		}
		if i > 0 && end-at < w.overlap {
			t.Fatalf("windows %d and %d share %d bytes, want at least %d", i-1, i, end-at, w.overlap)
		}
		if i > 0 && at+len(win.text) <= end {
			t.Fatalf("window %d brings nothing new", i)
		}
		end = at + len(win.text)
	}
	if end != len(text) {
		t.Fatalf("windows end at %d of %d bytes", end, len(text))
	}
}

var smallWindows = windowing{size: 4096, overlap: 1024, near: 128}

func TestWindowsCoverTheText(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	random := func(alphabet string, n int) string {
		runes := []rune(alphabet)
		var b strings.Builder
		for b.Len() < n {
			b.WriteRune(runes[rnd.IntN(len(runes))])
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"empty":            "",
		"one byte":         "x",
		"one window":       strings.Repeat("x", 4096),
		"a byte more":      strings.Repeat("x", 4097),
		"one line":         strings.Repeat("x", 50_000),
		"only line ends":   strings.Repeat("\n", 50_000),
		"short lines":      random("abc \n", 50_000),
		"long lines":       strings.Repeat(random("abc", 3000)+"\n", 20),
		"wide characters":  random("aé漢🔑", 50_000),
		"wide, with lines": random("aé漢🔑\n", 50_000),
		"no UTF-8":         strings.Repeat("\x80", 20_000) + strings.Repeat("\xff", 20_000),
		"CRLF":             strings.Repeat("line\r\n", 9000),
	} {
		t.Run(name, func(t *testing.T) {
			all, err := windowsOf(t, smallWindows, iotest.HalfReader(strings.NewReader(text)))
			if err != nil {
				t.Fatal(err)
			}
			checkWindows(t, smallWindows, text, all)
		})
	}
}

func TestWindowsCutAtLineEnds(t *testing.T) {
	text := strings.Repeat("a line of some length\n", 1000)
	all, err := windowsOf(t, smallWindows, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range all {
		if w.column != 0 || !strings.HasSuffix(w.text, "\n") {
			t.Errorf("window %d of %d starts or ends within a line", i, len(all))
		}
	}
}

func TestWindowsHandOutWhatCameBeforeAnError(t *testing.T) {
	broken := errors.New("the disk is on fire")
	for name, text := range map[string]string{"short": "some text", "long": strings.Repeat("some text\n", 2000)} {
		t.Run(name, func(t *testing.T) {
			all, err := windowsOf(t, smallWindows, io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)))
			if !errors.Is(err, broken) {
				t.Errorf("error %v, want %v", err, broken)
			}
			checkWindows(t, smallWindows, text, all)
		})
	}
}

func TestWindowsTellTruncationFromTheEnd(t *testing.T) {
	_, err := windowsOf(t, smallWindows, io.MultiReader(strings.NewReader("x"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if err != io.ErrUnexpectedEOF {
		t.Errorf("error %v, want %v", err, io.ErrUnexpectedEOF)
	}
}

func TestWindowsStopWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := Windows(ctx, io.LimitReader(endless('x'), 100<<20), func(scanner.Chunk) {
		calls++
		cancel()
	})
	if !errors.Is(err, context.Canceled) || calls != 1 {
		t.Errorf("%d windows and error %v, want one and %v", calls, err, context.Canceled)
	}
}

func TestWindowsDecodeLargeUTF16(t *testing.T) {
	text := strings.Repeat("a line with "+marker+" in it\n", 1000)
	var raw []byte
	for _, u := range append([]uint16{0xfeff}, utf16.Encode([]rune(text))...) {
		raw = append(raw, byte(u), byte(u>>8))
	}
	all, err := windowsOf(t, smallWindows, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	checkWindows(t, smallWindows, text, all)

	small := raw[:2000]
	all, err = windowsOf(t, smallWindows, bytes.NewReader(small))
	if err != nil || len(all) != 1 || all[0].text != string(small) {
		t.Errorf("%d windows and error %v, want the text as it was", len(all), err)
	}
}

// endless is a reader of one byte, over and over.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func TestWindowsOfOneHugeLineInLittleMemory(t *testing.T) {
	const size = 100 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	end := 0
	err := Windows(t.Context(), io.LimitReader(endless('x'), size), func(c scanner.Chunk) {
		if c.Lines != 0 || c.Column > end-textWindows.overlap && c.Column > 0 {
			t.Errorf("a window at line %d, column %d, after %d characters", c.Lines, c.Column, end)
		}
		end = c.Column + len(c.Text)
	})
	runtime.ReadMemStats(&after)
	if err != nil || end != size {
		t.Errorf("windows end at %d with error %v, want %d", end, err, size)
	}
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 16<<20 {
		t.Errorf("%d bytes of memory for a line of %d", spent, size)
	}
}

func FuzzWindows(f *testing.F) {
	f.Add([]byte("one line"), uint8(1))
	f.Add([]byte("some\nlines\r\nof text\n"), uint8(200))
	f.Add([]byte("aé漢🔑\xff\xfe\n"), uint8(255))
	f.Add([]byte("\xff\xfea\x00b\x00"), uint8(255))
	f.Fuzz(func(t *testing.T, part []byte, times uint8) {
		text := bytes.Repeat(part, int(times)+1)
		all, err := windowsOf(t, smallWindows, bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > smallWindows.size {
			if enc := decode.Encoding(text[:smallWindows.size+1]); enc != "" {
				if text, err = io.ReadAll(decode.Reader(bytes.NewReader(text), enc)); err != nil {
					t.Fatal(err)
				}
			}
		}
		checkWindows(t, smallWindows, string(text), all)
	})
}
