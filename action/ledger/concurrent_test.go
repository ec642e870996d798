package ledger_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/testdata/postgresql"
)

// writerVariable in the environment makes the test binary a process that writes to
// a ledger: "overlap" or "import". Its arguments are the ledger and a number.
const writerVariable = "LEAKGUARD_TEST_WRITER"

func TestMain(m *testing.M) {
	if role := os.Getenv(writerVariable); role != "" {
		if err := write(role, os.Args[1], os.Args[2], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	postgresql.Quit()
	os.Exit(code)
}

// writer is a process that writes to the ledger at dsn.
func writer(t *testing.T, role, dsn string, number int) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, dsn, strconv.Itoa(number))
	cmd.Env = append(os.Environ(), writerVariable+"="+role)
	cmd.Stderr = os.Stderr
	return cmd
}

// write is what a writer does.
func write(role, dsn, number string, w io.Writer) error {
	ctx := context.Background()
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	l, err := ledger.Open(ctx, dsn, ledger.Options{Key: key()})
	if err != nil {
		return err
	}
	defer l.Close()
	if role == "import" {
		return importing(ctx, l, n, w)
	}
	sum, err := overlapping(ctx, l, n)
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(sum)
}

const (
	writers   = 8
	batches   = 6 // of each writer
	batchSize = 5 // secrets of a batch; all but one are in the next too
)

// overlapping records what all writers record: the same secrets in the same file,
// and in one that only this writer knows.
func overlapping(ctx context.Context, l *ledger.Ledger, number int) (sum ledger.Recorded, err error) {
	for b := range batches {
		found := map[string][]string{}
		for s := range batchSize {
			found[fmt.Sprintf("lg1s-%d", b+s)] = []string{"shared.env", fmt.Sprintf("writer-%d.env", number)}
		}
		got, err := l.Record(ctx, result(verify.Live, found), start().now.Add(time.Duration(b)*time.Minute))
		if err != nil {
			return sum, fmt.Errorf("writer %d, batch %d: %w", number, b, err)
		}
		sum.New, sum.Known, sum.Reopened, sum.Occurrences = sum.New+got.New, sum.Known+got.Known, sum.Reopened+got.Reopened, sum.Occurrences+got.Occurrences
	}
	return sum, nil
}

// TestConcurrentProcesses: eight processes that record overlapping results at once,
// into a ledger that is new to all of them, lose nothing and double nothing.
func TestConcurrentProcesses(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		sums := atOnce(t, func(number int) (sum ledger.Recorded, err error) {
			out, err := writer(t, "overlap", dsn, number).Output()
			if err != nil {
				return sum, err
			}
			return sum, json.Unmarshal(out, &sum)
		})
		wantWhole(t, openAt(t, dsn, start()), sums)
	})
}

// TestConcurrentGoroutines: the same in one process, with a reader that never sees
// half of a record.
func TestConcurrentGoroutines(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		l := openAt(t, dsn, start())
		done := make(chan struct{})
		var reader sync.WaitGroup
		reader.Go(func() {
			for {
				all, err := l.History(t.Context(), ledger.Filter{})
				if err != nil {
					t.Error(err)
					return
				}
				for _, h := range all {
					if len(h.Occurrences) < 2 || len(h.Verdicts) == 0 || len(h.Events) != 1 {
						t.Errorf("half of a record: %d occurrences, %d verdicts, %d events", len(h.Occurrences), len(h.Verdicts), len(h.Events))
					}
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
		sums := atOnce(t, func(number int) (ledger.Recorded, error) { return overlapping(t.Context(), l, number) })
		close(done)
		reader.Wait()
		wantWhole(t, l, sums)
	})
}

// atOnce runs all writers and returns the sum of what each says it recorded.
func atOnce(t *testing.T, write func(number int) (ledger.Recorded, error)) (sum ledger.Recorded) {
	t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	for number := range writers {
		all.Go(func() {
			got, err := write(number)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			sum.New, sum.Known, sum.Reopened, sum.Occurrences = sum.New+got.New, sum.Known+got.Known, sum.Reopened+got.Reopened, sum.Occurrences+got.Occurrences
		})
	}
	all.Wait()
	return sum
}

// wantWhole wants the ledger to hold what all writers recorded, once.
func wantWhole(t *testing.T, l *ledger.Ledger, sum ledger.Recorded) {
	t.Helper()
	const secrets = batches + batchSize - 1
	want := ledger.Recorded{New: secrets, Known: writers*batches*batchSize - secrets, Occurrences: secrets * (1 + writers)}
	if sum != want {
		t.Errorf("the writers recorded %+v, want %+v", sum, want)
	}
	all, err := l.History(t.Context(), ledger.Filter{})
	if err != nil || len(all) != secrets {
		t.Fatalf("%d secrets, want %d: %v", len(all), secrets, err)
	}
	verdicts := 0
	for _, h := range all {
		places := map[string]bool{}
		for _, o := range h.Occurrences {
			places[o.Path] = true
		}
		if len(h.Occurrences) != 1+writers || len(places) != 1+writers {
			t.Errorf("%s: %d occurrences at %d places, want %d", h.ID, len(h.Occurrences), len(places), 1+writers)
		}
		if len(h.Events) != 1 || h.Events[0].Kind != "found" {
			t.Errorf("%s: events %+v, want that it was found", h.ID, h.Events)
		}
		verdicts += len(h.Verdicts)
	}
	if want := writers * batches * batchSize; verdicts != want {
		t.Errorf("%d verdicts, want %d", verdicts, want)
	}
	scans, err := l.Scans(t.Context(), time.Time{})
	if err != nil || len(scans) != writers*batches {
		t.Errorf("%d scans, want %d: %v", len(scans), writers*batches, err)
	}
}

// TestConcurrentReopening: a secret that eight scans see live again at once is
// opened again once.
func TestConcurrentReopening(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		c := start()
		l := openAt(t, dsn, c)
		found := map[string][]string{"lg1s-1": {"a.env"}}
		record(t, l, c, result(verify.Dead, found))
		c.pass(time.Hour)
		record(t, l, c, result(verify.Dead, found))
		if _, err := l.CloseDead(t.Context(), only(t, l).ID, "sync", time.Hour); err != nil {
			t.Fatal(err)
		}
		c.pass(time.Hour)
		sum := atOnce(t, func(int) (ledger.Recorded, error) { return l.Record(t.Context(), result(verify.Live, found), c.now) })
		if want := (ledger.Recorded{Known: writers, Reopened: 1}); sum != want {
			t.Errorf("recorded %+v, want %+v", sum, want)
		}
		if h := only(t, l); h.State != ledger.Reopened || h.Recurrences != 1 || len(h.Verdicts) != 2+writers {
			t.Errorf("%s, %d recurrences, %d verdicts", h.State, h.Recurrences, len(h.Verdicts))
		}
	})
}
