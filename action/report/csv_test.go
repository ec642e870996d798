package report

import (
	"bytes"
	"encoding/csv"
	"slices"
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

// TestCSVColumns wants columns where earlier versions had them: new ones are last.
func TestCSVColumns(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(write(t, "csv", verified(t), Options{}))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	const old = "fingerprint rule rule_name provider severity confidence verdict verdict_reason secret name kind repository " +
		"commit path field start_line start_column end_line end_column author email date in_head unreachable ref link line " +
		"suppressed run job step variable scope hint"
	n := len(strings.Fields(old))
	if got := strings.Join(rows[0][:n], " "); got != old {
		t.Errorf("got  %s\nwant %s", got, old)
	}
	for i, want := range [][]string{
		{"identity", "access", "expires", "evidence", "endpoint", "checked"},
		{
			"ada-lovelace (person) of acme", "admin", "2028-03-20T09:30:00Z",
			"answered 200, and json.login names a user", "GET https://api.github.com/user", "2025-03-20T09:30:00Z",
		},
	} {
		if got := rows[i][n:]; !slices.Equal(got, want) {
			t.Errorf("row %d: got %q, want %q", i, got, want)
		}
	}
}

// TestCSVForgedIdentity wants no formula and no line end out of what an issuer chose.
func TestCSVForgedIdentity(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(write(t, "csv", forged(t), Options{}))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := slices.Index(rows[0], "identity")
	for _, row := range rows[1:] {
		for _, c := range row[column:] {
			if strings.ContainsAny(c, "\r\n") || c != "" && strings.ContainsAny(strings.TrimLeft(c, " ")[:1], "=+-@") {
				t.Errorf("a cell is %q", c)
			}
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
