package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/leakguard/leakguard/detectors/rules"
)

// readProviders reads the provider files in dir, in the order of their names. A
// dir that is not there has none.
func readProviders(dir string) ([]*rules.Provider, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []*rules.Provider
	from := map[string]string{} // provider id → its file
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".toml" {
			continue
		}
		name := filepath.Join(dir, e.Name())
		p, err := readProvider(name)
		if err != nil {
			return nil, err
		}
		if other, ok := from[p.ID]; ok {
			return nil, &rules.ConfigError{File: name, Err: fmt.Errorf("provider %q stands in %s too", p.ID, other)}
		}
		from[p.ID] = name
		all = append(all, p)
	}
	return all, nil
}

// readProvider reads one file and compiles its rules, so that a mistake shows
// before the scan and not when the rule is first needed.
func readProvider(name string) (*rules.Provider, error) {
	data, err := readFile(name)
	if err != nil {
		return nil, err
	}
	p, err := rules.ReadProvider(name, data)
	if err != nil {
		return nil, err
	}
	for _, r := range p.Rules {
		if _, err := r.Shape(); err != nil {
			line, col := position(data, literalAt(data, r.Pattern))
			return nil, &rules.ConfigError{File: name, Line: line, Column: col, Err: fmt.Errorf("%w; want a regular expression of RE2", err)}
		}
	}
	return p, nil
}
