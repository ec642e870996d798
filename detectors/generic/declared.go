package generic

import "bytes"

// maxDeclared bounds how far the parts of a declaration lie apart, in bytes.
const maxDeclared = 1024

// declared reads the value of what is declared under its name somewhere before it:
// a variable of Terraform with its default, an output of Terraform's state, a
// parameter of CloudFormation with its default, or in a file of parameters.
func (s *Scanner) declared(end int) (Candidate, bool) {
	text := s.text
	switch text[end-1] {
	case ' ':
		return s.parameter(end)
	case 'e': // true
		return s.output(end)
	}
	if hasFoldSuffix(text[:end], `value"`) {
		return s.parameterValue(end)
	}
	return s.variable(end)
}

// declaration is the candidate of a value that readValue reads at at.
func (s *Scanner) declaration(name []byte, at int, needsQuote bool) (Candidate, bool) {
	v, ok := readValue(s.text, at, needsQuote)
	if !ok || v.syntax.listed != nil || v.bare && !mixed(s.text[v.start:v.end]) {
		return Candidate{}, false
	}
	c := Candidate{Start: v.start, End: v.end, WholeStart: v.start, WholeEnd: v.end, Name: name, Bare: v.bare, syntax: v.syntax}
	c.syntax.kind, c.syntax.operator = assigned, equals
	return c, true
}

// variable reads the default of Terraform's variable "NAME", of which the name begins
// at at.
func (s *Scanner) variable(at int) (Candidate, bool) {
	text := s.text
	stop := nameEnd(text, at)
	if stop >= len(text) || text[stop] != '"' || !s.tells(text[at:stop]) {
		return Candidate{}, false
	}
	block := text[stop:min(len(text), stop+maxDeclared)]
	if i := bytes.Index(block, []byte("\n}")); i >= 0 {
		block = block[:i]
	}
	i := bytes.Index(block, []byte("\n  default"))
	if i < 0 {
		return Candidate{}, false
	}
	i = skipBlanks(text, stop+i+len("\n  default"))
	if i >= len(text) || text[i] != '=' {
		return Candidate{}, false
	}
	return s.declaration(text[at:stop], i+1, true)
}

// output reads the value of an output of Terraform's state that is marked sensitive up
// to end: "NAME": {"value": "x", "type": "string", "sensitive": true}.
func (s *Scanner) output(end int) (Candidate, bool) {
	text := s.text
	from := max(0, end-maxDeclared)
	open := bytes.LastIndexByte(text[from:end], '{')
	if open < 0 {
		return Candidate{}, false
	}
	open += from
	i := bytes.Index(text[open:end], []byte(`"value"`))
	if i < 0 || bytes.IndexByte(text[open:end], '}') >= 0 {
		return Candidate{}, false
	}
	i = skipBlanks(text, open+i+len(`"value"`))
	if text[i] != ':' {
		return Candidate{}, false
	}
	name := quotedBefore(text, open)
	if !s.tells(name) {
		name = []byte("secret") // that it is sensitive tells it
	}
	return s.declaration(name, i+1, true)
}

// quotedBefore is the name in quotes before the colon or the comma that ends at end,
// or nil.
func quotedBefore(text []byte, end int) []byte {
	t := bytes.TrimRight(text[max(0, end-2*maxName):end], " \t\r\n:,")
	if len(t) == 0 || t[len(t)-1] != '"' {
		return nil
	}
	t = t[:len(t)-1]
	i := bytes.LastIndexByte(t, '"')
	if i < 0 {
		return nil
	}
	return t[i+1:]
}

// parameterValue reads a parameter of CloudFormation: {"ParameterKey": "NAME",
// "ParameterValue": "x"}, of which "ParameterValue" ends at end.
func (s *Scanner) parameterValue(end int) (Candidate, bool) {
	text := s.text
	i := skipBlanks(text, end)
	name := quotedBefore(text, end-len(`"ParameterValue"`))
	if i >= len(text) || text[i] != ':' || !s.tells(name) {
		return Candidate{}, false
	}
	return s.declaration(name, i+1, true)
}

// parameter reads the default, which follows "Default: " at end, of a parameter that
// is a key of YAML:
//
//	NAME:
//	  Type: String
//	  Default: x
func (s *Scanner) parameter(end int) (Candidate, bool) {
	text := s.text
	line := lineBefore(text, end)
	depth := indentation(line)
	if depth == 0 || len(line) != depth+len("Default: ") {
		return Candidate{}, false
	}
	lines := bytes.Split(text[max(0, end-maxDeclared):end], []byte{'\n'})
	for i := len(lines) - 2; i > 0; i-- {
		line := bytes.TrimRight(lines[i], " \t\r")
		if len(line) == 0 || indentation(line) >= depth {
			continue
		}
		name, isKey := bytes.CutSuffix(bytes.TrimLeft(line, " "), []byte(":"))
		if !isKey || !s.tells(name) {
			return Candidate{}, false
		}
		return s.declaration(name, end, false)
	}
	return Candidate{}, false
}

// indentation is how many blanks a line begins with.
func indentation(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " ")) }
