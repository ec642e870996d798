package report

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
)

func TestCSVCells(t *testing.T) {
	for _, s := range samples {
		r := s.make(t)
		want := 1
		for i := range r.Secrets {
			want += len(r.Secrets[i].Occurrences)
		}
		rows, err := csv.NewReader(strings.NewReader(write(t, "csv", r, Options{}))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != want {
			t.Errorf("%s: %d rows, want %d", s.name, len(rows), want)
		}
	}
	for in, want := range map[string]string{
		"=1": "'=1", "+1": "'+1", "-1": "'-1", "@a": "'@a", "＝1": "'＝1", " =1": "' =1",
		"\t=1": `\t=1`, "a=1": "a=1", "": "", " ": " ", "12": "12",
	} {
		if got := cell(in); got != want {
			t.Errorf("cell(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzCSVCell(f *testing.F) {
	for _, e := range evil {
		f.Add(e)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := cell(s)
		if bad := harm(got); bad != "" {
			t.Errorf("cell(%q) holds %q", s, bad)
		}
		if trimmed := strings.TrimLeft(got, " "); trimmed != "" && strings.IndexByte("=+-@", trimmed[0]) >= 0 {
			t.Errorf("cell(%q) = %q is a formula", s, got)
		}
		var buf bytes.Buffer
		w := csv.NewWriter(&buf)
		w.Write([]string{got, "x"})
		w.Flush()
		back, err := csv.NewReader(&buf).Read()
		if err != nil || len(back) != 2 || back[0] != got {
			t.Errorf("cell(%q) comes back as %q, %v", s, back, err)
		}
	})
}
