package fakegithub

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// limit is the primary rate limit, and what those who ask were told to wait for.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
type limit struct {
	budget int       // requests of an hour; 0: no limit
	used   int       // of them, in this hour
	reset  time.Time // when the next hour begins
	until  time.Time // nobody may ask before
	told   string    // why
}

// SetBudget bounds the requests of an hour, as the primary rate limit does; 0: it does
// not. An answer of 304 costs nothing.
func (s *Issues) SetBudget(requests int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit.budget, s.limit.used, s.limit.reset = requests, 0, time.Time{}
}

// SetDown has all requests answered with 503, or no longer.
func (s *Issues) SetDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// early is what is wrong with a request that comes before it may, or "".
func (l *limit) early(now time.Time) string {
	if now.Before(l.until) {
		return fmt.Sprintf("it comes %s too early: the answer before was %s", l.until.Sub(now), l.told)
	}
	return ""
}

// exceeded is the answer to a request for which nothing of the budget is left.
func (l *limit) exceeded(now time.Time) (Fault, bool) {
	if l.budget == 0 {
		return Fault{}, false
	}
	if !now.Before(l.reset) {
		l.used, l.reset = 0, now.Add(time.Hour).Truncate(time.Second)
	}
	if l.used < l.budget {
		return Fault{}, false
	}
	return Fault{Status: http.StatusForbidden, Message: "API rate limit exceeded for user ID 1.", Header: map[string]string{
		"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": strconv.FormatInt(l.reset.Unix(), 10),
	}}, true
}

// spend counts an answer, and says in its header what is left.
func (l *limit) spend(header http.Header, status int) {
	if l.budget == 0 {
		return
	}
	if status != http.StatusNotModified && l.used < l.budget {
		l.used++
	}
	for name, n := range map[string]int64{"Limit": int64(l.budget), "Remaining": int64(l.budget - l.used), "Used": int64(l.used), "Reset": l.reset.Unix()} {
		header.Set("X-RateLimit-"+name, strconv.FormatInt(n, 10))
	}
}

// tell remembers for how long an answer forbids to ask again: at least a minute, if it
// tells of a limit and not of its end.
func (l *limit) tell(f *Fault, now time.Time) {
	seconds, err := strconv.Atoi(f.Header["Retry-After"])
	reset, errReset := strconv.ParseInt(f.Header["X-RateLimit-Reset"], 10, 64)
	until := now.Add(time.Minute)
	switch {
	case err == nil:
		until = now.Add(time.Duration(seconds) * time.Second)
	case f.Header["X-RateLimit-Remaining"] == "0" && errReset == nil:
		until = time.Unix(reset, 0)
	case f.Status != http.StatusTooManyRequests && !strings.Contains(f.Message, "secondary rate limit"):
		return
	}
	l.until, l.told = until, fmt.Sprintf("%d %s", f.Status, f.Message)
}
