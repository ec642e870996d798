package suppress

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
)

// Places are findings of gitleaks that do not count, by where they are: an ignore
// file or a baseline of gitleaks. They serve under a gitleaks config alone, for
// leakguard's own rules have other ids.
type Places struct {
	Name    string
	kind    string // of scanner.Suppression
	entries []placeEntry
	at      map[string][]int // by place: indices into entries
}

type placeEntry struct {
	line   int    // of an ignore file; 0 in a baseline
	secret string // of a baseline that is not redacted; "": any
}

// ParseGitleaksIgnore reads a .gitleaksignore file: on each line a place, as gitleaks'
// reports have it in Fingerprint, with the commit or, for all commits, without. Blank
// lines and lines that begin with # are passed over.
func ParseGitleaksIgnore(name string, data []byte) *Places {
	p := &Places{Name: name, kind: "ignore-file", at: map[string][]int{}}
	for i, line := range strings.Split(string(data), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		p.add(strings.ReplaceAll(line, `\`, "/"), placeEntry{line: i + 1})
	}
	return p
}

// IsGitleaksBaseline reports whether data can be a baseline of gitleaks, a JSON list,
// rather than one of leakguard.
func IsGitleaksBaseline(data []byte) bool {
	return strings.HasPrefix(strings.TrimSpace(string(data)), "[")
}

// ParseGitleaksBaseline reads a JSON report of gitleaks. Of a finding it compares the
// rule, the file, the commit, the line and, if the report is not redacted, the secret.
func ParseGitleaksBaseline(name string, data []byte) (*Places, error) {
	var findings []struct {
		RuleID, File, Commit, Secret string
		StartLine                    int
	}
	if err := json.Unmarshal(data, &findings); err != nil {
		return nil, &rules.ConfigError{File: name, Err: fmt.Errorf("want a JSON report of gitleaks: %w", err)}
	}
	p := &Places{Name: name, kind: "baseline", at: map[string][]int{}}
	for _, f := range findings {
		e := placeEntry{secret: f.Secret}
		if f.Secret == "REDACTED" || strings.HasSuffix(f.Secret, "...") {
			e.secret = ""
		}
		p.add(gitleaksPlace(f.Commit, f.File, f.RuleID, f.StartLine), e)
	}
	return p, nil
}

func (p *Places) add(place string, e placeEntry) {
	p.entries = append(p.entries, e)
	p.at[place] = append(p.at[place], len(p.entries)-1)
}

// gitleaksPlace is gitleaks' name of a place.
func gitleaksPlace(commit, path, rule string, line int) string {
	place := fmt.Sprintf("%s:%s:%d", path, rule, line)
	if commit != "" {
		place = commit + ":" + place
	}
	return place
}

// byPlace is what ignore files and baselines of gitleaks say of an occurrence.
func (r *run) byPlace(s *scanner.Secret, o *scanner.Occurrence, c *choice) *scanner.Suppression {
	for _, p := range r.list.opts.Places {
		names := []string{gitleaksPlace(o.Commit, o.Path, s.Rule.ID, o.StartLine)}
		if o.Commit != "" && p.kind == "ignore-file" {
			names = append(names, gitleaksPlace("", o.Path, s.Rule.ID, o.StartLine))
		}
		for _, name := range names {
			for _, i := range p.at[name] {
				e := p.entries[i]
				if e.secret != "" && e.secret != s.Value {
					continue
				}
				where := p.Name
				if e.line > 0 {
					where = fmt.Sprintf("%s:%d", p.Name, e.line)
					r.found[where] = true
				}
				if got := c.choose(&scanner.Suppression{Kind: p.kind, Where: where}, false, where+": the entry"); got != nil {
					return got
				}
			}
		}
	}
	return nil
}

// unusedPlaces are the lines of gitleaks' ignore files at whose places nothing is.
func (r *run) unusedPlaces() []string {
	var out []string
	for _, p := range r.list.opts.Places {
		for _, e := range p.entries {
			if where := fmt.Sprintf("%s:%d", p.Name, e.line); e.line > 0 && !r.found[where] {
				out = append(out, where+": suppresses nothing: there is no such finding; remove the line")
			}
		}
	}
	return out
}
