package config

import (
	"fmt"
	"regexp"

	"github.com/leakguard/leakguard/detectors/rules"
)

// Allow is one [[allow]]: an allowlist for the whole scan.
type Allow struct {
	Reason string

	// Rules are the ids of those it is for; none: all.
	Rules []string

	// EvenLive lets it suppress a secret that its issuer says is live.
	EvenLive bool

	// Shape is what it lets pass.
	Shape rules.AllowShape

	// Where is its place, "file:line", for messages.
	Where string
}

// allowTable is how an Allow is written.
type allowTable struct {
	rules.AllowFile
	Rules    []string `toml:"rules"`
	EvenLive bool     `toml:"even-live"`
}

// compileAllows compiles the tables, which stand in data in that order.
func compileAllows(name string, data []byte, tables []allowTable) ([]Allow, error) {
	heads := allowHeads(data)
	var all []Allow
	for i, t := range tables {
		// Tables written as an inline array have no header of their own.
		section, start := data, 0
		where := name
		if len(heads) == len(tables) {
			start = heads[i]
			section = data[start:]
			if i+1 < len(heads) {
				section = data[start:heads[i+1]]
			}
			line, _ := position(data, start)
			where = fmt.Sprintf("%s:%d", name, line)
		}
		shape, bad, err := t.compile()
		if err != nil {
			line, col := position(data, start+literalAt(section, bad))
			return nil, &rules.ConfigError{File: name, Line: line, Column: col, Err: fmt.Errorf("[[allow]] %d: %w", i+1, err)}
		}
		all = append(all, Allow{t.Reason, t.Rules, t.EvenLive, shape, where})
	}
	return all, nil
}

// compile also returns, with an error, the text that is wrong.
func (t *allowTable) compile() (shape rules.AllowShape, bad string, err error) {
	for _, l := range []struct {
		key      string
		patterns []string
	}{{"paths", t.Paths}, {"regexes", t.Regexes}} {
		for _, p := range l.patterns {
			if _, err := regexp.Compile(p); err != nil {
				return shape, p, fmt.Errorf("%s: %w; want a regular expression of RE2", l.key, err)
			}
		}
	}
	allow, err := t.Allow()
	if err != nil {
		return shape, "", err
	}
	shape, err = allow.Compile()
	return shape, "", err
}
