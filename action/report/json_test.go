package report

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestJSONKeepsHostileStrings(t *testing.T) {
	var got jsonReport
	if err := json.Unmarshal([]byte(write(t, "json", hostile(t), Options{})), &got); err != nil {
		t.Fatal(err)
	}
	for i, e := range evil {
		if utf8.ValidString(e) && got.Unused[i] != e {
			t.Errorf("got %q, want %q", got.Unused[i], e)
		}
	}
}

func TestJSONLines(t *testing.T) {
	var types []string
	for line := range strings.Lines(write(t, "jsonl", leaky(t), Options{})) {
		var l struct{ Type string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		types = append(types, l.Type)
	}
	want := "scan secret secret secret suppressed coverage coverage"
	if got := strings.Join(types, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
