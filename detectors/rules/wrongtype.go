package rules

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// typeError is what the decoder says of a value of the wrong type.
var typeError = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?s)^(?:line (\d+) )?\(last key "(.*?)"\): ` +
		`(?:incompatible types: TOML value has type (.+); destination has type (.+)|type mismatch for .*: expected table but found (.+))$`)
})

// typeWords are the decoder's names of types in the words of a file's author.
var typeWords = map[string]string{
	"string": "a string", "primitive (string-like)": "a string",
	"int64": "a whole number", "integer": "a whole number", "float64": "a number", "float": "a number",
	"bool": "true or false", "boolean": "true or false", "time.Time": "a date",
	"slice": "a list", "[]any": "a list", "[]map[string]any": "a list of tables",
	"map": "a table", "map[string]any": "a table",
}

// explainType gives an error of the decoder that is about the type of a value
// its place, and plain words for the types of Go.
func explainType(file string, data []byte, err error) error {
	text := strings.TrimPrefix(err.Error(), "toml: ")
	m := typeError().FindStringSubmatch(text)
	if m == nil {
		return &ConfigError{File: file, Err: errors.New(text)}
	}
	got, want := m[3], m[4]
	if m[5] != "" {
		got, want = m[5], "map"
	}
	e := &ConfigError{File: file, Err: fmt.Errorf("key %q: %s: want %s", m[2], inWords(got), inWords(want))}
	if line, err := strconv.Atoi(m[1]); err == nil {
		e.Line, e.Column = line, indent(data, line)+1
	}
	return e
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
