package generic

import (
	"bytes"
	"iter"
)

// URLParts yields what else the URL of a candidate of the URL reader says, each
// under the name of its part (RFC 3986, section 3): "scheme", "user", "host" with
// the port if it has one, "path" and "query". What it does not have is left out.
func URLParts(text []byte, c Candidate) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		scheme, _, _ := bytes.Cut(text[c.WholeStart:c.Start], []byte("://"))
		userAt := c.WholeStart + len(scheme) + len("://")
		var user []byte
		if c.Start > userAt {
			user = text[userAt : c.Start-1]
		}
		rest := text[min(c.End+1, len(text)):min(c.End+1+maxValue, len(text))]
		if i := bytes.IndexFunc(rest, endsURL); i >= 0 {
			rest = rest[:i]
		}
		rest, query, _ := bytes.Cut(rest, []byte("?"))
		query, _, _ = bytes.Cut(query, []byte("#"))
		host, path := rest, []byte(nil)
		if i := bytes.IndexAny(rest, "/#"); i >= 0 {
			host, path = rest[:i], rest[i:]
		}
		for _, p := range []struct {
			name string
			text []byte
		}{{"scheme", scheme}, {"user", user}, {"host", host}, {"path", path}, {"query", query}} {
			if len(p.text) > 0 && !yield(p.name, p.text) {
				return
			}
		}
	}
}

// endsURL reports whether a character cannot be in a URL, or is what one is quoted
// by.
func endsURL(r rune) bool {
	switch {
	case r <= ' ', r == 0x7f:
		return true
	}
	return bytes.ContainsRune([]byte("\"'`<>{}\\^|()"), r)
}
