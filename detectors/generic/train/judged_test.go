package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/generic/label"
)

func TestReadJudged(t *testing.T) {
	day := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	file := func(secret bool, lengths ...float32) string {
		set := label.Set{}
		for _, n := range lengths {
			set.Add(label.New(secret, day, []generic.Reason{{Evidence: "valueLength", Value: n}}))
		}
		var out bytes.Buffer
		if err := set.Write(&out); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), label.FileName)
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	examples, err := readJudged([]string{file(true, 10, 11), file(false, 11, 12)})
	if err != nil {
		t.Fatal(err)
	}
	secrets := 0
	for _, e := range examples {
		if e.Weight != 1 || len(e.X) != len(generic.EvidenceNames()) {
			t.Errorf("an example of weight %v and %d pieces of evidence", e.Weight, len(e.X))
		}
		if e.Secret {
			secrets++
		}
	}
	if len(examples) != 3 || secrets != 1 {
		t.Errorf("%d examples, %d of them secrets; want 3 and 1, for the last file counts", len(examples), secrets)
	}
	missing := filepath.Join(t.TempDir(), "none.json")
	if _, err := readJudged([]string{missing}); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("a missing file: error %v", err)
	}
}
