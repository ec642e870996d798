package report

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

func sarif(t *testing.T, r *scanner.Result, o Options) sarifLog {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal([]byte(write(t, "sarif", r, o)), &log); err != nil {
		t.Fatal(err)
	}
	return log
}

func TestSARIFRuns(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(testing.TB) *scanner.Result
		want []string // id, and how many results
	}{
		{"leaky", leaky, []string{"leakguard/git/ 6 true", "leakguard/staged/ 1 true"}},
		{"clean has a run, so that alerts close", clean, []string{"leakguard/git/ 0 true"}},
		{"incomplete", incomplete, []string{"leakguard/git/ 0 false"}},
		{"nothing", func(testing.TB) *scanner.Result { return &scanner.Result{} }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, run := range sarif(t, c.make(t), Options{}).Runs {
				id := run.Automation.ID + " " + digits(int64(len(run.Results)))
				if run.Invocations[0].Successful {
					id += " true"
				} else {
					id += " false"
				}
				got = append(got, id)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestSARIFCategory(t *testing.T) {
	var got []string
	for _, run := range sarif(t, leaky(t), Options{Category: "leakguard/pr/"}).Runs {
		got = append(got, run.Automation.ID)
	}
	if want := []string{"leakguard/pr/git/", "leakguard/pr/staged/"}; !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestSARIFLocations(t *testing.T) {
	for _, run := range sarif(t, hostile(t), Options{}).Runs {
		for i, res := range run.Results {
			at := res.Locations[0].Physical
			u, err := url.Parse(at.Artifact.URI)
			if err != nil || u.Scheme != "" || u.Host != "" || u.Path != evil[i] {
				t.Errorf("%q is written as %q, which means %+v, %v", evil[i], at.Artifact.URI, u, err)
			}
			if at.Region.StartLine < 1 {
				t.Errorf("%q: line %d", evil[i], at.Region.StartLine)
			}
		}
	}
	o := &scanner.Occurrence{Path: "/etc//x"}
	if got := fileURI(o); got != "%2Fetc//x" {
		t.Errorf("an absolute path is written as %q", got)
	}
}

func TestSARIFMostSevereFirst(t *testing.T) {
	r := clean(t)
	s := leaky(t).Secrets[0]
	s.Occurrences = nil
	for line := range maxResults + 7 {
		s.Occurrences = append(s.Occurrences, scanner.Occurrence{
			Kind: scanner.InGit, Path: "a", Region: scanner.Region{StartLine: line + 1, StartColumn: 1, EndLine: line + 1, EndColumn: 2},
		})
	}
	lesser := leaky(t).Secrets[2]
	r.Secrets = []scanner.Secret{s, lesser}
	run := sarif(t, r, Options{}).Runs[0]
	if len(run.Results) != maxResults || len(run.Tool.Driver.Rules) != 1 {
		t.Errorf("%d results of %d rules", len(run.Results), len(run.Tool.Driver.Rules))
	}
	notes := run.Invocations[0].Notifications
	if len(notes) != 1 || !strings.Contains(notes[0].Message.Text, "8 results were left out") {
		t.Errorf("notifications: %v", notes)
	}
}

func TestSARIFRulesSplitBySeverity(t *testing.T) {
	r := leaky(t)
	for i := range r.Secrets {
		r.Secrets[i].Occurrences = r.Secrets[i].Occurrences[:1]
		r.Secrets[i].Occurrences[0].Kind = scanner.InGit
	}
	var got []string
	for _, rule := range sarif(t, r, Options{}).Runs[0].Tool.Driver.Rules {
		got = append(got, rule.ID+" "+rule.Properties.SecuritySeverity+" "+rule.Properties.Precision)
	}
	want := []string{"github-pat/live 10.0 very-high", "acme-secret-key 8.0 high", "acme-secret-key/medium 5.5 high"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestSARIFVerdicts(t *testing.T) {
	run := sarif(t, verified(t), Options{}).Runs[0]
	var got []string
	for _, res := range run.Results {
		p := res.Properties
		score := run.Tool.Driver.Rules[res.RuleIndex].Properties.SecuritySeverity
		got = append(got, strings.TrimRight(fmt.Sprintln(res.RuleID, score, res.Level, res.Rank, p.Verdict, p.Access, p.CheckedAt, p.Identity), " \n"))
	}
	want := []string{
		"github-pat/live 10.0 error 100 live admin 2025-03-20T09:30:00Z ada-lovelace (person) of acme",
		"github-pat 9.5 note 5 dead  2025-03-20T09:30:00Z",
		"acme-secret-key 8.0 error 60 unknown  2025-03-20T09:30:00Z",
		"acme-secret-key 8.0 error 60 unverifiable  2025-03-20T09:30:00Z",
		"acme-secret-key 8.0 error 60 unverified",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for i, text := range []string{
		"(live: its issuer accepts it). It belongs to ada-lovelace (person) of acme. Its access: admin.", "(dead: its issuer refuses it).",
	} {
		if m := run.Results[i].Message.Text; !strings.Contains(m, text) {
			t.Errorf("message %q lacks %q", m, text)
		}
	}
}

// TestSARIFRank wants a live secret of any severity before one that is not known
// to be dead, and that before a dead one of any severity.
func TestSARIFRank(t *testing.T) {
	last := 101.0
	for _, state := range []verify.State{verify.Live, verify.Unknown, verify.Dead} {
		for severity := rules.Critical; severity >= rules.Info; severity-- {
			got := rank(&scanner.Secret{Severity: severity, Verdict: verify.Verdict{State: state}})
			if got < 0 || got >= last {
				t.Errorf("%s %s has rank %v, want one from 0 to below %v", state, severity, got, last)
			}
			last = got
		}
	}
}

func TestSARIFLineHashes(t *testing.T) {
	text := "a\nGITHUB_TOKEN=x\n"
	source := func(path string) ([]byte, bool) { return []byte(text), path == "here.env" }
	at := func(fingerprint, path string, line int, inHead bool) scanner.Secret {
		s := leaky(t).Secrets[0]
		s.Fingerprint = fingerprint
		s.Occurrences = []scanner.Occurrence{{
			Kind: scanner.InGit, Path: path, InHead: inHead, Region: scanner.Region{StartLine: line, StartColumn: 1, EndLine: line, EndColumn: 2},
		}}
		return s
	}
	r := clean(t)
	r.Secrets = []scanner.Secret{
		at("lg1:a", "here.env", 2, true), at("lg1:b", "here.env", 2, true),
		at("lg1:c", "here.env", 2, false), at("lg1:d", "gone.env", 2, true), at("lg1:e", "here.env", 99, true),
	}
	hash := func(i int, o Options) string {
		return sarif(t, r, o).Runs[0].Results[i].Fingerprints["primaryLocationLineHash"]
	}
	with := Options{Source: source}
	line := lineHashes(text)[1]
	if got := hash(0, with); got != line {
		t.Errorf("secret in HEAD: %q, want the line's hash %q", got, line)
	}
	if got := hash(1, with); got == line || !strings.HasPrefix(got, line) {
		t.Errorf("second secret of the line: %q, want %q and a discriminator", got, line)
	}
	for i, name := range map[int]string{2: "only in history", 3: "no such file", 4: "past the end"} {
		if got := hash(i, with); got != hash(i, Options{}) || strings.HasPrefix(got, line) {
			t.Errorf("%s: %q, want our own hash %q", name, got, hash(i, Options{}))
		}
	}
	s := at("lg1:a", "here.env", 2, false)
	s.Occurrences = append(s.Occurrences, s.Occurrences[0])
	s.Occurrences[1].StartLine = 7
	r.Secrets = []scanner.Secret{s}
	first, second := hash(0, Options{}), hash(1, Options{})
	if strings.TrimSuffix(first, ":1")+":2" != second {
		t.Errorf("one secret twice in a file: %q and %q", first, second)
	}
}

// TestSARIFMultitool runs the validator of the SARIF SDK. Its path is in
// LEAKGUARD_SARIF_MULTITOOL; without it the test is skipped, or fails where
// LEAKGUARD_REQUIRE_ALL=1 says that nothing may be.
func TestSARIFMultitool(t *testing.T) {
	tool := os.Getenv("LEAKGUARD_SARIF_MULTITOOL")
	if tool == "" {
		const why = "LEAKGUARD_SARIF_MULTITOOL is not set: the path of Sarif.Multitool, of the npm package @microsoft/sarif-multitool-linux"
		if os.Getenv("LEAKGUARD_REQUIRE_ALL") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	dir := t.TempDir()
	args := []string{"validate", "--rule-kind", "Sarif;Ghas", "--log", "ForceOverwrite", "--output", filepath.Join(dir, "problems.json")}
	for _, s := range samples {
		file := filepath.Join(dir, s.name+".sarif")
		if err := os.WriteFile(file, []byte(write(t, "sarif", s.make(t), Options{Version: "1.2.3"})), 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	cmd := exec.Command(tool, args...)
	cmd.Env = append(os.Environ(), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1") // it runs without libicu then
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), ": error ") || strings.Contains(string(out), ": warning ") {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
