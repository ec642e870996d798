package pipeline

import "strings"

// brackets are how CI systems and shells write a reference to a value that is
// kept elsewhere: GitHub's ${{ }}, Azure's $( ) and $[ ], templates' {{ }}, the
// shell's ${ }.
var brackets = [...]struct{ open, close string }{
	{"${{", "}}"}, {"$[[", "]]"}, {"{{", "}}"}, {"$(", ")"}, {"$[", "]"}, {"${", "}"}, {"<<", ">>"}, {"<%", "%>"},
}

// literal is the part of a value that somebody wrote down: "" if all of it is
// references. Of ${NAME:-default}, all by itself, it is the default.
func literal(value string) string {
	text := strings.TrimSpace(value)
	if inner, ok := strings.CutPrefix(text, "${"); ok && strings.Index(inner, "}") == len(inner)-1 {
		name, def, ok := strings.Cut(inner[:len(inner)-1], "-")
		if name = strings.TrimSuffix(name, ":"); ok && isName(name) {
			return literal(def)
		}
	}
	if onlyReferences(text) {
		return ""
	}
	return value
}

// onlyReferences reports whether nothing but punctuation stands beside
// references. An empty text has nothing at all.
func onlyReferences(text string) bool {
	for text != "" {
		if n := reference(text); n > 0 {
			text = text[n:]
			continue
		}
		if strings.IndexByte(" \t\r\n:/@.,-_\"'", text[0]) < 0 {
			return false
		}
		text = text[1:]
	}
	return true
}

// reference is the length of the reference with which text begins, or 0.
func reference(text string) int {
	for _, b := range brackets {
		if strings.HasPrefix(text, b.open) {
			if i := strings.Index(text, b.close); i > 0 {
				return i + len(b.close)
			}
			return 0
		}
	}
	switch text[0] {
	case '$':
		n := strings.TrimLeft(text[1:], "$")
		name := nameLen(n)
		if name == 0 {
			return 0
		}
		return len(text) - len(n) + name
	case '%':
		if n := nameLen(text[1:]); n > 0 && n+1 < len(text) && text[n+1] == '%' {
			return n + 2
		}
	}
	return 0
}

// nameLen is the length of the shell's kind of name with which text begins.
func nameLen(text string) int {
	n := 0
	for n < len(text) && (text[n] == '_' || isAlpha(text[n]) || n > 0 && isDigit(text[n])) {
		n++
	}
	return n
}

func isName(s string) bool { return s != "" && nameLen(s) == len(s) }

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
