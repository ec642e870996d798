package generic

import (
	"bytes"
)

// assignment reads NAME OPERATOR VALUE round a keyword that ends at end, in the
// ways in which configuration files, programs and command lines write it.
func (s *Scanner) assignment(r Reader, end int) (Candidate, bool) {
	if end <= s.done {
		return Candidate{}, false // an earlier keyword of the same name read it
	}
	text := s.text
	stop := nameEnd(text, end)
	// Most keywords stand in prose and in longer names; what follows tells.
	after, quoted := stop, false
	if after+1 < len(text) && text[after] == '[' && text[after+1] == ']' { // char password[] = "x"
		after += 2
	}
	for after < len(text) && after < stop+4 && (is(text[after], quote) || text[after] == '\\' || text[after] == ']' || text[after] == ')') {
		quoted = quoted || is(text[after], quote)
		after++
	}
	if after >= len(text) {
		return Candidate{}, false
	}
	if c := text[after]; !is(c, blank) && c != '=' && c != ':' && c != ',' && c != '>' && c != '<' && c != '?' && c != '|' && c != '\n' && c != '(' && c != '+' && c != '!' && c != '{' {
		return Candidate{}, false
	}
	start := nameStart(text, end)
	if start >= 2 && text[start-1] == '{' && (text[start-2] == '$' || text[start-2] == '{' || text[start-2] == '#') {
		if text[start-2] != '$' || after != stop || text[stop] != ':' || stop+2 >= len(text) {
			return Candidate{}, false // {{ token }}: a template's own syntax
		}
		// ${DB_PASSWORD:-default} of a shell, ${db.password:default} of Spring.
		if text[stop+1] == '-' {
			stop++
		}
		return s.substituted(start, stop, stop+1)
	}
	if quoted && (bytes.IndexByte(text[start:stop], '$') >= 0 || start > 0 && text[start-1] == '}') {
		return Candidate{}, false // "$PASSWORD" = …: the variable is used, not set
	}
	if r == Password && hasFoldSuffix(text[:end], "identified by") {
		return s.identified(end)
	}
	n := name{start: start, end: stop, after: after, quoted: quoted}
	valueAt, ok := n.operator(text)
	if !ok || !s.tells(text[start:stop]) {
		return Candidate{}, false
	}
	s.done = stop
	v, ok := readValue(text, valueAt, n.needsQuote)
	if !ok || v.bare && text[v.start] == '-' || hasScheme(text[v.start:v.end]) { // the next flag; a header, which has a reader of its own
		return Candidate{}, false
	}
	if k := skipBlanks(text, v.end); v.bare && k > v.end && k < len(text) && text[k] > ' ' && hasFoldSuffix(text[start:stop], "authorization") {
		return Candidate{}, false // Authorization: SCHEME …
	}
	if n.kind == called && text[valueAt-1] == '{' && (v.end+1 >= len(text) || text[v.end+1] != '}') {
		return Candidate{}, false // secretLine{"secret", x}: a value of a type
	}
	if n.setting && v.bare && !endsLine(text, v.end) {
		return Candidate{}, false // prose that begins with the name
	}
	if n.kind == tagged && v.bare && (v.end >= len(text) || text[v.end] != '<' && text[v.end] != ']') {
		return Candidate{}, false // no element: <your-password> alone
	}
	c := Candidate{Start: v.start, End: v.end, WholeStart: start, WholeEnd: v.end, Name: text[start:stop], Bare: v.bare}
	c.syntax = v.syntax
	c.syntax.kind, c.syntax.operator, c.syntax.quotedName = n.kind, n.op, quoted
	if v.syntax.listed == nil && !v.bare && v.end-v.start > 8 && text[v.start] == '{' && !c.member(text) {
		return Candidate{}, false
	}
	c.syntax.value = v.syntax.listed
	if v.bare && n.kind == flagged {
		c.Bare = false // a command line has bare values in any file
	}
	return c, true
}

