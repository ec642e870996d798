package pullrequest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// many is an outcome of n secrets with long names.
func many(t testing.TB, n int) *Outcome {
	o := outcome()
	value := fresh(t, "sk_live_${alnum:24}")
	for i := range n {
		s := secretOf(stripeKey, value, fmt.Sprint(i%10), at("1", fmt.Sprintf("%s/%d.py", strings.Repeat("a_", 100), i), 3, 5, 20))
		s.Name = strings.Repeat("@é", 500)
		o.Result.Secrets = append(o.Result.Secrets, s)
	}
	return o
}

// Whatever is found, the summary stays below GitHub's limit, ends at a whole
// section, and counts what it leaves out; what follows the sections stays.
func TestSummaryLimit(t *testing.T) {
	o := many(t, 3000)
	for i := range 5000 {
		o.Result.Coverage[0].Gap(fmt.Sprint(i, strings.Repeat("<", 1000)), strings.Repeat("@", 1000)+fmt.Sprint(i), strings.Repeat("|", 1000))
		o.Result.Unused = append(o.Result.Unused, strings.Repeat("_", 1000))
		o.Pending = append(o.Pending, strings.Repeat("*", 1000))
	}
	got := o.Summary()
	if len(got) > summaryLimit {
		t.Fatalf("%d bytes", len(got))
	}
	shown := strings.Count(got, "\n### ") - 4 // the parts below
	if shown < 100 || strings.Count(got, "\nTo ignore it: ") != shown {
		t.Errorf("%d sections, %d of them whole", shown, strings.Count(got, "\nTo ignore it: "))
	}
	for _, want := range []string{
		fmt.Sprintf("\n%d more secrets are left out here", 3000-shown), "\n### A false alarm", "\n### Not read",
		"\n- and 4950 more", "\n### Settings that count after the merge", "\n- and 4980 more", "\n### Suppressed", "\nRead by leakguard 1.2.3: ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q", want)
		}
	}
}

func TestSummarySays(t *testing.T) {
	key := fresh(t, "sk_live_${alnum:24}")
	of := func(state verify.State, places ...scanner.Occurrence) *Outcome {
		s := secretOf(stripeKey, key, "a", places...)
		s.Verdict.State = state
		return outcome(s)
	}
	here := at("1", "a.py", 3, 5, 20)
	here.InHead = true
	var places []scanner.Occurrence
	for i := range 8 {
		places = append(places, at("1", "a.py", i+1, 5, 20))
	}
	log := scanner.Occurrence{Kind: scanner.InLog, Path: "build/3_test.txt", Run: "12", Job: "build", Step: "test", Region: scanner.Region{StartLine: 40}}
	logs := of(verify.Live, log)
	logs.Event.Kind = KindLogs
	stopped := outcome()
	stopped.Result.Interrupted = true
	dead := of(verify.Dead, here)
	for _, tt := range []struct {
		name string
		o    *Outcome
		want string
	}{
		{"still in the head", of(verify.Live, here), "[a.py:3](" + web + "/blob/" + commit("3") + "/a.py#L3)"},
		{"live and settled by rotation", of(verify.Live, here), "3. Remove it here. Run this job again"},
		{"not settled by rotation", of(verify.Unknown, here), "3. Remove it here. Then squash or rebase the branch, so that none of its commits has it, or mark it"},
		{"out of the file", of(verify.Live, places[0]), "3. It is out of the file already. Run this job again"},
		{"more places", of(verify.Live, places...), "\n- And in 3 more places\n"},
		{"a log", logs, "# 🔴 1 secret in the logs of this run\n"},
		{"a log's line", logs, "Where: line 40 of the log of job build, step test, run 12\n"},
		{"a log is deleted", logs, "3. Delete the log."},
		{"stopped", stopped, "# 🟡 Incomplete: not everything in this pull request was read\n\nThe scan was stopped before its end."},
		{"dead does not count", dead, "# 🟢 Nothing in this pull request fails this job\n"},
		{"dead is told of", dead, "Secrets that do not fail this job: dead 1.\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.o.Summary(); !strings.Contains(got, tt.want) {
				t.Errorf("no %q in\n%s", tt.want, got)
			}
		})
	}
}
