package buildlog

import (
	"strings"
	"testing"
)

// note is a console note as a Jenkins of the given age stores it, but for the
// rest of its object.
func note(head string) string {
	return notePreamble + head + "+LCAAAAAAAAP9b85aBtbiIQTGj" + notePostamble
}

func TestConsoleNote(t *testing.T) {
	signed := note("////4" + strings.Repeat("H", 49))
	unsigned := note("AAAAlx")
	for _, tt := range []struct {
		name, text string
		end        int // 0: none is there
	}{
		{"signed", signed + "[Pipeline] sh", len(signed)},
		{"before signatures", unsigned + "admin", len(unsigned)},
		{"further on in the line", "x" + signed, 0},
		{"without end", strings.TrimSuffix(signed, notePostamble), 0},
		{"plain base64", notePreamble + strings.Repeat("QUJD", 30) + notePostamble, 0},
		{"text", notePreamble + "password is " + notePostamble, 0},
		{"empty", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start, end, ok := consoleNote([]byte(tt.text))
			if start != 0 || end != tt.end || ok != (tt.end > 0) {
				t.Errorf("got %d, %d, %v; want the note to end at %d", start, end, ok, tt.end)
			}
		})
	}
}

func FuzzConsoleNote(f *testing.F) {
	f.Add(note("////4" + strings.Repeat("H", 49)))
	f.Add(note("AAAAlx"))
	f.Add(notePreamble)
	f.Fuzz(func(t *testing.T, text string) {
		start, end, ok := consoleNote([]byte(text))
		if start != 0 || end < 0 || end > len(text) || ok != (end > 0) {
			t.Fatalf("got %d, %d, %v for %d bytes", start, end, ok, len(text))
		}
	})
}
