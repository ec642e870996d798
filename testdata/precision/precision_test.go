package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestPackageOf(t *testing.T) {
	for _, tt := range []struct{ name, path, want string }{
		{"Go module", "example.com/a/b/v2@v2.1.0/c/d.go", "example.com/a/b/v2@v2.1.0"},
		{"Go module, its root", "example.com/a@v1.0.0", "example.com/a@v1.0.0"},
		{"npm package", "left-pad-1.3.0/test/index.js", "left-pad-1.3.0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := packageOf(tt.path); got != tt.want {
				t.Errorf("packageOf(%q) = %q, want %q", tt.path, got, tt.want)
			}
		})
	}
}

// TestInterval has the examples of Newcombe, Statistics in Medicine 17 (1998), table I.
func TestInterval(t *testing.T) {
	for _, tt := range []struct {
		name      string
		share     share
		low, high float64
	}{
		{"middle", share{81, 263}, 0.2553, 0.3662},
		{"few", share{15, 148}, 0.0624, 0.1605},
		{"none of 20", share{0, 20}, 0, 0.1611},
		{"one of 29", share{1, 29}, 0.0061, 0.1718},
		{"of none", share{0, 0}, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			low, high := tt.share.interval()
			if math.Abs(low-tt.low) > 5e-5 || math.Abs(high-tt.high) > 5e-5 {
				t.Errorf("the interval of %d of %d is %.4f to %.4f, want %.4f to %.4f",
					tt.share.of, tt.share.n, low, high, tt.low, tt.high)
			}
		})
	}
}

func TestPooled(t *testing.T) {
	got := pooled([]estimate{{10, 7, 16}, {20, 16, 28}}, []float64{1, 1})
	if want := (estimate{15, 12.5, 20}); got != want {
		t.Errorf("pooled is %v, want %v", got, want)
	}
}

func TestDraw(t *testing.T) {
	var large, small []finding
	for i := range 1000 {
		large = append(large, finding{corpus: "large", path: fmt.Sprintf("p%d/f.go", i/10), level: "high", value: fmt.Sprint(i)})
	}
	for i := range 30 {
		small = append(small, finding{corpus: "small", path: fmt.Sprintf("p%d/f.go", i), level: "medium", value: fmt.Sprint("s", i/2)})
	}
	small = append(small, finding{corpus: "small", path: "low/f.go", level: "low", value: "low"})
	both := finding{corpus: "small", path: small[0].path, level: "-", value: small[0].value}
	corpora := []corpus{
		{name: "large", found: map[tool][]finding{leakguard: large}},
		{name: "small", found: map[tool][]finding{leakguard: small, gitleaks: {both, both}}},
	}
	rows := draw(corpora, sampling{seed: "seed", size: 200})

	count, packages, values := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, row := range rows {
		if !row.drawn[leakguard] {
			continue
		}
		count[row.corpus]++
		packages[row.corpus+"/"+packageOf(row.path)]++
		if values[row.value] || row.level == "low" {
			t.Errorf("drawn twice, or below the default level: %+v", row.finding)
		}
		values[row.value] = true
	}
	if count["large"] != 185 || count["small"] != 15 {
		t.Errorf("drawn of each corpus: %v, want all 15 values of the small one and 185 of the large one", count)
	}
	for name, n := range packages {
		if n > samplePackages {
			t.Errorf("%d findings of %s, want %d at most", n, name, samplePackages)
		}
	}
	if again := draw(corpora, sampling{seed: "seed", size: 200}); fmt.Sprint(again) != fmt.Sprint(rows) {
		t.Error("the same seed draws another sample")
	}
}

func TestFind(t *testing.T) {
	row := judged{finding: finding{corpus: "c", path: "f", start: 7, value: "v"}}
	other := judged{finding: finding{corpus: "c", path: "f", start: 7, value: "other"}}
	at := func(line int, value, level string) finding {
		return finding{corpus: "c", path: "f", start: line, end: line, value: value, level: level}
	}
	for _, tt := range []struct {
		name  string
		found []finding
		want  string // level; "" if it is not found
	}{
		{"same value, moved", []finding{at(9, "v", "high")}, "high"},
		{"same value twice", []finding{at(7, "v", "low"), at(8, "v", "medium")}, "medium"},
		{"longer value", []finding{at(7, "longer", "medium")}, "medium"},
		{"another judged value on the line", []finding{at(7, "other", "high")}, ""},
		{"another line", []finding{at(8, "longer", "high")}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, ok := index(tt.found, []judged{row, other}).find(row)
			if ok != (tt.want != "") || f.level != tt.want {
				t.Errorf("found %v at level %q, want level %q", ok, f.level, tt.want)
			}
		})
	}
}

