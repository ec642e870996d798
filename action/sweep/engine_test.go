package sweep_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/checksum"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/testdata/gitrepo"
	"github.com/leakguard/leakguard/testdata/postgresql"
)

var engine = sync.OnceValues(func() (*detectors.Engine, error) {
	return detectors.New(providers.Load(), detectors.Options{})
})

// testKey is that of the ledgers.
const testKey = "a key of tests alone"

// site is where one test has its things. Processes that share a sweep share its file.
type site struct {
	Dir  string // of the copies
	DSN  string
	List string // the file that lists the repositories
	Pace sweep.Pace
	Jobs int

	Program string // leakguard, which is run as it is; "": the engine alone sweeps
	API     string // of a GitHub where leakguard finds the list, that of acme, instead of the file
	Disk    int64  // what leakguard's mirrors may take, in bytes; 0: the usual

	fetches, scans atomic.Int64
	fetch          func(context.Context, sweep.Repository) (*sweep.Copy, error) // nil: copied
	refs           func(context.Context, sweep.Repository) (string, error)      // nil: nothing is asked
	scanning       func(context.Context)                                        // is called before each scan
	finish         func(context.Context, sweep.Plan) error
	ruleset        string
	Choice         sweep.Choice
}

// plan sweeps the list.
func (s *site) plan() sweep.Plan {
	return sweep.Plan{Sources: []string{"file:" + s.List}, Choice: s.Choice}
}

// options are those of a process at the site.
func (s *site) options(l *ledger.Ledger) sweep.Options {
	fetch := s.fetch
	if fetch == nil {
		fetch = s.mirrored
	}
	return sweep.Options{
		DSN: s.DSN, Ledger: l, Jobs: s.Jobs, Pace: s.Pace, Ruleset: "rules" + s.ruleset, Finish: s.finish, Refs: s.refs,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		List: func(source string, _ sweep.Choice) (sweep.Lister, error) {
			return listed(strings.TrimPrefix(source, "file:")), nil
		},
		Fetch: func(ctx context.Context, r sweep.Repository) (*sweep.Copy, error) {
			s.fetches.Add(1)
			return fetch(ctx, r)
		},
		Scan: func(ctx context.Context, repo *git.Repository, remember func(*git.Options)) *scanner.Result {
			s.scans.Add(1)
			if s.scanning != nil {
				s.scanning(ctx)
			}
			e, err := engine()
			if err != nil {
				panic(err)
			}
			o := git.Options{Unreachable: true, MaxSize: 1 << 20, Archives: files.DefaultLimits(), Workers: 1}
			remember(&o)
			return scanner.Run(ctx, []scanner.Source{git.NewHistory(repo, o)}, scanner.Options{Engine: e})
		},
		Fails: func(*scanner.Secret) bool { return true },
	}
}

// open opens the site's ledger and engine.
func (s *site) open(ctx context.Context) (*sweep.Engine, *ledger.Ledger, error) {
	l, err := ledger.Open(ctx, s.DSN, ledger.Options{Key: []byte(testKey)})
	if err != nil {
		return nil, nil, err
	}
	e, err := sweep.Open(ctx, s.options(l))
	if err != nil {
		return nil, nil, errors.Join(err, l.Close())
	}
	return e, l, nil
}

