package config

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"

	"github.com/BurntSushi/toml"

	"github.com/leakguard/leakguard/detectors/rules"
)

// decode reads the file strictly into d.
func decode(name string, data []byte, d *document) error {
	err := rules.DecodeStrict(name, data, d)
	if err == nil {
		return nil
	}
	// Of a key that stands in several [[allow]] tables the decoder knows only the
	// last place. Cut behind the first table that is wrong, it is the last.
	heads := allowHeads(data)
	wrong := func(i int) error { return rules.DecodeStrict(name, data[:heads[i+1]], &document{}) }
	if i := sort.Search(len(heads)-1, func(i int) bool { return wrong(i) != nil }); i < len(heads)-1 {
		err = wrong(i)
	}
	return explainType(data, err)
}

var allowHead = regexp.MustCompile(`(?m)^[ \t]*\[\[[ \t]*allow[ \t]*\]\]`)

// allowHeads returns the offsets of the [[allow]] lines. One that lies in a
// string of several lines is none: what comes before it is then no whole TOML.
func allowHeads(data []byte) []int {
	var heads []int
	from := 0
	for _, at := range allowHead.FindAllIndex(data, -1) {
		var whole map[string]any
		if _, err := toml.Decode(string(data[from:at[0]]), &whole); err == nil {
			heads = append(heads, at[0])
			from = at[0]
		}
	}
	return heads
}

// typeError is what the decoder says of a value of the wrong type.
var typeError = regexp.MustCompile(`(?s)^line (\d+) \(last key "(.*?)"\): ` +
	`(?:incompatible types: TOML value has type (.+); destination has type (.+)|type mismatch for .*: expected table but found (.+))$`)

// typeWords are the decoder's names of types in the words of a file's author.
var typeWords = map[string]string{
	"string": "a string", "int64": "a whole number", "float64": "a number", "time.Time": "a date",
	"bool": "true or false", "boolean": "true or false",
	"slice": "a list", "[]any": "a list", "[]map[string]any": "a list of tables",
	"map": "a table", "map[string]any": "a table",
}

// explainType gives a type error its place and plain words.
func explainType(data []byte, err error) error {
	var ce *rules.ConfigError
	if !errors.As(err, &ce) || ce.Line > 0 {
		return err
	}
	m := typeError.FindStringSubmatch(ce.Err.Error())
	if m == nil {
		return err
	}
	got, want := m[3], m[4]
	if m[5] != "" {
		got, want = m[5], "map"
	}
	line, _ := strconv.Atoi(m[1])
	return &rules.ConfigError{
		File: ce.File, Line: line, Column: indent(data, line) + 1,
		Err: fmt.Errorf("key %q: %s: want %s", m[2], inWords(got), inWords(want)),
	}
}

func inWords(typ string) string {
	if w, ok := typeWords[typ]; ok {
		return w
	}
	return typ
}

// indent counts the blanks that the line, from 1, begins with.
func indent(data []byte, line int) int {
	lines := bytes.SplitN(data, []byte("\n"), line+1)
	if line > len(lines) {
		return 0
	}
	l := lines[line-1]
	return len(l) - len(bytes.TrimLeft(l, " \t"))
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
