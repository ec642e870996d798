package report

import (
	"encoding/json"
	"fmt"

	"github.com/leakguard/leakguard/scanner"
)

// Known is a secret of an earlier report: what is left of it there, which is not
// the secret itself.
type Known struct {
	Fingerprint string
	Rule        string
	Occurrences []scanner.Occurrence // kind and place alone
}

// ReadJSON reads the secrets of a report that was written as JSON, those that were
// suppressed not among them.
func ReadJSON(data []byte) ([]Known, error) {
	var r struct {
		SchemaVersion string `json:"schemaVersion"`
		Secrets       []struct {
			Fingerprint string           `json:"fingerprint"`
			Rule        string           `json:"rule"`
			Occurrences []jsonOccurrence `json:"occurrences"`
		} `json:"secrets"`
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("no JSON report of leakguard: %w", err)
	}
	if r.SchemaVersion != schemaVersion {
		return nil, fmt.Errorf("no JSON report of leakguard: schemaVersion is %q, want %q", r.SchemaVersion, schemaVersion)
	}
	var all []Known
	for _, s := range r.Secrets {
		k := Known{Fingerprint: s.Fingerprint, Rule: s.Rule}
		for _, o := range s.Occurrences {
			k.Occurrences = append(k.Occurrences, scanner.Occurrence{
				Kind: o.Kind, Repository: o.Repository, Commit: o.Commit, Blob: o.Blob, Path: o.Path, Field: o.Field,
				Region: scanner.Region{StartLine: o.StartLine, StartColumn: o.StartColumn, EndLine: o.EndLine, EndColumn: o.EndColumn},
				Author: o.Author, Email: o.Email, InHead: o.InHead, Unreachable: o.Unreachable, Ref: o.Ref, Link: o.Link,
				Run: o.Run, Job: o.Job, Step: o.Step, Variable: o.Variable, Scope: o.Scope,
			})
		}
		all = append(all, k)
	}
	return all, nil
}
