package pullrequest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/report"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

const mergeRef = "refs/pull/7/merge"

// sarifOf is a report of some runs, by their names.
func sarifOf(t testing.TB, names ...string) []byte {
	t.Helper()
	type run struct {
		Automation map[string]string `json:"automationDetails"`
	}
	runs := []run{}
	for _, name := range names {
		runs = append(runs, run{map[string]string{"id": name}})
	}
	data, err := json.Marshal(map[string]any{"version": "2.1.0", "runs": runs})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestUploadSARIF(t *testing.T) {
	s, g, _ := pulls(t)
	sarif := sarifOf(t, "leakguard/pr/git/", "leakguard/pr/files/")
	if err := g.UploadSARIF(t.Context(), sarif, CategoryChanges, headCommit, mergeRef); err != nil {
		t.Fatal(err)
	}
	up := s.SARIFs()
	if len(up) != 1 || up[0].Commit != headCommit || up[0].Ref != mergeRef || !bytes.Equal(up[0].Report, sarif) {
		t.Errorf("uploaded %+v", up)
	}
}

// TestUploadSARIFReport uploads what the report writes, under both categories.
func TestUploadSARIFReport(t *testing.T) {
	result := &scanner.Result{Coverage: []*scanner.Coverage{scanner.NewCoverage("git history", scanner.InGit), scanner.NewCoverage("logs", scanner.InLog)}}
	for category, other := range map[string]string{CategoryWhole: CategoryChanges, CategoryChanges: CategoryWhole} {
		t.Run(category, func(t *testing.T) {
			s, g, _ := pulls(t)
			format, _ := report.Lookup("sarif")
			var out bytes.Buffer
			if err := format.Write(&out, result, report.Options{Category: category}); err != nil {
				t.Fatal(err)
			}
			if err := g.UploadSARIF(t.Context(), out.Bytes(), category, headCommit, mergeRef); err != nil || len(s.SARIFs()) != 1 {
				t.Errorf("%v, %d uploads", err, len(s.SARIFs()))
			}
			if err := g.UploadSARIF(t.Context(), out.Bytes(), other, headCommit, mergeRef); err == nil || len(s.SARIFs()) != 1 {
				t.Errorf("as %s: %v, %d uploads", other, err, len(s.SARIFs()))
			}
		})
	}
}

// TestUploadSARIFChecks wants what code scanning would refuse, or take for another scan,
// not to be sent.
func TestUploadSARIFChecks(t *testing.T) {
	good := sarifOf(t, "leakguard/pr/git/")
	for _, tc := range []struct {
		name        string
		sarif       []byte
		category    string
		commit, ref string
		want        string
	}{
		{"a short commit", good, CategoryChanges, headCommit[:10], mergeRef, "want its whole id"},
		{"no commit", good, CategoryChanges, "HEAD", mergeRef, `"HEAD" is no commit`},
		{"a branch's name", good, CategoryChanges, headCommit, "main", `"main" is no ref that it takes`},
		{"another ref", good, CategoryChanges, headCommit, "refs/remotes/origin/main", "is no ref that it takes"},
		{"no SARIF", []byte("x"), CategoryChanges, headCommit, mergeRef, "is no SARIF"},
		{"changes named as the whole", sarifOf(t, "leakguard/git/"), CategoryChanges, headCommit, mergeRef, `a run named "leakguard/git/"`},
		{"the whole named as changes", good, CategoryWhole, headCommit, mergeRef, `a run named "leakguard/pr/git/"`},
		{"a run without a name", sarifOf(t, ""), CategoryWhole, headCommit, mergeRef, `a run named ""`},
		{"a run of the category alone", sarifOf(t, CategoryWhole), CategoryWhole, headCommit, mergeRef, "want each another name"},
		{"two runs of a name", sarifOf(t, "leakguard/git/", "leakguard/git/"), CategoryWhole, headCommit, mergeRef, "want each another name"},
		{"too large", incompressible(t), CategoryWhole, headCommit, mergeRef, "bytes when compressed, and it takes 10485760"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, g, _ := pulls(t)
			err := g.UploadSARIF(t.Context(), tc.sarif, tc.category, tc.commit, tc.ref)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), fakegithub.PullRepository) {
				t.Errorf("%v; want one that says %q", err, tc.want)
			}
			if len(s.Writes()) != 0 {
				t.Error("it is sent all the same")
			}
		})
	}
}

// incompressible is a report that stays too large.
func incompressible(t testing.TB) []byte {
	noise := make([]byte, maxSARIF+maxSARIF/100)
	if _, err := rand.NewChaCha8([32]byte{}).Read(noise); err != nil {
		t.Fatal(err)
	}
	return fmt.Appendf(nil, `{"runs": [{"automationDetails": {"id": "leakguard/git/"}, "noise": "%s"}]}`, base64.StdEncoding.EncodeToString(noise))
}

func TestUploadSARIFProcessing(t *testing.T) {
	for _, tc := range []struct {
		name   string
		as     fakegithub.PullSettings
		fault  fakegithub.Fault // of the upload
		need   string           // of the Refusal
		want   string           // in the error; "": none
		waited time.Duration    // at least, and at most three minutes
	}{
		{name: "in time", as: fakegithub.PullSettings{Stages: []string{"pending", "pending", "complete"}}, waited: 7 * time.Second},
		{name: "not known at once", as: fakegithub.PullSettings{Stages: []string{"unknown", "complete"}}, waited: 3 * time.Second},
		{name: "failed", as: fakegithub.PullSettings{Stages: []string{"pending", "failed"}, Problems: []string{"rejecting SARIF", "too many runs"}}, want: "rejecting SARIF; too many runs"},
		{name: "too slow", as: fakegithub.PullSettings{Stages: []string{"pending"}}, want: ErrProcessing.Error(), waited: 2 * time.Minute},
		{name: "off", as: fakegithub.PullSettings{NoScanning: true}, need: "not available here", want: "Code Security must be enabled"},
		{name: "a fork's token", as: fakegithub.PullSettings{ReadOnly: true}, need: "security-events: write", want: "Resource not accessible"},
		{name: "not there", fault: fakegithub.Fault{Status: http.StatusNotFound, Message: "Not Found"}, need: "not available here", want: "404"},
		{name: "too large to GitHub", fault: fakegithub.Fault{Status: http.StatusRequestEntityTooLarge, Message: "too large"}, want: "finds the report too large"},
		{name: "against the rules", fault: fakegithub.Fault{Status: http.StatusBadRequest, Message: "bad sarif"}, want: "bad sarif"},
		{name: "a server that is down for a moment", fault: fakegithub.Fault{Status: http.StatusServiceUnavailable, Message: "down"}},
		{name: "a limit", fault: fakegithub.Fault{Status: http.StatusForbidden, Message: "You have exceeded a secondary rate limit"}, want: "limit"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, g, clock := pulls(t)
			s.Set(tc.as)
			if tc.fault.Status != 0 {
				s.Fail(http.MethodPost, tc.fault)
			}
			began := clock.Now()
			err := g.UploadSARIF(t.Context(), sarifOf(t, "leakguard/git/"), CategoryWhole, headCommit, "refs/heads/main")
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v; want one that says %q", err, tc.want)
			}
			if tc.need != "" {
				wantRefusal(t, err, tc.need)
			}
			if errors.Is(err, ErrProcessing) != (tc.name == "too slow") {
				t.Errorf("%v", err)
			}
			if waited := clock.Now().Sub(began); waited < tc.waited || waited > 3*time.Minute {
				t.Errorf("waited %s, want %s at least", waited, tc.waited)
			}
		})
	}
}
