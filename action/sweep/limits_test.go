package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/buildlog"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/pipeline"
	"github.com/leakguard/leakguard/scanner/seen"
	"github.com/leakguard/leakguard/testdata/fakegithub"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// apiLimits are GitHub's, for one who asks: so many requests an hour, 900 points within a
// minute, of which a request to read costs one, and 100 requests at once. Time is that of a
// clock which stands still but for who sleeps.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
type apiLimits struct {
	clock  *fakegithub.Clock
	hourly int
	whim   map[int]bool // requests, by number, that are refused by secondary limits which GitHub does not tell

	mu                       sync.Mutex
	requests                 int // that were answered
	used                     int // in this hour
	reset                    time.Time
	minute                   []time.Time // when the last requests came
	atOnce                   int
	until                    time.Time // nobody may ask before
	primary, secondary       int       // refusals for each limit
	whims, early, mostAtOnce int       // refusals at a whim, and requests before their end
}

// enter counts a request, and answers it if it is refused.
func (l *apiLimits) enter(w http.ResponseWriter) (refused bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	if !now.Before(l.reset) {
		l.used, l.reset = 0, now.Add(time.Hour).Truncate(time.Second)
	}
	for len(l.minute) > 0 && now.Sub(l.minute[0]) >= time.Minute {
		l.minute = l.minute[1:]
	}
	status := 0
	switch {
	case now.Before(l.until):
		l.early++
		status = http.StatusForbidden
		w.Header().Set("Retry-After", strconv.Itoa(int(l.until.Sub(now)/time.Second)+1))
	case l.used >= l.hourly:
		l.primary++
		status = http.StatusForbidden
	case len(l.minute) >= 900 || l.atOnce >= 100:
		l.secondary++
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", "60")
	case l.whim[l.requests]:
		l.whims++
		delete(l.whim, l.requests)
		l.until = now.Add(time.Minute)
		status = http.StatusForbidden
		w.Header().Set("Retry-After", "60")
	default:
		l.requests++
		l.used++
		l.minute = append(l.minute, now)
		l.atOnce++
		l.mostAtOnce = max(l.mostAtOnce, l.atOnce)
	}
	for name, n := range map[string]int64{"Limit": int64(l.hourly), "Remaining": int64(l.hourly - l.used), "Used": int64(l.used), "Reset": l.reset.Unix()} {
		w.Header().Set("X-RateLimit-"+name, strconv.FormatInt(n, 10))
	}
	w.Header().Set("X-RateLimit-Resource", "core")
	if status != 0 {
		w.WriteHeader(status)
		fmt.Fprint(w, `{"message": "You have exceeded a secondary rate limit."}`)
	}
	return status != 0
}

func (l *apiLimits) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.atOnce--
}

// limitedOrg is an organisation on a GitHub that enforces its limits. Each repository has a
// run and a variable; every tenth has a secret in both.
func limitedOrg(t *testing.T, l *apiLimits, n int) (url string, secrets int) {
	orgs := fakegithub.NewOrgs(t)
	account := &fakegithub.Account{}
	orgs.Accounts["acme"] = account
	variables := map[string]string{}
	for i := range n {
		name := fmt.Sprintf("acme/r%d", i)
		line, value := "nothing", "nothing"
		if i%10 == 0 {
			line, value = "x="+token(), token()
			secrets += 2
		}
		account.Repositories = append(account.Repositories, fakegithub.Listed(name, nil))
		orgs.Repos[name] = []fakegithub.Run{{
			ID: int64(i + 1), Workflow: "ci.yml", Branch: "main", Created: l.clock.Now(),
			Attempts: []fakegithub.Attempt{{Zip: fakegithub.Zip(t, map[string]string{"build/1_Make.txt": fakegithub.Log(line)}), Jobs: []fakegithub.Job{{ID: int64(i), Name: "build"}}}},
		}}
		variables["/repos/"+name+"/actions/variables"] = value
	}
	next := orgs.Intercept
	orgs.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") == "" { // the store
			return false
		}
		if l.enter(w) {
			return true
		}
		defer l.leave()
		list := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		switch list {
		case "variables", "secrets", "environments":
			items := "[]"
			if value := variables[r.URL.Path]; value != "" {
				items = fmt.Sprintf(`[{"name": "A", "value": %q}]`, value)
			}
			fmt.Fprintf(w, `{"total_count": 0, %q: %s}`, list, items)
			return true
		}
		return next(w, r)
	}
	orgs.Ready()
	return orgs.URL, secrets
}

