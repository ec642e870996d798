package outcomes

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var formats = []struct {
	name  string
	write func(io.Writer, *Outcomes) error
}{{"text", WriteText}, {"json", WriteJSON}, {"csv", WriteCSV}}

func written(t *testing.T, write func(io.Writer, *Outcomes) error, o *Outcomes) string {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// hostile is a ledger in which names were chosen to act on whoever reads them.
func hostile(t *testing.T) *Outcomes {
	b := newBook(t)
	for i, owner := range []string{"=cmd|' /C calc'!A0", "@SUM(1+1)", "+1", "-1", "::error::x", "##[group]x", "###[group]x", "\x1b[31mred", "a\nb\r\tc", "\u202eright to left", "\"quoted\", and more", "\xff", strings.Repeat("long ", 40)} {
		name := string(rune('a' + i))
		b.seen(1, name, kind(owner, rules.High), verify.Live, on(0), "a")
		b.owned(name, owner)
		b.synced(1, owner, ledger.Kept{Keeper: scanner.Keeper{Manager: owner, Entry: owner, Owner: owner}, Repository: owner, Created: on(-1000), Updated: on(-1000)})
	}
	b.scanned(2, source("=1+1\n::error::x##[group]", 1, "##vso[task]\x1b[0m"))
	return figuresOf(t, b, 0, 3)
}

var samples = []struct {
	name string
	of   func(t *testing.T) *Outcomes
}{
	{"sample", func(t *testing.T) *Outcomes { return figuresOf(t, sample(t), sampleSince, sampleNow) }},
	{"nothing", func(t *testing.T) *Outcomes { return figuresOf(t, newBook(t), 0, 2) }},
	{"hostile", hostile},
}

func TestGolden(t *testing.T) {
	for _, s := range samples[:2] {
		o := s.of(t)
		for i := range o.Exposed {
			o.Exposed[i].Secret = "lgk1-" + strings.Repeat(string(rune('0'+i)), 40) // an HMAC else
		}
		for _, f := range formats {
			t.Run(s.name+"/"+f.name, func(t *testing.T) {
				got := written(t, f.write, o)
				file := filepath.Join("testdata", s.name+"."+map[string]string{"text": "txt", "json": "json", "csv": "csv"}[f.name])
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatalf("%v (go test -update writes it)", err)
				}
				if got != string(want) {
					t.Errorf("differs from %s; go test -update, and look at the diff. Got:\n%s", file, got)
				}
			})
		}
	}
}

// TestInert wants nothing in a report to act on a terminal or a build log.
func TestInert(t *testing.T) {
	o := hostile(t)
	for _, f := range formats {
		text := written(t, f.write, o)
		if !utf8.ValidString(text) {
			t.Errorf("%s: it is not UTF-8", f.name)
		}
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if strings.Contains(line, "::") || strings.Contains(line, "##") || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%s: %q", f.name, line)
			}
		}
	}
}

// TestTextFits wants the text report on one screen of 100 columns.
func TestTextFits(t *testing.T) {
	for _, s := range samples {
		text := written(t, WriteText, s.of(t))
		if n := strings.Count(text, "\n"); n > 50 {
			t.Errorf("%s: %d lines", s.name, n)
		}
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(line); n > 101 {
				t.Errorf("%s: %d characters: %s", s.name, n, line)
			}
		}
	}
}

func TestCSV(t *testing.T) {
	for _, s := range samples {
		o := s.of(t)
		rows, err := csv.NewReader(strings.NewReader(written(t, WriteCSV, o))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		groups := 1 + len(o.Teams) + len(o.Providers) + len(o.Severities)
		kept := len(keptByGroup())*(1+len(o.Kept.Owners)+len(o.Kept.Repositories)) + len(keptWhole())
		if want := 1 + len(Definitions())*groups + kept + len(CoverageDefinitions()); len(rows) != want {
			t.Errorf("%s: %d rows, want %d", s.name, len(rows), want)
		}
		seen := map[string]bool{}
		for _, row := range rows {
			if key := row[0] + " of " + row[1]; seen[key] {
				t.Errorf("%s: %s twice", s.name, key)
			} else {
				seen[key] = true
			}
			for _, c := range row {
				if c != "" && strings.ContainsAny(c[:1], "=+-@ \t") || strings.ContainsAny(c, "\r\n") {
					t.Errorf("%s: a cell is %q", s.name, c)
				}
			}
		}
	}
}

func FuzzInert(f *testing.F) {
	for _, s := range []string{"####", ":::", "a\u2028b", "\xff##", "#\x00#", "\U000e0001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := inert(s)
		if strings.Contains(got, "##") || strings.Contains(got, "::") || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("inert(%q) = %q", s, got)
		}
		// In JSON it means the same.
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var before, after string
		if err := json.Unmarshal(text, &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(inert(string(text))), &after); err != nil || before != after {
			t.Errorf("%q became %q: %v", before, after, err)
		}
	})
}

