package sweep_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/scanner/database"
	"github.com/leakguard/leakguard/testdata/postgresql"
)

// open opens a database as somebody with an SQL client does.
func open(t *testing.T, dsn string) *database.DB {
	t.Helper()
	db, err := database.Open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// tables opens the database of a site with all tables made.
func tables(t *testing.T, s *site) *database.DB {
	t.Helper()
	e, l, err := s.open(t.Context())
	if err == nil {
		err = errors.Join(e.Close(), l.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return open(t, s.DSN)
}

// do runs statements.
func do(t *testing.T, db *database.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// count asks for a number.
func count(t *testing.T, db *database.DB, query string) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// reach waits until a number is at least n.
func reach(t *testing.T, db *database.DB, query string, n int) {
	t.Helper()
	for count(t, db, query) < n {
		time.Sleep(5 * time.Millisecond)
	}
}

// killedRecording kills the process between its writes to the row of a repository and to
// the ledger: it leaves neither.
func killedRecording(t *testing.T, s *site) {
	s.Jobs = 1
	db := tables(t, s)
	do(t, db, "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); RETURN NEW; END'",
		"CREATE TRIGGER hold BEFORE INSERT ON ledger_scan FOR EACH ROW EXECUTE FUNCTION hold()")
	cmd, _ := s.process(t)
	reach(t, db, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", 1)
	cmd.Process.Kill()
	cmd.Wait()
	do(t, db, "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", "DROP TRIGGER hold ON ledger_scan")
	if n := count(t, db, "SELECT count(*) FROM ledger_secret"); n != 0 {
		t.Errorf("%d secrets in the ledger", n)
	}
	if n := count(t, db, finished); n != 0 {
		t.Errorf("%d repositories are done", n)
	}
	ended(t, s)
}

// pausedRecording pauses a worker in the middle of the transaction that records a
// repository: the server ends that, and another worker goes on.
func pausedRecording(t *testing.T, s *site) {
	s.Jobs = 1
	db := tables(t, s)
	s.DSN += "&idle_in_transaction_session_timeout=2000" // milliseconds
	const gate = "7305899"                               // a lock that nobody else has
	do(t, db, "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared("+gate+"); RETURN NEW; END'",
		"CREATE TRIGGER hold BEFORE INSERT ON ledger_scan FOR EACH ROW EXECUTE FUNCTION hold()")
	closed, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := closed.ExecContext(t.Context(), "SELECT pg_advisory_xact_lock("+gate+")"); err != nil {
		t.Fatal(err)
	}
	paused, output := s.process(t)
	reach(t, db, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = "+gate+" AND NOT granted", 1)
	if err := errors.Join(paused.Process.Signal(syscall.SIGSTOP), closed.Rollback()); err != nil {
		t.Fatal(err)
	}
	s.Dir = t.TempDir() // that of another machine
	ended(t, s)
	if err := paused.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	wait(t, paused, output)
	recordedOnce(t, s)
	if n := count(t, db, lostJobs); n == 0 {
		t.Error("the paused worker kept its job")
	}
}

// restarted restarts the server in the middle of the sweep.
func restarted(t *testing.T, s *site, server *postgresql.Server) {
	db := tables(t, s)
	cmd, output := s.process(t)
	reach(t, db, finished, 1)
	server.Restart(time.Second)
	wait(t, cmd, output)
	if n := count(t, db, "SELECT coalesce(sum(attempts), 0) FROM sweep_repository"); n != 0 {
		t.Errorf("%d attempts failed: %s", n, output)
	}
	if n := count(t, db, "SELECT count(*) FROM sweep_run"); n != 1 {
		t.Errorf("%d sweeps", n)
	}
}

// What cannot be recorded whole is not recorded in part.
func TestRecordedAtOnce(t *testing.T) {
	list, secrets := fleet(t, 1)
	for name, when := range map[string]string{
		"the row fails":    "BEFORE UPDATE ON sweep_repository WHEN NEW.state = 'done' AND NEW.refs <> ''",
		"the ledger fails": "BEFORE INSERT ON ledger_scan",
	} {
		t.Run(name, func(t *testing.T) {
			s := &site{Dir: t.TempDir(), DSN: filepath.Join(t.TempDir(), "state.db"), List: list, Pace: quick, Jobs: 2}
			db := tables(t, s)
			do(t, db, "CREATE TRIGGER broken "+when+" BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
			if got := undisturbed(t, s).Totals(); got.Failed == 0 || got.Secrets != 0 {
				t.Errorf("the sweep: %+v", got)
			}
			if n := count(t, db, "SELECT (SELECT count(*) FROM ledger_secret) + (SELECT count(*) FROM ledger_scan)"); n != 0 {
				t.Errorf("%d rows in the ledger", n)
			}
			do(t, db, "DROP TRIGGER broken")
			if got := undisturbed(t, s).Totals(); got.Failed != 0 || got.Secrets != secrets {
				t.Errorf("the next sweep: %+v, want %d secrets", got, secrets)
			}
		})
	}
}

// A job that River counts as worked by this process, and that is not, is worked after all:
// River cannot say what it fetched when the database goes away in between.
func TestAstray(t *testing.T) {
	list, secrets := fleet(t, 2)
	pace := quick
	pace.Dead = 500 * time.Millisecond
	s := &site{Dir: t.TempDir(), DSN: filepath.Join(t.TempDir(), "state.db"), List: list, Pace: pace, Jobs: 1}
	db := open(t, s.DSN)
	s.scanning = func(context.Context) {
		if s.scans.Load() == 1 {
			do(t, db, `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = CURRENT_TIMESTAMP, attempted_by = json_array((SELECT id FROM sweep_worker))
				WHERE id = (SELECT max(id) FROM river_job WHERE state = 'available' AND kind = 'sweep_repository')`)
		}
	}
	status := undisturbed(t, s)
	lost := 0
	for _, r := range status.Repositories {
		lost += r.Lost
	}
	if got := status.Totals(); lost != 1 || got.Secrets != secrets || got.Failed != 0 {
		t.Errorf("%d jobs went astray, want 1: %+v", lost, got)
	}
}

// The memory of objects is that of the rules of the last three sweeps of a plan, for as
// long as the plan is swept.
func TestForget(t *testing.T) {
	list, _ := fleet(t, 1)
	s := &site{Dir: t.TempDir(), DSN: filepath.Join(t.TempDir(), "state.db"), List: list, Pace: quick, Jobs: 2}
	db := open(t, s.DSN)
	sweeps := func(want []string, rulesets ...string) {
		t.Helper()
		for _, s.ruleset = range rulesets {
			undisturbed(t, s)
		}
		var got []string
		err := db.Read(t.Context(), func(tx *database.Tx) error {
			return tx.Each("SELECT name FROM seen_ruleset ORDER BY name", nil, func(scan func(...any) error) error {
				var name string
				err := scan(&name)
				got = append(got, name)
				return err
			})
		})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q are remembered, want %q: %v", got, want, err)
		}
	}
	sweeps([]string{"rules-a", "rules-b", "rules-c"}, "-a", "-b", "-c")
	sweeps([]string{"rules-b", "rules-c", "rules-d"}, "-d")
	s.Choice = sweep.Choice{Forks: true} // another plan
	sweeps([]string{"rules-b", "rules-c", "rules-d", "rules-e"}, "-e")
	do(t, db, "UPDATE sweep_run SET began = began - 91 * 86400000")
	sweeps([]string{"rules-f"}, "-f")
}
