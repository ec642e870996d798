package sweep_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/scanner/database"
	"github.com/leakguard/leakguard/testdata/gitfleet"
	"github.com/leakguard/leakguard/testdata/postgresql"
)

// TestSurvives: whatever happens to the processes that sweep and to their database, the
// end is that of a sweep to which nothing happened, and no repository is recorded twice.
// With LEAKGUARD_SOAK=1 the processes are those of leakguard, at their usual pace, and
// the fleet is larger.
func TestSurvives(t *testing.T) {
	shape, calm := gitfleet.Shape{Repositories: 32, Forks: 4, Commits: 100, Secret: token}, &site{Pace: quick, Choice: sweep.Choice{Archived: true, Forks: true}}
	if part := soak(t); part > 0 {
		shape = gitfleet.Shape{Repositories: 300, Forks: 40, Commits: 2000, Secret: token}.Scaled(part)
		calm.Program = build(t)
	}
	f := gitfleet.New(t, shape)
	calm.List, calm.Dir, calm.DSN, calm.Jobs = addresses(t, f), t.TempDir(), filepath.Join(t.TempDir(), "state.db"), 2
	began := time.Now()
	ended(t, calm)
	status := last(t, calm)
	if got := status.Totals(); got.Secrets != len(f.Planted) || got.Failed != 0 {
		t.Fatalf("undisturbed: %+v, want %d secrets", got, len(f.Planted))
	}
	t.Logf("undisturbed: %d repositories in %s", len(status.Repositories), time.Since(began).Round(100*time.Millisecond))
	want := told(t, calm, status)
	disturbed := func(dsn string, disturb func(*testing.T, *site)) func(*testing.T) {
		return func(t *testing.T) {
			s := &site{List: calm.List, Dir: t.TempDir(), DSN: dsn, Pace: calm.Pace, Jobs: calm.Jobs, Program: calm.Program, Choice: calm.Choice}
			disturb(t, s)
			compare(t, s, want)
			recordedOnce(t, s)
		}
	}
	t.Run("ten kills", func(t *testing.T) {
		t.Parallel()
		disturbed(filepath.Join(t.TempDir(), "state.db"), tenKills)(t)
	})
	t.Run("three workers", func(t *testing.T) {
		t.Parallel()
		server := postgresql.New(t)
		disturbed(server.DSN, func(t *testing.T, s *site) { threeWorkers(t, s, server) })(t)
	})
}

// addresses writes the list of a fleet, wikis included, and returns its name.
func addresses(t *testing.T, f *gitfleet.Fleet) (list string) {
	t.Helper()
	var b strings.Builder
	for _, r := range f.Repositories {
		fmt.Fprintf(&b, "file://%s\n", filepath.ToSlash(filepath.Join(f.Dir, r.Name+".git")))
	}
	wikis, err := filepath.Glob(filepath.Join(f.Dir, "*.wiki.git"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range wikis {
		fmt.Fprintf(&b, "file://%s\n", filepath.ToSlash(dir))
	}
	// The name under which it is there: no file:// leads from the other to it.
	text := strings.Replace(b.String(), "/renamed.git\n", "/another-name.git\n", 1)
	list = filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return list
}

// seeded is a source of random numbers. LEAKGUARD_SEED repeats what one has brought.
func seeded(t *testing.T) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("LEAKGUARD_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("LEAKGUARD_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// upTo is a random time.
func upTo(r *rand.Rand, most time.Duration) time.Duration {
	return time.Duration(r.Int64N(int64(most)))
}

// finished counts the repositories that are read to the end.
const finished = "SELECT count(*) FROM sweep_repository WHERE state = 'done' AND refs <> ''"

// tenKills kills the process, starts another, and so on: each at a random moment once
// some more repositories are done, so that all of them meet the sweep at work, and the
// first two before anything is.
func tenKills(t *testing.T, s *site) {
	const kills = 10
	random, db := seeded(t), tables(t, s)
	met := 0
	for i := range kills {
		cmd, output := s.process(t)
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			cmd.Wait()
		}()
		for i > 1 && count(t, db, finished) < 2*i {
			select {
			case <-gone:
				t.Fatalf("the process ended by itself: %s", output)
			case <-time.After(20 * time.Millisecond):
			}
		}
		time.Sleep(upTo(random, 1500*time.Millisecond))
		done := count(t, db, finished)
		cmd.Process.Kill()
		<-gone
		if cmd.ProcessState.ExitCode() >= 0 {
			break // it came to its end before
		}
		met++
		t.Logf("kill %d, when %d repositories were done", i+1, done)
	}
	if met == 0 {
		t.Error("no kill met a process")
	}
	if count(t, db, "SELECT count(*) FROM sweep_run WHERE state = 'running'") > 0 {
		ended(t, s)
	}
	t.Logf("%d of %d kills met the sweep at work; %d times a job was lost", met, kills, count(t, db, lostJobs))
}

// lostJobs counts how often a job was taken from a process that gave no sign of life.
const lostJobs = "SELECT coalesce(sum(lost), 0) FROM sweep_repository"

// threeWorkers has three processes sweep: one is paused until its job was given to
// another, one is killed, and the server of the database is restarted.
func threeWorkers(t *testing.T, s *site, server *postgresql.Server) {
	random, db := seeded(t), tables(t, s)
	s.Jobs = 1
	paused, output := s.process(t)
	pauseAtWork(t, db, paused.Process)
	s.Dir = t.TempDir() // that of another machine
	killed, _ := s.process(t)
	s.Dir = t.TempDir()
	survivor, survivorOutput := s.process(t)
	reach(t, db, finished, 4)
	time.Sleep(upTo(random, time.Second))
	killed.Process.Kill()
	killed.Wait()
	reach(t, db, lostJobs, 1)
	t.Logf("the paused worker's job was taken when %d repositories were done", count(t, db, finished))
	server.Restart(time.Second)
	if err := paused.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	wait(t, survivor, survivorOutput)
	wait(t, paused, output)
	t.Logf("%d times a job was lost", count(t, db, lostJobs))
	if n := count(t, db, "SELECT coalesce(sum(attempts), 0) FROM sweep_repository"); n != 0 {
		t.Errorf("%d attempts failed: %s%s", n, output, survivorOutput)
	}
	if n := count(t, db, "SELECT count(*) FROM sweep_run"); n != 1 {
		t.Errorf("%d sweeps", n)
	}
}

// pauseAtWork pauses the one process that there is while it works at a repository, and
// not in the middle of a transaction.
func pauseAtWork(t *testing.T, db *database.DB, p *os.Process) {
	t.Helper()
	const running = "SELECT count(*) FROM sweep_repository WHERE state = 'running'"
	const busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
	for {
		reach(t, db, running, 1)
		if err := p.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		if count(t, db, running) > 0 && count(t, db, busy) == 0 {
			return
		}
		if err := p.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// recordedOnce wants each repository that was read to the end to be in the ledger's list
// of scans, and none twice.
func recordedOnce(t *testing.T, s *site) {
	t.Helper()
	db := open(t, s.DSN)
	read, scans, sources := count(t, db, finished), count(t, db, "SELECT count(*) FROM ledger_scan"), count(t, db, "SELECT count(DISTINCT coverage) FROM ledger_scan")
	if read == 0 || scans != read || sources != read {
		t.Errorf("%d repositories were read, and the ledger has %d scans of %d", read, scans, sources)
	}
}
