package report

import (
	"bufio"
	"io"

	"github.com/leakguard/leakguard/scanner"
)

// Lines of the JSONL report: the parts of the JSON report, each with its type.
type (
	scanLine struct {
		Type string `json:"type"` // "scan"
		jsonScan
		Unused []string `json:"unusedSuppressions"`
	}
	secretLine struct {
		Type string `json:"type"` // "secret", "suppressed" or "rejected"
		jsonSecret
	}
	coverageLine struct {
		Type string `json:"type"` // "coverage"
		jsonCoverage
	}
)

// writeJSONL writes the scan's line first, then secrets, suppressed secrets and
// coverage.
func writeJSONL(w io.Writer, r *scanner.Result, o Options) error {
	lines := []any{scanLine{"scan", scanOf(r, o), list(r.Unused)}}
	for _, s := range secretsOf(r.Secrets, o) {
		lines = append(lines, secretLine{"secret", s})
	}
	for _, s := range secretsOf(r.Suppressed, o) {
		lines = append(lines, secretLine{"suppressed", s})
	}
	for _, s := range secretsOf(r.Rejected, o) {
		lines = append(lines, secretLine{"rejected", s})
	}
	for _, c := range coverageOf(r) {
		lines = append(lines, coverageLine{"coverage", c})
	}
	out := bufio.NewWriter(w)
	for _, l := range lines {
		if err := encode(out, l, ""); err != nil {
			return err
		}
	}
	return out.Flush()
}
