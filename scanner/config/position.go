package config

import (
	"bytes"
	"regexp"
	"sync"

	"github.com/BurntSushi/toml"
)

var allowHead = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^[ \t]*\[\[[ \t]*allow[ \t]*\]\]`) })

// allowHeads returns the offsets of the [[allow]] lines. One that lies in a
// string of several lines is none: what comes before it is then no whole TOML.
func allowHeads(data []byte) []int {
	var heads []int
	from := 0
	for _, at := range allowHead().FindAllIndex(data, -1) {
		var whole map[string]any
		if _, err := toml.Decode(string(data[from:at[0]]), &whole); err == nil {
			heads = append(heads, at[0])
			from = at[0]
		}
	}
	return heads
}

// position is the line and the column in bytes, both from 1, of an offset.
func position(data []byte, at int) (line, col int) {
	before := data[:at]
	return bytes.Count(before, []byte("\n")) + 1, at - bytes.LastIndexByte(before, '\n')
}

// literalAt is the offset of text where it is written as it is; 0 if it is
// escaped, or "".
func literalAt(data []byte, text string) int {
	return max(bytes.Index(data, []byte(text)), 0)
}
