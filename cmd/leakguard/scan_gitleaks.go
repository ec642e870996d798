package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/config"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/scanner/suppress"
)

// gitleaksFlags have a scan find what gitleaks finds, under its config alone.
type gitleaksFlags struct {
	rules  string
	config string
}

func (g *gitleaksFlags) register(fs *pflag.FlagSet) {
	fs.StringVar(&g.rules, "rules", "leakguard", "whose rules run: leakguard, or gitleaks for what gitleaks 8.30 finds under its own config")
	fs.StringVar(&g.config, "gitleaks-config", "", "config of gitleaks, with --rules gitleaks (default: GITLEAKS_CONFIG, GITLEAKS_CONFIG_TOML, .gitleaks.toml of what is scanned, gitleaks' own)")
}

func (g *gitleaksFlags) on() bool { return g.rules == "gitleaks" }

// refused is an error if the flags ask for what a scan under our own rules, or one of
// what gitleaks does not read, cannot give.
func (g *gitleaksFlags) refused() error {
	switch {
	case g.on():
		return errors.New("--rules gitleaks is for scan git, scan staged, scan files and scan stdin")
	case g.rules != "" && g.rules != "leakguard":
		return fmt.Errorf("--rules %q: want leakguard or gitleaks", g.rules)
	case g.config != "":
		return errors.New("--gitleaks-config needs --rules gitleaks")
	}
	return nil
}

// gitleaksSettings is settings under a gitleaks config. target is what is scanned.
// own are the paths of the config and of baselines, which gitleaks does not scan.
func (f *scanFlags) gitleaksSettings(target string) (s *settings, own []string, err error) {
	switch {
	case f.config != "":
		return nil, nil, errors.New("--config is for leakguard's rules: --rules gitleaks has --gitleaks-config")
	case f.confidence != "", f.rejected, f.ledger != "":
		return nil, nil, errors.New("--rules gitleaks excludes --confidence, --show-rejected and --ledger")
	}
	if f.workers <= 0 {
		f.workers = runtime.GOMAXPROCS(0)
	}
	s = &settings{cfg: config.Default(), dir: target, only: f.rules}
	if info, err := os.Stat(target); err != nil || !info.IsDir() {
		s.dir = filepath.Dir(target)
	}
	name, data, err := f.gitleaks.find(target)
	if err != nil {
		return nil, nil, err
	}
	p, warnings, err := rules.ReadGitleaks(name, data, os.ReadFile)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range f.rules {
		if !slices.ContainsFunc(p.Rules, func(r *rules.Rule) bool { return r.ID == id }) {
			return nil, nil, fmt.Errorf("no rule %q in %s", id, name)
		}
	}
	s.warnings = warnings
	s.providers = []*rules.Provider{p}
	s.engine = detectors.NewGitleaks(p, detectors.Options{Disabled: s.disabled})
	s.places, err = gitleaksIgnores(s.dir)
	return s, append([]string{name}, f.baselines...), err
}

// find returns the config: that of the flag, of the environment, of what is scanned,
// or gitleaks' own.
func (g *gitleaksFlags) find(target string) (name string, data []byte, err error) {
	if name = g.config; name == "" {
		name = os.Getenv("GITLEAKS_CONFIG")
	}
	if name != "" {
		data, err = os.ReadFile(name)
		return name, data, err
	}
	if text := os.Getenv("GITLEAKS_CONFIG_TOML"); text != "" {
		return "GITLEAKS_CONFIG_TOML", []byte(text), nil
	}
	if info, err := os.Stat(target); err == nil && info.IsDir() {
		name = filepath.Join(target, ".gitleaks.toml")
		data, err = os.ReadFile(name)
		if !errors.Is(err, fs.ErrNotExist) {
			return name, data, err
		}
	}
	return rules.GitleaksDefaultName, rules.GitleaksDefault, nil
}

// gitleaksIgnores reads .gitleaksignore of the current folder and of dir.
func gitleaksIgnores(dir string) ([]*suppress.Places, error) {
	all := []*suppress.Places{}
	for _, folder := range slices.Compact([]string{".", filepath.Clean(dir)}) {
		name := filepath.Join(folder, ".gitleaksignore")
		data, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, suppress.ParseGitleaksIgnore(name, data))
	}
	return all, nil
}

// scanPatches scans patches as gitleaks reads them.
func (f *scanFlags) scanPatches(cmd *cobra.Command, target, root string, source func(git.Options) scanner.Source) error {
	s, own, err := f.gitleaksSettings(target)
	if err != nil {
		return err
	}
	return f.run(cmd, s, root, source(git.Options{Workers: f.workers, Exclude: excluding(own)}))
}

// scanFragments scans files as gitleaks reads them.
func (f *scanFlags) scanFragments(cmd *cobra.Command, paths []string) error {
	s, own, err := f.gitleaksSettings(paths[0])
	if err != nil {
		return err
	}
	o := files.Options{Workers: f.workers, Exclude: excluding(own)}
	return f.run(cmd, s, ".", files.NewFragments(paths, s.engine.PassesOver, o))
}

// scanFragmentStream scans standard input as gitleaks reads it.
func (f *scanFlags) scanFragmentStream(cmd *cobra.Command, name string) error {
	s, _, err := f.gitleaksSettings(".")
	if err != nil {
		return err
	}
	var in io.Reader = cmd.InOrStdin()
	return f.run(cmd, s, ".", files.NewFragmentStream(in, name, files.Options{Workers: f.workers}))
}

// excluding leaves out the paths that are written as one of own is.
func excluding(own []string) func(path string) bool {
	return func(path string) bool { return slices.Contains(own, path) }
}