func TestJSONFollowsSchema(t *testing.T) {
	schema := outcomesSchema(t)
	for _, s := range samples {
		if err := schema.Validate(decoded(t, written(t, WriteJSON, s.of(t)))); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	schema := outcomesSchema(t)
	text := written(t, WriteJSON, figuresOf(t, sample(t), sampleSince, sampleNow))
	part := func(path ...string) func(r map[string]any) map[string]any {
		return func(r map[string]any) map[string]any {
			for _, p := range path {
				switch next := r[p].(type) {
				case map[string]any:
					r = next
				case []any:
					r = next[0].(map[string]any)
				}
			}
			return r
		}
	}
	for _, c := range []struct {
		name   string
		of     func(map[string]any) map[string]any
		member string
		value  any // nil: the member is left out
	}{
		{"another version", part(), "schemaVersion", "2"},
		{"an unknown member", part(), "extra", 1},
		{"no daily", part(), "daily", nil},
		{"a local time", part(), "now", "2026-09-12T09:00:00+02:00"},
		{"a negative count", part("all"), "open", -1},
		{"no time to dead", part("all"), "timeToDead", nil},
		{"a median of nothing", part("all", "timeToDead"), "count", 0},
		{"no median of something", part("all", "timeToDead"), "medianSeconds", json.RawMessage("null")},
		{"a rate above one", part("all", "recurrence"), "rate", 1.5},
		{"an unknown member of a group", part("teams", "figures"), "score", 1},
		{"a day that is no date", part("daily"), "date", "yesterday"},
		{"a secret by its fingerprint", part("exposed"), "secret", "lg1s-x"},
		{"a worst entry without its age", part("kept", "worst"), "days", nil},
		{"a manager that nobody read", part("kept", "managers"), "syncedAt", nil},
		{"an unknown member of what is kept", part("kept"), "values", []any{}},
		{"a gap without a reason", part("coverage", "sources", "gaps"), "why", nil},
		{"an item of another list", part("definitions"), "owaspNHI", []any{"A01:2021"}},
		{"an outcome of version 1.1", part("definitions"), "nistCSF", []any{"PR.AC-1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := decoded(t, text)
			at := c.of(r)
			if raw, ok := c.value.(json.RawMessage); ok && string(raw) == "null" {
				at[c.member] = nil
			} else if c.value == nil {
				delete(at, c.member)
			} else {
				at[c.member] = c.value
			}
			if schema.Validate(r) == nil {
				t.Error("the schema takes it")
			}
		})
	}
}

func outcomesSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("../../docs/outcomes.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decoded(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestDocs wants docs/outcomes.md to define each figure in the words of Definitions.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/outcomes.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range slices.Concat(Definitions(), KeptDefinitions(), CoverageDefinitions()) {
		row := "| `" + d.Figure + "` | " + d.Text + " | " + strings.Join(d.NHI, ", ") + " | " + strings.Join(d.CSF, ", ") + " | " + strings.Join(d.Older, ", ") + " |"
		row = strings.ReplaceAll(row, "|  |", "| – |")
		if !strings.Contains(string(page), row+"\n") {
			t.Errorf("docs/outcomes.md lacks\n%s", row)
		}
	}
}

// TestDocsExample wants the report that docs/outcomes.md shows to be the golden one.
func TestDocsExample(t *testing.T) {
	page, err := os.ReadFile("../../docs/outcomes.md")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(page), "\n```text\n")
	shown, _, ok := strings.Cut(shown, "```\n")
	if got := written(t, WriteText, figuresOf(t, sample(t), sampleSince, sampleNow)); !ok || shown != got {
		t.Errorf("docs/outcomes.md shows another report than this:\n%s", got)
	}
}

// TestFailingWriter wants an error of the writer to be told by each format.
func TestFailingWriter(t *testing.T) {
	o := compute(nil, nil, Kept{}, window{begin, begin.Add(time.Hour)})
	for _, f := range formats {
		if err := f.write(full{}, o); err != io.ErrShortWrite {
			t.Errorf("%s: %v", f.name, err)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
