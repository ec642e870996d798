package sweep_test

import (
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/testdata/fakegithub"
	"github.com/leakguard/leakguard/testdata/gitfleet"
)

// TestSoak has leakguard sweep an organisation twice: each secret is found, each gap is
// said, and the second time nothing is cloned. With LEAKGUARD_SOAK=1 it has 1,000
// repositories, 40 of them forks of one with 10,000 commits, and one of 1 GiB.
func TestSoak(t *testing.T) {
	shape, disk := gitfleet.Shape{Repositories: 45, Forks: 4, Commits: 200, Secret: token}, int64(64<<20)
	if part := soak(t); part > 0 {
		shape = gitfleet.Shape{Repositories: 1000, Forks: 40, Commits: 10_000, Large: 1 << 30, Secret: token}.Scaled(part)
		disk = 3 << 30
	}
	o := newOrganisation(t, shape)
	o.site = &site{Program: build(t), API: o.api.URL, Disk: disk, Dir: filepath.Join(t.TempDir(), "mirrors"), DSN: filepath.Join(t.TempDir(), "state.db"), Jobs: 2}
	first := o.sweep()
	t.Logf("the first sweep:  %s", first)
	o.check(first)
	o.checkClones(first)
	second := o.sweep()
	t.Logf("the second sweep: %s\n\ttime: %.1f %% of the first one's", second, 100*second.took.Seconds()/first.took.Seconds())
	o.check(second)
	if n := second.read(); n != 0 || len(second.git.Packs) > 0 {
		t.Errorf("the second sweep read %d repositories, and fetched %v", n, second.git.Packs)
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

	asked atomic.Int64 // requests to the API
}

const web = "https://github.example/acme/"

func newOrganisation(t *testing.T, shape gitfleet.Shape) *organisation {
	t.Helper()
	began := time.Now()
	f := gitfleet.New(t, shape)
	t.Logf("%d repositories with %d secrets were made in %s", len(f.Repositories), len(f.Planted), time.Since(began).Round(time.Second))
	o := &organisation{Fleet: f, t: t, git: f.Serve(t, "acme"), api: fakegithub.NewOrgs(t)}
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
	took, cpu time.Duration // cpu: of leakguard, and the processes of git that it ran
	asked     int64         // requests to the API
	git       gitfleet.Counts
	most      peaks
}

// read counts the repositories of which something was read.
func (f *figures) read() (n int) {
	for _, r := range f.Repositories {
		if !r.Unchanged && r.Objects > 0 {
			n++
		}
	}
	return n
}

// clones counts the packs that git was asked for.
func (f *figures) clones() (n int) {
	for _, of := range f.git.Packs {
		n += of
	}
	return n
}

// String is what people read.
func (f *figures) String() string {
	totals := f.Totals()
	each := func(n int64) float64 { return float64(n) / float64(totals.Repositories) }
	return fmt.Sprintf(`%s, %s of the processor, for %d repositories and wikis, %d with gaps, %d secrets
	API: %d requests, %.3f each; git: %d requests, %.1f each, %d clones, %.1f MB sent
	read: %d repositories, %d objects, %.1f MB
	most: %s`,
		f.took.Round(100*time.Millisecond), f.cpu.Round(100*time.Millisecond), totals.Repositories, totals.Incomplete, totals.Secrets,
		f.asked, each(f.asked), f.git.Requests, each(int64(f.git.Requests)), f.clones(), megabytes(f.git.Sent),
		f.read(), totals.Objects, megabytes(totals.Bytes), f.most)
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }

// sweep sweeps all of it to the end, in a process.
func (o *organisation) sweep() *figures {
	o.t.Helper()
	f := new(figures)
	asked, git, began := o.asked.Load(), o.git.Counts(), time.Now()
	cmd, output := o.site.process(o.t)
	watched := watch(o.t, cmd.Process.Pid, o.site.Dir)
	wait(o.t, cmd, output)
	f.took, f.most = time.Since(began), watched()
	f.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	f.asked, f.git = o.asked.Load()-asked, o.git.Counts().Since(git)
	f.Status = last(o.t, o.site)
	return f
}

// check wants each planted secret once, at all of its places, and the gaps that there
// are; memory and disk within their bounds.
func (o *organisation) check(f *figures) {
	o.t.Helper()
	o.checkSecrets()
	o.checkGaps(f.Status)
	const mostMemory = 1 << 30
	if f.most.memory > mostMemory || f.most.disk > o.site.Disk {
		o.t.Errorf("%d bytes of memory, want at most %d; %d of disk, want at most %d", f.most.memory, mostMemory, f.most.disk, o.site.Disk)
	}
}

func (o *organisation) checkSecrets() {
	o.t.Helper()
	l, err := ledger.Open(o.t.Context(), o.site.DSN, ledger.Options{Key: []byte(testKey)})
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

// checkGaps wants each repository that cannot be read whole to have the gap that says so,
// and no other to have any. A wiki without a page is none.
func (o *organisation) checkGaps(status *sweep.Status) {
	o.t.Helper()
	want := map[string]string{} // a word of why, by repository
	for _, r := range o.Repositories {
		if r.Gap != "" {
			want["acme/"+r.Name] = r.Gap
		}
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
	for _, name := range slices.Sorted(maps.Keys(want)) {
		o.t.Errorf("nothing is said of %s, which is not read whole", name)
	}
	if src := status.Sources; len(src) != 1 || src[0].Coverage.Read["repositories"] != int64(len(status.Repositories)) || !src[0].Coverage.Complete() {
		o.t.Errorf("of the list: %+v", src)
	}
}

// checkClones wants all that is there to be cloned, each once. The corrupt one takes
// more: what can be had of it is asked for without the rest.
func (o *organisation) checkClones(f *figures) {
	o.t.Helper()
	want := map[string]bool{}
	for _, r := range o.Repositories {
		if (r.Gap == "" || r.Name == "corrupt") && r.Name != "empty" {
			want[r.Name] = true
		}
		if r.HasWiki && !slices.Contains(o.NoWiki, r.Name) {
			want[r.Name+".wiki"] = true
		}
	}
	for name, n := range f.git.Packs {
		if !want[name] || n != 1 && name != "corrupt" {
			o.t.Errorf("%s was cloned %d times", name, n)
		}
		delete(want, name)
	}
	for name := range want {
		o.t.Errorf("%s was not cloned", name)
	}
}
