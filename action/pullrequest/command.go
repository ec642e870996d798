package pullrequest

import (
	"bytes"
	"crypto/rand"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// property is a key=value pair of a workflow command.
type property struct{ key, value string }

// command is a workflow command of GitHub Actions with its line end (GitHub's page
// "Workflow commands for GitHub Actions"). Properties without a value are left out,
// as the runner would. No text ends the command, or begins another.
func command(name string, properties []property, message string) string {
	var b strings.Builder
	b.WriteString("::" + name)
	separator := " "
	for _, p := range properties {
		if p.value != "" {
			b.WriteString(separator + p.key + "=" + propertyEscapes.Replace(p.value))
			separator = ","
		}
	}
	b.WriteString("::" + messageEscapes.Replace(message) + "\n")
	return b.String()
}

var (
	messageEscapes  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// Guarded returns a writer to a job's log for what comes out of scanned text: the
// runner obeys no command between what it writes first and what Close writes last.
// Only a token that is new with each call, and that no text can know, ends that.
//
// The runner still reads both kinds of command in there, :: at the start of a line
// and ##[ anywhere, and compares each with the token; the page that shows the log
// would paint the second kind, and so it is broken up. Characters that act on a
// terminal are replaced, see inert.
//
// Lines are written when they end. Close does not close w.
func Guarded(w io.Writer) io.WriteCloser { return &guarded{w: w, token: rand.Text()} }

// Quiet returns a writer to a job's log in whose lines the runner sees no command. It is
// for what goes to another stream than commands do: the runner reads both, and which of
// their lines comes first is not settled. Close writes a last line that has no end.
func Quiet(w io.Writer) io.WriteCloser { return &guarded{w: w, opened: true} }

type guarded struct {
	w      io.Writer
	token  string // "": there is none, and each line is made to be no command
	line   []byte // that has no end yet
	opened bool
	err    error // of w; nothing is written after it
}

func (g *guarded) Write(p []byte) (int, error) {
	g.open()
	g.line = append(g.line, p...)
	for g.err == nil {
		line, rest, ok := bytes.Cut(g.line, []byte("\n"))
		if !ok {
			break
		}
		g.printLine(string(line))
		g.line = rest
	}
	if g.err != nil {
		return 0, g.err
	}
	return len(p), nil
}

func (g *guarded) Close() error {
	g.open()
	if len(g.line) > 0 {
		g.printLine(string(g.line))
		g.line = nil
	}
	if g.token != "" {
		g.print(command(g.token, nil, ""))
	}
	return g.err
}

func (g *guarded) printLine(line string) {
	line = inert(line)
	if g.token == "" && strings.HasPrefix(strings.TrimSpace(line), "::") {
		line = strings.Replace(line, "::", ": :", 1)
	}
	g.print(line + "\n")
}

func (g *guarded) open() {
	if !g.opened {
		g.opened = true
		g.print(command("stop-commands", nil, g.token))
	}
}

func (g *guarded) print(s string) {
	if g.err == nil {
		_, g.err = io.WriteString(g.w, s)
	}
}

// inert is s as one line that a log and a terminal show and do not obey: white space
// is a space, what else does not print, or is no UTF-8, is U+FFFD, and ##[ is taken
// apart.
func inert(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r):
			return r
		}
		return utf8.RuneError
	}, s)
	return strings.ReplaceAll(s, "##[", "## [")
}
