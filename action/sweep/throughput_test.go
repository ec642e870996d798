package sweep_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/leakguard/leakguard/scanner/database"
	"github.com/leakguard/leakguard/testdata/gitfleet"
	"github.com/leakguard/leakguard/testdata/postgresql"
)

// TestThroughput has one, two and four workers on PostgreSQL sweep an organisation, and
// prints how fast they were, and what each repository cost: LEAKGUARD_SOAK=1 has it run.
func TestThroughput(t *testing.T) {
	part := soak(t)
	if part == 0 {
		t.Skip("LEAKGUARD_SOAK is not set")
	}
	o := newOrganisation(t, gitfleet.Shape{Repositories: 100, Forks: 10, Commits: 2000, Secret: token}.Scaled(part))
	server, program := postgresql.New(t), build(t)
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "workers\ttime\trepositories/s\tobjects/s\tprocessor time\t"+
		"transactions each\trows written each\trows for 1,000 objects\tMB sent each\tAPI requests each")
	for _, workers := range []int{1, 2, 4} {
		name := fmt.Sprintf("workers%d", workers)
		o.site = &site{Program: program, API: o.api.URL, DSN: server.Database(name), Jobs: 1}
		tables(t, o.site)
		before := writesOf(t, server, name)
		f := o.sweepWith(workers)
		o.checkSecrets()
		o.checkGaps(f.Status)
		w := writesOf(t, server, name)
		writeThroughput(table, workers, f, writes{w.transactions - before.transactions, w.rows - before.rows})
	}
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("of a repository or wiki each:\n%s", &text)
}

func writeThroughput(table *tabwriter.Writer, workers int, f *figures, w writes) {
	totals := f.Totals()
	n, seconds := float64(totals.Repositories), f.took.Seconds()
	fmt.Fprintf(table, "%d\t%s\t%.1f\t%.0f\t%s\t%.1f\t%.1f\t%.1f\t%.3f\t%.3f\n", workers, f.took.Round(100*time.Millisecond), n/seconds, float64(totals.Objects)/seconds,
		f.cpu.Round(100*time.Millisecond), float64(w.transactions)/n, float64(w.rows)/n, 1000*float64(w.rows)/float64(totals.Objects),
		megabytes(f.git.Sent)/n, float64(f.asked)/n)
}

// sweepWith sweeps all of it with some workers, each with mirrors of its own.
func (o *organisation) sweepWith(workers int) *figures {
	o.t.Helper()
	f := new(figures)
	asked, git, began := o.asked.Load(), o.git.Counts(), time.Now()
	processes := make([]*exec.Cmd, workers)
	outputs := make([]*bytes.Buffer, workers)
	for i := range workers {
		o.site.Dir = filepath.Join(o.t.TempDir(), "mirrors")
		processes[i], outputs[i] = o.site.process(o.t)
	}
	for i, cmd := range processes {
		wait(o.t, cmd, outputs[i])
		f.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	f.asked, f.git = o.asked.Load()-asked, o.git.Counts().Since(git)
	f.Status = last(o.t, o.site)
	f.took = f.Finished.Sub(began)
	return f
}

// writes are what a database was changed by.
type writes struct{ transactions, rows int }

// writesOf asks the server's statistics, which have all that ended sessions did:
// https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW
func writesOf(t *testing.T, server *postgresql.Server, name string) (w writes) {
	t.Helper()
	err := open(t, server.DSN).Read(t.Context(), func(tx *database.Tx) error {
		return tx.Row("SELECT xact_commit, tup_inserted + tup_updated + tup_deleted FROM pg_stat_database WHERE datname = ?", name).Scan(&w.transactions, &w.rows)
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}
