package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/leakguard/leakguard/scanner"
)

var csvHeader = []string{
	"fingerprint", "rule", "rule_name", "provider", "severity", "confidence", "verdict", "verdict_reason",
	"secret", "name", "kind", "repository", "commit", "path", "field",
	"start_line", "start_column", "end_line", "end_column",
	"author", "email", "date", "in_head", "unreachable", "ref", "link", "line", "suppressed",
	"run", "job", "step", "variable", "scope", "hint",
	"identity", "access", "expires", "evidence", "endpoint", "checked",
}

// writeCSV writes one row an occurrence of each secret that counts, and the
// header always. Every cell is one line; see cell for what is changed in it.
func writeCSV(w io.Writer, r *scanner.Result, o Options) error {
	out := csv.NewWriter(w)
	out.Write(csvHeader) // its error stays in out until Error
	for i := range r.Secrets {
		s := &r.Secrets[i]
		for j := range s.Occurrences {
			row := csvRow(s, &s.Occurrences[j], o)
			for k := range row {
				row[k] = cell(row[k])
			}
			out.Write(row)
		}
	}
	out.Flush()
	return out.Error()
}

func csvRow(s *scanner.Secret, at *scanner.Occurrence, o Options) []string {
	v := verdictOf(s)
	suppressed := ""
	if at.Suppression != nil {
		suppressed = strings.TrimSuffix(fmt.Sprintf("%s: %s", at.Suppression.Kind, at.Suppression.Reason), ": ")
	}
	return []string{
		s.Fingerprint, s.Rule.ID, s.Rule.Name, s.Rule.Provider.ID,
		s.Severity.String(), s.Confidence.String(), string(v.State), v.Reason,
		shown(s, o), s.Name, string(at.Kind), at.Repository, at.Commit, at.Path, at.Field,
		strconv.Itoa(at.StartLine), strconv.Itoa(at.StartColumn),
		strconv.Itoa(at.EndLine), strconv.Itoa(at.EndColumn),
		at.Author, at.Email, timestamp(at.Date),
		strconv.FormatBool(at.InHead), strconv.FormatBool(at.Unreachable),
		at.Ref, at.Link, at.Snippet, suppressed,
		at.Run, at.Job, at.Step, at.Variable, at.Scope, at.Hint,
		whose(&v), string(v.Access), timestamp(v.Expires), v.Evidence, v.Endpoint, timestamp(v.When),
	}
}

// cell is s made visible, with an apostrophe before what a spreadsheet would
// run as a formula, full-width signs included.
func cell(s string) string {
	s = visible(s)
	if r, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " ")); strings.ContainsRune("=+-@＝＋－＠", r) {
		return "'" + s
	}
	return s
}
