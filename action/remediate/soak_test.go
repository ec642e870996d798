package remediate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// TestSoak has many secrets get their issues on a GitHub that fails the test if one of
// its limits is not kept. It tells of limits in all the ways that it has; the first
// run is called off in the middle, the second meets an outage. With LEAKGUARD_SOAK=1
// there are 5,000 of them, else as many as take more than an hour.
func TestSoak(t *testing.T) {
	secrets := 540
	if os.Getenv("LEAKGUARD_SOAK") == "1" {
		secrets = 5000
	}
	d, g := newDesk(t), newGitHub(t, fakegithub.Repo{})
	d.now, d.o.Now = g.clock.Now(), g.clock.Now
	for i := range secrets {
		d.leak(fmt.Sprint("lg1s-", i), shop, "a.env")
	}
	d.found(verify.Live)

	ctx, cancel := context.WithCancel(t.Context())
	d.o.Out = onLine(secrets*3/10, cancel)
	if r, err := soak(ctx, t, d, g); !errors.Is(err, context.Canceled) || r.Created != secrets*3/10 {
		t.Fatalf("the first run: %v, %+v", err, r)
	}

	g.srv.SetBudget(300) // less than the 500 posts of an hour
	g.srv.Fail("POST", limits()...)
	g.srv.Fail("GET", limits()...)
	d.o.Out = onLine(secrets*4/10, func() { g.srv.SetDown(true) })
	r, err := soak(t.Context(), t, d, g)
	if err != nil || r.Created+r.Updated != secrets*4/10 || r.Failed != 20 || r.Left == 0 {
		t.Fatalf("the second run: %v, %+v", err, r)
	}

	g.srv.SetDown(false)
	g.srv.SetBudget(0)
	d.o.Out = nil
	if r, err = soak(t.Context(), t, d, g); err != nil || !r.Agreed() || r.Failed+r.Refused > 0 || len(r.Troubles) > 0 {
		t.Fatalf("the third run: %v, %+v", err, r)
	}
	before := len(g.srv.Writes())
	if r, err = soak(t.Context(), t, d, g); err != nil || r.Unchanged != secrets || len(g.srv.Writes()) != before {
		t.Errorf("again: %d writes, %v, %+v", len(g.srv.Writes())-before, err, r)
	}
	made := map[string]int{}
	for _, i := range g.srv.List(shop) {
		id, _ := remediate.MarkOf(i.Body)
		made[id]++
	}
	if len(made) != secrets || len(g.srv.List(shop)) != secrets {
		t.Errorf("%d issues for %d of %d secrets", len(g.srv.List(shop)), len(made), secrets)
	}
	if spent, least := g.clock.Now().Sub(d.now), time.Duration(secrets/500-1)*time.Hour; spent < least {
		t.Errorf("it took %s, less than 500 in an hour allow: the clock is not that of the limits", spent)
	}
}

// soak is a run that has the patience to wait for the next hour.
func soak(ctx context.Context, t *testing.T, d *desk, g *github) (remediate.Report, error) {
	g.restart(t, 65*time.Minute)
	return remediate.Sync(ctx, d.ledger, g, d.o)
}

// limits are the ways in which GitHub tells of a limit.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
func limits() []fakegithub.Fault {
	const words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
	wait := map[string]string{"Retry-After": "97"}
	return []fakegithub.Fault{
		{Status: 403, Message: words}, {Status: 403, Message: words, Header: wait},
		{Status: 429, Message: words}, {Status: 429, Message: words, Header: wait},
	}
}

// onLine is a writer that does something once when so many lines were written to it.
func onLine(n int, do func()) io.Writer {
	return lineFunc(func(p []byte) {
		if n > 0 {
			if n -= bytes.Count(p, []byte("\n")); n <= 0 {
				do()
			}
		}
	})
}

type lineFunc func([]byte)

func (f lineFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}
