package forge

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Budget counts the requests of all clients that share it, and bounds them: to so many an
// hour, and to what each API says that it has left. A client with a budget never sleeps
// for longer than until its turn comes: where it would have to, it returns a *LimitError
// without asking, and so do all that have the same account there. It is safe for
// concurrent use.
type Budget struct {
	perHour int // 0: as many as the APIs allow
	now     func() time.Time

	mu       sync.Mutex
	began    time.Time // when the hour began that is counted
	spent    int       // in it
	accounts map[[2]string]*account
}

// NewBudget returns a budget of so many requests an hour, over all APIs; 0 is no bound but
// theirs. now tells the time; nil: time.Now.
func NewBudget(perHour int, now func() time.Time) *Budget {
	if now == nil {
		now = time.Now
	}
	return &Budget{perHour: perHour, now: now, accounts: map[[2]string]*account{}}
}

// account is one who asks one API, and has a limit of their own there.
type account struct {
	*Budget
	host    string
	limiter *rate.Limiter

	requests int64
	underway int       // requests without an answer
	told     int       // the least that the API has said to be left until reset; -1: nothing
	left     int       // of them, those under way taken off
	reset    time.Time // when the API begins to count anew
	until    time.Time // the API has said to ask nothing before
}

// account is that of a client. All of one host and name are the same.
func (b *Budget) account(host, name string, pace rate.Limit) *account {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := [2]string{host, name}
	if b.accounts[key] == nil {
		b.accounts[key] = &account{Budget: b, host: host, told: -1, limiter: rate.NewLimiter(pace, 1)}
	}
	return b.accounts[key]
}

// Within reports whether so many requests are all that an hour's budget has, or more.
func (b *Budget) Within(requests int64) bool {
	return b.perHour > 0 && requests >= int64(b.perHour)
}

// take counts a request that is about to be sent, and returns how long it has to wait for
// its turn; or why it may not be sent, as a *LimitError.
func (a *account) take() (turn time.Duration, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if a.began.IsZero() || !now.Before(a.began.Add(time.Hour)) {
		a.began, a.spent = now, 0
	}
	switch {
	case now.Before(a.until):
		return 0, &LimitError{Limit: "the limit of " + a.host, Until: a.until}
	case a.told >= 0 && a.left <= 0 && now.Before(a.reset):
		return 0, &LimitError{Limit: "the limit of " + a.host, Until: a.reset}
	case a.perHour > 0 && a.spent >= a.perHour:
		return 0, &LimitError{Limit: fmt.Sprintf("the budget of %d requests an hour", a.perHour), Until: a.began.Add(time.Hour)}
	}
	a.spent++
	a.requests++
	a.underway++
	a.left--
	return a.limiter.ReserveN(now, 1).DelayFrom(now), nil
}

// answered takes over what the header of an answer says of the limit; nil: none came. Both
// forges have the same headers, GitHub with X- before them. GitHub counts GraphQL apart.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#checking-the-status-of-your-rate-limit
// https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
func (a *account) answered(h http.Header) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.underway--
	if of := h.Get("X-RateLimit-Resource"); of != "" && of != "core" {
		return
	}
	for _, prefix := range []string{"X-RateLimit-", "RateLimit-"} {
		left, err := strconv.Atoi(h.Get(prefix + "Remaining"))
		reset, errReset := strconv.ParseInt(h.Get(prefix+"Reset"), 10, 64)
		if err == nil && errReset == nil {
			a.tell(left, time.Unix(reset, 0))
			return
		}
	}
}

// tell takes over what an API has left. Answers may come in another order than the API
// has counted them.
func (a *account) tell(left int, reset time.Time) {
	switch {
	case a.told < 0 || reset.After(a.reset):
		a.told, a.reset = left, reset
	case reset.Equal(a.reset):
		a.told = min(a.told, left)
	}
	a.left = a.told - a.underway
}

// refused says that the API refuses to be asked for so long. The error is no *Error: who
// looks at its status would take it for a refusal of the thing that was asked for.
func (a *account) refused(wait time.Duration, why error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if until := a.now().Add(wait); until.After(a.until) {
		a.until = until
	}
	return &LimitError{Limit: "the limit of " + a.host, Until: a.until, Err: fmt.Errorf("%v", why)}
}

// Usage is what was asked of an API.
type Usage struct {
	Host     string    `json:"host"`
	Requests int64     `json:"requests"`       // by this process
	Left     int       `json:"left"`           // of whoever has least: by the API, and by the budget; -1: not known
	Reset    time.Time `json:"reset,omitzero"` // until when
}

// Usage is that of each API, by host.
func (b *Budget) Usage() []Usage {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, hosts := b.now(), map[string]*Usage{}
	for _, a := range b.accounts {
		u := hosts[a.host]
		if u == nil {
			u = &Usage{Host: a.host, Left: -1}
			if b.perHour > 0 && now.Before(b.began.Add(time.Hour)) {
				u.least(b.perHour-b.spent, b.began.Add(time.Hour))
			}
			hosts[a.host] = u
		}
		u.Requests += a.requests
		if a.told >= 0 && now.Before(a.reset) {
			u.least(a.left, a.reset)
		}
		if now.Before(a.until) {
			u.least(0, a.until)
		}
	}
	var all []Usage
	for _, u := range hosts {
		all = append(all, *u)
	}
	slices.SortFunc(all, func(a, b Usage) int { return strings.Compare(a.Host, b.Host) })
	return all
}

// least takes over a limit that has less left than those before.
func (u *Usage) least(left int, reset time.Time) {
	if u.Left < 0 || left < u.Left || left == u.Left && reset.After(u.Reset) {
		u.Left, u.Reset = max(left, 0), reset
	}
}
