package report

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// maxResults is how many results of a run GitHub keeps; we choose which.
const maxResults = 5000

// sourceRoot stands for the top of what was scanned, to which paths are relative.
const sourceRoot = "%SRCROOT%"

// sarifCategory begins the names of runs where Options do not say otherwise.
const sarifCategory = "leakguard/"

// sarifRuns are the runs in their order. What follows the category in the name of each
// keeps them apart: the name tells GitHub which earlier upload a run replaces, and it
// takes no two runs of one name.
var sarifRuns = []struct {
	kind scanner.Kind
	id   string
}{
	{scanner.InGit, "git/"},
	{scanner.InFile, "files/"},
	{scanner.InStaged, "staged/"},
	{scanner.InStdin, "stdin/"},
	{scanner.InLog, "logs/"},
	{scanner.InVariable, "variables/"},
}

// writeSARIF writes one run for each kind of source that was read, with one
// result for each secret, path and line. What is suppressed is left out, since
// GitHub would open alerts for it all the same.
func writeSARIF(w io.Writer, r *scanner.Result, o Options) error {
	log := sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{},
	}
	for _, run := range sarifRuns {
		b := newSarifBuilder(run.kind, cmp.Or(o.Category, sarifCategory)+run.id, o)
		for i := range r.Secrets {
			b.secret(&r.Secrets[i])
		}
		if read := b.coverage(r); read || len(b.run.Results) > 0 {
			log.Runs = append(log.Runs, b.run)
		}
	}
	return encode(w, log, "  ")
}

// sarifBuilder makes the run of one kind of source.
type sarifBuilder struct {
	Options
	kind    scanner.Kind
	run     sarifRun
	rules   map[string]int      // index by id
	hashes  map[string][]string // of the lines of a file, by path
	taken   map[string]int      // how often a rule has a line hash
	dropped int                 // results beyond maxResults
}

func newSarifBuilder(kind scanner.Kind, id string, o Options) *sarifBuilder {
	return &sarifBuilder{
		Options: o,
		kind:    kind,
		rules:   map[string]int{},
		hashes:  map[string][]string{},
		taken:   map[string]int{},
		run: sarifRun{
			Tool: sarifTool{sarifDriver{
				Name:           "leakguard",
				Version:        o.Version,
				InformationURI: "https://github.com/leakguard/leakguard",
				Rules:          []sarifRule{},
			}},
			Automation:  sarifAutomation{id},
			ColumnKind:  "unicodeCodePoints",
			Invocations: []sarifInvocation{{Successful: true, Notifications: []sarifNotification{}}},
			BaseIDs:     map[string]sarifBase{sourceRoot: {sarifText{"The top of the repository or folder that was scanned."}}},
			Results:     []sarifResult{},
		},
	}
}

func (b *sarifBuilder) notify(level, text string) {
	inv := &b.run.Invocations[0]
	inv.Notifications = append(inv.Notifications, sarifNotification{level, sarifText{sarifMessage(text)}})
}

// coverage notes each gap of the run's sources, and reports whether it had any
// source.
func (b *sarifBuilder) coverage(r *scanner.Result) (read bool) {
	inv := &b.run.Invocations[0]
	for _, c := range r.Coverage {
		if c.Kind != b.kind {
			continue
		}
		read = true
		for _, g := range c.Gaps {
			inv.Successful = false
			b.notify("error", fmt.Sprintf("Not read: %s: %s: %s. To fix: %s.", c.Source, gapOf(g), g.Why, cmp.Or(g.Fix, "no way known")))
		}
	}
	if r.Interrupted {
		inv.Successful = false
		b.notify("error", "The scan was stopped before its end.")
	}
	if b.dropped > 0 {
		b.notify("warning", number(int64(b.dropped), "result was", "results were")+
			" left out: code scanning keeps the "+digits(maxResults)+" most severe. The JSON report has all.")
	}
	return read
}

// secret adds a result for each path and line of s.
func (b *sarifBuilder) secret(s *scanner.Secret) {
	type line struct {
		file string
		line int
	}
	seen := map[line]bool{}
	perFile := map[string]int{}
	for _, o := range counting(s) {
		at := line{fileOf(o), o.StartLine}
		if o.Kind != b.kind || seen[at] {
			continue
		}
		seen[at] = true
		if len(b.run.Results) == maxResults {
			b.dropped++
			continue
		}
		b.provenance(o.Repository)
		perFile[at.file]++
		b.run.Results = append(b.run.Results, b.result(s, o, perFile[at.file]))
	}
}

