package report

import (
	"cmp"
	"fmt"
	"io"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// gitleaksFinding has the fields of gitleaks 8's JSON report, in its order.
type gitleaksFinding struct {
	RuleID      string
	Description string
	StartLine   int
	EndLine     int
	StartColumn int
	EndColumn   int // of the last character
	Match       string
	Secret      string
	File        string
	SymlinkFile string
	Commit      string
	Link        string `json:",omitempty"`
	Entropy     float32
	Author      string
	Email       string
	Date        string
	Message     string
	Tags        []string
	Fingerprint string // "commit:file:rule:line", or without the commit
}

// writeGitleaks writes one finding an occurrence, as gitleaks 8 does, for what
// already reads that. Commit messages are not in a result, so Message is empty.
func writeGitleaks(w io.Writer, r *scanner.Result, o Options) error {
	findings := []gitleaksFinding{}
	for i := range r.Secrets {
		s := &r.Secrets[i]
		match := s.Redacted
		if o.Reveal {
			match = cmp.Or(s.Match, s.Value)
		}
		for _, at := range counting(s) {
			f := gitleaksFinding{
				RuleID:      s.Rule.ID,
				Description: s.Rule.Name,
				StartLine:   at.StartLine,
				EndLine:     at.EndLine,
				StartColumn: at.StartColumn,
				EndColumn:   max(at.EndColumn-1, 0),
				Match:       match,
				Secret:      shown(s, o),
				File:        fileOf(at),
				Commit:      at.Commit,
				Link:        at.Link,
				Entropy:     float32(s.Entropy),
				Author:      at.Author,
				Email:       at.Email,
				Date:        timestamp(at.Date),
				Tags:        verdictTags(&s.Verdict),
			}
			f.Fingerprint = fmt.Sprintf("%s:%s:%d", f.File, f.RuleID, f.StartLine)
			if f.Commit != "" {
				f.Fingerprint = f.Commit + ":" + f.Fingerprint
			}
			findings = append(findings, f)
		}
	}
	return encode(w, findings, " ")
}

// verdictTags are "verdict:live" and, where it is known, "access:admin"; none for a
// secret that nobody was asked about.
func verdictTags(v *verify.Verdict) []string {
	tags := []string{}
	if v.State == verify.Unverified {
		return tags
	}
	tags = append(tags, "verdict:"+string(v.State))
	if v.Access != "" {
		tags = append(tags, "access:"+string(v.Access))
	}
	return tags
}
