package rules

import (
	"iter"
	"strings"
)

// nearPattern builds the regular expression of a credential whose value has no
// shape of its own: one of the names, an assignment of any common syntax, and
// the value, ended by something that cannot belong to it.
//
//	DATADOG_API_KEY = "0123…"      datadog: {api_key: 0123…}
//	--datadog-api-key 0123…        <datadogApiKey>0123…</datadogApiKey>
func nearPattern(names []string, value string) string {
	var b strings.Builder
	b.WriteString(`(?i:`)
	for i, n := range names {
		if i > 0 {
			b.WriteByte('|')
		}
		b.WriteString(nameForms(n))
	}
	b.WriteString(`)`)
	// The rest of the name, and what may stand between it and the operator.
	b.WriteString(`[ \t\w.\-]{0,32}(?:\\?["'` + "`" + `\])]){0,2}(?:[ \t]{0,16}:[ \t]{0,16}\w{1,16})?[ \t]{0,16}`)
	// The operator; a comma for call arguments, white space for flags, > for XML.
	b.WriteString(`(?:=>|:=|\|\|=?|\?=|={1,3}|:{1,2}|,|>|\(|[ \t])`)
	b.WriteString(`[ \t]{0,16}(?:\w{1,12}\()?(?:\\?["'` + "`" + `(\[<]){0,3}`)
	b.WriteString(`(?P<secret>` + value + `)(?:[^\w\-/+=]|\\[nrt]|$)`)
	return b.String()
}

// nameForms lets the separators of a name vary: "api key" is api_key, api-key,
// apiKey, api.key and api key.
func nameForms(name string) string {
	words := strings.Fields(name)
	for i, w := range words {
		words[i] = quoteMeta(w)
	}
	return strings.Join(words, `[ _.\-]?`)
}

// Matches yields where the pattern and its groups match within text[start:end],
// as offsets into text. The name of a near rule must begin a word there: a match
// whose name does not is passed over, and the search goes on inside it.
func (s *Shape) Matches(text []byte, start, end int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		if len(s.need.names) == 0 {
			for _, loc := range s.Regexp.FindAllSubmatchIndex(text[start:end], -1) {
				if !yield(moved(loc, start)) {
					return
				}
			}
			return
		}
		// What a near pattern matches does not depend on the bytes before it.
		for start < end {
			loc := s.Regexp.FindSubmatchIndex(text[start:end])
			if loc == nil {
				return
			}
			moved(loc, start)
			start = loc[1]
			if !beginsWord(text, loc[0]) {
				start = loc[0] + 1
			} else if !yield(loc) {
				return
			}
		}
	}
}

func moved(loc []int, by int) []int {
	for i := range loc {
		if loc[i] >= 0 {
			loc[i] += by
		}
	}
	return loc
}

// beginsWord reports whether the letter at text[at] begins a word of a name, as
// tines does in MY_TINES_KEY, myTinesKey, MYTinesKey, -Dtines.key and "\ntines_key",
// and does not in routines_key.
func beginsWord(text []byte, at int) bool {
	if at == 0 || !isLetter(text[at-1]) || !isLetter(text[at]) || behindLetter(text, at) {
		return true
	}
	if !isUpper(text[at]) {
		return false
	}
	return !isUpper(text[at-1]) || at+1 < len(text) && isLetter(text[at+1]) && !isUpper(text[at+1])
}

// behindLetter reports whether the letter before text[at] is none of a name: that of
// an escape such as \n, or of an option such as -D.
func behindLetter(text []byte, at int) bool {
	if at < 2 {
		return false
	}
	switch text[at-2] {
	case '\\':
		return strings.IndexByte("nrt", text[at-1]) >= 0
	case '-':
		return at == 2 || !isWord(text[at-3])
	}
	return false
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isUpper(c byte) bool  { return 'A' <= c && c <= 'Z' }

func quoteMeta(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(`\.+*?()|[]{}^$`, s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
