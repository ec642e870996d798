package fakegithub

import (
	"fmt"
	"time"
)

// pace holds those who write to GitHub's secondary limits.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
type pace struct {
	last    time.Time
	content []time.Time // when issues and comments were made
}

// write counts a request that is to change something, and says which limit it
// breaches, or "".
func (p *pace) write(now time.Time) (breach string) {
	if apart := now.Sub(p.last); apart < time.Second {
		breach = fmt.Sprintf("it comes %s after the last write", apart)
	}
	p.last = now
	return breach
}

// made counts an issue or a comment that was made, likewise.
func (p *pace) made(now time.Time) (breach string) {
	p.content = append(p.content, now)
	for _, l := range []struct {
		most   int
		within time.Duration
	}{{80, time.Minute}, {500, time.Hour}} {
		if i := len(p.content) - 1 - l.most; i >= 0 && now.Sub(p.content[i]) < l.within {
			breach = fmt.Sprintf("there are more than %d issues and comments within %s", l.most, l.within)
		}
	}
	return breach
}
