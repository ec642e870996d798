// Package providers holds what leakguard knows of each issuer, one TOML file an
// issuer. A new issuer is one new file here and "make generate"; docs/providers.md
// has the format.
//
// The files are compiled into Go data by gen.go, so that a program that starts
// for one small commit does not begin by reading a hundred of them.
package providers

//go:generate go run gen.go

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/leakguard/leakguard/detectors/rules"
)

// Load returns the embedded providers, in the order of their ids, without the
// examples of their credentials. They are shared: callers must not change them.
func Load() []*rules.Provider { return load() }

var load = sync.OnceValue(func() []*rules.Provider {
	all := make([]*rules.Provider, len(builtin))
	for i := range builtin {
		all[i] = &builtin[i]
		all[i].Rules = builtinRules[i]
	}
	return all
})

//go:embed *.toml
var files embed.FS

// Read returns the embedded providers with the examples of their credentials, in the
// order of their ids, read from their files: some tenths of a second for all.
func Read() []*rules.Provider { return read() }

var read = sync.OnceValue(func() []*rules.Provider {
	names, err := fs.Glob(files, "*.toml")
	if err != nil {
		panic(err) // the pattern is a good one
	}
	all, err := readAll(names, files.ReadFile)
	if err != nil {
		panic(fmt.Sprintf("embedded provider file: %v", err)) // make generate read it, too
	}
	return all
})

// ReadDir reads the provider files of a folder, with examples, in the order of
// the providers' ids.
func ReadDir(dir string) ([]*rules.Provider, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.toml"))
	if err != nil {
		return nil, err
	}
	return readAll(names, os.ReadFile)
}

func readAll(names []string, readFile func(string) ([]byte, error)) ([]*rules.Provider, error) {
	var all []*rules.Provider
	for _, name := range names {
		data, err := readFile(name)
		if err != nil {
			return nil, err
		}
		p, err := rules.ReadProvider(name, data)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *rules.Provider) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}
