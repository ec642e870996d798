package label

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/generic"
)

var someDay = time.Date(2026, 1, 31, 23, 30, 0, 0, time.FixedZone("", -2*60*60))

// reasons are those of a made-up finding of that length.
func reasons(length float32) []generic.Reason {
	return []generic.Reason{
		{Evidence: "valueLength", Value: length, Share: 1}, {Evidence: "nameLastPassword", Value: 1},
		{Evidence: "valueDigit", Value: 0.375, Share: -1}, {Evidence: "valueHex", Share: -0.5},
	}
}

func TestNew(t *testing.T) {
	l := New(true, someDay, reasons(12))
	if l.Date != "2026-02-01" {
		t.Errorf("date %s is not that in UTC", l.Date)
	}
	if _, ok := l.Evidence["valueHex"]; ok || len(l.Evidence) != 3 {
		t.Errorf("evidence %v, want that which is not 0", l.Evidence)
	}
	x := l.Vector()
	for i, name := range generic.EvidenceNames() {
		if x[i] != l.Evidence[name] {
			t.Errorf("%s is %v in the vector, want %v", name, x[i], l.Evidence[name])
		}
	}
	if want := generic.Probability(x); l.Probability() != want {
		t.Errorf("probability %v, want %v", l.Probability(), want)
	}
}

func TestAddReplaces(t *testing.T) {
	s := Set{}
	s.Add(New(true, someDay, reasons(12)))
	s.Add(New(true, someDay, reasons(13)))
	before, replaced := s.Add(New(false, someDay.AddDate(0, 0, 1), reasons(12)))
	if !replaced || !before.Secret || len(s) != 2 {
		t.Errorf("replaced %v, before %v, %d labels; want the first label out and 2 in", replaced, before, len(s))
	}
	ids := s.IDs()
	if s[ids[0]].Evidence["valueLength"] != 13 || s[ids[1]].Secret {
		t.Errorf("labels are not in the order of their dates: %v", s)
	}
}

func TestReadWhatWasWritten(t *testing.T) {
	s := Set{}
	for n := range 5 {
		s.Add(New(n%2 == 0, someDay.AddDate(0, 0, -n), reasons(float32(n)+0.1)))
	}
	var first, second bytes.Buffer
	if err := s.Write(&first); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(path, first.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Write(&second); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() || len(again) != 5 {
		t.Errorf("read %d labels:\n%swritten:\n%s", len(again), second.String(), first.String())
	}
	if none, err := ReadFile(path + ".missing"); err != nil || len(none) != 0 {
		t.Errorf("a missing file: %v, error %v", none, err)
	}
}

func TestReadRefuses(t *testing.T) {
	label := func(rest string) string { return `{"version": 1, "labels": [{"secret": true, ` + rest + `}]}` }
	for _, c := range []struct{ name, text, want string }{
		{"no JSON", "labels", "no set of labels"},
		{"other version", `{"version": 2, "labels": []}`, "version 2"},
		{"more behind it", `{"version": 1, "labels": []} {}`, "something follows"},
		{"a value", label(`"date": "2026-01-31", "value": "x", "evidence": {"valueHex": 1}`), "unknown field"},
		{"no date", label(`"date": "", "evidence": {"valueHex": 1}`), "label 1: date"},
		{"no evidence", label(`"date": "2026-01-31", "evidence": {}`), "no evidence"},
		{"evidence of another version", label(`"date": "2026-01-31", "evidence": {"valueMood": 1}`), `"valueMood"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), FileName)
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := ReadFile(path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), path) {
				t.Errorf("error %v, want the file and %q", err, c.want)
			}
		})
	}
}
