package remediate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// TestSyncGitHub has Sync and the tracker for GitHub work together: what GitHub's
// limits do not let one run write, the next ones do.
func TestSyncGitHub(t *testing.T) {
	const secrets = 620 // more than the 500 posts of an hour
	d, g := newDesk(t), newGitHub(t, fakegithub.Repo{})
	d.now = g.clock.Now()
	for i := range secrets {
		d.leak(fmt.Sprint("lg1s-", i), shop, "a.env")
	}
	d.found(verify.Live)
	sync := func() remediate.Report {
		t.Helper()
		g.restart(t, time.Minute)
		d.now = g.clock.Now()
		r, err := remediate.Sync(t.Context(), d.ledger, g, d.o)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := sync(); r.Created < 490 || r.Created > 500 || r.Left < secrets-500 || r.Failed > 0 || len(r.Troubles) != 1 {
		t.Fatalf("the first hour: %+v", r)
	}
	g.clock.Sleep(t.Context(), time.Hour)
	if r := sync(); !r.Agreed() || r.Created+r.Updated < secrets-500 {
		t.Fatalf("the second hour: %+v", r)
	}
	before := len(g.srv.Writes())
	if r := sync(); !r.Agreed() || r.Unchanged != secrets || len(g.srv.Writes()) != before {
		t.Errorf("again: %d writes, %+v", len(g.srv.Writes())-before, r)
	}
	ids := map[string]bool{}
	for _, i := range g.srv.List(shop) {
		id, _ := remediate.MarkOf(i.Body)
		ids[id] = true
	}
	if len(ids) != secrets || len(g.srv.List(shop)) != secrets {
		t.Errorf("%d issues of %d secrets, want %d", len(g.srv.List(shop)), len(ids), secrets)
	}
}

// TestSyncGitHubLife closes an issue on GitHub by proof, and opens it again.
func TestSyncGitHubLife(t *testing.T) {
	d, g := newDesk(t), newGitHub(t, fakegithub.Repo{})
	d.leak("lg1s-1", shop, "a.env")
	for _, step := range []struct {
		name  string
		state verify.State
		want  []string
		words string // in the last comment
	}{
		{"found", verify.Live, []string{"POST labels", "POST issues"}, ""},
		{"dead once", verify.Dead, []string{"PATCH issues/1"}, ""},
		{"dead twice", verify.Dead, []string{"PATCH issues/1", "POST issues/1/comments", "PATCH issues/1"}, "refused this secret twice, 2h"},
		{"live again", verify.Live, []string{"PATCH issues/1", "POST issues/1/comments", "PATCH issues/1"}, "it is live again"},
	} {
		t.Run(step.name, func(t *testing.T) {
			g.clock.Sleep(t.Context(), 2*time.Hour)
			d.now = g.clock.Now()
			d.found(step.state)
			before := len(g.writes())
			g.restart(t, 0)
			if r, err := remediate.Sync(t.Context(), d.ledger, g, d.o); err != nil || !r.Agreed() {
				t.Fatalf("%v: %+v", err, r)
			}
			expect(t, "writes", g.writes()[before:], step.want)
			comments := g.srv.List(shop)[0].Comments
			if step.words != "" && !strings.Contains(strings.Join(comments[max(len(comments)-1, 0):], ""), step.words) {
				t.Errorf("no comment says %q: %q", step.words, comments)
			}
		})
	}
	if i := g.srv.List(shop)[0]; i.Closed || i.Reason != "reopened" || !slices.Equal(i.Labels, []string{"leakguard"}) {
		t.Errorf("the issue is %+v", i)
	}
}
