package decode

import (
	"bytes"
	"encoding/base64"
	"slices"
)

// leastValue is the shortest value of a Secret that is read, in characters of
// base64. Those of a run must be longer, because words and paths look alike;
// here the manifest says that they are base64.
const leastValue = 8

// findManifests finds the data of Kubernetes Secrets in manifests in YAML, one
// segment an entry, with its name. Values of several lines are left to the
// search for base64. https://kubernetes.io/docs/concepts/configuration/secret/
func (b *Buffer) findManifests(text []byte, yield func(*Segment)) {
	if !holdsManifest(text) {
		return
	}
	const kind = "kind: Secret"
	for at, from := 0, 0; ; {
		i := bytes.Index(text[at:], []byte(kind))
		if i < 0 {
			return
		}
		at += i
		column := at - lineStart(text, at)
		end := at + len(kind)
		if ahead := text[lineStart(text, at):at]; !endsLine(text[end:]) || len(bytes.Trim(ahead, " -")) > 0 {
			at = end
			continue
		}
		m := mapping{text: text, column: column}
		m.span(from, at)
		if data, ok := m.data(); ok {
			b.entries(text, data, m.end, column, yield)
		}
		at, from = max(end, m.end), m.end
	}
}

// holdsManifest reports whether a line of text may be the apiVersion of one. It
// looks for the rarest of that word's letters.
func holdsManifest(text []byte) bool {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte("Version: "))
		if i < 0 {
			return false
		}
		if bytes.HasSuffix(text[:at+i], []byte("api")) {
			return true
		}
		at += i + 1
	}
}

// mapping is the lines of text[start:end], a mapping of a YAML document in block
// style whose keys stand at a column.
type mapping struct {
	text       []byte
	column     int
	start, end int
}

// span finds the lines round the key at, none of them before from.
func (m *mapping) span(from, at int) {
	m.start = lineStart(m.text, at)
	for !m.isItem(m.start) && m.start > from {
		before := lineStart(m.text, m.start-1)
		if before < from || !m.holds(before) {
			break
		}
		m.start = before
	}
	m.end = nextLine(m.text, at)
	for m.end < len(m.text) && m.holds(m.end) && !m.isItem(m.end) {
		m.end = nextLine(m.text, m.end)
	}
}

// holds reports whether the line at i is of the mapping: a key of it, an item
// that starts with one, or deeper. An empty line is.
func (m *mapping) holds(i int) bool {
	indent := indentation(m.text[i:])
	if i+indent == len(m.text) || m.text[i+indent] == '\n' || m.text[i+indent] == '\r' {
		return true
	}
	return indent >= m.column && !bytes.HasPrefix(m.text[i:], []byte("---")) || m.isItem(i)
}

// isItem reports whether the line at i is an item of a sequence whose first key
// stands at the mapping's column.
func (m *mapping) isItem(i int) bool {
	indent := indentation(m.text[i:])
	rest := m.text[i+indent:]
	return len(rest) > 1 && rest[0] == '-' && rest[1] == ' ' && indent+1+indentation(rest[1:]) == m.column
}

// data returns where the lines below the mapping's key data start.
func (m *mapping) data() (start int, ok bool) {
	for i := m.start; i < m.end; i = nextLine(m.text, i) {
		key := i + m.column
		if key < m.end && bytes.HasPrefix(m.text[key:], []byte("data:")) && endsLine(m.text[key+len("data:"):]) &&
			(m.isItem(i) || indentation(m.text[i:]) == m.column) {
			return nextLine(m.text, i), true
		}
	}
	return 0, false
}

// entries yields the entries of the lines in text[start:end] that are indented
// more than column.
func (b *Buffer) entries(text []byte, start, end, column int, yield func(*Segment)) {
	for i := start; i < end; i = nextLine(text, i) {
		line := bytes.TrimRight(text[i:nextLine(text, i)], "\r\n \t")
		indent := indentation(line)
		if indent <= column && indent < len(line) {
			return
		}
		b.entry(text, i+indent, i+len(line), yield)
	}
}

// entry yields text[start:end], if it is a name and a value in base64 that is
// one line of text, with the value decoded.
func (b *Buffer) entry(text []byte, start, end int, yield func(*Segment)) {
	colon := bytes.IndexByte(text[start:end], ':')
	if colon < 0 {
		return
	}
	from := start + colon + 1
	from += indentation(text[from:end])
	to := end
	if quoted := text[from:to]; len(quoted) > 1 && (quoted[0] == '"' || quoted[0] == '\'') && quoted[len(quoted)-1] == quoted[0] {
		from, to = from+1, to-1
	}
	if to-from < leastValue || (to-from)%4 != 0 {
		return
	}
	b.text = append(b.text[:0], text[start:from]...)
	name := len(b.text)
	b.text = slices.Grow(b.text, to-from)
	n, err := base64.StdEncoding.Decode(b.text[name:name+to-from], text[from:to])
	value := bytes.TrimRight(b.text[name:name+n], "\r\n")
	if err != nil || len(value) == 0 || !isText(value, 0) || bytes.IndexByte(value, '\n') >= 0 {
		return
	}
	b.text = b.text[:name+len(value)]
	b.escapes = append(b.escapes[:0], escape{from, to, name, len(b.text)})
	b.text = append(b.text, text[to:end]...)
	b.segment = Segment{Kind: "kubernetes-secret", Start: start, End: end, Text: b.text, escapes: b.escapes}
	yield(&b.segment)
}

func lineStart(text []byte, i int) int { return bytes.LastIndexByte(text[:i], '\n') + 1 }

func nextLine(text []byte, i int) int {
	if n := bytes.IndexByte(text[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(text)
}

// endsLine reports whether nothing but blanks stands before the next line end.
func endsLine(s []byte) bool {
	s = s[indentation(s):]
	return len(s) == 0 || s[0] == '\n' || s[0] == '\r' || s[0] == '#'
}

// indentation is how many spaces s starts with.
func indentation(s []byte) int {
	n := 0
	for n < len(s) && s[n] == ' ' {
		n++
	}
	return n
}
