package report

import (
	"io"
	"time"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// schemaVersion changes when a reader of the JSON report would have to.
const schemaVersion = "1"

// The JSON report; docs/report.schema.json describes it.
type (
	jsonReport struct {
		jsonScan
		Coverage   []jsonCoverage `json:"coverage"`
		Secrets    []jsonSecret   `json:"secrets"`
		Suppressed []jsonSecret   `json:"suppressed"`
		Rejected   []jsonSecret   `json:"rejected,omitzero"` // nil unless asked for
		Unused     []string       `json:"unusedSuppressions"`
	}
	jsonScan struct {
		SchemaVersion string      `json:"schemaVersion"`
		Tool          jsonTool    `json:"tool"`
		Ruleset       jsonRuleset `json:"ruleset"`
		Complete      bool        `json:"complete"`
		Interrupted   bool        `json:"interrupted,omitempty"`

		Verdicts map[verify.State]int `json:"verdicts"` // how many secrets have each
	}
	jsonTool struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	jsonRuleset struct {
		Hash  string `json:"hash"`
		Rules int    `json:"rules"`
	}
	jsonCoverage struct {
		Source   string           `json:"source"`
		Read     map[string]int64 `json:"read"`
		Gaps     []scanner.Gap    `json:"gaps"`
		Excluded []scanner.Gap    `json:"excluded"`
	}
	jsonSecret struct {
		Fingerprint string                 `json:"fingerprint"`
		Rule        string                 `json:"rule"`
		RuleName    string                 `json:"ruleName"`
		Provider    string                 `json:"provider"`
		Severity    string                 `json:"severity"`
		Confidence  string                 `json:"confidence"`
		Redacted    string                 `json:"redacted"`
		Secret      string                 `json:"secret,omitempty"`
		Name        string                 `json:"name,omitempty"`
		Length      int                    `json:"length"`
		Entropy     float64                `json:"entropy"`
		Probability float64                `json:"probability,omitempty"`
		Reasons     []jsonReason           `json:"reasons,omitempty"`
		Verdict     verify.Verdict         `json:"verdict"`
		Risks       []scanner.Risk         `json:"risks,omitempty"`
		Parts       []scanner.RedactedPart `json:"parts,omitempty"`
		Unclear     []scanner.UnclearPart  `json:"unclearParts,omitempty"`
		Kept        []scanner.Keeper       `json:"kept,omitempty"`
		Suppressed  *scanner.Suppression   `json:"suppressed,omitempty"`
		Occurrences []jsonOccurrence       `json:"occurrences"`
	}
	jsonOccurrence struct {
		Kind        scanner.Kind         `json:"kind"`
		Repository  string               `json:"repository"`
		Commit      string               `json:"commit"`
		Blob        string               `json:"blob,omitempty"`
		Path        string               `json:"path"`
		Field       string               `json:"field,omitempty"`
		Run         string               `json:"run,omitempty"`
		Job         string               `json:"job,omitempty"`
		Step        string               `json:"step,omitempty"`
		Variable    string               `json:"variable,omitempty"`
		Scope       string               `json:"scope,omitempty"`
		StartLine   int                  `json:"startLine"`
		StartColumn int                  `json:"startColumn"`
		EndLine     int                  `json:"endLine"`
		EndColumn   int                  `json:"endColumn"`
		Author      string               `json:"author"`
		Email       string               `json:"email"`
		Date        string               `json:"date,omitempty"`
		InHead      bool                 `json:"inHead"`
		Unreachable bool                 `json:"unreachable,omitempty"`
		Ref         string               `json:"ref,omitempty"`
		Link        string               `json:"link,omitempty"`
		Hint        string               `json:"hint,omitempty"`
		Line        string               `json:"line"`
		Decoded     []string             `json:"decoded"`
		Suppressed  *scanner.Suppression `json:"suppressed,omitempty"`
	}
)

func writeJSON(w io.Writer, r *scanner.Result, o Options) error {
	report := jsonReport{
		jsonScan:   scanOf(r, o),
		Coverage:   coverageOf(r),
		Secrets:    secretsOf(r.Secrets, o),
		Suppressed: secretsOf(r.Suppressed, o),
		Unused:     list(r.Unused),
	}
	if r.Rejected != nil {
		report.Rejected = secretsOf(r.Rejected, o)
	}
	return encode(w, report, "  ")
}

func scanOf(r *scanner.Result, o Options) jsonScan {
	return jsonScan{
		SchemaVersion: schemaVersion,
		Tool:          jsonTool{"leakguard", o.Version},
		Ruleset:       jsonRuleset{r.RulesetHash, r.RuleCount},
		Complete:      r.Complete(),
		Interrupted:   r.Interrupted,
		Verdicts:      verdictCount(r.Secrets),
	}
}

func coverageOf(r *scanner.Result) []jsonCoverage {
	all := make([]jsonCoverage, 0, len(r.Coverage))
	for _, c := range r.Coverage {
		read := c.Read
		if read == nil {
			read = map[string]int64{}
		}
		all = append(all, jsonCoverage{c.Source, read, list(c.Gaps), list(c.Excluded)})
	}
	return all
}

func secretsOf(secrets []scanner.Secret, o Options) []jsonSecret {
	all := make([]jsonSecret, 0, len(secrets))
	for i := range secrets {
		s := &secrets[i]
		js := jsonSecret{
			Fingerprint: s.Fingerprint,
			Rule:        s.Rule.ID,
			RuleName:    s.Rule.Name,
			Provider:    s.Rule.Provider.ID,
			Severity:    s.Severity.String(),
			Confidence:  s.Confidence.String(),
			Redacted:    s.Redacted,
			Name:        s.Name,
			Length:      s.Length,
			Entropy:     s.Entropy,
			Probability: probability(s.Score),
			Reasons:     reasonsOf(s.Reasons),
			Verdict:     verdictOf(s),
			Risks:       s.Risks,
			Parts:       s.Parts,
			Unclear:     s.Unclear,
			Kept:        s.Kept,
			Suppressed:  s.Suppression,
			Occurrences: make([]jsonOccurrence, 0, len(s.Occurrences)),
		}
		if o.Reveal {
			js.Secret = s.Value
		}
		for j := range s.Occurrences {
			js.Occurrences = append(js.Occurrences, occurrenceOf(&s.Occurrences[j]))
		}
		all = append(all, js)
	}
	return all
}

func occurrenceOf(o *scanner.Occurrence) jsonOccurrence {
	return jsonOccurrence{
		Kind:        o.Kind,
		Repository:  o.Repository,
		Commit:      o.Commit,
		Blob:        o.Blob,
		Path:        o.Path,
		Field:       o.Field,
		Run:         o.Run,
		Job:         o.Job,
		Step:        o.Step,
		Variable:    o.Variable,
		Scope:       o.Scope,
		StartLine:   o.StartLine,
		StartColumn: o.StartColumn,
		EndLine:     o.EndLine,
		EndColumn:   o.EndColumn,
		Author:      o.Author,
		Email:       o.Email,
		Date:        timestamp(o.Date),
		InHead:      o.InHead,
		Unreachable: o.Unreachable,
		Ref:         o.Ref,
		Link:        o.Link,
		Hint:        o.Hint,
		Line:        o.Snippet,
		Decoded:     list(o.Decoded),
		Suppressed:  o.Suppression,
	}
}

// timestamp is t in RFC 3339 and UTC; "" for no time.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// list is s, never nil: JSON then has [] and not null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
