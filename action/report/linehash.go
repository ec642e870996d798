package report

import (
	"fmt"
	"unicode/utf16"
)

// lineHashes returns, for each line of text, the primaryLocationLineHash by
// which GitHub code scanning follows an alert from commit to commit: a rolling
// hash over the 100 characters from the line's start on, blanks left out, and
// how often that hash came up. It is the function of github/codeql-action
// (src/fingerprints.ts), down to what stands in for characters past the end. A
// text that ends in a line end has one line more, which is empty.
func lineHashes(text string) []string {
	h := rolling{seen: map[uint64]int{}}
	h.pow = 1
	for range window {
		h.pow *= multiplier
	}
	var afterCR bool
	for _, r := range text {
		if r == ' ' || r == '\t' || r == '\n' && afterCR {
			afterCR = false
			continue
		}
		if afterCR = r == '\r'; afterCR {
			r = '\n'
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			h.add(uint64(unit), !h.inLine)
			h.inLine = true
		}
		if r == '\n' {
			h.inLine = false
		}
	}
	h.add(endOfText, !h.inLine)
	for range window {
		h.add(0, false)
	}
	return h.lines
}

const (
	window     = 100 // characters
	multiplier = 37
	endOfText  = 0xffff
)

// rolling hashes the last window characters.
type rolling struct {
	chars  [window]uint64
	starts [window]bool // whether a line starts at that character
	at     int
	sum    uint64
	pow    uint64 // multiplier to the power of window
	inLine bool
	seen   map[uint64]int
	lines  []string
}

// add takes one character more. The one that falls out of the window ends the
// hash of a line if it began one.
func (h *rolling) add(char uint64, start bool) {
	if h.starts[h.at] {
		h.seen[h.sum]++
		h.lines = append(h.lines, fmt.Sprintf("%x:%d", h.sum, h.seen[h.sum]))
	}
	h.sum = h.sum*multiplier + char - h.pow*h.chars[h.at]
	h.chars[h.at], h.starts[h.at] = char, start
	h.at = (h.at + 1) % window
}
