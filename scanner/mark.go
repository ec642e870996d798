package scanner

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// markWords are the words of an inline suppression: ours, and those of the
// tools that a repository may have been marked up for.
var markWords = []string{"leakguard:allow", "gitleaks:allow", "betterleaks:allow", "trufflehog:ignore"}

// longestReason bounds Mark.Reason, in characters: a minified file is one line.
const longestReason = 200

// ParseMark returns the first inline suppression in the lines, or nil:
//
//	leakguard:allow[=RULE[,RULE…]] [until=YYYY-MM-DD] [reason…]
//
// A word of another tool may stand for leakguard:allow. The reason ends with
// its line or with a comment's closing */ or -->. What follows an "=" and is no
// list of rule ids makes it no mark. Until and reason are taken as written: the
// one may be no date, and the other may hold a secret.
func ParseMark(lines []byte) *Mark {
	for at := 0; ; {
		word, i := nextMarkWord(lines[at:])
		if word == "" {
			return nil
		}
		end := at + i + len(word)
		if !wordBefore(lines[:at+i]) && !wordAfter(lines[end:]) {
			if m := parseMarkRest(word, lines[end:]); m != nil {
				return m
			}
		}
		at = end
	}
}

// nextMarkWord finds the first of markWords in text; "" if there is none.
func nextMarkWord(text []byte) (word string, at int) {
	for _, w := range markWords {
		if i := bytes.Index(text, []byte(w)); i >= 0 && (word == "" || i < at) {
			word, at = w, i
		}
	}
	return word, at
}

// wordBefore reports whether a mark's word behind text would only be the end of
// a longer word or address: "notleakguard:allow", "example.com/leakguard:allow".
func wordBefore(text []byte) bool {
	r, n := utf8.DecodeLastRune(text)
	if n > 0 && isJoiner(r) {
		r, _ = utf8.DecodeLastRune(text[:len(text)-n])
	}
	return isWordRune(r)
}

// wordAfter is the same for what stands behind a mark's word.
func wordAfter(text []byte) bool {
	r, n := utf8.DecodeRune(text)
	if n > 0 && isJoiner(r) {
		r, _ = utf8.DecodeRune(text[n:])
	}
	return isWordRune(r)
}

func isJoiner(r rune) bool { return strings.ContainsRune("-./:", r) }

func isWordRune(r rune) bool {
	return r == '_' || r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// parseMarkRest reads what stands behind the word; nil if that is malformed.
func parseMarkRest(word string, text []byte) *Mark {
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	rest := strings.ToValidUTF8(string(text), "\uFFFD")
	for _, closer := range []string{"*/", "-->"} {
		rest, _, _ = strings.Cut(rest, closer)
	}
	m := &Mark{Word: word}
	if list, ok := strings.CutPrefix(rest, "="); ok {
		n := strings.IndexFunc(list, unicode.IsSpace)
		if n < 0 {
			n = len(list)
		}
		m.Rules, rest = strings.Split(list[:n], ","), list[n:]
		for _, id := range m.Rules {
			if !isRuleID(id) {
				return nil
			}
		}
	}
	rest = strings.TrimSpace(rest)
	if until, ok := strings.CutPrefix(rest, "until="); ok {
		n := strings.IndexFunc(until, unicode.IsSpace)
		if n < 0 {
			n = len(until)
		}
		m.Until, rest = until[:n], until[n:]
	}
	m.Reason = markReason(rest)
	return m
}

func isRuleID(id string) bool {
	return id != "" && strings.IndexFunc(id, func(r rune) bool { return r != '-' && !isWordRune(r) }) < 0
}

// markReason drops what only leads up to a reason, and quotes and brackets that
// are the rest of a statement and no reason at all.
func markReason(rest string) string {
	reason := strings.TrimSpace(strings.TrimLeft(rest, " \t:-–—"))
	if strings.IndexFunc(reason, isWordRune) < 0 {
		return ""
	}
	if runes := []rune(reason); len(runes) > longestReason {
		reason = string(runes[:longestReason-1]) + "…"
	}
	return reason
}
