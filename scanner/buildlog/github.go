package buildlog

import (
	"bytes"
	"strings"
)

// GitHub is the log of a job or a step of GitHub Actions, as actions/runner
// writes it (src/Runner.Common/Logging.cs): a time with seven digits of a
// fraction before each message, of which only the first line has it, and
// markers that begin with "##[". A step begins with a group that shows its
// script and the variables of its environment (ScriptHandler.cs, Handler.cs). So
// does the output of gh run view --log, which puts job and step before the time.
var GitHub = Format{
	Name:    "github",
	Summary: "GitHub Actions",
	Signs:   githubSigns,
	New:     func() Lines { return new(githubLines) },
}

// githubSigns counts lines that the runner alone writes. A time of seven digits
// is also Azure's, and so is one sign in all.
func githubSigns(head []byte) int {
	timed := false
	n := countLines(head, func(line []byte) bool {
		line = bytes.TrimPrefix(line, []byte(byteOrderMark))
		_, start := githubPrefix(line)
		timed = timed || start >= githubTime
		text := line[start:]
		for _, sign := range []string{
			"##[group]Run ", "##[group]Runner Image", "##[group]GITHUB_TOKEN Permissions", "##[group]Operating System",
			"##[start-action ", "shell: ", "Complete job name: ", "Post job cleanup.", "Current runner version: ",
		} {
			if start > 0 && bytes.HasPrefix(text, []byte(sign)) {
				return true
			}
		}
		return false
	})
	if n == 0 && timed && !bytes.Contains(head, []byte("##[section]")) {
		n = 1
	}
	return n
}

// githubTime is the length of "2026-08-20T23:51:25.1234567Z".
const githubTime = 28

// githubPrefix is the length of what is before a line's text: the time, and job
// and step in what gh prints.
func githubPrefix(line []byte) (where Where, start int) {
	if n := githubStamp(line); n > 0 {
		return Where{}, n
	}
	job, rest, ok := bytes.Cut(line[:min(len(line), 2*maxName)], []byte("\t"))
	if !ok {
		return Where{}, 0
	}
	step, _, ok := bytes.Cut(rest, []byte("\t"))
	if !ok {
		return Where{}, 0
	}
	at := len(job) + len(step) + 2
	if bytes.HasPrefix(line[at:], []byte(byteOrderMark)) {
		at += len(byteOrderMark)
	}
	n := githubStamp(line[at:])
	if n == 0 {
		return Where{}, 0
	}
	where = Where{Job: nameOf(job), Step: nameOf(step)}
	if where.Step == "UNKNOWN STEP" {
		where.Step = ""
	}
	return where, at + n
}

// githubStamp is the length of the time and of the blank behind it.
func githubStamp(line []byte) int {
	if len(line) < githubTime || line[githubTime-1] != 'Z' || line[githubTime-9] != '.' ||
		timestampLen(line[:githubTime]) != githubTime {
		return 0
	}
	if len(line) > githubTime && line[githubTime] == ' ' {
		return githubTime + 1
	}
	return githubTime
}

// githubLines knows where in a step's log a line is.
type githubLines struct {
	where   Where
	printed Where // what gh printed before the last line that it was printed for

	inHeader bool // in the group at the head of a step
	inEnv    bool // behind its "env:"
}

// Line tells the runner's markers from the text of the job.
func (g *githubLines) Line(line []byte) (start int, text bool) {
	printed, start := githubPrefix(line)
	if start == 0 {
		return 0, true // a message's second line
	}
	if printed != (Where{}) && printed != g.printed {
		g.printed, g.where = printed, printed
	}
	msg := line[start:]
	if len(msg) > 2 && msg[0] == '#' && msg[1] == '#' && msg[2] == '[' {
		n, text := g.marker(msg)
		return start + n, text
	}
	if g.inHeader {
		g.header(msg)
		return start, true
	}
	if name, ok := bytes.CutPrefix(msg, []byte("Complete job name: ")); ok {
		g.where.Job = nameOf(name)
	}
	if g.printed.Step == "" && string(msg) == "Post job cleanup." {
		g.where.Step = "Post job cleanup"
	}
	return start, true
}

// marker reads "##[name]" and returns where its text begins, and whether it may
// have one.
func (g *githubLines) marker(msg []byte) (start int, text bool) {
	end := bytes.IndexByte(msg, ']')
	if end < 0 {
		return 0, true
	}
	title := msg[end+1:]
	switch string(msg[3:end]) {
	case "group":
		if script, ok := bytes.CutPrefix(title, []byte("Run ")); ok {
			g.inHeader, g.inEnv, g.where.Variable = true, false, ""
			if g.printed.Step == "" {
				g.where.Step = "Run " + nameOf(script)
			}
		}
	case "endgroup":
		g.inHeader, g.inEnv, g.where.Variable = false, false, ""
		return 0, false
	case "error", "warning", "notice", "debug", "command", "section":
	default:
		return 0, true // such as start-action, which has its text within
	}
	return end + 1, true
}

// header reads a line of the group at a step's head:
//
//	env:
//	  NAME: value
func (g *githubLines) header(msg []byte) {
	switch {
	case string(msg) == "env:":
		g.inEnv = true
	case !bytes.HasPrefix(msg, []byte("  ")):
		g.inEnv, g.where.Variable = false, ""
	case g.inEnv:
		name, _, ok := bytes.Cut(msg[2:], []byte(":"))
		if ok && isVariable(name) && string(name) != g.where.Variable {
			g.where.Variable = string(name)
		}
	}
}

// Where is where the last line belongs.
func (g *githubLines) Where() Where { return g.where }

// isVariable reports whether b is the name of an environment variable.
func isVariable(b []byte) bool {
	const others = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-"
	return len(b) > 0 && len(b) <= maxName && strings.Trim(string(b), others) == ""
}
