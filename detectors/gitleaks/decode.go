package gitleaks

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"unicode"
)

// The kinds of encodings, the one that is undone first where two touch first. They
// are the groups of encodings().
const (
	percentCode = iota
	unicodeCode
	hexCode
	base64Code
)

// kindNames are what findings are tagged with.
func kindName(kind int) string { return [...]string{"percent", "unicode", "hex", "base64"}[kind] }

// encodings matches what may be encoded text. Of a line's percent escapes the first
// to the last are one run; of hexadecimal digits and base64 a run is as long as the
// characters go.
func encodings() *regexp.Regexp {
	return regexp.MustCompile(`(%[0-9A-Fa-f]{2}(?:.*%[0-9A-Fa-f]{2})?)` +
		`|((?:U\+[0-9A-Fa-f]{4}(?:\s|$))+|(?:\\\\?[uU][0-9A-Fa-f]{4})+)` +
		`|([0-9A-Fa-f]{32,})` +
		`|([\w+/-]{16,}={0,3})`)
}

// pass is a text with so many encodings undone. The text of a pass is that of the
// one before it with each run replaced by what it means.
type pass struct {
	text  []byte
	depth int
	prev  *pass
	runs  []run
}

// run is an encoded run of the previous pass and what became of it.
type run struct {
	kind       int
	from, to   int // in the text of the previous pass
	start, end int // in the text of this one
}

// decode undoes one encoding of each run; nil if there is none.
func (p *pass) decode(formats *regexp.Regexp) *pass {
	next := &pass{depth: p.depth + 1, prev: p}
	at := 0
	for _, r := range candidates(formats, p.text) {
		meaning := meaningOf(r.kind, p.text[r.from:r.to])
		if meaning == nil {
			continue
		}
		next.text = append(next.text, p.text[at:r.from]...)
		r.start = len(next.text)
		next.text = append(next.text, meaning...)
		r.end = len(next.text)
		next.runs = append(next.runs, r)
		at = r.to
	}
	if len(next.runs) == 0 {
		return nil
	}
	next.text = append(next.text, p.text[at:]...)
	return next
}

// candidates lists what may be encoded; of two that touch the first kind counts.
func candidates(formats *regexp.Regexp, text []byte) []run {
	var all []run
	for _, loc := range formats.FindAllSubmatchIndex(text, -1) {
		r := run{from: loc[0], to: loc[1]}
		for loc[2*(r.kind+1)] < 0 {
			r.kind++
		}
		last := len(all) - 1
		if last < 0 || all[last].to < r.from {
			all = append(all, r)
		} else if r.kind < all[last].kind {
			all[last] = r
		}
	}
	return all
}

// meaningOf undoes an encoding; nil if that gives no plain text.
func meaningOf(kind int, code []byte) []byte {
	switch kind {
	case percentCode:
		return percentMeaning(code)
	case unicodeCode:
		return unicodeMeaning(code)
	case hexCode:
		meaning := make([]byte, len(code)/2)
		if _, err := hex.Decode(meaning, code); err != nil {
			return nil
		}
		return plain(meaning)
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if meaning, err := e.DecodeString(string(code)); err == nil {
			return plain(meaning)
		}
	}
	return nil
}

// plain returns text if all of it is ASCII that prints, or white space, or one of the
// control characters that gitleaks takes for such.
func plain(text []byte) []byte {
	if len(text) == 0 || slices.ContainsFunc(text, func(c byte) bool { return c <= 8 || c >= 127 }) {
		return nil
	}
	return text
}

func percentMeaning(code []byte) []byte {
	var out []byte
	for i := 0; i < len(code); i++ {
		if code[i] == '%' && i+2 < len(code) {
			if n, err := strconv.ParseUint(string(code[i+1:i+3]), 16, 8); err == nil {
				if plain([]byte{byte(n)}) == nil {
					return nil
				}
				out = append(out, byte(n))
				i += 2
				continue
			}
		}
		out = append(out, code[i])
	}
	return out
}

// unicodeMeaning reads "U+0041 U+0042 " and "\u0041\\u0042".
func unicodeMeaning(code []byte) []byte {
	var out []rune
	for i := 0; i < len(code); {
		if c := code[i]; c == 'u' || c == 'U' || c == '+' || c == '\\' || unicode.IsSpace(rune(c)) {
			i++
			continue
		}
		n, _ := strconv.ParseUint(string(code[i:i+4]), 16, 32)
		out = append(out, rune(n))
		i += 4
	}
	return []byte(string(out))
}

// touches reports whether a stretch of the text has something in it, or beside it, that
// was decoded in this pass.
func (p *pass) touches(start, end int) bool {
	return slices.ContainsFunc(p.runs, func(r run) bool { return start <= r.end && r.start <= end })
}

// source maps a stretch of this text to the very first.
func (p *pass) source(start, end int) (from, to int) {
	for ; p.depth > 0; p = p.prev {
		start, end = p.before(start, end)
	}
	return start, end
}

// before maps a stretch of this text to the previous one: where it begins or ends in
// a run, all of that belongs to it.
func (p *pass) before(start, end int) (from, to int) {
	from, to = start, end
	for _, r := range p.runs {
		grown := (r.to - r.from) - (r.end - r.start)
		switch {
		case start >= r.end:
			from += grown
		case start > r.start:
			from = r.from
		}
		switch {
		case end >= r.end:
			to += grown
		case end > r.start:
			to = r.to
		}
	}
	return from, to
}

// kinds names the encodings that were undone in a stretch, outermost first.
func (p *pass) kinds(start, end int) []string {
	if p.depth == 0 {
		return nil
	}
	var names []string
	for _, r := range p.runs {
		if start < r.end && r.start < end {
			names = append(names, kindName(r.kind))
		}
	}
	from, to := p.before(start, end)
	names = append(p.prev.kinds(from, to), names...)
	return slices.Compact(names)
}