// name is a name in the text and what its surroundings say.
type name struct {
	start, end int
	after      int // behind closing quotes and brackets
	quoted     bool
	needsQuote bool // the operator is too weak for a bare value
	setting    bool // a name and a value are all of a line
	kind       kind
	op         operator
}

// operator finds where the value begins.
func (n *name) operator(text []byte) (int, bool) {
	i := skipBlanks(text, n.after)
	if i >= len(text) {
		return 0, false
	}
	if at, ok := pairValue(text, n); ok {
		n.kind = paired
		return at, true
	}
	if at, ok := declaredAs(text, i); ok {
		n.op, n.needsQuote = equals, true
		return at, true
	}
	if at, ok := typed(text, i); ok {
		n.op = equals
		return at, true
	}
	rest := text[i:]
	for _, o := range signs {
		if bytes.HasPrefix(rest, []byte(o.sign)) {
			n.needsQuote, n.op = o.needsQuote, o.op
			return i + len(o.sign), true
		}
	}
	switch rest[0] {
	case '=':
		n.op = equals
		return i + 1, true
	case ':':
		n.op = colon
		return i + 1, true
	case ',':
		n.needsQuote, n.kind, n.op = true, argument, comma
		// ("password", "x"): the name is all of its string, or (:password, "x") a symbol.
		if n.quoted && sets(text[:max(0, n.start-1)]) {
			n.kind, n.op = assigned, equals
		}
		before := byte(0)
		if n.start > 0 {
			before = text[n.start-1]
		}
		return i + 1, n.quoted && is(before, quote) || !n.quoted && (before == ':' || before == '{')
	case '{':
		n.needsQuote, n.kind = true, called // std::string password{"x"}
		return i + 1, i == n.after && !n.quoted && i+1 < len(text) && is(text[i+1], quote)
	case '(':
		n.needsQuote, n.kind = true, called
		return i + 1, i == n.after && !n.quoted
	case '>':
		n.kind = tagged
		return i + 1, n.start > 0 && (text[n.start-1] == '<' || n.quoted && is(text[n.start-1], quote))
	}
	if i == n.after {
		return 0, false
	}
	if hasFoldPrefix(rest, "-p ") && string(text[n.start:n.end]) == "sshpass" {
		n.kind = flagged
		return skipBlanks(text, i+len("-p ")), true
	}
	// White space alone: a flag and its value, ENV NAME value, SQL's PASSWORD 'x'.
	if n.start > 0 && n.start+1 < len(text) && text[n.start] == '-' {
		n.kind = flagged
		return i, true
	}
	if set, quoteOnly := settles(text, n); set {
		n.needsQuote, n.setting = quoteOnly, true
		return i, true
	}
	if hasFoldPrefix(rest, "to ") && n.quoted { // "password" to "x"
		n.needsQuote, n.kind = true, paired
		return skipBlanks(text, i+3), true
	}
	n.needsQuote, n.kind = true, spoken
	return i, (rest[0] == '\'' || rest[0] == '"') && !n.quoted && n.spoken(text)
}

// signs are the operators of more than one character.
var signs = []struct {
	sign       string
	op         operator
	needsQuote bool
}{
	{"===", comparison, true}, {"!==", comparison, true}, {"=>", arrow, false}, {":=", walrus, false}, {"==", comparison, true},
	{"!=", comparison, true}, {"+=", otherwise, true}, {"||=", otherwise, true}, {"||", otherwise, true}, {"??", otherwise, true}, {"?=", otherwise, false}, {"::", otherwise, true}, {"->", arrow, true}, {"<-", arrow, true},
}

// spoken reports whether the name alone, followed by a string, is a statement: SQL's
// PASSWORD 'x', not English's "pass"; Clojure's :password "x", Elixir's @password "x".
func (n *name) spoken(text []byte) bool {
	if n.start > 0 && (text[n.start-1] == ':' || text[n.start-1] == '@') {
		return true
	}
	switch string(bytes.ToLower(text[n.start:n.end])) {
	case "password", "passwd", "passphrase":
		return true
	}
	return false
}

