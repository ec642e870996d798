package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
)

// TestReadResult reads what was written and writes it again: the same report.
func TestReadResult(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			sample := s.make(t)
			known := map[string]*rules.Rule{}
			for _, list := range [][]scanner.Secret{sample.Secrets, sample.Suppressed, sample.Rejected} {
				for i := range list {
					known[list[i].Rule.ID] = list[i].Rule
				}
			}
			var first, second bytes.Buffer
			if err := writeJSON(&first, sample, Options{Version: "1"}); err != nil {
				t.Fatal(err)
			}
			res, err := ReadResult(first.Bytes(), func(id string) *rules.Rule { return known[id] })
			if err != nil {
				t.Fatal(err)
			}
			if err := writeJSON(&second, res, Options{Version: "1"}); err != nil {
				t.Fatal(err)
			}
			var before, after any
			if err := errors.Join(json.Unmarshal(first.Bytes(), &before), json.Unmarshal(second.Bytes(), &after)); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(before, after) {
				t.Errorf("written again:\n%s\nfirst:\n%s", second.String(), first.String())
			}
		})
	}
}

func TestReadResultErrors(t *testing.T) {
	none := func(string) *rules.Rule { return nil }
	for _, text := range []string{"", "{", "[]", `{"a": 1}`, `{"schemaVersion": "1"}`, `{"schemaVersion": "2", "tool": {"name": "leakguard"}}`} {
		if _, err := ReadResult([]byte(text), none); err == nil || !strings.Contains(err.Error(), "no JSON report of leakguard") {
			t.Errorf("%s: got %v", text, err)
		}
	}
	broken := `{"schemaVersion": "1", "tool": {"name": "leakguard"}, "secrets": [{"fingerprint": "lg1s-1", "severity": "awful", "confidence": "high"}]}`
	if _, err := ReadResult([]byte(broken), none); err == nil || !strings.Contains(err.Error(), "lg1s-1") {
		t.Errorf("got %v", err)
	}
}

// FuzzReadResult reads whatever lies in a file that is called a report.
func FuzzReadResult(f *testing.F) {
	f.Add([]byte(`{"schemaVersion": "1", "tool": {"name": "leakguard"}, "secrets": [{"fingerprint": "x", "severity": "low", "confidence": "low", "occurrences": [{"date": "2026-01-01T00:00:00Z"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		ReadResult(data, func(string) *rules.Rule { return nil })
	})
}
