package generic

import (
	"bytes"
	"strconv"
)

// minListed is from how many numbers on a list of them is taken for bytes.
const minListed = 8

// listValue reads bytes that a program lists as numbers: []byte{0x1f, 200, …}.
func listValue(text []byte, i int) (value, bool) {
	open := bytes.IndexAny(text[i:min(len(text), i+24)], "{[(")
	for open >= 0 && open+1 < len(text)-i && text[i+open] == '[' && text[i+open+1] == ']' { // []byte{
		more := bytes.IndexAny(text[i+open+2:min(len(text), i+open+24)], "{(")
		if more < 0 {
			return value{}, false
		}
		open += 2 + more
	}
	if open < 0 || !allOf(text[i:i+open], func(c byte) bool { return is(c, letter|digit|blank) || c == '[' || c == ']' }) {
		return value{}, false
	}
	start := i + open + 1
	var out []byte
	j := start
	for stop := min(len(text), start+maxValue); j < stop; {
		for j < stop && (is(text[j], blank) || text[j] == '\n' || text[j] == '\r' || text[j] == ',') {
			j++
		}
		k := j
		for k < stop && (isHex(text[k]) || text[k] == 'x' || text[k] == 'X') {
			k++
		}
		if k == j || k-j > 4 {
			break
		}
		n, err := strconv.ParseUint(string(text[j:k]), 0, 8)
		if err != nil {
			return value{}, false
		}
		out = append(out, byte(n))
		j = k
	}
	if len(out) < minListed || j >= len(text) || !is(text[j], bareEnd) && text[j] != ']' {
		return value{}, false
	}
	return value{start: start, end: j, syntax: syntax{listed: out, quote: '{'}}, true
}
