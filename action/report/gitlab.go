package report

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// The secret detection report of GitLab, version 15.0.7: the oldest that has all that
// is written here, so that older servers take it too.
// https://docs.gitlab.com/development/integrations/secure/#report
const (
	gitlabVersion = "15.0.7"
	gitlabSchema  = "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v" + gitlabVersion + "/dist/secret-detection-report-format.json"
)

// What GitLab takes at most, in characters.
const (
	gitlabMaxName     = 255
	gitlabMaxSolution = 7000
)

// gitlabNoCommit stands where the secret is in no commit: the schema demands one.
const gitlabNoCommit = "0000000"

type (
	gitlabReport struct {
		Version string          `json:"version"`
		Schema  string          `json:"schema"`
		Scan    gitlabScan      `json:"scan"`
		Leaks   []gitlabFinding `json:"vulnerabilities"`
	}
	gitlabScan struct {
		Analyzer gitlabTool      `json:"analyzer"`
		Scanner  gitlabTool      `json:"scanner"`
		Type     string          `json:"type"`
		Start    string          `json:"start_time"`
		End      string          `json:"end_time"`
		Status   string          `json:"status"` // success or failure
		Messages []gitlabMessage `json:"messages,omitempty"`
	}
	gitlabTool struct {
		ID      string       `json:"id"`
		Name    string       `json:"name"`
		URL     string       `json:"url"`
		Version string       `json:"version"`
		Vendor  gitlabVendor `json:"vendor"`
	}
	gitlabVendor struct {
		Name string `json:"name"`
	}
	gitlabMessage struct {
		Level string `json:"level"` // info, warn or fatal
		Value string `json:"value"`
	}
	gitlabFinding struct {
		ID          string                  `json:"id"`
		Name        string                  `json:"name"`
		Description string                  `json:"description"` // Markdown
		Severity    string                  `json:"severity"`
		Solution    string                  `json:"solution"`
		Identifiers []gitlabIdentifier      `json:"identifiers"`
		Links       []gitlabLink            `json:"links,omitempty"`
		Location    gitlabLocation          `json:"location"`
		Details     map[string]gitlabDetail `json:"details"`
	}
	gitlabIdentifier struct {
		Type  string `json:"type"`
		Name  string `json:"name"`
		Value string `json:"value"`
		URL   string `json:"url,omitempty"`
	}
	gitlabLink struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	gitlabLocation struct {
		File   string       `json:"file"`
		Start  int          `json:"start_line,omitempty"`
		End    int          `json:"end_line,omitempty"`
		Commit gitlabCommit `json:"commit"`
	}
	gitlabCommit struct {
		SHA    string `json:"sha"`
		Author string `json:"author,omitempty"`
		Date   string `json:"date,omitempty"`
	}
	gitlabDetail struct {
		Type  string `json:"type"` // text: GitLab shows it as it is
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

// writeGitLab writes one finding for each secret, file and lines. GitLab tells findings
// apart by rule and place, so that two secrets of a rule on one line are one to it.
// What is suppressed is left out: it would be open there all the same.
func writeGitLab(w io.Writer, r *scanner.Result, o Options) error {
	report := gitlabReport{Version: gitlabVersion, Schema: gitlabSchema, Scan: gitlabScanOf(r, o), Leaks: []gitlabFinding{}}
	for i := range r.Secrets {
		s := &r.Secrets[i]
		seen := map[gitlabLocation]bool{}
		for _, at := range counting(s) {
			place := gitlabLocation{File: fileOf(at), Start: at.StartLine, End: at.EndLine}
			if !seen[place] {
				seen[place] = true
				report.Leaks = append(report.Leaks, gitlabFindingOf(s, at))
			}
		}
	}
	return encode(w, report, "  ")
}

func gitlabScanOf(r *scanner.Result, o Options) gitlabScan {
	tool := gitlabTool{"leakguard", "leakguard", "https://github.com/leakguard/leakguard", cmp.Or(o.Version, "unknown"), gitlabVendor{"leakguard"}}
	scan := gitlabScan{
		Analyzer: tool, Scanner: tool, Type: "secret_detection",
		Start: gitlabTime(o.Start), End: gitlabTime(o.End), Status: "success",
	}
	for _, c := range r.Coverage {
		for _, g := range c.Gaps {
			scan.Messages = append(scan.Messages, gitlabMessage{"warn", visible(fmt.Sprintf("Not read: %s: %s: %s. To fix: %s.", c.Source, gapOf(g), g.Why, cmp.Or(g.Fix, "no way known")))})
		}
	}
	if r.Interrupted {
		scan.Messages = append(scan.Messages, gitlabMessage{"fatal", "The scan was stopped before its end."})
	}
	if !r.Complete() {
		scan.Status = "failure"
	}
	return scan
}

// gitlabTime is t in UTC without a zone, as the schema has it.
func gitlabTime(t time.Time) string {
	if t.IsZero() {
		t = time.Unix(0, 0)
	}
	return t.UTC().Format("2006-01-02T15:04:05")
}

// gitlabFindingOf is one occurrence of s. Its name and description are Markdown to
// GitLab and hold no text of a repository or an issuer: that is in the details.
func gitlabFindingOf(s *scanner.Secret, at *scanner.Occurrence) gitlabFinding {
	severity := s.Severity.String()
	f := gitlabFinding{
		ID:          gitlabID(s, at),
		Name:        atMost(gitlabMaxName, s.Rule.Name),
		Description: fmt.Sprintf("A secret stands in clear: %s. %s", s.Rule.Name, remedy(s)),
		Severity:    strings.ToUpper(severity[:1]) + severity[1:],
		Solution:    remedy(s),
		Identifiers: []gitlabIdentifier{
			{Type: "leakguard_rule_id", Name: "leakguard rule " + s.Rule.ID, Value: s.Rule.ID},
			{Type: "cwe", Name: "CWE-798", Value: "798", URL: "https://cwe.mitre.org/data/definitions/798.html"},
		},
		Location: gitlabLocation{
			File: fileOf(at), Start: at.StartLine, End: at.EndLine,
			Commit: gitlabCommit{SHA: cmp.Or(at.Commit, gitlabNoCommit), Author: visible(at.Author), Date: timestamp(at.Date)},
		},
		Details: gitlabDetails(s, at),
	}
	if remedy(s) == rotateFirst {
		f.Solution = atMost(gitlabMaxSolution, help(s.Rule).Text)
	}
	if u := s.Rule.Provider.Rotate.URL; u != "" && s.Verdict.State != verify.Dead {
		f.Links = []gitlabLink{{"Rotate at " + s.Rule.Provider.Name, u}}
	}
	return f
}

// gitlabID is the same for a secret at a place from scan to scan: a UUID of version 8
// (RFC 9562, section 5.8).
func gitlabID(s *scanner.Secret, at *scanner.Occurrence) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d\x00%d", s.Fingerprint, fileOf(at), at.StartLine, at.EndLine))
	id := sum[:16]
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// gitlabDetails are what is known of s at a place, by name.
func gitlabDetails(s *scanner.Secret, at *scanner.Occurrence) map[string]gitlabDetail {
	v := verdictOf(s)
	details := map[string]gitlabDetail{}
	for _, d := range []struct{ key, name, value string }{
		{"secret", "Secret", s.Redacted},
		{"variable", "Assigned to", s.Name},
		{"fingerprint", "Fingerprint", s.Fingerprint},
		{"verdict", "Verdict", verdict(&v)},
		{"identity", "Belongs to", whose(&v)},
		{"access", "Access", may(&v)},
		{"dates", "Dates", dates(&v)},
		{"evidence", "Evidence", proof(&v)},
		{"within", "In", within(at)},
		{"presence", "Now", strings.TrimSpace(presence(at))},
		{"hint", "To move it", at.Hint},
	} {
		if d.value != "" {
			details[d.key] = gitlabDetail{"text", d.name, visible(d.value)}
		}
	}
	return details
}
