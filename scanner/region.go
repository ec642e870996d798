package scanner

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/redact"
)

const (
	snippetContext = 80      // bytes shown on either side of a secret
	markContext    = 4 << 10 // bytes of a line looked through for an inline mark
)

// makeHits gives each match its region, its redacted line, its inline mark and what
// may be a part of it.
// Matches are sorted by where they begin.
func makeHits(text []byte, c Chunk, matches []detectors.Match) []Hit {
	pos := cursor{text: text, line: c.Lines + 1, column: c.Column + 1}
	hits := make([]Hit, len(matches))
	for i, m := range matches {
		h := Hit{Match: m, Place: c.Place, Before: c.Before, name: assigned(text, &m)}
		pos.seek(m.Secret.Start)
		h.Region.StartLine, h.Region.StartColumn = pos.line, pos.column
		end := pos
		end.seek(m.Secret.End)
		h.Region.EndLine, h.Region.EndColumn = end.line, end.column
		if m.OfPath() {
			h.Region = Region{}
			hits[i] = h
			continue
		}
		h.Snippet = snippet(text, m.Secret, matches)
		h.Mark = markOf(text, m.Whole, m.Secret)
		if m.Allowed && h.Mark == nil {
			h.Mark = &Mark{Word: "gitleaks:allow"}
		}
		hits[i] = h
	}
	spreadParts(text, hits)
	return hits
}

// cursor walks a text forward, counting lines and columns.
type cursor struct {
	text         []byte
	at           int
	line, column int
}

func (p *cursor) seek(to int) {
	part := p.text[p.at:to]
	if n := bytes.Count(part, []byte{'\n'}); n > 0 {
		p.line += n
		p.column = 1
		part = part[bytes.LastIndexByte(part, '\n')+1:]
	}
	p.column += utf8.RuneCount(part)
	p.at = to
}

// snippet is the line in which the secret begins, cut to its surroundings, with
// every match in it redacted.
func snippet(text []byte, secret detectors.Span, matches []detectors.Match) string {
	from := max(lineStart(text, secret.Start, snippetContext), secret.Start-snippetContext)
	to := min(lineEnd(text, secret.End, snippetContext), secret.End+snippetContext)
	var b strings.Builder
	at := from
	for _, m := range matches {
		if m.Secret.End <= at || m.Secret.Start >= to {
			continue
		}
		if m.Secret.Start > at {
			b.Write(text[at:m.Secret.Start])
		}
		b.WriteString(redact.Secret(m.Value))
		at = m.Secret.End
	}
	if at < to {
		b.Write(text[at:to])
	}
	return strings.TrimRight(strings.ToValidUTF8(b.String(), "\uFFFD"), "\r\n")
}

// lineStart is where the line begins that holds offset i, looked for in reach
// bytes.
func lineStart(text []byte, i, reach int) int {
	lo := max(0, i-reach)
	return lo + bytes.LastIndexByte(text[lo:i], '\n') + 1
}

// lineEnd is where the line ends that holds offset i, looked for in reach bytes.
func lineEnd(text []byte, i, reach int) int {
	hi := min(len(text), i+reach)
	if n := bytes.IndexByte(text[i:hi], '\n'); n >= 0 {
		return i + n
	}
	return hi
}

// markOf looks for an inline suppression on the lines of a match.
func markOf(text []byte, whole, secret detectors.Span) *Mark {
	from := lineStart(text, min(whole.Start, secret.Start), markContext)
	to := lineEnd(text, max(secret.Start, secret.End-1), markContext)
	return ParseMark(text[from:max(from, to)])
}
