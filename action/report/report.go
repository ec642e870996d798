// Package report writes a scan's result in the forms that people and programs
// read. Each format is one file and one entry of Formats; all of them see a
// scanner.Result and nothing else, and write the same bytes for the same result.
//
// Results hold text that a hostile repository chose: paths, authors, lines. No
// format lets it reach a terminal, a build log or a spreadsheet as anything but
// text.
package report

import (
	"cmp"
	"io"
	"time"

	"github.com/leakguard/leakguard/scanner"
)

// Options are what a format needs to know beside the result.
type Options struct {
	Color   bool   // ANSI colours; text only
	Version string // of leakguard

	// Reveal says that the result holds secrets in clear, by the user's explicit
	// wish, and that the report may show them. SARIF, JUnit and GitLab's never do:
	// they are made to be uploaded.
	Reveal bool

	// NoInline says that marks in the scanned text do not count: they are not advised.
	NoInline bool

	// Source returns the text of a file of the working tree, and false if there is
	// none. With it SARIF computes the line hashes by which GitHub tells alerts
	// apart; nil is allowed. The path is an occurrence's: a hostile repository may
	// have chosen it.
	Source func(path string) ([]byte, bool)

	// Category is what the names of SARIF's runs begin with, with a slash at its end;
	// "": leakguard/. An upload to code scanning closes the alerts of the last one of
	// its name, so that a scan of a part must not have the name of a whole one.
	Category string

	// Start and End are when the scan ran, which GitLab's report has to tell. A zero
	// time is written as 1970-01-01: then the same result has the same bytes.
	Start, End time.Time
}

// Format is one form of report.
type Format struct {
	Name      string // "sarif"
	Extension string // of its files, with the dot: ".sarif"
	Summary   string // a few words for --help

	// Write writes the whole report. An error is one of w.
	Write func(w io.Writer, r *scanner.Result, o Options) error
}

// Formats returns every format, text first.
func Formats() []Format {
	return []Format{
		{"text", ".txt", "for people: what leaked, where, and what to do", writeText},
		{"json", ".json", "everything (docs/report.schema.json)", writeJSON},
		{"jsonl", ".jsonl", "the same, one JSON object a line", writeJSONL},
		{"sarif", ".sarif", "SARIF 2.1.0, for code scanning", writeSARIF},
		{"junit", ".xml", "JUnit XML, for the test tab of CI systems", writeJUnit},
		{"csv", ".csv", "one row an occurrence, for spreadsheets", writeCSV},
		{"gitleaks", ".json", "as gitleaks 8 writes its JSON", writeGitleaks},
		{"gitlab", ".json", "GitLab's secret detection report", writeGitLab},
	}
}

// Lookup returns the format of that name.
func Lookup(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// shown is the secret as the report may print it.
func shown(s *scanner.Secret, o Options) string {
	if o.Reveal {
		return s.Value
	}
	return s.Redacted
}

// fileOf is the path of an occurrence, or what holds it if that is no file.
func fileOf(o *scanner.Occurrence) string {
	return cmp.Or(o.Path, o.Field, string(o.Kind))
}

// counting returns the occurrences that no suppression took out.
func counting(s *scanner.Secret) []*scanner.Occurrence {
	var kept []*scanner.Occurrence
	for i := range s.Occurrences {
		if o := &s.Occurrences[i]; o.Suppression == nil {
			kept = append(kept, o)
		}
	}
	return kept
}
