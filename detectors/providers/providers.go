// Package providers holds what leakguard knows of each issuer, one TOML file an
// issuer. A new issuer is one new file here; docs/providers.md has the format.
package providers

import (
	"embed"
	"fmt"

	"github.com/leakguard/leakguard/detectors/rules"
)

//go:embed *.toml
var files embed.FS

// Load reads the embedded provider files, in the order of their names.
func Load() ([]*rules.Provider, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var all []*rules.Provider
	for _, e := range entries {
		data, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		p, err := rules.ReadProvider("providers/"+e.Name(), data)
		if err != nil {
			return nil, fmt.Errorf("embedded provider: %w", err)
		}
		all = append(all, p)
	}
	return all, nil
}
