// Package buildlog reads the logs of CI systems: from files, from the archives
// that they offer for download, and through their APIs. A log is turned back
// into the text that the job printed, with a way from each place in it to the
// line and column of the CI system's own viewer.
//
// A CI system is one file here, with its entry in Formats; its client, if it has
// an API, is in package forge.
package buildlog

import "io"

// Format is how one CI system writes logs.
type Format struct {
	Name    string // as --ci takes it: "github"
	Summary string // "GitHub Actions"

	// Signs counts the lines in the head of a log (up to 64 KiB) that only this
	// format has; the format with most signs is taken. nil: never by itself.
	Signs func(head []byte) int

	// Open returns a reader of the lines within a log that is no plain text, such
	// as an array of JSON messages. nil: the log is the lines.
	Open func(io.Reader) io.Reader

	// New returns the state with which one log is read.
	New func() Lines
}

// Lines knows a CI system's additions to lines. It is used for one log, from its
// first line to its last.
type Lines interface {
	// Line is told the next line, without its line end, after escape sequences
	// were taken out. It returns where the job's own text begins in it, and
	// whether there is any: a marker of the CI system has none.
	Line(line []byte) (start int, text bool)

	// Where says where the line that Line was told last belongs.
	Where() Where
}

// Where is a place in a build.
type Where struct {
	Job  string
	Step string
	// Variable is the name of the environment variable whose value the line shows,
	// where the CI system lists a step's environment.
	Variable string
}
