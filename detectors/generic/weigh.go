package generic

import "bytes"

// weigh gathers the evidence on a candidate into s.x.
func (s *Scanner) weigh(c *Candidate) {
	s.x = [evidenceCount]float32{}
	v := c.value(s.text)
	if c.syntax.kind == inURL {
		s.x[nameNone] = 1
	} else {
		s.name.take(c.Name)
		weighName(&s.x, &s.name)
	}
	weighShape(&s.x, v)
	weighLooks(&s.x, c.Name, v)
	weighURL(&s.x, c, v)
	s.weighSyntax(c)
	s.weighLine(c)
}

// value is what is judged: the value, or what it says once decoded.
func (c *Candidate) value(text []byte) []byte {
	if c.syntax.value != nil {
		return c.syntax.value
	}
	return text[c.Start:c.End]
}

func flag(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

// share is a part of a whole, 0 to 1.
func share(part, whole int) float32 {
	if whole == 0 {
		return 0
	}
	return float32(part) / float32(whole)
}

// weighSyntax says how name and value are written.
func (s *Scanner) weighSyntax(c *Candidate) {
	x, w := &s.x, &c.syntax
	x[syntaxAssigned+int(w.kind)] = 1
	if w.operator != noOperator {
		x[syntaxEquals+int(w.operator-equals)] = 1
	}
	x[syntaxBare] = flag(w.quote == 0 && w.kind < bearer)
	x[syntaxSingle] = flag(w.quote == '\'')
	x[syntaxDouble] = flag(w.quote == '"')
	x[syntaxBacktick] = flag(w.quote == '`')
	x[syntaxEscaped] = flag(w.escaped)
	x[syntaxWrapped] = flag(w.wrapped)
	x[syntaxListed] = flag(w.listed != nil)
	x[syntaxNested] = flag(w.nested)
	x[syntaxQuotedName] = flag(w.quotedName)
	x[syntaxRaw] = flag(w.raw)
	s.weighFollowing(c)
	x[syntaxDeclared] = flag(declares(lineBefore(s.text, c.WholeStart)))
}

// weighFollowing says what stands behind the value.
func (s *Scanner) weighFollowing(c *Candidate) {
	i := c.End
	for i < len(s.text) && (s.text[i] == '\\' || c.syntax.quote != 0 && s.text[i] == c.syntax.quote) && i < c.End+4 {
		i++
	}
	at := i
	i = skipBlanks(s.text, i)
	if i >= len(s.text) {
		s.x[syntaxEndLine] = 1
		return
	}
	switch b := s.text[i]; {
	case b == '\n' || b == '\r':
		s.x[syntaxEndLine] = 1
	case b == ';':
		s.x[syntaxEndStatement] = 1
	case b == ',':
		s.x[syntaxEndMember] = 1
	case b == ')':
		s.x[syntaxEndCall] = 1
	case b == '}' || b == ']':
		s.x[syntaxEndObject] = 1
	case b == '+' || b == '%':
		s.x[syntaxConcatenated] = 1
	case b == '.' || b == '(' || b == '[':
		s.x[syntaxSelected] = 1
	case i > at && is(b, letter):
		s.x[syntaxWords] = 1
	}
}

// near is how much of the text before and behind a candidate is looked at.
const near = 200

// lineBefore is what stands on the line before i, as far as it is near.
func lineBefore(text []byte, i int) []byte {
	t := text[max(0, i-near):i]
	return t[bytes.LastIndexByte(t, '\n')+1:]
}

// lineBehind is what stands on the line from i on, as far as it is near.
func lineBehind(text []byte, i int) []byte {
	t := text[i:min(len(text), i+near)]
	if j := bytes.IndexByte(t, '\n'); j >= 0 {
		t = t[:j]
	}
	return t
}

// declares reports whether a line begins a declaration or a setting.
func declares(before []byte) bool {
	t := bytes.TrimLeft(before, " \t")
	for _, w := range []string{"const ", "var ", "let ", "val ", "export ", "private ", "public ", "protected ", "static ", "final ", "set ", "define", "ENV ", "ARG ", "declare ", "readonly ", "local ", "#define", "internal "} {
		if bytes.HasPrefix(t, []byte(w)) {
			return true
		}
	}
	return false
}

// The groups of lineWords.
const (
	ofTest = iota
	ofExample
	ofEnvironment
	ofUser
)

// lineWords are what a line says of the values on it.
var lineWords = newPhrases([][]string{
	ofTest:        {"assert", "expect", "mock", "test", "should", "invalid", "wrong", "fail"},
	ofExample:     {"example", "e.g.", "sample", "dummy", "fake", "placeholder"},
	ofEnvironment: {"getenv", "environ", "process.env", "secrets.", "env."},
	ofUser:        {"user", "login", "host", "email", "database", "username", "account", "url", "server"},
}...)

// weighLine says what else stands on the line and, of users and hosts, near by.
func (s *Scanner) weighLine(c *Candidate) {
	before, behind := lineBefore(s.text, c.WholeStart), lineBehind(s.text, c.End)
	s.x[lineComment] = flag(startsComment(bytes.TrimLeft(before, " \t")))
	var held [ofUser + 1]bool
	front := s.text[max(0, c.WholeStart-near):c.WholeStart]
	lineStart := len(front) - len(before)
	lineWords.each(front, func(w *phrase, start, _ int) {
		held[w.group] = held[w.group] || w.group == ofUser || start >= lineStart
	})
	lineWords.each(s.text[c.End:min(len(s.text), c.End+near)], func(w *phrase, _, end int) {
		held[w.group] = held[w.group] || w.group == ofUser || end <= len(behind)
	})
	s.x[lineTest], s.x[lineExample] = flag(held[ofTest]), flag(held[ofExample])
	s.x[lineEnvironment], s.x[lineUser] = flag(held[ofEnvironment]), flag(held[ofUser])
}

func startsComment(line []byte) bool {
	for _, mark := range []string{"//", "#", "/*", "*", "--", "<!--", ";", "rem "} {
		if len(line) >= len(mark) && string(line[:len(mark)]) == mark {
			return true
		}
	}
	return false
}

func appendLower(to, from []byte) []byte {
	for _, c := range from {
		to = append(to, lower(c))
	}
	return to
}

func containsAny(text []byte, words ...string) bool {
	for _, w := range words {
		if bytes.Contains(text, []byte(w)) {
			return true
		}
	}
	return false
}
