package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/config"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/scanner/suppress"
)

// settings is what the config file and the flags come to.
type settings struct {
	cfg       *config.Config
	dir       string // of the config file, or where it would be
	providers []*rules.Provider
	engine    *detectors.Engine
	only      []string           // rules, of --rule
	reasons   bool               // whether the engine says what scores are made of
	profile   *detectors.Profile // of what rules cost; nil: nobody asks
	known     *ledger.Known      // what secrets managers hold; nil: nothing is known

	places []*suppress.Places // of gitleaks' ignore files; only with its rules

	baselineMayMiss bool // that of the config file
	warnings        []string

	// untrusted is what decides where secrets are sent and does not count, because
	// nobody named the file: a repository must not have its own secrets sent.
	untrusted []string
}

const configName = config.FileName

// load reads the config file at path, or the one in dir if path is "".
func load(path, dir string) (*settings, error) {
	s := &settings{dir: dir}
	var err error
	if path == "" {
		if s.cfg, err = config.LoadDir(dir); err == nil {
			s.untrusted = s.cfg.Untrusted()
		}
	} else {
		s.dir = filepath.Dir(path)
		s.cfg, err = config.Load(path)
	}
	if err != nil {
		return nil, err
	}
	s.providers = append(slices.Clone(providers.Load()), s.cfg.Providers...)
	s.warnings = s.cfg.Check(s.providers)
	return s, nil
}

// trusted is an error if what says where secrets, or the knowledge of them, go
// stands in a file that nobody named.
func (s *settings) trusted() error {
	if len(s.untrusted) == 0 {
		return nil
	}
	return fmt.Errorf("%s says where secrets are sent, and counts only if you name the file: --config %s, once you have read it",
		strings.Join(s.untrusted, " and "), s.beside(configName))
}

// start compiles the engine.
func (s *settings) start() (err error) {
	for _, id := range s.only {
		if !slices.ContainsFunc(s.providers, func(p *rules.Provider) bool {
			return slices.ContainsFunc(p.Rules, func(r *rules.Rule) bool { return r.ID == id })
		}) {
			return fmt.Errorf("no rule %q: see leakguard rules list", id)
		}
	}
	o := detectors.Options{
		DecodeDepth:   int(s.cfg.Scan.DecodeDepth),
		MinConfidence: s.cfg.Scan.MinConfidence,
		Disabled:      s.disabled,
		Cuts:          s.cfg.Generic.Cuts(),
		Reasons:       s.reasons,
		Profile:       s.profile,
	}
	if s.known != nil {
		o.Known = s.known.Set
	}
	s.engine, err = detectors.New(s.providers, o)
	if err != nil { // no built-in rule is at fault
		return fmt.Errorf("%s, beside the built-in rules: %w", s.beside("rules.d"), err)
	}
	return nil
}

// examples are the providers with the examples of their credentials, which those
// that the engine runs on do without.
func (s *settings) examples() []*rules.Provider {
	return append(slices.Clone(providers.Read()), s.cfg.Providers...)
}

// tested are the rules with their examples, by id.
func (s *settings) tested() map[string]*rules.Rule {
	all := map[string]*rules.Rule{}
	for _, p := range s.examples() {
		for _, r := range p.Rules {
			all[r.ID] = r
		}
	}
	return all
}

func (s *settings) disabled(id string) bool {
	switch {
	case len(s.only) > 0:
		return !slices.Contains(s.only, id)
	case slices.Contains(s.cfg.Rules.Disable, id):
		return true
	}
	return len(s.cfg.Rules.EnableOnly) > 0 && !slices.Contains(s.cfg.Rules.EnableOnly, id)
}

// severity is what the config file says of a rule, or 0.
func (s *settings) severity(r *rules.Rule) rules.Severity { return s.cfg.Rules.Severity[r.ID] }

// suppressions reads the ignore file and the baselines.
func (s *settings) suppressions(baselines []string, inline bool) (*suppress.List, error) {
	o := suppress.Options{Allow: s.cfg.Allow, Places: slices.Clone(s.places), Inline: inline && s.cfg.Suppress.Inline, Now: time.Now()}
	for _, r := range s.engine.Rules() {
		o.EnabledRules = append(o.EnabledRules, r.ID)
	}
	name := s.beside(s.cfg.Suppress.IgnoreFile)
	data, err := os.ReadFile(name)
	switch {
	case err == nil:
		if o.Ignore, err = suppress.ParseIgnore(name, data); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if s.cfg.Suppress.Baseline != "" {
		baselines = append(baselines, s.beside(s.cfg.Suppress.Baseline))
	}
	for _, name := range baselines {
		data, err := os.ReadFile(name)
		if s.baselineMayMiss && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("baseline: %w", err)
		}
		if s.places != nil && suppress.IsGitleaksBaseline(data) {
			p, err := suppress.ParseGitleaksBaseline(name, data)
			if err != nil {
				return nil, err
			}
			o.Places = append(o.Places, p)
			continue
		}
		b, err := suppress.ParseBaseline(name, data)
		if err != nil {
			return nil, err
		}
		o.Baselines = append(o.Baselines, b)
	}
	return suppress.New(o), nil
}

// beside resolves a path of the config file.
func (s *settings) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.dir, path)
}

func (s *settings) excluded(path string) bool {
	return slices.ContainsFunc(s.cfg.Scan.Exclude, func(g config.Glob) bool { return g.Match(path) })
}

func (s *settings) limits() files.Limits {
	l := files.DefaultLimits()
	l.Depth = int(s.cfg.Scan.ArchiveDepth)
	return l
}

func (s *settings) gitOptions(workers int) git.Options {
	return git.Options{
		Unreachable: s.cfg.Scan.Unreachable, MaxSize: int64(s.cfg.Scan.MaxSize),
		Archives: s.limits(), Workers: workers, Exclude: s.excluded,
	}
}

func (s *settings) fileOptions(workers int) files.Options {
	return files.Options{
		Kind: scanner.InFile, MaxSize: int64(s.cfg.Scan.MaxSize), Exclude: s.excluded,
		Archives: s.limits(), Workers: workers,
	}
}
