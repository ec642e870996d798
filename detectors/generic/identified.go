package generic

import "bytes"

// identified reads the password of SQL's IDENTIFIED BY, which ends at end: quoted,
// with quotes that a string round the statement escapes, or bare.
func (s *Scanner) identified(end int) (Candidate, bool) {
	text := s.text
	i := skipBlanks(text, end)
	if hasFoldPrefix(text[i:], "password ") { // MySQL's hash
		return Candidate{}, false
	}
	for i < len(text) && text[i] == '\\' {
		i++
	}
	if i >= len(text) || i == end {
		return Candidate{}, false
	}
	statement := bytes.ToLower(lineBefore(text, end))
	if !containsAny(statement, "create", "alter", "grant", "user", "role", "set ") {
		return Candidate{}, false // prose: the object identified by this name
	}
	c := Candidate{WholeStart: end - len("by"), Name: []byte("password"), syntax: syntax{kind: spoken}}
	j := i
	if is(text[i], quote) {
		q := text[i]
		i++
		for j = i; j < len(text) && j < i+maxValue && text[j] != q && text[j] != '\\' && text[j] != '\n'; {
			j++
		}
		c.syntax.quote = q
	} else {
		for j < len(text) && j < i+maxValue && !is(text[j], bareEnd) && text[j] != ';' {
			j++
		}
	}
	c.Start, c.End, c.WholeEnd = i, j, j
	return c, j > i
}

// member narrows a candidate whose value is an object, in JSON or the like, to the
// member of it that could be the secret: "token": "{\"sig\": \"…\", \"name\": \"root\"}".
// Without one it is no candidate.
func (c *Candidate) member(text []byte) bool {
	best := 0
	start, end := c.Start, c.End
	for i := start; i < end; {
		q := bytes.IndexAny(text[i:end], `"'`)
		if q < 0 {
			break
		}
		i += q + 1
		mark := text[i-1]
		n := bytes.IndexByte(text[i:end], mark)
		if n < 0 {
			break
		}
		word := bytes.TrimRight(text[i:i+n], `\`)
		after := skipBlanks(text, i+n+1)
		isName := after < end && text[after] == ':'
		if !isName && len(word) > best && len(word) >= 8 && mixed(word) {
			best = len(word)
			c.Start, c.End = i, i+len(word)
			c.syntax.nested, c.syntax.quote = true, mark
			c.syntax.escaped = len(word) < n
		}
		i += n + 1
	}
	c.WholeEnd = max(c.End, c.WholeStart)
	return best > 0
}
