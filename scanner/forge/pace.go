package forge

import (
	"fmt"
	"slices"
	"time"
)

// Limits are how fast an API lets things be changed. What is 0 is not limited.
type Limits struct {
	Every     time.Duration // that changes are apart at least
	PerMinute int           // posts within any minute
	PerHour   int           // posts within any hour
}

// GitHubLimits are what GitHub asks of those who make content. It counts comments
// and issues; that every post counts here is to be on the safe side.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
// https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#pause-between-mutative-requests
func GitHubLimits() Limits { return Limits{Every: time.Second, PerMinute: 80, PerHour: 500} }

// LimitError is a limit that would have to be waited for too long. The request can be
// made again when that time has come.
type LimitError struct {
	Limit string // which
	Until time.Time
	Err   error // what the server said, if it was asked
}

func (e *LimitError) Error() string {
	s := fmt.Sprintf("%s is used up until %s", e.Limit, e.Until.UTC().Format(time.RFC3339))
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *LimitError) Unwrap() error { return e.Err }

// pace remembers what was sent, to say when more may be.
type pace struct {
	limits Limits
	last   time.Time   // when the last change was answered
	posts  []time.Time // when the last posts were, the oldest first: as many as count
}

// next is when the next change may be sent, and the limit that says so.
func (p *pace) next(post bool) (at time.Time, limit string) {
	at, limit = p.last.Add(p.limits.Every), "the time between changes"
	if !post {
		return at, limit
	}
	for _, l := range []struct {
		most   int
		within time.Duration
		unit   string
	}{{p.limits.PerMinute, time.Minute, "minute"}, {p.limits.PerHour, time.Hour, "hour"}} {
		if l.most == 0 || len(p.posts) < l.most {
			continue
		}
		if free := p.posts[len(p.posts)-l.most].Add(l.within); free.After(at) {
			at, limit = free, fmt.Sprintf("the limit of %d posts within one %s", l.most, l.unit)
		}
	}
	return at, limit
}

// sent says that a change was answered, with whatever.
func (p *pace) sent(post bool, at time.Time) {
	p.last = at
	if post {
		p.posted(at)
	}
}

func (p *pace) posted(at ...time.Time) {
	p.posts = append(p.posts, at...)
	slices.SortFunc(p.posts, time.Time.Compare)
	if most := max(p.limits.PerMinute, p.limits.PerHour); len(p.posts) > most {
		p.posts = slices.Delete(p.posts, 0, len(p.posts)-most)
	}
}
