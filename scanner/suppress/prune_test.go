package suppress

import (
	"fmt"
	"testing"

	"github.com/leakguard/leakguard/scanner"
)

func TestPrune(t *testing.T) {
	entry := func(n int) string { return fmt.Sprintf(`{"fingerprint": %q, "n":  %d}`, fingerprint(n), n) }
	file := func(secrets, suppressed string) string {
		return `{"schemaVersion": "1", "created": "x", "secrets": [` + secrets + `], "suppressed":[` + suppressed + `]}` + "\n"
	}
	all := file("\n  "+entry(1)+",\n  "+entry(2)+",\n\n  "+entry(3)+"\n", entry(4))
	tests := []struct {
		name    string
		found   []int
		removed int
		want    string
	}{
		{"none gone", []int{1, 2, 3, 4}, 0, all},
		{"first gone", []int{2, 3, 4}, 1, file("\n  "+entry(2)+",\n\n  "+entry(3)+"\n", entry(4))},
		{"middle gone", []int{1, 3, 4}, 1, file("\n  "+entry(1)+",\n\n  "+entry(3)+"\n", entry(4))},
		{"last gone", []int{1, 2, 4}, 1, file("\n  "+entry(1)+",\n  "+entry(2)+"\n", entry(4))},
		{"one list gone", []int{1, 2, 3}, 1, file("\n  "+entry(1)+",\n  "+entry(2)+",\n\n  "+entry(3)+"\n", "")},
		{"all gone", nil, 4, file("", "")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &scanner.Result{}
			for i, n := range tt.found {
				s := scanner.Secret{Fingerprint: fingerprint(n)}
				if i%2 == 0 {
					r.Secrets = append(r.Secrets, s)
				} else {
					r.Suppressed = append(r.Suppressed, s)
				}
			}
			got, removed, err := Prune([]byte(all), r)
			if err != nil {
				t.Fatal(err)
			}
			if removed != tt.removed || string(got) != tt.want {
				t.Errorf("removed %d, want %d; got\n%s\nwant\n%s", removed, tt.removed, got, tt.want)
			}
		})
	}
}

func TestPruneErrors(t *testing.T) {
	gap := scanner.NewCoverage("git history", scanner.InGit)
	gap.Gap("blob 1", "it is missing", "fetch it")
	tests := []struct {
		name, text string
		result     *scanner.Result
		want       string
	}{
		{"incomplete scan", report, &scanner.Result{Coverage: []*scanner.Coverage{gap}},
			"the scan is incomplete, and what it did not find may still be there: the baseline is not pruned; close the gaps and scan again"},
		{"broken baseline", "{", &scanner.Result{}, "baseline:1:1: byte 1: broken JSON: unexpected end of JSON input"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, removed, err := Prune([]byte(tt.text), tt.result)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if out != nil || removed != 0 {
				t.Errorf("an error, and %d removed", removed)
			}
		})
	}
}
