package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/testdata/fakegithub"
	"github.com/leakguard/leakguard/testdata/gitfleet"
)

// TestSoak sweeps an organisation twice: each secret is found, each gap is said, and the
// second time nothing is cloned. With LEAKGUARD_SOAK=1 it has 1,000 repositories, 40 of
// them forks of one with 10,000 commits, and one of 1 GiB.
func TestSoak(t *testing.T) {
	shape, disk := gitfleet.Shape{Repositories: 60, Forks: 4, Commits: 300, Secret: token}, int64(64<<20)
	if os.Getenv("LEAKGUARD_SOAK") == "1" {
		shape = gitfleet.Shape{Repositories: 1000, Forks: 40, Commits: 10_000, Large: 1 << 30, Secret: token}
		disk = 3 << 30
	}
	o := newOrganisation(t, shape, disk)
	first := o.sweep()
	t.Logf("the first sweep:  %s", first)
	o.check(first)
	// Nothing is cloned of those that are not there.
	if want := int64(first.Totals().Repositories - 1 - len(o.NoWiki)); first.clones != want {
		t.Errorf("%d clones, want %d", first.clones, want)
	}
	second := o.sweep()
	t.Logf("the second sweep: %s; %.1f %% of the first one's time", second, 100*second.took.Seconds()/first.took.Seconds())
	o.check(second)
	if second.clones != 0 || second.scans != 1 { // the corrupt one
		t.Errorf("the second sweep cloned %d repositories, and read %d", second.clones, second.scans)
	}
}

// organisation is acme, with a GitHub that lists its repositories and a server of git
// that has them.
type organisation struct {
	*gitfleet.Fleet
	t    *testing.T
	git  *gitfleet.Server
	api  *fakegithub.Orgs
	site *site
	disk int64 // what the mirrors may take, in bytes

	asked, cloned atomic.Int64 // requests to the API, mirrors that were changed
}

const web = "https://github.example/acme/"

func newOrganisation(t *testing.T, shape gitfleet.Shape, disk int64) *organisation {
	t.Helper()
	began := time.Now()
	f := gitfleet.New(t, shape)
	t.Logf("%d repositories with %d secrets were made in %s", len(f.Repositories), len(f.Planted), time.Since(began).Round(time.Second))
	o := &organisation{Fleet: f, t: t, git: f.Serve(t, "acme"), api: fakegithub.NewOrgs(t), disk: disk}
	account := &fakegithub.Account{}
	for _, r := range f.Repositories {
		account.Repositories = append(account.Repositories, fakegithub.Listed("acme/"+r.Name, map[string]any{
			"clone_url": o.git.URL + "/acme/" + r.Name + ".git", "html_url": web + r.Name,
			"private": r.Private, "archived": r.Archived, "disabled": r.Disabled, "fork": r.Fork, "has_wiki": r.HasWiki,
		}))
	}
	o.api.Accounts["acme"] = account
	o.api.Intercept = o.limited(o.api.Intercept)
	o.api.Ready()
	debug.FreeOSMemory() // what making it took is not the sweep's
	o.site = &site{Dir: filepath.Join(t.TempDir(), "mirrors"), DSN: filepath.Join(t.TempDir(), "state.db"), Pace: quick, Jobs: 2}
	return o
}

// limited fails the test if a request breaks a limit of GitHub's: 5,000 in an hour, and
// 900 points, one for each that reads, in a minute.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
func (o *organisation) limited(answer func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
	var mu sync.Mutex
	var all []time.Time
	return func(w http.ResponseWriter, r *http.Request) bool {
		o.asked.Add(1)
		mu.Lock()
		all = append(all, time.Now())
		for most, within := range map[int]time.Duration{5000: time.Hour, 900: time.Minute} {
			if i := len(all) - 1 - most; i >= 0 && time.Since(all[i]) < within {
				o.t.Errorf("more than %d requests in %s", most, within)
			}
		}
		mu.Unlock()
		return answer(w, r)
	}
}