// sweep sweeps the plan to its end.
func (s *site) sweep(ctx context.Context) (status *sweep.Status, err error) {
	e, l, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close(), l.Close()) }()
	if err := e.Start(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Stop(context.WithoutCancel(ctx))) }()
	run, err := e.Begin(ctx, s.plan(), 0)
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
		select {
		case <-ctx.Done():
			return status, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// mirrored keeps a mirror of the repository.
func (s *site) mirrored(ctx context.Context, r sweep.Repository) (*sweep.Copy, error) {
	mirrors, err := git.OpenMirrors(s.Dir, 1<<30)
	if err != nil {
		return nil, err
	}
	m, err := mirrors.Update(ctx, r.Clone, git.Auth{})
	if errors.Is(err, git.ErrNotFound) {
		return nil, &sweep.Unreadable{Err: err, Remedy: "correct its address"}
	}
	if err != nil {
		return nil, err
	}
	return &sweep.Copy{Path: m.Path, Refs: m.Refs, Gaps: m.Gaps, Release: m.Release}, nil
}

// listed lists the repositories of a file, an address a line.
type listed string

func (f listed) Name() string { return "file " + filepath.Base(string(f)) }

func (f listed) List(_ context.Context, each func(sweep.Repository) error, gap func(what, why, fix string)) error {
	data, err := os.ReadFile(string(f))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(data)) {
		address := strings.TrimSpace(line)
		name := strings.TrimSuffix(filepath.Base(address), ".git")
		r := sweep.Repository{Name: name, Clone: address, Fork: strings.HasPrefix(name, "fork"), Archived: name == "archived", Disabled: name == "disabled"}
		if err := each(r); err != nil {
			return err
		}
	}
	gap("hidden repositories", "the token may not see them", "give it more")
	return nil
}

// token makes a value that looks like a GitHub token.
func token() string {
	return checksum.Make("crc32-base62", rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), "ghp_")
}

// fleet makes n repositories, among them an empty one, forks, a corrupt one, an archived
// and a missing one, and a list of all. Each but the empty one holds a secret of its own.
func fleet(t *testing.T, n int) (list string, secrets int) {
	t.Helper()
	root := t.TempDir()
	var addresses strings.Builder
	add := func(name string) string {
		fmt.Fprintf(&addresses, "file://%s/%s.git\n", filepath.ToSlash(root), name)
		return filepath.Join(root, name+".git")
	}
	base := gitrepo.New(t)
	base.Write("README", "nothing to see\n").Commit("first")
	base.Write("shared.env", "TOKEN="+token()+"\n").Commit("a secret that forks share")
	secrets++
	for i := range n {
		name := fmt.Sprintf("r%02d", i)
		if i%5 == 4 {
			name = fmt.Sprintf("fork%02d", i)
		} else {
			base.Git("checkout", "-q", "--detach", "HEAD~0")
			base.Write("own.env", "TOKEN="+token()+"\n").Commit("its own")
			secrets++
		}
		base.Git("branch", "-f", "main")
		base.Git("clone", "-q", "--bare", "--single-branch", "-b", "main", base.URL(), add(name))
		if i%5 != 4 {
			base.Git("checkout", "-q", "--detach", "HEAD~1")
		}
	}
	base.Switch("side").Write("lost.txt", "what the host has lost\n").Commit("lost")
	base.Git("clone", "-q", "--bare", "--no-hardlinks", base.Dir, add("corrupt"))
	lose(t, filepath.Join(root, "corrupt.git"), base.Rev("HEAD:lost.txt"))
	gitrepo.At(t, root).Git("init", "-q", "--bare", add("empty"))
	add("missing")
	add("archived")
	add("disabled")
	list = filepath.Join(root, "list")
	if err := os.WriteFile(list, []byte(addresses.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return list, secrets
}

// lose removes a loose object from a repository.
func lose(t *testing.T, dir, id string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, "objects", id[:2], id[2:])); err != nil {
		t.Fatal(err)
	}
}

