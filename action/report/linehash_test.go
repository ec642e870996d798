package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The vectors are those of github/codeql-action, src/fingerprints.test.ts.
func TestLineHashes(t *testing.T) {
	lorem := strings.Repeat("Lorem ipsum dolor sit amet.\n", 10)
	loremHashes := []string{
		"a7f2ff13bc495cf2:1", "a7f2ff13bc495cf2:2", "a7f2ff13bc495cf2:3", "a7f2ff13bc495cf2:4", "a7f2ff13bc495cf2:5",
		"a7f2ff13bc495cf2:6", "a7f2ff1481e87703:1", "a9cf91f7bbf1862b:1", "55ec222b86bcae53:1", "cc97dc7b1d7d8f7b:1",
		"c129715d7a2bc9a3:1",
	}
	blanks := []string{"271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"}
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{"c129715d7a2bc9a3:1"}},
		{"blanks", " a\nb\n  \t\tc\n d", blanks},
		{"CRLF counts as LF", " a\r\nb\r\n  \t\tc\r\n d", blanks},
		{"CR counts as LF", " a\rb\r  \t\tc\r d", blanks},
		{"repeated lines", lorem, loremHashes},
		{"repeated lines, CRLF", strings.ReplaceAll(lorem, "\n", "\r\n"), loremHashes},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := lineHashes(c.text); !slices.Equal(got, c.want) {
				t.Errorf("got  %v\nwant %v", got, c.want)
			}
		})
	}
	t.Run("a character beyond the BMP counts as two", func(t *testing.T) {
		var sum uint64 // of the first window: both halves of 🔑, the end, and zeros
		for i := range window {
			var c uint64
			if i < 3 {
				c = [...]uint64{0xd83d, 0xdd11, endOfText}[i]
			}
			sum = sum*multiplier + c
		}
		if got, want := lineHashes("🔑"), fmt.Sprintf("%x:1", sum); len(got) != 1 || got[0] != want {
			t.Errorf("got %v, want [%s]", got, want)
		}
	})
}