// figures are of one sweep.
type figures struct {
	*sweep.Status
	took                           time.Duration
	asked, gitRequests, bytes      int64 // of the API, of git
	clones, scans                  int64
	mostMemory, mostHeap, mostDisk int64 // in bytes
}

// String is what people read.
func (f *figures) String() string {
	totals := f.Totals()
	each := func(n int64) float64 { return float64(n) / float64(totals.Repositories) }
	return fmt.Sprintf(`%s for %d repositories and wikis, %d with gaps, %d secrets
	API: %d requests, %.3f each; git: %d requests, %.1f each, %d clones, %.1f MB sent
	read: %d repositories, %d objects, %.1f MB
	most: %.0f MB resident, %.0f MB of it no file; %.0f MB of mirrors`,
		f.took.Round(100*time.Millisecond), totals.Repositories, totals.Incomplete, totals.Secrets,
		f.asked, each(f.asked), f.gitRequests, each(f.gitRequests), f.clones, megabytes(f.bytes),
		f.scans, totals.Objects, megabytes(totals.Bytes),
		megabytes(f.mostMemory), megabytes(f.mostHeap), megabytes(f.mostDisk))
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }

// sweep sweeps all of it to the end, with a new process's state.
func (o *organisation) sweep() *figures {
	o.t.Helper()
	asked, cloned, requests, sent, scans := o.asked.Load(), o.cloned.Load(), o.git.Requests.Load(), o.git.Sent.Load(), o.site.scans.Load()
	began := time.Now()
	watched := watch(o.t, o.site.Dir)
	status, err := o.run(o.t.Context())
	f := watched()
	if err != nil {
		o.t.Fatal(err)
	}
	f.Status, f.took = status, time.Since(began)
	f.asked, f.clones, f.scans = o.asked.Load()-asked, o.cloned.Load()-cloned, o.site.scans.Load()-scans
	f.gitRequests, f.bytes = o.git.Requests.Load()-requests, o.git.Sent.Load()-sent
	return f
}

