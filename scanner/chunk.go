package scanner

import "github.com/leakguard/leakguard/detectors"

// Chunk is the bytes of one text (a blob, a commit message, a file or a window
// of it) and the handle by which its source will know it again. Text belongs to
// the source and is valid only during the call of Scan.
type Chunk struct {
	Text []byte

	// Place is the source's own handle; it comes back in Hit.Place.
	Place any

	// Path is the file's path where the source knows it already, else "".
	Path string

	// Commit is the id of the commit that adds Text, where the source knows it
	// already, else "".
	Commit string

	// Lines and Column are how many line ends, and how many characters since the
	// last of them, come before Text in its file: zero but for later windows.
	Lines, Column int

	// Front and Back are how many bytes at the beginning and at the end of Text the
	// windows before and behind have too: zero but for windows of a larger text.
	Front, Back int

	// Before marks a text that was there before what is being scanned, such as
	// HEAD's version of a staged file. What it holds is not reported; it tells
	// the source which secrets are not new.
	Before bool
}

// Owns reports whether a match that begins at a byte of Text is this chunk's to
// report. Each half of what two windows share belongs to the one that has more of the
// text round it, so that what is found does not depend on where a text was cut.
func (c *Chunk) Owns(at int) bool {
	return at >= c.Front-c.Front/2 && at < len(c.Text)-c.Back/2
}

// Hit is a match in a chunk, before anyone knows its commit. Most of a scan
// produces none.
type Hit struct {
	detectors.Match
	Place   any
	Before  bool
	Region  Region
	Snippet string // the line that holds the secret, every secret in it redacted
	Mark    *Mark  // an inline suppression on a line of the match

	rejected bool     // by what its value is elsewhere: see run.settle
	name     string   // of what it is assigned to, whatever rule found it
	spread   []spread // what in its text may be a part that it lacks
}

// Region is a place in a text. Lines and columns count from 1; columns are
// Unicode code points; EndColumn is the one behind the last character.
type Region struct {
	StartLine   int `json:"startLine,omitempty"`
	StartColumn int `json:"startColumn,omitempty"`
	EndLine     int `json:"endLine,omitempty"`
	EndColumn   int `json:"endColumn,omitempty"`
}

// Mark is an inline suppression: a comment such as "leakguard:allow".
type Mark struct {
	Word   string   // the marker as written: "leakguard:allow", "gitleaks:allow", …
	Rules  []string // the rule ids it is for; none: all
	Reason string
	Until  string // YYYY-MM-DD; "" is for ever
}
