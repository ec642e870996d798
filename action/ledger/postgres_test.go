package ledger_test

import (
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/testdata/postgresql"
)

// onBoth runs a test on an empty SQLite file and on an empty PostgreSQL database,
// of a server that all tests share.
func onBoth(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Run("SQLite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "state", "ledger.db")) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, postgresql.Database(t)) })
}

// openAt opens the ledger at dsn.
func openAt(t *testing.T, dsn string, c *clock) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), dsn, ledger.Options{Key: key(), Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func onPostgres(dsn string) bool { return strings.HasPrefix(dsn, "postgres://") }

// database opens the database of a ledger as somebody with an SQL client does.
func database(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	driver := "pgx"
	if !onPostgres(dsn) {
		driver, dsn = "sqlite", "file:"+(&url.URL{Path: dsn}).EscapedPath()
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// TestOnlyAddedTo: events and verdicts cannot be changed or deleted by SQL, however
// it is worded.
func TestOnlyAddedTo(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		c := start()
		l := openAt(t, dsn, c)
		record(t, l, c, result(verify.Live, map[string][]string{"lg1s-1": {"a.env"}}))
		before := only(t, l)
		db := database(t, dsn)
		statements := []string{
			"UPDATE ledger_event SET actor = 'nobody'", "DELETE FROM ledger_event",
			"UPDATE ledger_verdict SET state = 'dead'", "DELETE FROM ledger_verdict",
		}
		if onPostgres(dsn) {
			statements = append(statements, "TRUNCATE ledger_event", "TRUNCATE ledger_verdict", "TRUNCATE ledger_secret CASCADE",
				"INSERT INTO ledger_event (seq, secret, at, actor, kind, reason) OVERRIDING SYSTEM VALUE VALUES (1, '', 0, 'nobody', '', '') ON CONFLICT (seq) DO UPDATE SET actor = excluded.actor")
		} else {
			statements = append(statements, "REPLACE INTO ledger_event (seq, secret, at, actor, kind, reason) VALUES (1, '', 0, 'nobody', '', '')",
				"REPLACE INTO ledger_verdict (seq, secret, at, state, verdict) SELECT 1, secret, at, 'dead', '{}' FROM ledger_verdict",
				"INSERT INTO ledger_event (seq, secret, at, actor, kind, reason) VALUES (1, '', 0, 'nobody', '', '') ON CONFLICT (seq) DO UPDATE SET actor = excluded.actor")
		}
		for _, statement := range statements {
			t.Run(statement, func(t *testing.T) {
				if _, err := db.ExecContext(t.Context(), statement); err == nil {
					t.Error("it was done")
				}
			})
		}
		after, err := l.History(t.Context(), ledger.Filter{})
		if err != nil || len(after) != 1 || len(after[0].Events) != 1 || len(after[0].Verdicts) != 1 ||
			after[0].Events[0] != before.Events[0] || after[0].Verdicts[0].State != before.Verdicts[0].State {
			t.Errorf("the history is another one: %+v, %v", after, err)
		}
	})
}

// TestReadersHoldUpNobody: whoever reads sees the ledger at one moment, and holds up nobody
// who writes.
func TestReadersHoldUpNobody(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		c := start()
		l := openAt(t, dsn, c)
		db := database(t, dsn)
		reader, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: isolation(dsn), ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Rollback()
		count := func() (n int) {
			t.Helper()
			if err := reader.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM ledger_secret").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := count(); n != 0 {
			t.Fatalf("%d secrets in a new ledger", n)
		}
		record(t, l, c, result(verify.Live, map[string][]string{"lg1s-1": {"a.env"}}))
		if n := count(); n != 0 {
			t.Errorf("a reader sees %d secrets that were written after it began", n)
		}
		if h := only(t, l); h.Verdict != verify.Live {
			t.Errorf("a new reader sees %+v", h.Secret)
		}
	})
}

func isolation(dsn string) sql.IsolationLevel {
	if onPostgres(dsn) {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

// TestOpenDoesNotQuote: the address of a database may hold its password.
func TestOpenDoesNotQuote(t *testing.T) {
	password := strings.Repeat("x", 4) + "-of-the-database"
	for name, dsn := range map[string]string{
		"no such port": "postgres://app:" + password + "@127.0.0.1:port/leakguard",
		"nobody there": "postgres://app:" + password + "@127.0.0.1:1/leakguard?connect_timeout=2",
		"odd option":   "postgres://app:" + password + "@127.0.0.1:1/leakguard?sslmode=odd",
		"odd address":  "postgres://app:" + password + "@[::1/leakguard",
		"odd escape":   "postgres://app:" + password + "%zz@127.0.0.1:1/leakguard",
		"a blank":      "postgres://app: " + password + "@127.0.0.1:1/leakguard",
		"a slash":      "postgres://app:/" + password + "@127.0.0.1:1/leakguard",
	} {
		t.Run(name, func(t *testing.T) {
			l, err := ledger.Open(t.Context(), dsn, ledger.Options{Key: key()})
			if err == nil {
				l.Close()
				t.Fatal("it was opened")
			}
			if strings.Contains(err.Error(), password) {
				t.Error("the error quotes the password")
			}
			if !strings.Contains(err.Error(), "ledger") {
				t.Errorf("the error does not say what it is of: %s", strings.ReplaceAll(err.Error(), password, "(password)"))
			}
		})
	}
}

// TestOnlyItsOwnerReads: the file of a ledger, and its key, are of the user alone.
func TestOnlyItsOwnerReads(t *testing.T) {
	dsn := filepath.Join(t.TempDir(), "state", "ledger.db")
	if _, err := ledger.LoadKey(dsn, func(string) string { return "" }); err != nil {
		t.Fatal(err)
	}
	openAt(t, dsn, start())
	for _, name := range []string{dsn, dsn + ".key", filepath.Dir(dsn)} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %s", filepath.Base(name), info.Mode())
		}
	}
}
