package remediate

import (
	"strings"
	"unicode"
)

// zeroWidth is the zero-width space. It is put behind a character that GitHub or
// GitLab would otherwise take for the beginning of a mention or a reference.
const zeroWidth = "\u200b"

// PlainText writes a text of others, such as a path, a variable's or an author's
// name, so that Markdown shows it as it is, on one line. It mentions nobody, refers
// to no issue, and is no HTML, link, comment, table cell or quick action, wherever
// in a line it is put. Backslashes do not suffice for all of that: mentions and
// references are found after they are gone.
func PlainText(s string) string {
	var b strings.Builder
	runes := []rune(oneLine(s))
	for i, r := range runes {
		var next rune
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch {
		case strings.ContainsRune("\\`*_[]<>|~&$#!", r),
			r == ':' && next == '/', // of a bare link
			r == '.' && endsWith(runes[:i], "www"),
			i == 0 && strings.ContainsRune("-+=/:", r), // a list, a heading, a quick action
			(r == '.' || r == ')') && number(runes[:i]):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		if r == '@' || r == '#' || r == '!' || r == '-' && unicode.IsDigit(next) && endsWith(runes[:i], "gh") {
			b.WriteString(zeroWidth)
		}
	}
	return b.String()
}

// codeSpan writes a text of others as code, which no renderer looks into.
func codeSpan(s string) string {
	s = oneLine(s)
	if s == "" {
		return ""
	}
	// A comment's ends would still be those of our marker.
	s = strings.NewReplacer("<!--", "<"+zeroWidth+"!--", "-->", "--"+zeroWidth+">").Replace(s)
	longest, run := 0, 0
	for _, r := range s {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if longest > 0 {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}

// oneLine leaves out what cannot be seen, such as marks that turn the direction of
// writing, and has white space of all kinds be one space.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return ' '
		case unicode.Is(unicode.C, r): // control, format, private, surrogate
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

// endsWith reports whether text ends with a word, in any case.
func endsWith(text []rune, word string) bool {
	return len(text) >= len(word) && strings.EqualFold(string(text[len(text)-len(word):]), word)
}

// number reports whether text is nothing but digits, as in front of a list's item.
func number(text []rune) bool {
	return len(text) > 0 && len(text) < 10 && strings.Trim(string(text), "0123456789") == ""
}

// quietMarkdown is Markdown of a provider's file, with its words for @names and
// <placeholders> shown instead of mentioning somebody and being taken for HTML. Code
// stays as it is.
func quietMarkdown(s string) string {
	var b strings.Builder
	for s != "" {
		before, rest, fence := cutFence(s)
		b.WriteString(quietText(before))
		b.WriteString(fence)
		end := strings.Index(rest, fence)
		if fence == "" || end < 0 {
			b.WriteString(quietText(rest))
			break
		}
		end += len(fence)
		b.WriteString(rest[:end])
		s = rest[end:]
	}
	return b.String()
}

// cutFence cuts at the first run of backquotes.
func cutFence(s string) (before, rest, fence string) {
	i := strings.IndexByte(s, '`')
	if i < 0 {
		return s, "", ""
	}
	rest = strings.TrimLeft(s[i:], "`")
	return s[:i], rest, s[i : len(s)-len(rest)]
}

func quietText(s string) string {
	return strings.NewReplacer("<http", "<http", "<", `\<`, "@", "@"+zeroWidth).Replace(s)
}
