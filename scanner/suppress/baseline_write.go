package suppress

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/leakguard/leakguard/scanner"
)

// WriteBaseline writes a baseline of all that the scan found: the secrets that
// count, and those that an earlier baseline suppressed. What another
// suppression took out needs no entry. Lines and commits are left out, so that
// the file changes only when the set of secrets or their files do.
func WriteBaseline(w io.Writer, r *scanner.Result, now time.Time) error {
	file := baselineFile{
		SchemaVersion: baselineVersion,
		Created:       now.UTC().Truncate(time.Second),
		Secrets:       []baselineSecret{},
	}
	for i := range r.Secrets {
		file.Secrets = append(file.Secrets, newBaselineSecret(&r.Secrets[i]))
	}
	for i := range r.Suppressed {
		if s := &r.Suppressed[i]; s.Suppression != nil && s.Suppression.Kind == "baseline" {
			file.Secrets = append(file.Secrets, newBaselineSecret(s))
		}
	}
	slices.SortFunc(file.Secrets, func(a, b baselineSecret) int { return strings.Compare(a.Fingerprint, b.Fingerprint) })
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(file)
}

// The written form. Only fingerprints are read again; the rest is for people.
type (
	baselineFile struct {
		SchemaVersion string           `json:"schemaVersion"`
		Created       time.Time        `json:"created"`
		Secrets       []baselineSecret `json:"secrets"`
	}
	baselineSecret struct {
		Fingerprint string          `json:"fingerprint"`
		Rule        string          `json:"rule"`
		Redacted    string          `json:"redacted"`
		Occurrences []baselinePlace `json:"occurrences"`
	}
	baselinePlace struct {
		Kind  scanner.Kind `json:"kind"`
		Path  string       `json:"path,omitempty"`
		Field string       `json:"field,omitempty"`
	}
)

func newBaselineSecret(s *scanner.Secret) baselineSecret {
	b := baselineSecret{s.Fingerprint, s.Rule.ID, s.Redacted, []baselinePlace{}}
	seen := map[baselinePlace]bool{}
	for _, o := range s.Occurrences {
		p := baselinePlace{o.Kind, o.Path, o.Field}
		if !seen[p] {
			seen[p] = true
			b.Occurrences = append(b.Occurrences, p)
		}
	}
	return b
}
