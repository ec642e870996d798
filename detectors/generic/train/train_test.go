package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/generic/model"
	"github.com/leakguard/leakguard/detectors/rules"
)

// labelledFolder makes repositories of which each holds passwords, words that are
// none, and lines that nobody labelled. It returns the passwords, too.
func labelledFolder(t *testing.T, repositories int) (dir string, passwords []string) {
	t.Helper()
	dir = t.TempDir()
	rng := rand.New(rand.NewPCG(5, 6))
	expand := func(template string) string {
		s, err := rules.Expand(template, rng)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	words := strings.Fields("retrieve rotation enabled directory validate provider attempts strategy")
	for k := range repositories {
		id := fmt.Sprintf("%08x", k)
		file := "data/" + id + "/settings.py"
		var text, meta strings.Builder
		meta.WriteString(header)
		for i := range 12 {
			line := 3*i + 1
			value := expand("${lower:6}${digit:4}${upper:4}")
			passwords = append(passwords, value)
			fmt.Fprintf(&text, "db_password = %q\n", value)
			fmt.Fprintf(&meta, "%d,%s,%d,%d,T,15,%d,Password\n", line, file, line, line, 15+len(value))
			word := words[(i+k)%len(words)]
			fmt.Fprintf(&text, "password_words = %q\n", word)
			fmt.Fprintf(&meta, "%d,%s,%d,%d,F,18,%d,Password\n", line, file, line+1, line+1, 18+len(word))
			fmt.Fprintf(&text, "token_words = %q\n", words[(2*i+k)%len(words)])
		}
		write(t, filepath.Join(dir, filepath.FromSlash(file)), text.String())
		write(t, filepath.Join(dir, "meta", id+".csv"), meta.String())
	}
	return dir, passwords
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTrainAndTell(t *testing.T) {
	dir, passwords := labelledFolder(t, 10)
	out := t.TempDir()
	in := func(name string) string { return filepath.Join(out, name) }
	write(t, in("page.md"), "before\n"+figuresBegin+"earlier\n"+figuresEnd+"after\n")
	args := []string{"--labelled", dir, "--repeats", "1", "--trees", "20", "--list", "5", "--ablate",
		"--out", in("a.model"), "--curve", in("a.svg"), "--sarif", in("a.sarif"), "--page", in("page.md")}
	var first, second bytes.Buffer
	if err := trainAndTell(args, &first); err != nil {
		t.Fatal(err)
	}
	written := []string{read(t, in("a.model")), read(t, in("a.svg")), read(t, in("a.sarif")), read(t, in("page.md"))}
	if err := trainAndTell(args, &second); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Error("two runs say different things")
	}
	for i, name := range []string{"a.model", "a.svg", "a.sarif", "page.md"} {
		if read(t, in(name)) != written[i] {
			t.Errorf("two runs write different files %s", name)
		}
	}
	for i, p := range passwords {
		if strings.Contains(first.String()+strings.Join(written, ""), p) {
			t.Fatalf("password %d is told", i)
		}
	}
	t.Run("model", func(t *testing.T) { checkModel(t, written[0]) })
	t.Run("SARIF", func(t *testing.T) { checkSARIF(t, written[2], len(passwords)) })
	page := written[3]
	if !strings.HasPrefix(page, "before\n"+figuresBegin) || !strings.HasSuffix(page, figuresEnd+"after\n") || strings.Contains(page, "earlier") {
		t.Errorf("the page is now\n%s", page)
	}
	if !strings.Contains(page, "### At the default cut") || strings.Contains(page, "missed: ") {
		t.Error("the page lacks the figures, or has the lists")
	}
}

// checkModel checks that what was written serves package generic.
func checkModel(t *testing.T, text string) {
	m, err := model.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Bind(generic.EvidenceNames()); err != nil {
		t.Fatal(err)
	}
}

// checkSARIF checks that the passwords, and nothing else, are reported.
func checkSARIF(t *testing.T, text string, passwords int) {
	var report struct {
		Runs []struct {
			Results []struct {
				Locations []struct {
					PhysicalLocation struct{ Region struct{ StartLine int } }
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Runs[0].Results {
		if line := r.Locations[0].PhysicalLocation.Region.StartLine; line%3 != 1 {
			t.Errorf("line %d is reported", line)
		}
	}
	if n := len(report.Runs[0].Results); n != passwords {
		t.Errorf("%d findings, want %d", n, passwords)
	}
}

func TestShow(t *testing.T) {
	dir, passwords := labelledFolder(t, 10)
	var out bytes.Buffer
	// Two trees are never that sure: all is missed.
	args := []string{"--labelled", dir, "--repeats", "1", "--trees", "2", "--cut", "0.99", "--list", "1000", "--show"}
	if err := trainAndTell(args, &out); err != nil {
		t.Fatal(err)
	}
	for i, p := range passwords {
		if !strings.Contains(out.String(), p) {
			t.Fatalf("password %d is missing", i)
		}
	}
}

func TestTrainAndTellRefuses(t *testing.T) {
	dir, _ := labelledFolder(t, 4)
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no folder", nil, "--labelled is missing"},
		{"a folder without labels", []string{"--labelled", t.TempDir()}, "no folder of labelled files"},
		{"an argument", []string{"--labelled", dir, "x"}, `argument "x"`},
		{"an unknown flag", []string{"--x"}, "-x"},
		{"one fold", []string{"--labelled", dir, "--folds", "1"}, "1 folds"},
		{"a cut of 1", []string{"--labelled", dir, "--cut", "1"}, "--cut 1"},
		{"a weight above 1", []string{"--labelled", dir, "--weight-example", "2"}, "not 2"},
		{"an unknown group", []string{"--labelled", dir, "--without", "colour"}, `named "colour"; the groups are name, value`},
		{"no trees", []string{"--labelled", dir, "--trees", "0"}, "0 trees"},
		{"a page without marks", []string{"--labelled", dir, "--repeats", "1", "--trees", "1", "--page", filepath.Join(dir, "meta", "00000000.csv")}, "are missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := trainAndTell(tt.args, &bytes.Buffer{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := readCorpus(filepath.Join(dir, "data")); errors.Is(err, os.ErrNotExist) || err == nil {
		t.Errorf("error %v of a folder without labels", err)
	}
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if err := trainAndTell([]string{"--help"}, &out); err != nil || !strings.Contains(out.String(), "-labelled folder") {
		t.Errorf("error %v and %q", err, out.String())
	}
}
