package rules

import (
	"errors"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// ConfigError is a mistake in a file that a person wrote, with its place.
type ConfigError struct {
	File   string
	Line   int // 1-based; 0 if unknown
	Column int // 1-based, in bytes; 0 if unknown
	Err    error
}

func (e *ConfigError) Error() string {
	switch {
	case e.Line > 0 && e.Column > 0:
		return fmt.Sprintf("%s:%d:%d: %v", e.File, e.Line, e.Column, e.Err)
	case e.Line > 0:
		return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err)
	}
	return fmt.Sprintf("%s: %v", e.File, e.Err)
}

func (e *ConfigError) Unwrap() error { return e.Err }

// DecodeStrict reads TOML into v. A key that v has no field for is an error,
// with line and column, as is each syntax or type error.
func DecodeStrict(file string, data []byte, v any) error {
	md, err := toml.Decode(string(data), v)
	if err != nil {
		var pe toml.ParseError
		if errors.As(err, &pe) {
			line, col := pe.Position.Line, pe.Position.Col
			if col <= 0 {
				col = 1
			}
			what := pe.Message
			if what == "" {
				what = lastClause(err.Error())
			}
			if pe.LastKey != "" {
				what = fmt.Sprintf("key %q: %s", pe.LastKey, what)
			}
			return &ConfigError{file, line, col, errors.New(what)}
		}
		return &ConfigError{File: file, Err: errors.New(strings.TrimPrefix(err.Error(), "toml: "))}
	}
	if un := md.Undecoded(); len(un) > 0 {
		line, col := keyPosition(string(data), un[0])
		return &ConfigError{file, line, col, fmt.Errorf("unknown key %q", un[0].String())}
	}
	return nil
}

func lastClause(s string) string {
	if i := strings.LastIndex(s, "): "); i >= 0 {
		return s[i+3:]
	}
	return strings.TrimPrefix(s, "toml: ")
}

// keyPosition finds where a key of the given path is first written. Every key
// of an unknown path is wrong, so the first is as good as any.
func keyPosition(src string, key toml.Key) (line, col int) {
	want := strings.Join(key, ".")
	table := ""
	for i, l := range strings.Split(src, "\n") {
		t := strings.TrimSpace(l)
		indent := len(l) - len(strings.TrimLeft(l, " \t"))
		if strings.HasPrefix(t, "[") && !strings.Contains(t, "=") {
			table = strings.Trim(strings.SplitN(t, "]", 2)[0], "[] \t")
			if table == want || strings.HasPrefix(want+".", table+".") && strings.HasPrefix(table, want) {
				return i + 1, indent + 1
			}
			continue
		}
		name, _, ok := strings.Cut(t, "=")
		if !ok || strings.HasPrefix(t, "#") {
			continue
		}
		full := strings.Trim(strings.TrimSpace(name), `"'`)
		if table != "" {
			full = table + "." + full
		}
		if full == want || strings.HasPrefix(want, full+".") {
			return i + 1, indent + 1
		}
	}
	return 0, 0
}
