package report

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

func gitlab(t *testing.T, r *scanner.Result, o Options) gitlabReport {
	t.Helper()
	var report gitlabReport
	if err := json.Unmarshal([]byte(write(t, "gitlab", r, o)), &report); err != nil {
		t.Fatal(err)
	}
	return report
}

func TestGitLabScan(t *testing.T) {
	start := time.Date(2026, 11, 24, 13, 0, 5, 999, time.FixedZone("", 2*60*60))
	interrupted := func(t testing.TB) *scanner.Result {
		r := clean(t)
		r.Interrupted = true
		return r
	}
	for _, c := range []struct {
		name     string
		make     func(testing.TB) *scanner.Result
		status   string
		messages []string // their levels
	}{
		{"leaky", leaky, "success", nil},
		{"clean", clean, "success", nil},
		{"incomplete and stopped", incomplete, "failure", []string{"warn", "fatal"}},
		{"interrupted", interrupted, "failure", []string{"fatal"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			scan := gitlab(t, c.make(t), Options{Start: start, End: start.Add(time.Minute)}).Scan
			if scan.Start != "2026-11-24T11:00:05" || scan.End != "2026-11-24T11:01:05" {
				t.Errorf("from %s to %s", scan.Start, scan.End)
			}
			var levels []string
			for _, m := range scan.Messages {
				levels = append(levels, m.Level)
			}
			if levels = slices.Compact(levels); scan.Status != c.status || !slices.Equal(levels, c.messages) {
				t.Errorf("status %s, messages %v; want %s, %v", scan.Status, scan.Messages, c.status, c.messages)
			}
		})
	}
}

// TestGitLabIDs wants one finding a place, with a UUID that is the same from scan to
// scan, whichever commit has it.
func TestGitLabIDs(t *testing.T) {
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	r := leaky(t)
	s := &r.Secrets[0]
	first := s.Occurrences[0]
	again := first
	again.Commit = commit("f")
	moved := first
	moved.StartLine++
	moved.EndLine++
	ids := func(at ...scanner.Occurrence) []string {
		s.Occurrences = at
		r.Secrets = r.Secrets[:1]
		var ids []string
		for _, f := range gitlab(t, r, Options{}).Leaks {
			if !uuid.MatchString(f.ID) {
				t.Errorf("%q is no UUID of version 8", f.ID)
			}
			ids = append(ids, f.ID)
		}
		return ids
	}
	one := ids(first)
	for _, c := range []struct {
		name string
		at   []scanner.Occurrence
		want int
		same bool // whether the first has the id of one
	}{
		{"the same once more", []scanner.Occurrence{first}, 1, true},
		{"another commit", []scanner.Occurrence{again}, 1, true},
		{"two commits", []scanner.Occurrence{first, again}, 1, true},
		{"two places", []scanner.Occurrence{first, moved}, 2, true},
		{"another place", []scanner.Occurrence{moved}, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ids(c.at...)
			if len(got) != c.want || (got[0] == one[0]) != c.same || len(slices.Compact(slices.Sorted(slices.Values(got)))) != c.want {
				t.Errorf("%q, and at first %q: want %d, the first the same: %t", got, one, c.want, c.same)
			}
		})
	}
}

// TestGitLabHostile wants nothing that a repository or an issuer chose in what GitLab
// takes for Markdown.
func TestGitLabHostile(t *testing.T) {
	for name, sample := range map[string]func(testing.TB) *scanner.Result{"repository": hostile, "issuer": forged} {
		t.Run(name, func(t *testing.T) {
			for _, f := range gitlab(t, sample(t), Options{}).Leaks {
				if strings.ContainsAny(f.Name+f.Description, "<>[]`@#|\x1b\n") {
					t.Errorf("%q: %q", f.Name, f.Description)
				}
				for key, d := range f.Details {
					if d.Type != "text" || d.Value == "" {
						t.Errorf("detail %s: %+v", key, d)
					}
				}
			}
		})
	}
}

func TestGitLabLongest(t *testing.T) {
	r := leaky(t)
	r.Secrets[0].Verdict = verify.Verdict{State: verify.Unverified}
	r.Secrets[0].Rule = &rules.Rule{
		ID: "acme-key", Name: strings.Repeat("é", 2*gitlabMaxName),
		Provider: &rules.Provider{Name: "Acme", Rotate: rules.Runbook{Steps: []string{strings.Repeat("é", 2*gitlabMaxSolution)}}},
	}
	f := gitlab(t, r, Options{}).Leaks[0]
	if n, m := utf8.RuneCountInString(f.Name), utf8.RuneCountInString(f.Solution); n != gitlabMaxName || m != gitlabMaxSolution {
		t.Errorf("a name of %d and a solution of %d characters", n, m)
	}
}

// TestGitLabSchema holds the report to GitLab's own schema. It is in no package that
// a test could ask for, so that this runs only where LEAKGUARD_GITLAB_SCHEMA names a
// copy of dist/secret-detection-report-format.json of
// https://gitlab.com/gitlab-org/security-products/security-report-schemas
func TestGitLabSchema(t *testing.T) {
	path := os.Getenv("LEAKGUARD_GITLAB_SCHEMA")
	if path == "" {
		t.Skip("LEAKGUARD_GITLAB_SCHEMA does not name GitLab's schema of secret detection reports")
	}
	schema, err := jsonschema.NewCompiler().Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		if err := schema.Validate(decoded(t, write(t, "gitlab", s.make(t), Options{Version: "1.2.3"}))); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
	broken := decoded(t, write(t, "gitlab", leaky(t), Options{}))
	delete(broken["scan"].(map[string]any), "status")
	if schema.Validate(broken) == nil {
		t.Error("the schema takes a scan without status")
	}
}
