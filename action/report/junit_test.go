package report

import (
	"encoding/xml"
	"testing"
)

func TestJUnitCounts(t *testing.T) {
	want := map[string][3]int{
		"leaky": {3, 3, 0}, "clean": {1, 0, 0}, "incomplete": {3, 0, 3}, "piped": {1, 1, 0}, "hostile": {2 * len(evil), len(evil), len(evil)},
		"verified": {5, 5, 0}, "nearly": {1, 0, 0}, "forged": {1 + len(evil), 1 + len(evil), 0},
	}
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			var got junitSuites
			if err := xml.Unmarshal([]byte(write(t, "junit", s.make(t), Options{})), &got); err != nil {
				t.Fatal(err)
			}
			if have := [3]int{got.Suite.Tests, got.Suite.Failures, got.Suite.Errors}; have != want[s.name] {
				t.Errorf("tests, failures, errors = %v, want %v", have, want[s.name])
			}
			if len(got.Suite.Cases) != got.Suite.Tests {
				t.Errorf("%d cases, %d tests", len(got.Suite.Cases), got.Suite.Tests)
			}
		})
	}
}
