// Package config reads .leakguard.toml: what a repository's owner decided about
// what is read, which rules run, and what is suppressed. Every key has a default
// and every mistake is an error with its place; nothing is skipped silently.
//
// Package suppress applies what the file allows; the sources and the engine take
// the rest as their options.
package config

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/leakguard/leakguard/detectors/rules"
)

// FileName is the name of the config file at the root of what is scanned.
const FileName = ".leakguard.toml"

// maxFile bounds a file that is read whole, in bytes: it may belong to somebody
// who means ill.
const maxFile = 1 << 20

// Template is a config file for a new repository: every key, with its default
// and what it is for.
//
//go:embed template.toml
var Template string

// Config is a config file, with the defaults where it says nothing.
type Config struct {
	Name     string // of the file, for messages; "" for the defaults
	Scan     Scan
	Rules    Rules
	Generic  Generic
	Allow    []Allow
	Suppress Suppress
	Verify   Verify
	Ledger   Ledger
	Issues   Issues
	Owners   Owners
	Pull     PullRequest

	// Providers are those of rules.d beside the file, sorted by file name.
	Providers []*rules.Provider
}

// Scan says what is read and how deep.
type Scan struct {
	MinConfidence  rules.Confidence `toml:"min-confidence"` // less is not reported
	MaxSize        Size             `toml:"max-size"`       // what is larger is a gap
	ArchiveDepth   Depth            `toml:"archive-depth"`  // of archives in archives
	DecodeDepth    Depth            `toml:"decode-depth"`   // of encodings in encodings
	Unreachable    bool             `toml:"unreachable"`    // objects that no ref leads to
	IncludeIgnored bool             `toml:"include-ignored"`
	Exclude        []Glob           `toml:"exclude"`
}

// Rules says which rules run and how bad their secrets are, by rule id.
type Rules struct {
	Disable    []string   `toml:"disable"`
	EnableOnly []string   `toml:"enable-only"` // none: every rule
	Severity   Severities `toml:"severity"`
}

// Suppress says which suppressions are honoured besides the allowlists.
type Suppress struct {
	Inline     bool   `toml:"inline"`      // whether marks in the scanned text count
	IgnoreFile string `toml:"ignore-file"` // beside the config file; may be missing
	Baseline   string `toml:"baseline"`    // beside the config file; "": none
}

// document is the file as it is written.
type document struct {
	Scan     Scan         `toml:"scan"`
	Rules    Rules        `toml:"rules"`
	Generic  Generic      `toml:"generic"`
	Allow    []allowTable `toml:"allow"`
	Suppress Suppress     `toml:"suppress"`
	Verify   Verify       `toml:"verify"`
	Ledger   Ledger       `toml:"ledger"`
	Issues   Issues       `toml:"issues"`
	Owners   Owners       `toml:"owners"`
	Pull     PullRequest  `toml:"pull-request"`
}

func defaults() document {
	return document{
		Scan: Scan{
			MinConfidence: rules.Likely,
			MaxSize:       1 << 30,
			ArchiveDepth:  4,
			DecodeDepth:   4,
			Unreachable:   true,
		},
		Suppress: Suppress{Inline: true, IgnoreFile: ".leakguardignore"},
		Verify:   defaultVerify(),
		Issues:   defaultIssues(),
		Owners:   Owners{Order: slices.Clone(OwnerSources)}, // the decoder writes into it
	}
}

// Default returns the config of a repository that has no file.
func Default() *Config {
	d := defaults()
	return &Config{Scan: d.Scan, Rules: d.Rules, Generic: d.Generic, Suppress: d.Suppress, Verify: d.Verify, Ledger: d.Ledger, Issues: d.Issues, Owners: d.Owners, Pull: d.Pull}
}

// Find returns the path of the config file in dir. It is found even if it cannot
// be read: Load then says why.
func Find(dir string) (path string, ok bool) {
	path = filepath.Join(dir, FileName)
	if _, err := os.Lstat(path); err != nil {
		return "", false
	}
	return path, true
}

// Load reads the config file at path and the provider files rules.d/*.toml
// beside it.
func Load(path string) (*Config, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	c, err := Parse(path, data)
	if err != nil {
		return nil, err
	}
	c.Providers, err = readProviders(filepath.Join(filepath.Dir(path), "rules.d"))
	if err != nil {
		return nil, err
	}
	return c, nil
}

// LoadDir reads the config file of a folder, or only its rules.d where there is
// none: the defaults then hold for the rest.
func LoadDir(dir string) (*Config, error) {
	if path, ok := Find(dir); ok {
		return Load(path)
	}
	c := Default()
	var err error
	c.Providers, err = readProviders(filepath.Join(dir, "rules.d"))
	return c, err
}

// Parse reads a config file's text; name is used in messages. Its errors are of
// type *rules.ConfigError.
func Parse(name string, data []byte) (*Config, error) {
	d := defaults()
	if err := rules.DecodeStrict(name, data, &d); err != nil {
		return nil, err
	}
	for _, err := range []error{d.Owners.check(), d.Generic.check()} {
		if err != nil {
			return nil, &rules.ConfigError{File: name, Err: err}
		}
	}
	c := &Config{Name: name, Scan: d.Scan, Rules: d.Rules, Generic: d.Generic, Suppress: d.Suppress, Verify: d.Verify, Ledger: d.Ledger, Issues: d.Issues, Owners: d.Owners, Pull: d.Pull}
	var err error
	c.Allow, err = compileAllows(name, data, d.Allow)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// readFile reads a regular file of at most maxFile bytes.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: want a regular file", path)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s: %d bytes: want at most %d", path, info.Size(), maxFile)
	}
	return os.ReadFile(path)
}
