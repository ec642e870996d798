package ledger_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/verify"
)

const (
	importSize   = 20 // secrets of an imported report
	importPlaces = 3  // of each
	kills        = 6
)

// importing records one report after the other until it is killed, and says of each
// when it was recorded: "ack 2/17". The reports of each number are other ones.
func importing(ctx context.Context, l *ledger.Ledger, number int, w io.Writer) error {
	for n := 0; ; n++ {
		name := fmt.Sprintf("%d/%d", number, n)
		found := map[string][]string{}
		for s := range importSize {
			secret := fmt.Sprintf("lg1s-%s/%d", name, s)
			for p := range importPlaces {
				found[secret] = append(found[secret], fmt.Sprintf("%s:%d.env", name, p))
			}
		}
		res := result(verify.Live, found)
		res.RulesetHash = name
		if _, err := l.Record(ctx, res, start().now); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w, "ack", name); err != nil {
			return err
		}
	}
}

// TestKilled: an import that is killed (SIGKILL) at any moment loses nothing that
// was acknowledged and leaves nothing half done.
func TestKilled(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		acknowledged := map[string]bool{}
		for n := range kills {
			for _, name := range killed(t, dsn, n) {
				acknowledged[name] = true
			}
		}
		l := openAt(t, dsn, start())
		scans, err := l.Scans(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		recorded := map[string]bool{}
		for _, s := range scans {
			if recorded[s.Ruleset] {
				t.Errorf("report %s is recorded twice", s.Ruleset)
			}
			recorded[s.Ruleset] = true
		}
		for name := range acknowledged {
			if !recorded[name] {
				t.Errorf("report %s was acknowledged and is lost", name)
			}
		}
		// At most the one that was under way is recorded beside.
		if beside := len(recorded) - len(acknowledged); beside > kills {
			t.Errorf("%d reports are recorded and %d were acknowledged, with %d kills", len(recorded), len(acknowledged), kills)
		}
		wantWholeReports(t, l, recorded)
		if !onPostgres(dsn) {
			var verdict string
			if err := database(t, dsn).QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
				t.Errorf("the file is damaged: %s, %v", verdict, err)
			}
		}
	})
}

// killed runs an import, kills it at a random moment, and returns the names of the
// reports that it acknowledged.
func killed(t *testing.T, dsn string, number int) (acknowledged []string) {
	t.Helper()
	cmd := writer(t, "import", dsn, number)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	most := 1 + rand.IntN(8)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		name, ok := strings.CutPrefix(lines.Text(), "ack ")
		if !ok {
			t.Fatalf("the import says %q", lines.Text())
		}
		if acknowledged = append(acknowledged, name); len(acknowledged) == most {
			time.Sleep(time.Duration(rand.IntN(10_000)) * time.Microsecond)
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
		t.Fatalf("the import ended by itself: %v", err)
	}
	if len(acknowledged) < most {
		t.Fatalf("%d reports acknowledged, want %d", len(acknowledged), most)
	}
	return acknowledged
}

// wantWholeReports wants the ledger to hold all of these reports and nothing else.
func wantWholeReports(t *testing.T, l *ledger.Ledger, recorded map[string]bool) {
	t.Helper()
	all, err := l.History(t.Context(), ledger.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]int{}
	for _, h := range all {
		if len(h.Occurrences) != importPlaces || len(h.Verdicts) != 1 || len(h.Events) != 1 {
			t.Fatalf("%s: %d occurrences, %d verdicts, %d events", h.ID, len(h.Occurrences), len(h.Verdicts), len(h.Events))
		}
		name, _, _ := strings.Cut(h.Occurrences[0].Path, ":")
		secrets[name]++
	}
	for name, n := range secrets {
		if n != importSize || !recorded[name] {
			t.Errorf("report %s: %d secrets of %d, recorded %t", name, n, importSize, recorded[name])
		}
	}
	if len(secrets) != len(recorded) {
		t.Errorf("the secrets of %d reports, want %d", len(secrets), len(recorded))
	}
}