// substituted reads the default of a variable that a shell or Spring substitutes.
func (s *Scanner) substituted(start, stop, at int) (Candidate, bool) {
	text := s.text
	end := at
	for end < len(text) && end < at+maxBare && text[end] != '}' && text[end] != '\n' {
		end++
	}
	name := bytes.TrimRight(text[start:stop], ":")
	if len(name) == stop-start && bytes.IndexByte(name, '.') < 0 {
		return Candidate{}, false // ${token:x} is of another template language
	}
	if end >= len(text) || text[end] != '}' || end == at || !s.tells(name) {
		return Candidate{}, false
	}
	s.done = stop
	c := Candidate{Start: at, End: end, WholeStart: start, WholeEnd: end, Name: name}
	c.syntax = syntax{kind: assigned, operator: equals, quote: '"'}
	return c, true
}

// declaredAs skips what C# and Visual Basic write between a name and its value:
// { get; set; } = "x", As String = "x".
func declaredAs(text []byte, i int) (int, bool) {
	j := i
	switch {
	case hasFoldPrefix(text[i:], "{ get"):
		j = bytes.IndexByte(text[i:min(len(text), i+48)], '}')
		if j < 0 {
			return 0, false
		}
		j += i + 1
	case hasFoldPrefix(text[i:], "as string"):
		j += len("as string")
	default:
		return 0, false
	}
	j = skipBlanks(text, j)
	return j + 1, j+1 < len(text) && text[j] == '='
}

// typed skips a type between name and value: "password: str = x",
// "password string = x", "NAME: &str = x".
func typed(text []byte, i int) (int, bool) {
	j := i
	if text[j] == ':' {
		j = skipBlanks(text, j+1)
	}
	k := j
	for k < len(text) && k < j+32 && (is(text[k], letter|digit|joiner) || bytes.IndexByte([]byte("<>[]&*?:"), text[k]) >= 0) {
		k++
	}
	if k == j || k >= len(text) {
		return 0, false
	}
	l := skipBlanks(text, k)
	if l == k && (text[i] != ':' || l+1 < len(text) && !is(text[l+1], quote)) || l+1 >= len(text) || text[l] != '=' || text[l+1] == '=' || text[l+1] == '>' {
		return 0, false
	}
	return l + 1, true
}

// pairValue reads a name that is itself a value, with its value in the next
// field: "name: DB_PASSWORD" over "value: x", <key>..</key><string>x</string>,
// key="password" value="x".
func pairValue(text []byte, n *name) (int, bool) {
	i := n.after
	limit := min(len(text), i+48)
	for i < limit && (is(text[i], blank) || text[i] == '\n' || text[i] == '\r' || text[i] == ',') {
		i++
	}
	if i == n.after && !n.quoted {
		closing := []byte("</key>")
		if !bytes.HasPrefix(text[i:], closing) {
			if closing = []byte("</name>"); !bytes.HasPrefix(text[i:], closing) {
				return 0, false
			}
		}
		i += len(closing)
		for i < len(text) && i < limit && (is(text[i], blank) || text[i] == '\n' || text[i] == '\r') {
			i++
		}
		for _, tag := range []string{"<string>", "<value>"} {
			if bytes.HasPrefix(text[i:], []byte(tag)) {
				return i + len(tag), true
			}
		}
		return 0, false
	}
	if i < len(text) && is(text[i], quote) {
		i++
	}
	if len(text) < i+5 || !bytes.EqualFold(text[i:i+5], []byte("value")) || classified(text[:n.start]) {
		return 0, false
	}
	i += 5
	if i < len(text) && is(text[i], quote) {
		i++
	}
	i = skipBlanks(text, i)
	if i < len(text) && (text[i] == ':' || text[i] == '=') {
		return i + 1, true
	}
	return 0, false
}

