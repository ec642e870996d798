package buildlog

import (
	"bytes"
	"strings"
)

// TeamCity is the build log that TeamCity offers for download as text
// (jetbrains.com/help/teamcity, "Build Log"). Each line has its time, a letter
// for what it is, a tab for each block around it, and the innermost block:
//
//	[17:40:46] : Step 1/2: Docker (2s)
//	[17:40:46] :	 [Step 1/2] Sending build context
//	[17:40:48]i:	 [Step 1/2] ##teamcity[message text='…']
//
// Servers of old wrote "[17:40:46][Step 1/2] text". What a service message says
// is text of the job.
var TeamCity = Format{
	Name:    "teamcity",
	Summary: "TeamCity",
	Signs:   teamcitySigns,
	New:     func() Lines { return new(teamcityLines) },
}

func teamcitySigns(head []byte) int {
	return countLines(head, func(line []byte) bool {
		return teamcityTimeLen(line) > 0 || bytes.HasPrefix(line, []byte("TeamCity server version is "))
	})
}

// teamcityTimeLen is the length of "[17:40:46] :" or, before an old server's
// block, of "[17:40:46]"; else 0.
func teamcityTimeLen(line []byte) int {
	n := shapeLen(line, "[00:00:00]")
	if n == 0 || n == len(line) {
		return 0
	}
	if line[n] == '[' {
		return n
	}
	if n+1 < len(line) && line[n+1] == ':' {
		return n + 2
	}
	return 0
}

type teamcityLines struct {
	job   string
	block string // the outermost one: "Step 1/2: Docker"
	step  string
}

func (t *teamcityLines) Line(line []byte) (start int, text bool) {
	start = teamcityTimeLen(line)
	if start == 0 {
		t.head(line)
		return 0, true // the head, or another line of the message before
	}
	depth := 0
	for start+depth < len(line) && line[start+depth] == '\t' {
		depth++
	}
	start += depth
	if start < len(line) && line[start] == ' ' {
		start++
	}
	name := blockLen(line[start:])
	if name == 0 {
		t.open(line[start:])
		return start, true
	}
	t.enter(line[start+1:start+name-len("] ")], depth)
	return start + name, true
}

// blockLen is the length of "[Step 1/2] ", or 0.
func blockLen(s []byte) int {
	if len(s) == 0 || s[0] != '[' {
		return 0
	}
	i := bytes.Index(s, []byte("] "))
	if i < 0 {
		return 0
	}
	return i + len("] ")
}

// open takes a line that is in no block, which may begin one.
func (t *teamcityLines) open(text []byte) {
	t.block, t.step = "", ""
	if name, ok := bytes.CutPrefix(text, []byte("Step ")); ok && digits(name) > 0 {
		t.block = withoutDuration(nameOf(text))
		t.step = t.block
	}
}

// enter takes a line whose innermost block is called name. Blocks further in
// belong to the step around them.
func (t *teamcityLines) enter(name []byte, depth int) {
	n := len(name)
	switch {
	case len(t.block) > n && t.block[:n] == string(name) && t.block[n] == ':':
		t.step = t.block
	case depth <= 1 && t.step != string(name):
		t.step = nameOf(name)
	}
}

// withoutDuration takes " (2s)" off the end of a block's title.
func withoutDuration(title string) string {
	if i := strings.LastIndex(title, " ("); i >= 0 && strings.HasSuffix(title, "s)") {
		if d := title[i+len(" (")]; isDigit(d) {
			return title[:i]
		}
	}
	return title
}

// head takes a line before the first one with a time, which may name the build
// configuration: "Build 'Shop / Deploy' #109, branch 'main'".
func (t *teamcityLines) head(line []byte) {
	rest, ok := bytes.CutPrefix(line, []byte("Build '"))
	if !ok || t.job != "" {
		return
	}
	if name, _, ok := bytes.Cut(rest, []byte("' #")); ok {
		t.job = nameOf(name)
	}
}

func (t *teamcityLines) Where() Where { return Where{Job: t.job, Step: t.step} }
