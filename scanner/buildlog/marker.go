package buildlog

import (
	"bytes"
	"slices"
	"strings"
)

// countLines counts the lines of head for which is holds. Lines come without
// their line end.
func countLines(head []byte, is func(line []byte) bool) (n int) {
	for line := range bytes.Lines(head) {
		if is(bytes.TrimRight(line, "\r\n")) {
			n++
		}
	}
	return n
}

// timestampLen is the length of the RFC 3339 timestamp with which s begins, or 0.
func timestampLen(s []byte) int {
	n := shapeLen(s, "0000-00-00T00:00:00")
	if n == 0 {
		return 0
	}
	if n < len(s) && s[n] == '.' {
		n++
		n += digits(s[n:])
	}
	if n < len(s) && s[n] == 'Z' {
		return n + 1
	}
	if n < len(s) && (s[n] == '+' || s[n] == '-') {
		if zone := shapeLen(s[n+1:], "00:00"); zone > 0 {
			return n + 1 + zone
		}
	}
	return 0
}

// bracketedTimestampLen is the length of a timestamp in brackets and the space
// behind it, "[2026-02-23T11:13:26.578Z] ", or 0.
func bracketedTimestampLen(s []byte) int {
	if len(s) == 0 || s[0] != '[' {
		return 0
	}
	n := timestampLen(s[1:])
	if n == 0 || !bytes.HasPrefix(s[1+n:], []byte("] ")) {
		return 0
	}
	return 1 + n + 2
}

// shapeLen is len(shape) if s begins with it, where '0' stands for any digit,
// else 0.
func shapeLen(s []byte, shape string) int {
	if len(s) < len(shape) {
		return 0
	}
	for i := range len(shape) {
		if shape[i] == '0' && !isDigit(s[i]) || shape[i] != '0' && s[i] != shape[i] {
			return 0
		}
	}
	return len(shape)
}

// digits is how many decimal digits s begins with.
func digits(s []byte) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// maxName bounds the name of a job or step that a log can make us keep, in bytes.
const maxName = 200

// nameOf is b as the name of a job or step.
func nameOf(b []byte) string {
	b = bytes.TrimSpace(b)
	b = b[:min(len(b), maxName)]
	return strings.ToValidUTF8(string(b), "")
}

// maxDepth bounds how deep blocks may nest; real logs stay below ten.
const maxDepth = 64

// blocks are the named blocks of a log that are open, outermost first.
type blocks struct{ names []string }

// open enters a block. Deeper than maxDepth, the innermost one gives way.
func (b *blocks) open(name string) {
	if len(b.names) == maxDepth {
		b.names = b.names[:maxDepth-1]
	}
	b.names = append(b.names, name)
}

// close leaves the innermost block of that name and all within it. A name that
// is not open changes nothing: logs are cut, and jobs print markers of their own.
func (b *blocks) close(name string) {
	for i, n := range slices.Backward(b.names) {
		if n == name {
			b.names = b.names[:i]
			return
		}
	}
}

// innermost is the name of the innermost block, or "".
func (b *blocks) innermost() string {
	if len(b.names) == 0 {
		return ""
	}
	return b.names[len(b.names)-1]
}