// told is what a sweep and its ledger say, without times: the same for every sweep that
// came to the same end.
func told(t *testing.T, s *site, status *sweep.Status) string {
	t.Helper()
	l, err := ledger.Open(t.Context(), s.DSN, ledger.Options{Key: []byte(testKey)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	all, err := l.History(t.Context(), ledger.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range status.Repositories {
		fmt.Fprintf(&b, "%s %s complete=%t %s %d secrets", r.Name, r.State, r.Complete, r.Error, len(r.Secrets))
		for _, g := range r.Gaps {
			why, _, _ := strings.Cut(g.Why, ": git ") // whose words come in any order
			fmt.Fprintf(&b, "; %s: %s", g.What, why)
		}
		b.WriteByte('\n')
	}
	var secrets []string
	for _, secret := range all {
		var places []string
		for _, o := range secret.Occurrences {
			place, err := json.Marshal(o.Occurrence)
			if err != nil {
				t.Fatal(err)
			}
			places = append(places, "\t"+string(place)+"\n")
		}
		slices.Sort(places)
		secrets = append(secrets, "secret "+secret.ID+"\n"+strings.Join(places, ""))
	}
	slices.Sort(secrets)
	return b.String() + strings.Join(secrets, "")
}

// last is the last sweep of a site.
func last(t *testing.T, s *site) *sweep.Status {
	t.Helper()
	e, err := sweep.Open(t.Context(), sweep.Options{DSN: s.DSN})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	status, err := e.Status(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// databases runs a test on both.
func databases(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Run("SQLite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "state.db")) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, postgresql.Start(t)) })
}

var quick = sweep.Pace{Beat: 100 * time.Millisecond, Dead: 3 * time.Second, Retry: 50 * time.Millisecond, Poll: 20 * time.Millisecond}

// One fleet is swept undisturbed, and with all that may happen to the processes and to the
// database: the end is the same.
func TestSweep(t *testing.T) {
	list, secrets := fleet(t, 6)
	calm := &site{Dir: t.TempDir(), DSN: filepath.Join(t.TempDir(), "state.db"), List: list, Pace: quick, Jobs: 2}
	status, err := calm.sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := told(t, calm, status)
	disturbed := func(t *testing.T, dsn string, disturb func(*testing.T, *site)) {
		s := &site{Dir: t.TempDir(), DSN: dsn, List: list, Pace: quick, Jobs: 2}
		disturb(t, s)
		compare(t, s, want)
	}
	t.Run("SQLite", func(t *testing.T) { testSwept(t, calm, status, secrets) })
	t.Run("PostgreSQL", func(t *testing.T) {
		server := postgresql.New(t)
		for name, disturb := range map[string]func(*testing.T, *site){
			"undisturbed": func(t *testing.T, s *site) {
				s.Dir = calm.Dir // what differs is the database alone
				testSwept(t, s, undisturbed(t, s), secrets)
			},
			"killed_recording": killedRecording,
			"paused_recording": pausedRecording,
			"restarted":        func(t *testing.T, s *site) { restarted(t, s, server) },
		} {
			t.Run(name, func(t *testing.T) { disturbed(t, server.Database(name), disturb) })
		}
	})
}

// testSwept looks at the first sweep of a fleet of six, and sweeps it again.
func testSwept(t *testing.T, s *site, status *sweep.Status, secrets int) {
	const all, forks = 9, 1 // forks and the archived repository are left out by choice
	if got := status.Totals(); got.Repositories != all || got.Done != all || got.Secrets != secrets || got.Incomplete != 3 || got.Fails != secrets {
		t.Errorf("%+v, want %d repositories, 3 of them incomplete, and %d secrets", got, all, secrets)
	}
	if status.Complete() {
		t.Error("a sweep with gaps is complete")
	}
	text := told(t, s, status)
	for name, why := range map[string]string{"missing": "no such repository", "disabled": "disabled it", "corrupt": "broken"} {
		if !strings.Contains(text, why) {
			t.Errorf("%s: nobody says %q in\n%s", name, why, text)
		}
	}
	src := status.Sources[0]
	if left := src.Coverage.Excluded; len(left) != 2 || left[0].Count+left[1].Count != forks+1 || len(src.Coverage.Gaps) != 1 {
		t.Errorf("of the list: %+v, %+v", left, src.Coverage.Gaps)
	}

	read := s.scans.Load()
	again := undisturbed(t, s)
	if n := s.scans.Load() - read; n != 0 {
		t.Errorf("a second sweep read %d repositories", n)
	}
	const unread = 2 // the missing and the disabled one
	if a := again.Totals(); a.Unchanged != all-unread || a.Incomplete != 3 || a.Secrets != secrets || a.Fails != secrets || again.ID == status.ID {
		t.Errorf("a second sweep: %+v", a)
	}
	do(t, open(t, s.DSN), "UPDATE sweep_repository SET finished = finished - 86400001") // a day
	undisturbed(t, s)
	if n := s.scans.Load() - read; n != 1 { // the corrupt one
		t.Errorf("a day later %d repositories were read", n)
	}
	s.ruleset = "other"
	read = s.scans.Load()
	undisturbed(t, s)
	if n := s.scans.Load() - read; n != all-unread {
		t.Errorf("with other rules %d repositories were read", n)
	}
}

// undisturbed sweeps to the end.
func undisturbed(t *testing.T, s *site) *sweep.Status {
	t.Helper()
	status, err := s.sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// What fails is tried three times, and then stands in the status for all to see.
func TestRetries(t *testing.T) {
	databases(t, func(t *testing.T, dsn string) {
		list, _ := fleet(t, 3)
		s := &site{Dir: t.TempDir(), DSN: dsn, List: list, Pace: quick, Jobs: 2}
		var tries sync.Map
		s.fetch = func(ctx context.Context, r sweep.Repository) (*sweep.Copy, error) {
			n, _ := tries.LoadOrStore(r.Name, new(atomic.Int64))
			switch n := n.(*atomic.Int64).Add(1); {
			case r.Name == "r00" && n < 3, r.Name == "r01":
				return nil, errors.New("the connection was reset")
			}
			return s.mirrored(ctx, r)
		}
		status, err := s.sweep(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range status.Repositories {
			n, _ := tries.Load(r.Name)
			switch r.Name {
			case "r00":
				if r.State != sweep.Done || r.Attempts != 2 || !r.Complete || r.Error != "" {
					t.Errorf("after two failures: %+v", r)
				}
			case "r01":
				if r.State != sweep.Failed || r.Attempts != 3 || !strings.Contains(r.Error, "reset") {
					t.Errorf("after three failures: %+v", r)
				}
			case "missing":
				if tries := n.(*atomic.Int64).Load(); tries != 1 || r.State != sweep.Done {
					t.Errorf("what is not there was tried %d times: %+v", tries, r)
				}
			}
		}
		if status.Totals().Failed != 1 || status.Complete() {
			t.Errorf("%+v", status.Totals())
		}
	})
}

// A process that stops puts its jobs back; the next goes on where it was.
func TestStop(t *testing.T) {
	list, secrets := fleet(t, 5)
	s := &site{Dir: t.TempDir(), DSN: filepath.Join(t.TempDir(), "state.db"), List: list, Pace: quick, Jobs: 2}
	ctx, cancel := context.WithCancel(t.Context())
	s.scanning = func(scan context.Context) {
		if s.scans.Load() >= 3 {
			cancel()
			<-scan.Done()
		}
	}
	first, err := s.sweep(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	s.scanning = nil
	status, err := s.sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := status.Totals(); status.ID != first.ID || got.Secrets != secrets || got.Failed != 0 {
		t.Errorf("%+v in sweep %d, want %d secrets in sweep %d", got, status.ID, secrets, first.ID)
	}
	for _, r := range status.Repositories {
		if r.Lost != 0 || r.Attempts != 0 {
			t.Errorf("%s: lost %d times, %d failed attempts", r.Name, r.Lost, r.Attempts)
		}
	}
}

// A sweep that is cancelled stops what is under way, and another can be begun.
func TestCancel(t *testing.T) {
	list, _ := fleet(t, 3)
	s := &site{Dir: t.TempDir(), DSN: filepath.Join(t.TempDir(), "state.db"), List: list, Pace: quick, Jobs: 1}
	e, l, err := s.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	defer e.Close()
	s.scanning = func(scan context.Context) {
		if err := e.Cancel(t.Context(), 1); err != nil {
			t.Error(err)
		}
		<-scan.Done()
	}
	status, err := s.sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if status.State != sweep.Cancelled || status.Complete() || s.scans.Load() != 1 {
		t.Errorf("%s after %d scans, complete %t", status.State, s.scans.Load(), status.Complete())
	}
	if err := e.Cancel(t.Context(), 1); err == nil {
		t.Error("it can be cancelled twice")
	}
	s.scanning = nil
	if next, err := s.sweep(t.Context()); err != nil || next.ID == status.ID || next.State != sweep.Done {
		t.Errorf("the next sweep: %+v, %v", next, err)
	}
}

// What is to be done at the end is tried again, and the sweep says if it failed.
func TestFinish(t *testing.T) {
	list, _ := fleet(t, 1)
	s := &site{Dir: t.TempDir(), DSN: filepath.Join(t.TempDir(), "state.db"), List: list, Pace: quick, Jobs: 1}
	n := 0
	s.finish = func(context.Context, sweep.Plan) error {
		n++
		return errors.New("the tracker is away")
	}
	status, err := s.sweep(t.Context())
	if err != nil || n != 3 || status.Error != "the tracker is away" || status.Complete() {
		t.Errorf("after %d attempts: %+v, %v", n, status.Run, err)
	}
}

// A sweep is not repeated before its time.
func TestEvery(t *testing.T) {
	list, _ := fleet(t, 1)
	s := &site{Dir: t.TempDir(), DSN: filepath.Join(t.TempDir(), "state.db"), List: list, Pace: quick, Jobs: 1}
	first, err := s.sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e, l, err := s.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	defer e.Close()
	if run, err := e.Begin(t.Context(), s.plan(), 24*time.Hour); err != nil || run.ID != first.ID || run.State != sweep.Done {
		t.Errorf("within a day: %+v, %v", run, err)
	}
	if run, err := e.Begin(t.Context(), s.plan(), time.Nanosecond); err != nil || run.ID == first.ID {
		t.Errorf("later: %+v, %v", run, err)
	}
}

// A worker that was paused for so long that others took its job writes nothing.
func TestPaused(t *testing.T) {
	list, _ := fleet(t, 1)
	pace := quick
	pace.Dead = time.Second
	s := &site{Dir: t.TempDir(), DSN: filepath.Join(t.TempDir(), "state.db"), List: list, Pace: pace, Jobs: 1}
	taken := make(chan struct{})
	var once sync.Once
	slow := &site{Dir: t.TempDir(), DSN: s.DSN, List: list, Pace: pace, Jobs: 1}
	slow.Pace.Beat = time.Hour // as of one that does not run
	slow.scanning = func(context.Context) { once.Do(func() { <-taken }) }
	var wait sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	wait.Go(func() { slow.sweep(ctx) })
	for slow.scans.Load() == 0 {
		runtime.Gosched()
		time.Sleep(time.Millisecond)
	}
	status, err := s.sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := told(t, s, status)
	db := open(t, s.DSN)
	recorded := count(t, db, "SELECT count(*) FROM ledger_scan")
	close(taken)
	time.Sleep(100 * time.Millisecond) // time in which it could write
	cancel()
	wait.Wait()
	compare(t, s, want)
	if n := count(t, db, "SELECT count(*) FROM ledger_scan"); n != recorded {
		t.Errorf("%d scans in the ledger, of which %d by the paused worker", n, n-recorded)
	}
	lost := 0
	for _, r := range status.Repositories {
		lost += r.Lost
	}
	if lost == 0 {
		t.Error("no job was taken from the paused worker")
	}
}

// compare compares what the last sweep of a site tells.
func compare(t *testing.T, s *site, want string) {
	t.Helper()
	status := last(t, s)
	if got := told(t, s, status); got != want || status.State != sweep.Done {
		t.Errorf("%s:\n%s\nwant\n%s", status.State, got, want)
	}
}
