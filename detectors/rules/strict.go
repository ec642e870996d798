package rules

import (
	"errors"
	"fmt"
	"reflect"
	"sort"
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
// with line and column, as is each syntax or type error. All are of type
// *ConfigError.
func DecodeStrict(file string, data []byte, v any) error {
	if err := checkDepth(file, data); err != nil {
		return err
	}
	err := decode(file, data, v)
	if err == nil {
		return nil
	}
	// Of a key that stands in several [[x]] tables the decoder knows only the last
	// place. Cut behind the first table that is wrong, it is the last.
	heads := tableHeads(data)
	wrong := func(i int) error {
		return decode(file, data[:heads[i]], reflect.New(reflect.TypeOf(v).Elem()).Interface())
	}
	if i := sort.Search(len(heads), func(i int) bool { return wrong(i) != nil }); i < len(heads) {
		return wrong(i)
	}
	return err
}

// decode reads data into v and gives the decoder's errors their place.
func decode(file string, data []byte, v any) error {
	md, err := toml.Decode(string(data), v)
	if err != nil {
		return explain(file, data, err)
	}
	if unknown := md.Undecoded(); len(unknown) > 0 {
		line, col := keyPosition(string(data), unknown[0])
		return &ConfigError{file, line, col, fmt.Errorf("unknown key %q", unknown[0].String())}
	}
	return nil
}

// explain gives an error of the decoder its place.
func explain(file string, data []byte, err error) error {
	var parse toml.ParseError
	if !errors.As(err, &parse) {
		return explainType(file, data, err)
	}
	what := parse.Message
	if parse.LastKey != "" {
		what = fmt.Sprintf("key %q: %s", parse.LastKey, what)
	}
	return &ConfigError{file, parse.Position.Line, max(parse.Position.Col, 1), errors.New(what)}
}

// bareKey drops what TOML allows in a key and does not mean: quotes, and blanks
// round dots.
var bareKey = strings.NewReplacer(`"`, "", "'", "", " ", "", "\t", "")

// keyPosition finds where a key of the given path is first written. Every key
// of an unknown path is wrong, so the first is as good as any.
func keyPosition(src string, key toml.Key) (line, col int) {
	want := bareKey.Replace(strings.Join(key, "."))
	table := ""
	for i, l := range strings.Split(src, "\n") {
		t := strings.TrimSpace(l)
		indent := len(l) - len(strings.TrimLeft(l, " \t"))
		if strings.HasPrefix(t, "[") && !strings.Contains(t, "=") {
			table = bareKey.Replace(strings.Trim(strings.SplitN(t, "]", 2)[0], "["))
			if table == want || strings.HasPrefix(table, want+".") {
				return i + 1, indent + 1
			}
			continue
		}
		name, _, ok := strings.Cut(t, "=")
		if !ok || strings.HasPrefix(t, "#") {
			continue
		}
		full := bareKey.Replace(name)
		if table != "" {
			full = table + "." + full
		}
		if full == want || strings.HasPrefix(want, full+".") || strings.HasPrefix(full, want+".") {
			return i + 1, indent + 1
		}
	}
	return 0, 0
}