func (o *organisation) run(ctx context.Context) (status *sweep.Status, err error) {
	mirrors, err := git.OpenMirrors(o.site.Dir, o.disk)
	if err != nil {
		return nil, err
	}
	l, err := ledger.Open(ctx, o.site.DSN, ledger.Options{Key: []byte("a key of tests alone")})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	options := o.site.options(l)
	options.List, options.Fetch = o.list, func(ctx context.Context, r sweep.Repository) (*sweep.Copy, error) {
		return o.fetch(ctx, mirrors, r)
	}
	e, err := sweep.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if err := e.Start(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Stop(ctx)) }()
	run, err := e.Begin(ctx, sweep.Plan{Sources: []string{"org:acme"}, Choice: sweep.Choice{Archived: true, Forks: true, Wikis: true}}, 0)
	if err != nil {
		return nil, err
	}
	if err := e.Lead(run); err != nil {
		return nil, err
	}
	for {
		status, err := e.Status(ctx, run.ID)
		if err != nil || status.State != sweep.Running {
			return status, err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func (o *organisation) list(_ string, choice sweep.Choice) (sweep.Lister, error) {
	c, err := forge.NewGitHub(forge.GitHubOptions{URL: o.api.URL, Getenv: func(name string) string {
		if name == "GITHUB_TOKEN" {
			return fakegithub.Token
		}
		return ""
	}})
	return sweep.GitHubOrg(c, "acme", choice), err
}

func (o *organisation) fetch(ctx context.Context, mirrors *git.Mirrors, r sweep.Repository) (*sweep.Copy, error) {
	m, err := mirrors.Update(ctx, r.Clone, git.Auth{})
	if errors.Is(err, git.ErrNotFound) {
		return nil, &sweep.Unreadable{Err: err, Remedy: "correct its address"}
	}
	if err != nil {
		return nil, err
	}
	if m.Changed {
		o.cloned.Add(1)
	}
	return &sweep.Copy{Path: m.Path, Refs: m.Refs, Gaps: m.Gaps, Release: m.Release}, nil
}

// check wants each planted secret once, at all of its places, and the gaps that there
// are; memory and disk within their bounds.
func (o *organisation) check(f *figures) {
	o.t.Helper()
	o.checkSecrets()
	o.checkGaps(f.Status)
	const mostHeap = 1 << 30
	if f.mostHeap > mostHeap || f.mostDisk > o.disk {
		o.t.Errorf("%d bytes of memory, want at most %d; %d of disk, want at most %d", f.mostHeap, mostHeap, f.mostDisk, o.disk)
	}
}

func (o *organisation) checkSecrets() {
	o.t.Helper()
	l, err := ledger.Open(o.t.Context(), o.site.DSN, ledger.Options{Key: []byte("a key of tests alone")})
	if err != nil {
		o.t.Fatal(err)
	}
	defer l.Close()
	all, err := l.History(o.t.Context(), ledger.Filter{})
	if err != nil {
		o.t.Fatal(err)
	}
	found := map[string]int{} // by the places of a secret
	for _, h := range all {
		var places []string
		for _, occurrence := range h.Occurrences {
			places = append(places, strings.TrimPrefix(occurrence.Repository, web)+" "+occurrence.Path)
		}
		found[joined(places)]++
	}
	for _, places := range o.Planted {
		if n := found[joined(places)]; n != 1 {
			o.t.Errorf("%d secrets are at %q", n, places)
		}
		delete(found, joined(places))
	}
	if len(found) > 0 {
		o.t.Errorf("there are secrets that nobody planted: %v", found)
	}
}

// joined is a list of places, in their order.
func joined(places []string) string {
	slices.Sort(places)
	return strings.Join(places, ", ")
}

func (o *organisation) checkGaps(status *sweep.Status) {
	o.t.Helper()
	want := map[string]string{} // a word of why, by repository
	for _, r := range o.Repositories {
		if r.Gap != "" {
			want["acme/"+r.Name] = r.Gap
		}
	}
	for _, name := range o.NoWiki {
		want["acme/"+name+".wiki"] = "no such repository"
	}
	for _, r := range status.Repositories {
		why := want[r.Name]
		delete(want, r.Name)
		if r.State != sweep.Done || r.Complete != (why == "") {
			o.t.Errorf("%s: %s, complete %t, %s %+v", r.Name, r.State, r.Complete, r.Error, r.Gaps)
		} else if why != "" && (len(r.Gaps) != 1 || !strings.Contains(r.Gaps[0].Why, why)) {
			o.t.Errorf("%s: %+v, want one gap that says %q", r.Name, r.Gaps, why)
		}
	}
	if len(want) > 0 {
		o.t.Errorf("nothing is said of %v", want)
	}
	if src := status.Sources; len(src) != 1 || src[0].Coverage.Read["repositories"] != int64(len(status.Repositories)) || !src[0].Coverage.Complete() {
		o.t.Errorf("of the list: %+v", src)
	}
}

// watch samples the memory of this process, servers and all, and the size of a folder,
// until it is ended. Memory is known on Linux only.
func watch(t *testing.T, dir string) (end func() *figures) {
	f := &figures{}
	ctx, stop := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() {
		for n := 0; ; n++ {
			f.sampleMemory(t)
			if n%8 == 0 { // there are many files to look at
				f.sampleDisk(t, dir)
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(250 * time.Millisecond):
			}
		}
	})
	return func() *figures {
		stop()
		wait.Wait()
		f.sampleDisk(t, dir)
		return f
	}
}

func (f *figures) sampleMemory(t *testing.T) {
	var size, resident, file int64
	// proc_pid_statm(5): in pages. Packs are mapped: the kernel drops those pages first.
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if _, err := fmt.Sscan(string(text), &size, &resident, &file); err != nil {
			t.Error(err)
		}
	}
	page := int64(os.Getpagesize())
	f.mostMemory, f.mostHeap = max(f.mostMemory, resident*page), max(f.mostHeap, (resident-file)*page)
}

func (f *figures) sampleDisk(t *testing.T, dir string) {
	var disk int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				disk += info.Size()
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it was removed just now
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	f.mostDisk = max(f.mostDisk, disk)
}
