package detectors_test

import (
	"reflect"
	"testing"

	"github.com/leakguard/leakguard/detectors/rules"
)

func FuzzScan(f *testing.F) {
	for _, ex := range examples(f) {
		f.Add([]byte(ex.text))
	}
	e := engine(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		matches := e.Scan(text, "")
		end := 0
		for i, m := range matches {
			if m.Secret.Start < m.Whole.Start || m.Secret.End > m.Whole.End || m.Whole.Start < 0 || m.Whole.End > len(text) || m.Secret.Len() <= 0 {
				t.Fatalf("%s: secret %v in %v of %d bytes", m.Rule.ID, m.Secret, m.Whole, len(text))
			}
			if len(m.Decoded) == 0 {
				if m.Secret.Start < end {
					t.Fatalf("%s: %v overlaps a match before", m.Rule.ID, m.Secret)
				}
				if string(m.Value) != string(text[m.Secret.Start:m.Secret.End]) {
					t.Fatalf("%s: the value is not what stands at %v", m.Rule.ID, m.Secret)
				}
			}
			if i > 0 && m.Secret.Start < matches[i-1].Secret.Start {
				t.Fatalf("%s: not in the order of the text", m.Rule.ID)
			}
			end = max(end, m.Secret.End)
			if m.Confidence < rules.Likely {
				t.Fatalf("%s: confidence %s", m.Rule.ID, m.Confidence)
			}
		}
		if again := e.Scan(text, ""); !reflect.DeepEqual(matches, again) {
			t.Fatalf("%v, and again %v", ids(matches), ids(again))
		}
	})
}
