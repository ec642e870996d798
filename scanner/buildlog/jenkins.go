package buildlog

import (
	"bytes"
	"slices"
)

// Jenkins is the console log of a Jenkins build. The Timestamper plugin puts a
// time before lines (plugins.jenkins.io/timestamper): "[2026-02-23T11:13:26.578Z] "
// in Pipeline builds, "21:51:15  " where its own view was saved. Pipeline writes
// "[Pipeline] " before what it does, "[Pipeline] { (NAME)" where a stage or
// branch begins, and versions before Job plugin 2.26 "[BRANCH] " before the lines
// of a parallel branch. Hidden notes lie among the text: see consoleNote.
var Jenkins = Format{
	Name:    "jenkins",
	Summary: "Jenkins",
	Signs:   jenkinsSigns,
	New:     func() Lines { return new(jenkinsLines) },
}

func jenkinsSigns(head []byte) int {
	return countLines(head, func(line []byte) bool {
		rest := line[jenkinsTimeLen(line):]
		return bytes.HasPrefix(rest, []byte("[Pipeline] ")) || bytes.Contains(line, []byte(notePreamble)) ||
			bytes.HasPrefix(rest, []byte("Started by user ")) ||
			bytes.HasPrefix(rest, []byte("Building in workspace ")) ||
			bytes.HasPrefix(rest, []byte("Finished: "))
	})
}

// A console note is an object of Jenkins' own, serialized, compressed and in
// base64, between these (jenkinsci/jenkins, hudson/console/ConsoleNote.java).
const (
	notePreamble  = "\x1b[8mha:"
	notePostamble = "\x1b[0m"
)

// consoleNote finds the hidden note with which text begins: it is text[start:end].
// It must be taken out before other escape sequences are. What does not have the
// make of a note is left for the detectors to read.
func consoleNote(text []byte) (start, end int, ok bool) {
	body, ok := bytes.CutPrefix(text, []byte(notePreamble))
	if !ok {
		return 0, 0, false
	}
	note := body[:base64Len(body)]
	rest, ok := bytes.CutPrefix(body[len(note):], []byte(notePostamble))
	if !ok || !isNote(note) {
		return 0, 0, false
	}
	return 0, len(text) - len(rest), true
}

// isNote reports whether base64 text has the header of gzip where a note has it:
// behind two lengths and a code of 32 bytes, or behind one length before Jenkins
// 2.44 signed its notes.
func isNote(s []byte) bool {
	const gzip = "+LC" // 1f 8b 08, from the second byte of three on
	signed := len(s) > 57 && bytes.HasPrefix(s, []byte("////4")) && string(s[54:57]) == gzip
	return signed || len(s) > 9 && s[0] == 'A' && string(s[6:9]) == gzip
}

// base64Len is how many characters of base64 s begins with.
func base64Len(s []byte) int {
	for i, c := range s {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '+' && c != '/' && c != '=' {
			return i
		}
	}
	return len(s)
}

// jenkinsTimeLen is the length of the Timestamper's time and the space behind
// it, or 0.
func jenkinsTimeLen(line []byte) int {
	if n := bracketedTimestampLen(line); n > 0 {
		return n
	}
	n := shapeLen(line, "00:00:00")
	if n == 0 {
		return 0
	}
	n += shapeLen(line[n:], ".000")
	if gap := shapeLen(line[n:], "  "); gap > 0 {
		return n + gap
	}
	return 0
}

type jenkinsLines struct {
	job      string
	step     string // of the lines that no branch is named for
	line     string // of the last line
	open     []jenkinsBlock
	branches []string // that were ever begun
}

// jenkinsBlock is a block of a Pipeline; most have no name.
type jenkinsBlock struct {
	name   string
	branch bool // of a parallel step
}

func (j *jenkinsLines) Line(line []byte) (start int, text bool) {
	start = jenkinsTimeLen(line)
	rest := line[start:]
	j.line = j.step
	if action, ok := bytes.CutPrefix(rest, []byte("[Pipeline] ")); ok {
		j.pipeline(action)
		j.line = j.step
		// Some actions show a label of the job's own.
		return start + len("[Pipeline] "), string(action) != "{" && string(action) != "}"
	}
	if name, n := j.branchOf(rest); n > 0 {
		j.line = name
		return start + n, true
	}
	j.workspace(rest)
	return start, true
}

// pipeline takes what a Pipeline does.
func (j *jenkinsLines) pipeline(action []byte) {
	switch {
	case len(action) > 0 && action[0] == '{':
		title := bytes.TrimSuffix(bytes.TrimPrefix(action[1:], []byte(" (")), []byte(")"))
		name, branch := bytes.CutPrefix(title, []byte("Branch: "))
		b := jenkinsBlock{nameOf(name), branch}
		if len(j.open) < maxDepth {
			j.open = append(j.open, b)
		}
		if branch && len(j.branches) < maxDepth && !slices.Contains(j.branches, b.name) {
			j.branches = append(j.branches, b.name)
		}
	case string(action) == "}" && len(j.open) > 0:
		j.open = j.open[:len(j.open)-1]
	default:
		return
	}
	j.step = j.stage()
}

// stage is the innermost block that has a name. While several branches run at
// once nobody knows whose a line is: it is what was open before the first.
func (j *jenkinsLines) stage() string {
	first, count := len(j.open), 0
	for i, b := range slices.Backward(j.open) {
		if b.branch {
			first = i
			count++
		}
	}
	known := j.open
	if count > 1 {
		known = j.open[:first]
	}
	for _, b := range slices.Backward(known) {
		if b.name != "" {
			return b.name
		}
	}
	return ""
}

// branchOf returns the branch that is named in brackets before a line's text, and
// the length of that.
func (j *jenkinsLines) branchOf(rest []byte) (name string, n int) {
	if len(rest) == 0 || rest[0] != '[' {
		return "", 0
	}
	for _, b := range j.branches {
		if n := len(b) + len("[] "); len(rest) >= n && string(rest[1:n-2]) == b && string(rest[n-2:n]) == "] " {
			return b, n
		}
	}
	return "", 0
}

// workspace takes the line that tells where the build runs: the last part of
// that path is the name of the job, with "@2" behind it if it runs twice there.
func (j *jenkinsLines) workspace(rest []byte) {
	if j.job != "" || !bytes.HasPrefix(rest, []byte("Running on ")) && !bytes.HasPrefix(rest, []byte("Building ")) {
		return
	}
	for _, dir := range []string{"/workspace/", `\workspace\`} {
		if _, name, ok := bytes.Cut(rest, []byte(dir)); ok {
			name, _, _ = bytes.Cut(name, []byte("@"))
			j.job = nameOf(name)
			return
		}
	}
}

func (j *jenkinsLines) Where() Where { return Where{Job: j.job, Step: j.line} }
