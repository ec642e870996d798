package report

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
)

// ReadResult reads a report that was written as JSON: the result that it was made
// of, without the secrets themselves. ruleOf finds a rule by its id; of one that is
// there no more only the names are known.
func ReadResult(data []byte, ruleOf func(id string) *rules.Rule) (*scanner.Result, error) {
	var r jsonReport
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("no JSON report of leakguard: %w", err)
	}
	if r.SchemaVersion != schemaVersion || r.Tool.Name != "leakguard" {
		return nil, fmt.Errorf("no JSON report of leakguard: schemaVersion is %q, want %q", r.SchemaVersion, schemaVersion)
	}
	res := &scanner.Result{RulesetHash: r.Ruleset.Hash, RuleCount: r.Ruleset.Rules, Interrupted: r.Interrupted, Unused: r.Unused}
	for _, c := range r.Coverage {
		res.Coverage = append(res.Coverage, &scanner.Coverage{Source: c.Source, Read: c.Read, Gaps: c.Gaps, Excluded: c.Excluded})
	}
	var err error
	if res.Secrets, err = readSecrets(r.Secrets, ruleOf); err != nil {
		return nil, err
	}
	if res.Suppressed, err = readSecrets(r.Suppressed, ruleOf); err != nil {
		return nil, err
	}
	res.Rejected, err = readSecrets(r.Rejected, ruleOf)
	return res, err
}

func readSecrets(list []jsonSecret, ruleOf func(string) *rules.Rule) ([]scanner.Secret, error) {
	var all []scanner.Secret
	for i := range list {
		js := &list[i]
		s := scanner.Secret{
			Fingerprint: js.Fingerprint, Redacted: js.Redacted, Name: js.Name, Length: js.Length, Entropy: js.Entropy,
			Score: float32(js.Probability), Verdict: js.Verdict, Risks: js.Risks, Parts: js.Parts, Unclear: js.Unclear, Kept: js.Kept, Suppression: js.Suppressed,
			Value: js.Redacted, Match: js.Redacted,
		}
		for _, r := range js.Reasons {
			s.Reasons = append(s.Reasons, generic.Reason(r))
		}
		if s.Rule = ruleOf(js.Rule); s.Rule == nil {
			s.Rule = &rules.Rule{ID: js.Rule, Name: js.RuleName, Provider: &rules.Provider{ID: js.Provider, Name: js.Provider}}
		}
		if err := s.Severity.UnmarshalText([]byte(js.Severity)); err != nil {
			return nil, fmt.Errorf("secret %s: %w", js.Fingerprint, err)
		}
		if err := s.Confidence.UnmarshalText([]byte(js.Confidence)); err != nil {
			return nil, fmt.Errorf("secret %s: %w", js.Fingerprint, err)
		}
		for j := range js.Occurrences {
			o, err := js.Occurrences[j].occurrence()
			if err != nil {
				return nil, fmt.Errorf("secret %s: %w", js.Fingerprint, err)
			}
			s.Occurrences = append(s.Occurrences, o)
		}
		all = append(all, s)
	}
	return all, nil
}

func (o *jsonOccurrence) occurrence() (scanner.Occurrence, error) {
	out := scanner.Occurrence{
		Kind: o.Kind, Repository: o.Repository, Commit: o.Commit, Blob: o.Blob, Path: o.Path, Field: o.Field,
		Region: scanner.Region{StartLine: o.StartLine, StartColumn: o.StartColumn, EndLine: o.EndLine, EndColumn: o.EndColumn},
		Author: o.Author, Email: o.Email, InHead: o.InHead, Unreachable: o.Unreachable, Ref: o.Ref, Link: o.Link,
		Snippet: o.Line, Decoded: o.Decoded, Suppression: o.Suppressed,
		Run: o.Run, Job: o.Job, Step: o.Step, Variable: o.Variable, Scope: o.Scope, Hint: o.Hint,
	}
	if o.Date == "" {
		return out, nil
	}
	var err error
	out.Date, err = time.Parse(time.RFC3339, o.Date)
	return out, err
}
