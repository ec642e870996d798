package rules

import (
	"bytes"
	"fmt"
	"iter"
)

// maxDepth is how many dots a key may hold, and how many inline tables may stand
// in one another. The decoder's time grows with the cube of either: a key of
// some ten thousand dots takes it minutes.
const maxDepth = 32

// checkDepth refuses keys and inline tables nested deeper than maxDepth, before
// the decoder sees them.
func checkDepth(file string, data []byte) error {
	dots, braces := 0, 0
	for i, c := range structure(data) {
		switch c {
		case '.':
			dots++
		case '{':
			dots = 0
			braces++
		case '}':
			braces--
		case '\n', '=', ',', '[':
			dots = 0
		}
		if dots <= maxDepth && braces <= maxDepth {
			continue
		}
		what := "a key of more than %d dots"
		if braces > maxDepth {
			what = "more than %d inline tables in one another"
		}
		line := bytes.Count(data[:i], []byte("\n")) + 1
		return &ConfigError{file, line, i - bytes.LastIndexByte(data[:i], '\n'), fmt.Errorf(what, maxDepth)}
	}
	return nil
}

// tableHeads returns the offsets of the headers [[x]], each of which begins a
// table of an array.
func tableHeads(data []byte) []int {
	var heads []int
	open, first := 0, true // within so many brackets; nothing before on the line
	for i, c := range structure(data) {
		if first && open == 0 && bytes.HasPrefix(data[i:], []byte("[[")) {
			heads = append(heads, i)
		}
		switch c {
		case '[':
			open++
		case ']':
			open--
		}
		first = c == '\n' || first && (c == ' ' || c == '\t')
	}
	return heads
}

// structure yields the bytes of a TOML text that stand in no comment and no
// string, with their offsets.
func structure(data []byte) iter.Seq2[int, byte] {
	return func(yield func(int, byte) bool) {
		for i := 0; i < len(data); {
			switch data[i] {
			case '"', '\'':
				i = stringEnd(data, i)
			case '#':
				i += lineLen(data[i:])
			default:
				if !yield(i, data[i]) {
					return
				}
				i++
			}
		}
	}
}

// lineLen is the number of bytes before the end of the line.
func lineLen(data []byte) int {
	if n := bytes.IndexByte(data, '\n'); n >= 0 {
		return n
	}
	return len(data)
}

// stringEnd is where the string ends that begins at i. A string that is not
// closed, which the decoder refuses, ends with its line or the text.
func stringEnd(data []byte, i int) int {
	quote := data[i : i+1]
	long := bytes.Repeat(quote, 3)
	stop := i + lineLen(data[i:])
	if bytes.HasPrefix(data[i:], long) {
		quote, stop = long, len(data)
	}
	for i += len(quote); i < stop; i++ {
		switch {
		case data[i] == '\\' && quote[0] == '"':
			i++
		case bytes.HasPrefix(data[i:], quote):
			i += len(quote)
			// A long string may end in up to two quotes of its own.
			for n := 0; len(quote) == 3 && n < 2 && i < stop && data[i] == quote[0]; n++ {
				i++
			}
			return i
		}
	}
	return stop
}