// classified reports whether what follows is the kind of something and no name:
// role: TOKEN, value: x.
func classified(text []byte) bool {
	text = bytes.TrimRight(text[max(0, len(text)-16):], " \t\"'")
	text = bytes.TrimRight(bytes.TrimRight(text, ":="), "\"'")
	for _, word := range []string{"role", "type", "kind", "class"} {
		if hasFoldSuffix(text, word) {
			return true
		}
	}
	return false
}

// sets reports whether a text ends in the call of what sets a value by its name:
// define('DB_PASSWORD', 'x'), props.setProperty("password", "x").
func sets(text []byte) bool {
	text = bytes.TrimRight(text, " \t")
	if len(text) == 0 || text[len(text)-1] != '(' {
		return false
	}
	name := text[nameStart(text, len(text)-1) : len(text)-1]
	name = bytes.ToLower(name[bytes.LastIndexByte(name, '.')+1:])
	switch string(name) {
	case "define", "put", "set", "setproperty", "setenv", "putenv", "add", "addproperty", "setattribute", "setparameter", "property", "config",
		"getenv", "env", "fetch", "getordefault", "getproperty": // with a default
		return true
	case "get":
		return bytes.HasSuffix(text, []byte("environ.get("))
	}
	return false
}

// settles reports whether a name and a value with nothing but blanks between them are
// a setting: ENV NAME value, #define NAME "value", setenv NAME value, requirepass value,
// machine h login u password value. quoteOnly: of those that programs write, too.
func settles(text []byte, n *name) (set, quoteOnly bool) {
	line := text[max(0, n.start-2*maxName):n.start]
	line = bytes.TrimLeft(line[bytes.LastIndexByte(line, '\n')+1:], " \t")
	if len(line) == 0 {
		switch string(text[n.start:n.end]) {
		case "requirepass", "masterauth", "password", "wpa-psk":
			return !n.quoted, false
		}
		return false, false
	}
	for _, head := range []string{"ENV ", "ARG ", "setenv ", "set -x ", "set -gx ", "set -Ux "} {
		if bytes.EqualFold(line, []byte(head)) {
			return true, false
		}
	}
	for _, head := range []string{"#define ", "set(", "(def ", "(setq ", "(defparameter ", "(define "} {
		if bytes.EqualFold(line, []byte(head)) {
			return true, true
		}
	}
	return (bytes.HasPrefix(line, []byte("machine ")) || bytes.HasPrefix(line, []byte("login "))) && string(text[n.start:n.end]) == "password", false
}

func skipBlanks(text []byte, i int) int {
	for stop := min(len(text), i+64); i < stop && is(text[i], blank); {
		i++
	}
	return i
}

// value is where a value stands.
type value struct {
	start, end int
	bare       bool
	syntax     syntax
}

// maxValue bounds the length of a value in bytes.
const maxValue = 4096

// maxBare is that of a value without quotes.
const maxBare = 512

// readValue reads the value that begins at or behind at: a quoted string,
// possibly within a conversion such as []byte("…"), or a bare word.
func readValue(text []byte, at int, needsQuote bool) (value, bool) {
	i := skipBlanks(text, at)
	if v, ok := listValue(text, i); ok {
		return v, true
	}
	if bytes.HasPrefix(text[i:], []byte("<![CDATA[")) {
		i += len("<![CDATA[")
	}
	wrapped := skipWrapper(text, i)
	v, ok := wrappedValue(text, wrapped, needsQuote)
	v.syntax.wrapped = wrapped > i
	return v, ok
}

