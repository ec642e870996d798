package fakegithub

import (
	"strings"
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	for _, tc := range []struct {
		name    string
		content bool
		apart   time.Duration
		writes  int
		want    string // of the last write; the others breach nothing
	}{
		{"a second apart", false, time.Second, 1000, ""},
		{"less than a second apart", false, 999 * time.Millisecond, 2, "999ms after the last write"},
		{"500 an hour", true, time.Hour / 500, 2000, ""},
		{"501 an hour", true, time.Hour/500 - time.Millisecond, 501, "more than 500 issues and comments within 1h0m0s"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var p pace
			now := time.Unix(0, 0)
			for n := range tc.writes {
				breach := p.write(now)
				if tc.content {
					breach = p.made(now)
				}
				want := ""
				if n == tc.writes-1 {
					want = tc.want
				}
				if (breach == "") != (want == "") || !strings.Contains(breach, want) {
					t.Fatalf("write %d: %q, want %q", n+1, breach, want)
				}
				now = now.Add(tc.apart)
			}
		})
	}
}

// More than 80 a minute are never a second apart.
func TestPaceOfAMinute(t *testing.T) {
	var p pace
	breach := ""
	for n := range 81 {
		breach = p.made(time.Unix(0, int64(n)*int64(time.Minute)/81))
	}
	if !strings.Contains(breach, "more than 80 issues and comments within 1m0s") {
		t.Errorf("the 81st within a minute: %q", breach)
	}
}
