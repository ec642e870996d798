package buildlog

import "bytes"

// Buildkite is the job log of Buildkite. Its agent writes the time of a line as
// an application program command, ESC _bk;t=1700000000000 BEL (buildkite/agent,
// process/timestamper.go; read by buildkite/terminal-to-html), or with
// --timestamp-lines as "[2026-02-23T11:13:26Z] ". A line that begins with
// "~~~ ", "--- " or "+++ " is the header of a group (buildkite.com/docs,
// "Managing log output"). The name of the job is not in its log.
var Buildkite = Format{
	Name:    "buildkite",
	Summary: "Buildkite",
	Signs:   buildkiteSigns,
	New:     func() Lines { return new(buildkiteLines) },
}

func buildkiteSigns(head []byte) int {
	return countLines(head, func(line []byte) bool {
		return bytes.HasPrefix(line, []byte("\x1b_bk;t=")) ||
			bytes.HasPrefix(line[bracketedTimestampLen(line):], []byte("~~~ "))
	})
}

type buildkiteLines struct{ group string }

func (b *buildkiteLines) Line(line []byte) (start int, text bool) {
	start = bracketedTimestampLen(line)
	rest := line[start:]
	for _, mark := range []string{"~~~ ", "--- ", "+++ "} {
		if header, ok := bytes.CutPrefix(rest, []byte(mark)); ok {
			b.group = nameOf(header)
			return start + len(mark), len(header) > 0
		}
	}
	// "^^^ +++" opens the group of the lines before it.
	return start, string(rest) != "^^^ +++"
}

func (b *buildkiteLines) Where() Where { return Where{Step: b.group} }