func TestParseJudgedRefuses(t *testing.T) {
	fields := strings.Split("both\tc\tp\tp/f\t7\trule\thigh\tv\tsecret\tpassword", "\t")
	if _, err := parseJudged(fields); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		field int
		value string
		want  string
	}{
		{"drawn", 0, "neither", "want leakguard, gitleaks or both"},
		{"line", 4, "seven", `line "seven" is no number`},
		{"judgement", 8, "perhaps", "want secret, sample, none or unjudged"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bad := append([]string(nil), fields...)
			bad[tt.field] = tt.value
			if _, err := parseJudged(bad); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("parseJudged says %v, want %q", err, tt.want)
			}
		})
	}
}

// TestJudgedFiles wants the files to be what docs/precision.md says of them.
func TestJudgedFiles(t *testing.T) {
	for file, size := range map[string]int{"judged.tsv": 200, "fresh.tsv": 60} {
		t.Run(file, func(t *testing.T) {
			rows, err := readJudged(file)
			if err != nil {
				t.Fatal(err)
			}
			drawn, packages, seen := map[tool]int{}, map[string]int{}, map[secretPlace]bool{}
			for _, row := range rows {
				if row.judgement == unjudged || row.why == "-" {
					t.Errorf("%s, line %d is not judged", row.path, row.start)
				}
				if seen[row.place()] {
					t.Errorf("%s, line %d is judged twice", row.path, row.start)
				}
				seen[row.place()] = true
				for of := range row.drawn {
					drawn[of]++
					packages[string(of)+" "+packageOf(row.path)]++
				}
			}
			if drawn[leakguard] != size {
				t.Errorf("%d findings of leakguard are judged, want %d", drawn[leakguard], size)
			}
			for name, n := range packages {
				if n > samplePackages {
					t.Errorf("%d findings of %s are judged, want %d at most", n, name, samplePackages)
				}
			}
		})
	}
}

// TestRun reads reports as the tools write them, draws from them and compares them.
func TestRun(t *testing.T) {
	reports := t.TempDir()
	write := func(name string, content any) {
		data, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(reports, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	type object = map[string]any
	secretOf := func(value, level, path string, line int) object {
		return object{"rule": "generic-password", "confidence": level, "secret": value,
			"occurrences": []object{{"path": path, "startLine": line, "endLine": line}}}
	}
	write("npm.lines", 500_000)
	write("npm.leakguard.json", object{"secrets": []object{
		secretOf("value one", "high", "a-1.0/f.js", 1), secretOf("value two", "medium", "a-1.0/f.js", 2),
		secretOf("value three", "low", "b-1.0/f.js", 3), secretOf("value four", "high", "c-1.0/f.js", 4),
	}})
	write("npm.gitleaks.json", []object{
		{"RuleID": "generic-api-key", "File": "npm/a-1.0/f.js", "Secret": "value\none", "StartLine": 1, "EndLine": 2},
		{"RuleID": "pkcs12-file", "File": "npm/d-1.0/f.p12"},
	})

	var sampled bytes.Buffer
	if err := run(&sampled, reports, options{seed: "seed", size: 200}); err != nil {
		t.Fatal(err)
	}
	golden(t, "drawn.tsv", sampled.Bytes())

	judgedFile := filepath.Join(t.TempDir(), "judged.tsv")
	judgeAll(t, judgedFile, sampled.Bytes())
	var out bytes.Buffer
	for _, list := range []bool{false, true} {
		if err := run(&out, reports, options{judged: judgedFile, unjudged: list}); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "comparison.txt", out.Bytes())
}

// judgeAll writes a sample to file with judgements: what is of medium confidence is none,
// what is in package c is not judged, the rest are secrets.
func judgeAll(t *testing.T, file string, sampled []byte) {
	t.Helper()
	if err := os.WriteFile(file, sampled, 0o600); err != nil {
		t.Fatal(err)
	}
	rows, err := readJudged(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		switch {
		case rows[i].level == "medium":
			rows[i].judgement, rows[i].why = none, "type"
		case packageOf(rows[i].path) != "c-1.0":
			rows[i].judgement, rows[i].why = secret, "password"
		}
	}
	var out bytes.Buffer
	if err := writeJudged(&out, rows); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestReadersRefuse(t *testing.T) {
	for _, tt := range []struct {
		name, leakguard, gitleaks, want string
	}{
		{"values are redacted", `{"secrets":[{"rule":"r"}]}`, `[]`, "the scan needs --reveal"},
		{"scanned from elsewhere", `{}`, `[{"File":"elsewhere/f"}]`, "scan from the folder that holds it"},
		{"no JSON", `{}`, `x`, "go.gitleaks.json: invalid character"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{"go.lines": "1\n", "go.leakguard.json": tt.leakguard, "go.gitleaks.json": tt.gitleaks} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := readCorpora(dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("readCorpora says %v, want %q", err, tt.want)
			}
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: is\n%s\nwas\n%s\n(-update writes it anew)", file, got, want)
	}
}
