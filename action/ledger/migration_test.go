package ledger_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/verify"
	state "github.com/leakguard/leakguard/scanner/database"
)

// oldest are the columns of each table as the first migration made it, without those that
// the database numbers.
var oldest = map[string]string{
	"ledger_secret": `id, rule, rule_name, provider, severity, redacted, name, state, accepted_until, exposed_since, found_at, seen_at, opened_at,
		acknowledged_at, rotated_at, closed_at, deadline, recurrences, verdict, verdict_at, live_at, dead_since, dead_at, details`,
	"ledger_occurrence": "id, secret, kind, repository, path, found_at, seen_at, place",
	"ledger_verdict":    "secret, at, state, verdict",
	"ledger_owner":      "secret, rank, kind, name, evidence",
	"ledger_issue":      "secret, tracker, project, number, url, open, digest, opened_at, closed_at, reminded_at",
	"ledger_event":      "secret, at, actor, kind, reason",
	"ledger_scan":       "at, ruleset, complete, coverage",
}

// TestMigrationKeepsAll opens a database that the oldest ledger made and filled: all rows
// are there afterwards, and it goes on with them.
func TestMigrationKeepsAll(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		c := start()
		fillOldest(t, dsn, c)
		before := rowsOf(t, dsn)
		for table := range oldest {
			if !slices.ContainsFunc(before, func(row string) bool { return strings.HasPrefix(row, table+" ") }) {
				t.Errorf("there is no row of %s to be kept", table)
			}
		}
		l := openAt(t, dsn, c)
		if after := rowsOf(t, dsn); !slices.Equal(after, before) {
			t.Errorf("after the migrations there are the rows\n%s\nwant\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
		}
		h := only(t, l)
		if len(h.Occurrences) != 1 || len(h.Verdicts) != 1 || len(h.Events) != 1 || h.Occurrences[0].Path != "a.env" {
			t.Errorf("%+v", h)
		}
		at := map[string][]string{"lg1s-1": {"a.env"}}
		if sum := record(t, l, c, result(verify.Live, at)); sum.New != 0 || sum.Occurrences != 0 {
			t.Errorf("a scan that finds the same recorded %+v", sum)
		}
	})
}

// fillOldest makes a database by the first migration alone, with what the ledger of
// another has of a secret.
func fillOldest(t *testing.T, dsn string, c *clock) {
	t.Helper()
	model := filepath.Join(t.TempDir(), "model.db")
	l := openAt(t, model, c)
	record(t, l, c, result(verify.Live, map[string][]string{"lg1s-1": {"a.env"}}))
	id := only(t, l).ID

	db, err := state.Open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(t.Context(), "ledger", os.DirFS("migrations"), 1, 1); err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), 1, func(tx *state.Tx) error {
		for _, table := range []string{"ledger_secret", "ledger_occurrence", "ledger_verdict", "ledger_event", "ledger_scan"} {
			if err := copyRows(t, tx, model, table); err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
		now := c.now.UnixMilli()
		if err := tx.Exec("INSERT INTO ledger_owner ("+oldest["ledger_owner"]+") VALUES (?, 0, 'team', '@acme/shop', 'CODEOWNERS')", id); err != nil {
			return err
		}
		return tx.Exec("INSERT INTO ledger_issue ("+oldest["ledger_issue"]+") VALUES (?, 'github', 'acme/shop', 7, 'https://git.acme.com/shop/issues/7', 1, 'd1', ?, 0, ?)", id, now, now)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// copyRows copies a table of the SQLite file model.
func copyRows(t *testing.T, tx *state.Tx, model, table string) error {
	t.Helper()
	for _, row := range values(t, model, table) {
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(row)), ", ")
		if err := tx.Exec("INSERT INTO "+table+" ("+oldest[table]+") VALUES ("+marks+")", row...); err != nil {
			return err
		}
	}
	return nil
}

// values are the rows of a table, in the columns that the oldest one has.
func values(t *testing.T, dsn, table string) (all [][]any) {
	t.Helper()
	rows, err := database(t, dsn).QueryContext(t.Context(), "SELECT "+oldest[table]+" FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		row := make([]any, strings.Count(oldest[table], ",")+1)
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// rowsOf are the rows of all tables, as text in order.
func rowsOf(t *testing.T, dsn string) (all []string) {
	t.Helper()
	for table := range oldest {
		for _, row := range values(t, dsn, table) {
			all = append(all, table+" "+fmt.Sprintf("%q", row))
		}
	}
	slices.Sort(all)
	return all
}
