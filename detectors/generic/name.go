package generic

import (
	"bytes"
	"slices"
	"strings"
)

// maxName bounds how far a name reaches from its keyword on either side.
const maxName = 64

// nameStart is where the name begins that holds text[at].
func nameStart(text []byte, at int) int {
	lo := max(0, at-maxName)
	for at > lo && is(text[at-1], letter|digit|joiner) {
		at--
	}
	return at
}

// nameEnd is where the name ends that goes on at text[at].
func nameEnd(text []byte, at int) int {
	hi := min(len(text), at+maxName)
	for at < hi && is(text[at], letter|digit|joiner) {
		at++
	}
	return at
}

// split cuts a name into its words, lower case: "AWS_secretKey2" is aws, secret,
// key, 2. Words are appended to parts and lie in buf, which must have room.
func split(name []byte, buf []byte, parts [][]byte) [][]byte {
	start := len(buf)
	flush := func() {
		if len(buf) > start {
			parts = append(parts, buf[start:len(buf):len(buf)])
			start = len(buf)
		}
	}
	for i, c := range name {
		switch {
		case is(c, joiner):
			flush()
			continue
		case i > 0 && isUpper(c) && !isUpper(name[i-1]),
			i > 0 && isUpper(c) && i+1 < len(name) && isLower(name[i+1]),
			i > 0 && isDigit(c) != isDigit(name[i-1]):
			flush()
		}
		buf = append(buf, lower(c))
	}
	flush()
	return parts
}

func allDigits(s []byte) bool {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// word is one word of a name.
type word struct {
	text  []byte // lower case
	means meaning
	tells strengthOf
}

// named is a name taken apart.
type named struct {
	name  []byte
	words []word // without the number at its end: password, 2
	lower [3 * maxName]byte
	room  [24]word
}

// take takes a name apart, unless it is the one that was before.
func (n *named) take(name []byte) {
	if len(name) == len(n.name) && (len(name) == 0 || &name[0] == &n.name[0]) {
		return
	}
	n.name, n.words = name, n.room[:0]
	var list [24][]byte
	parts := split(name, n.lower[:0], list[:0])
	for len(parts) > 1 && allDigits(parts[len(parts)-1]) {
		parts = parts[:len(parts)-1]
	}
	known := lexicon()
	for i, p := range parts {
		m := known[string(p)]
		tells := telling(p, m)
		if i == 0 && len(parts) > 1 && string(p) == "pass" && known[string(parts[1])]&passBehind == 0 {
			tells = ofNothing // passThrough, pass_rate
		}
		n.words = append(n.words, word{p, m, tells})
	}
}

// tells reports whether the name has a word that speaks of a secret; what has none is
// not looked at any further.
func (n *named) tells() bool {
	for i := range n.words {
		if n.words[i].tells != ofNothing {
			return true
		}
	}
	return false
}

// last is the last word of a name that has one.
func (n *named) last() *word { return &n.words[len(n.words)-1] }

// lastTells is what the last word speaks of, if there is one.
func (n *named) lastTells() strengthOf {
	if len(n.words) == 0 {
		return ofNothing
	}
	return n.last().tells
}

// plainKey reports whether the name ends in "key", and nothing says of what.
func (n *named) plainKey() bool {
	return n.lastTells() == ofKey && !n.qualified(len(n.words)-1)
}

// means reports whether a word of the name has one of the meanings.
func (n *named) means(m meaning) bool {
	return slices.ContainsFunc(n.words, func(w word) bool { return w.means&m != 0 })
}

// qualified reports whether the word before word i makes a secret of a "key".
func (n *named) qualified(i int) bool {
	return i > 0 && n.words[i-1].means&(keyQualifier|tokenWord) != 0
}

// Words are the words of a name, lower case: "AWS_secretKey2" is aws, secret, key, 2.
func Words(name string) []string {
	var all []string
	for _, w := range split([]byte(name), make([]byte, 0, len(name)), nil) {
		all = append(all, string(w))
	}
	return all
}

// NameBefore is the name that stands on the line before what begins at text[at],
// with nothing but an assignment's signs between them, or "": of a key, a variable
// or an element. The scheme of a URL is stepped over.
func NameBefore(text []byte, at int) string {
	end, lo := at, max(0, at-maxName)
	if head, isURL := bytes.CutSuffix(text[lo:end], []byte("://")); isURL {
		end = nameStart(text, lo+len(head))
	}
	for end > lo && strings.IndexByte(" \t\"'`\\=:>([{", text[end-1]) >= 0 {
		end--
	}
	return string(text[nameStart(text, end):end])
}
