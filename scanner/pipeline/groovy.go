package pipeline

import "strings"

// token is a word, a string or a sign of a program.
type token struct {
	kind tokenKind
	text string // of a string, what is between the quotes, escapes as they stand
	at   int    // offset of text
}

type tokenKind uint8

const (
	end tokenKind = iota
	wordToken
	stringToken
	sign // one character
)

// groovy reads the tokens of a Jenkinsfile. Comments are left out, and with them
// nothing else: what is no Groovy gives tokens all the same.
// https://groovy-lang.org/syntax.html
type groovy struct {
	text string
	at   int
}

func (g *groovy) next() token {
	for g.at < len(g.text) {
		rest := g.text[g.at:]
		switch c := rest[0]; {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			g.at++
		case strings.HasPrefix(rest, "//"), strings.HasPrefix(rest, "#!"):
			g.skipTo("\n")
		case strings.HasPrefix(rest, "/*"):
			g.at += 2
			g.skipTo("*/")
		case c == '\'' || c == '"':
			return g.quoted(c)
		default:
			return g.plain()
		}
	}
	return token{kind: end, at: g.at}
}

// skipTo moves behind the next stop, or to the end.
func (g *groovy) skipTo(stop string) {
	i := strings.Index(g.text[g.at:], stop)
	if i < 0 {
		g.at = len(g.text)
		return
	}
	g.at += i + len(stop)
}

// quoted reads a string in one or three quotes. One that is not closed ends with
// its line, or with the text.
func (g *groovy) quoted(q byte) token {
	stop := string(q)
	if three := strings.Repeat(stop, 3); strings.HasPrefix(g.text[g.at:], three) {
		stop = three
	}
	g.at += len(stop)
	start := g.at
	for g.at < len(g.text) {
		switch {
		case strings.HasPrefix(g.text[g.at:], stop):
			t := token{stringToken, g.text[start:g.at], start}
			g.at += len(stop)
			return t
		case g.text[g.at] == '\\' && g.at+1 < len(g.text):
			g.at++
		case g.text[g.at] == '\n' && len(stop) == 1:
			return token{stringToken, g.text[start:g.at], start}
		}
		g.at++
	}
	return token{stringToken, g.text[start:], start}
}

func (g *groovy) plain() token {
	start := g.at
	if n := nameLen(g.text[start:]); n > 0 {
		for start+n < len(g.text) && g.text[start+n] == '.' && nameLen(g.text[start+n+1:]) > 0 {
			n += 1 + nameLen(g.text[start+n+1:])
		}
		g.at += n
		return token{wordToken, g.text[start:g.at], start}
	}
	g.at++
	return token{sign, g.text[start:g.at], start}
}