// longAgo is when the clock begins, so that the queue, whose time is the real one, never waits.
var longAgo = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// TestLimits sweeps lists, logs and variables of an organisation under GitHub's limits, and
// says how many requests that takes. Nothing is refused for going beyond a limit that
// GitHub tells; the others are waited out.
func TestLimits(t *testing.T) {
	n := 100
	if part := soak(t); part > 0 {
		n = int(1000 * part)
	}
	clock := fakegithub.NewClock(longAgo)
	l := &apiLimits{clock: clock, hourly: 5 * n, whim: map[int]bool{n: true, 3 * n: true}}
	url, secrets := limitedOrg(t, l, n)
	budget := forge.NewBudget(0, clock.Now)
	client, err := forge.NewGitHub(forge.GitHubOptions{
		URL: url, Getenv: func(string) string { return fakegithub.Token }, Budget: budget, Now: clock.Now, Sleep: clock.Sleep,
	})
	if err != nil {
		t.Fatal(err)
	}
	const jobs = 4
	s := &site{Dir: t.TempDir(), DSN: t.TempDir() + "/state.db", Pace: quick, Jobs: jobs}
	e, done := s.limited(t, client, clock, budget)
	defer done()
	status := toEndOf(t, e, sweep.Plan{Sources: []string{"acme"}, Logs: time.Hour, Variables: true})
	totals := status.Totals()
	if !status.Complete() || totals.Secrets != secrets || totals.Logs.Done != n || totals.Variables.Done != n+1 {
		t.Errorf("complete %t, %+v; want %d secrets", status.Complete(), totals, secrets)
	}
	if l.primary > 0 || l.secondary > 0 || l.whims != 2 || l.early > l.whims*(jobs-1) {
		t.Errorf("refused: %d for the primary limit, %d for the secondary, %d at a whim, %d before its end", l.primary, l.secondary, l.whims, l.early)
	}
	if got := int(totals.Requests); got != l.requests+l.whims+l.early {
		t.Errorf("%d requests are counted, of %d that were answered, and %d refused", got, l.requests, l.whims+l.early)
	}
	t.Logf("%d repositories: %d requests, %.2f for each, in %s; %d at once at most", n, l.requests, float64(l.requests)/float64(n), clock.Now().Sub(longAgo), l.mostAtOnce)
}

// limited is an engine at the site that reads through a client whose time is that of a
// clock.
func (s *site) limited(t *testing.T, client *forge.Client, clock *fakegithub.Clock, budget *forge.Budget) (e *sweep.Engine, done func()) {
	t.Helper()
	first, l, err := s.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	state, err := seen.Open(s.Dir + "/logs.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	repo := gitrepo.New(t)
	repo.Write("a.txt", "nothing\n").Commit("first")
	scan := func(ctx context.Context, src scanner.Source) *scanner.Result {
		detect, err := engine()
		if err != nil {
			panic(err)
		}
		res := scanner.Run(ctx, []scanner.Source{src}, scanner.Options{Engine: detect})
		if limit := forge.TallyOf(ctx).Limit(); limit != nil { // the queue's time is not the clock's
			clock.Sleep(ctx, limit.Until.Sub(clock.Now()))
		}
		return res
	}
	o := s.options(l)
	o.API = budget
	o.List = func(org string, choice sweep.Choice) (sweep.Lister, error) {
		return sweep.GitHubOrg(client, org, choice), nil
	}
	o.Fetch = func(context.Context, sweep.Repository) (*sweep.Copy, error) {
		return &sweep.Copy{Path: repo.CommonDir(), Release: func() {}}, nil
	}
	o.Logs = func(ctx context.Context, r sweep.Repository, since time.Time) (*sweep.Reading, error) {
		src := buildlog.NewGitHub(client, buildlog.GitHubOptions{Repo: r.Name, Since: clock.Now().Sub(longAgo) + time.Hour, Now: clock.Now().Add(time.Minute), State: state, Ruleset: "rules"})
		return &sweep.Reading{Result: scan(ctx, src), Recorded: src.Reported}, nil
	}
	o.Variables = func(ctx context.Context, r sweep.Repository, owner string) (*sweep.Reading, error) {
		of := pipeline.RemoteOptions{Project: r.Name, Alone: true}
		if owner != "" {
			of.Project, of.Org = "", owner
		}
		src, err := pipeline.NewRemote("github", client, of)
		if err != nil {
			return nil, err
		}
		return &sweep.Reading{Result: scan(ctx, src)}, nil
	}
	e, err = sweep.Open(t.Context(), o)
	if err = errors.Join(err, first.Close()); err == nil {
		err = e.Start(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return e, func() {
		if err := errors.Join(e.Stop(context.Background()), e.Close(), l.Close(), state.Close()); err != nil {
			t.Error(err)
		}
	}
}
