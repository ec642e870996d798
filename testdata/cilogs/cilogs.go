// Package cilogs writes build logs for tests as CI systems write them: each
// system is one file, which says where its format was looked up. What the steps
// print is the test's; around it stands what the system adds.
package cilogs

import (
	"bytes"
	"fmt"
	"time"
)

// Job is one job of a build.
type Job struct {
	Name  string
	Steps []Step
}

// Step is one step of a job.
type Step struct {
	Name  string
	Lines []string // what it prints; no line feeds in them
}

// Log is one file that a system offers for a build.
type Log struct {
	Name string // slash-separated
	Data []byte
}

// Place is where a log shows a line that a step printed. Job and Step are empty
// where the log does not tell them.
type Place struct {
	Path      string // the log's name; "logs.zip!member" in an archive
	Job, Step string
	Line      int // from 1
}

// Build is the logs of one build, and where in them each line is: of a job, of
// its step, as many as that printed.
type Build struct {
	Logs   []Log
	Places [][][]Place
}

// System is a CI system, or plain text.
type System struct {
	Name  string // as --ci takes it
	Write func(jobs []Job) Build
}

// Systems lists all that this package writes.
func Systems() []System {
	return []System{
		{"github", GitHub},
		{"gitlab", GitLab},
		{"jenkins", Jenkins},
		{"circleci", CircleCI},
		{"azure", Azure},
		{"travis", Travis},
		{"buildkite", Buildkite},
		{"bitbucket", Bitbucket},
		{"teamcity", TeamCity},
		{"plain", Plain},
	}
}

// began is when each build began.
var began = time.Date(2026, time.September, 11, 11, 16, 57, 123456700, time.UTC)

// writer writes one log and counts its lines; each is a little later than the
// one before it.
type writer struct {
	buf   bytes.Buffer
	lines int
}

// line writes a line and returns its number.
func (w *writer) line(format string, args ...any) int {
	fmt.Fprintf(&w.buf, format, args...)
	w.buf.WriteByte('\n')
	w.lines++
	return w.lines
}

// now is the time of the next line.
func (w *writer) now() time.Time { return began.Add(time.Duration(w.lines) * 137 * time.Millisecond) }

// newBuild has room for the places of all steps.
func newBuild(jobs []Job) Build {
	b := Build{Places: make([][][]Place, len(jobs))}
	for i, j := range jobs {
		b.Places[i] = make([][]Place, len(j.Steps))
	}
	return b
}

// add puts a finished log into the build.
func (b *Build) add(name string, w *writer) {
	b.Logs = append(b.Logs, Log{name, w.buf.Bytes()})
}