func wrappedValue(text []byte, i int, needsQuote bool) (value, bool) {
	if i >= len(text) {
		return value{}, false
	}
	escaped := false
	if text[i] == '\\' && i+1 < len(text) && text[i+1] == '"' {
		escaped = true
		i++
	}
	if is(text[i], quote) {
		return quotedValue(text, i, escaped)
	}
	if needsQuote {
		return value{}, false
	}
	j := i
	for stop := min(len(text), i+maxBare); j < stop && !is(text[j], bareEnd); {
		j++
	}
	if j < len(text) && (j-i == maxBare || text[j] == '(') {
		return value{}, false
	}
	if k := escapedEnd(text[i:j]); k > 0 {
		j = i + k
	}
	for j > i && (text[j-1] == '.' || text[j-1] == ':' || text[j-1] == '\\') {
		j--
	}
	// More words behind it make prose of it, unless they are a comment.
	if k := skipBlanks(text, j); k > j && k < len(text) && text[k] != '\n' && text[k] != '\r' && text[k] != '#' && text[k] != '-' && text[k] != '/' && text[k] != '\\' && text[k] != '&' && text[k] != '|' && text[k] != ';' {
		if !mixed(text[i:j]) {
			return value{}, false
		}
	}
	return value{start: i, end: j, bare: true}, j > i
}

// skipWrapper steps over a conversion, a prefix of a string literal or a
// constructor that stands before the quote.
func skipWrapper(text []byte, i int) int {
	j := i
	for stop := min(len(text), i+40); j < stop && !is(text[j], quote); j++ {
		c := text[j]
		if !is(c, letter|digit|joiner) && c != '(' && c != '[' && c != ']' && c != ':' && c != ' ' && c != '@' && c != '{' && c != '!' && c != '#' {
			return i
		}
	}
	if j >= len(text) || j == i || !is(text[j], quote) {
		return i
	}
	switch prev := text[j-1]; {
	case prev == '(' || prev == '@' || prev == '[' || prev == '{':
		// A call's result is not its argument: only conversions are looked into.
		head := bytes.ToLower(text[i:j])
		for _, known := range []string{"byte(", "string(", "str(", "some(", "from(", "new", "bytes(", "b64decode(", "@", "securestring", "(", "[", "{", "password(", "secret(", "default("} {
			if bytes.Contains(head, []byte(known)) && !bytes.Contains(head, []byte("get")) && !bytes.Contains(head, []byte("env")) {
				return j
			}
		}
	case prev == '#' && j == i+2 && text[i] == 'r': // r#"x"#
		return j
	case j == i+1 && bytes.IndexByte([]byte("bBrRuUfFLnN$"), prev) >= 0:
		return j
	}
	return i
}

func quotedValue(text []byte, i int, escaped bool) (value, bool) {
	v := value{syntax: syntax{quote: text[i], escaped: escaped}}
	q := text[i]
	i++
	if i+1 < len(text) && text[i] == q && text[i+1] == q {
		i += 2
	}
	v.start = i
	for j, stop := i, min(len(text), i+maxValue); j < stop; j++ {
		switch c := text[j]; {
		case c == '\n' || c == '\r':
			return value{}, false
		case escaped && c == '\\' && j+1 < len(text) && text[j+1] == q, c == q && !escaped:
			v.end = j
			return v, j > i
		case c == '\\' && !escaped && q != '\'':
			j++
		}
	}
	return value{}, false
}

// escapedEnd is where a line ends within a value of a string, written \n or \r.
func escapedEnd(v []byte) int {
	for i := 0; i+1 < len(v); i++ {
		if v[i] == '\\' && (v[i+1] == 'n' || v[i+1] == 'r') {
			return i
		}
	}
	return -1
}

// hasScheme reports whether v is the value of an Authorization header.
func hasScheme(v []byte) bool {
	return hasFoldPrefix(v, "basic ") || hasFoldPrefix(v, "bearer ") || hasFoldPrefix(v, "token ")
}

// tells takes a name apart and reports whether it speaks of a secret.
func (s *Scanner) tells(name []byte) bool {
	s.name.take(name)
	return s.name.tells()
}

// endsLine reports whether nothing but blanks, a comment or another command follows on
// the line.
func endsLine(text []byte, i int) bool {
	if i < len(text) && is(text[i], quote) {
		return true
	}
	j := skipBlanks(text, i)
	return j >= len(text) || bytes.IndexByte([]byte("\r\n\\;#&|"), text[j]) >= 0
}