// result is one occurrence of s: the nth of s in its file.
func (b *sarifBuilder) result(s *scanner.Secret, o *scanner.Occurrence, nth int) sarifResult {
	id, index := b.rule(s)
	v := verdictOf(s)
	return sarifResult{
		RuleID:    id,
		RuleIndex: index,
		Level:     resultLevel(s),
		Rank:      rank(s),
		Message:   sarifText{sarifMessage(resultMessage(s, &v, o))},
		Locations: []sarifLocation{{sarifPhysical{
			sarifArtifact{fileURI(o), sourceRoot},
			sarifRegion{max(o.StartLine, 1), o.StartColumn, o.EndLine, o.EndColumn},
		}}},
		Fingerprints: map[string]string{
			"primaryLocationLineHash": b.lineHash(id, s, o, nth),
			"leakguardFingerprint/v1": s.Fingerprint,
		},
		Properties: sarifResultProperties{
			Verdict:    string(v.State),
			Reason:     v.Reason,
			Identity:   whose(&v),
			Access:     string(v.Access),
			CheckedAt:  timestamp(v.When),
			Confidence: s.Confidence.String(),
			Kind:       string(o.Kind),
			Commit:     o.Commit,
			Date:       timestamp(o.Date),
			InHead:     o.InHead,
			Link:       o.Link,
			Run:        o.Run,
			Job:        o.Job,
			Step:       o.Step,
			Variable:   o.Variable,
			Scope:      o.Scope,
			Hint:       o.Hint,
		},
	}
}

func resultMessage(s *scanner.Secret, v *verify.Verdict, o *scanner.Occurrence) string {
	m := fmt.Sprintf("%s %s", s.Rule.Name, s.Redacted)
	if s.Name != "" {
		m += " in " + s.Name
	}
	m += " (" + verdict(v) + ")."
	if who := whose(v); who != "" {
		m += " It belongs to " + who + "."
	}
	if v.Access != "" {
		m += " Its access: " + string(v.Access) + "."
	}
	if o.Path == "" {
		m += " It is in the " + place(o) + "."
	}
	if at := within(o); at != "" {
		m += " It is in " + at + "."
	}
	if o.Commit != "" {
		m += " Introduced by commit " + o.Commit
		if o.Kind == scanner.InGit && !o.InHead {
			m += "; HEAD no longer has it"
		}
		m += "."
	}
	if o.Hint != "" {
		m += " To move it: " + o.Hint + "."
	}
	return m + " " + remedy(s)
}

// sarifMessage is s made visible, without what SARIF gives a meaning in a
// message: {0} is a placeholder, [a](b) a link (2.1.0, 3.11.5 and 3.11.6).
func sarifMessage(s string) string {
	return strings.NewReplacer("{", "{{", "}", "}}", "](", "] (").Replace(visible(s))
}

// provenance notes a repository on the web.
func (b *sarifBuilder) provenance(repository string) {
	u, err := url.Parse(repository)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return
	}
	p := sarifProvenance{u.String(), sarifArtifact{URIBaseID: sourceRoot}}
	if !slices.Contains(b.run.Provenance, p) {
		b.run.Provenance = append(b.run.Provenance, p)
	}
}

// fileURI is the occurrence's file as a relative URI: every byte but the
// unreserved ones of RFC 3986 and the slash is percent-encoded, so that any name
// passes, and no name is taken for a scheme or a host.
func fileURI(o *scanner.Occurrence) string {
	var out strings.Builder
	for i, c := range []byte(fileOf(o)) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			strings.IndexByte("-._~", c) >= 0, c == '/' && i > 0:
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}

// lineHash tells an alert of a rule and file from the others. Where the file's
// text is at hand it is the hash that GitHub itself would take, else one in the
// same form over what stays the same when the secret moves: its fingerprint, its
// file, and which of its places there it is.
func (b *sarifBuilder) lineHash(rule string, s *scanner.Secret, o *scanner.Occurrence, nth int) string {
	own := fmt.Sprintf("%x", sha256.Sum256([]byte(s.Fingerprint+"\x00"+fileOf(o))))[:16]
	hash := b.textHash(o)
	if hash == "" {
		return fmt.Sprintf("%s:%d", own, nth)
	}
	key := rule + "\x00" + o.Path + "\x00" + hash
	if b.taken[key]++; b.taken[key] > 1 {
		return hash + "-" + own
	}
	return hash
}

// textHash is the hash of the occurrence's line in the working tree; "" if that
// is not at hand.
func (b *sarifBuilder) textHash(o *scanner.Occurrence) string {
	current := o.InHead || o.Kind == scanner.InFile || o.Kind == scanner.InStaged
	if b.Source == nil || !current || o.Path == "" || o.StartLine < 1 {
		return ""
	}
	hashes, ok := b.hashes[o.Path]
	if !ok {
		if text, found := b.Source(o.Path); found {
			hashes = lineHashes(string(text))
		}
		b.hashes[o.Path] = hashes
	}
	if o.StartLine > len(hashes) {
		return ""
	}
	return hashes[o.StartLine-1]
}
