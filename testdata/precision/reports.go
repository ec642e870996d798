package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// corpus is what both tools found in one folder.
type corpus struct {
	name  string
	lines int
	found map[tool][]finding
}

// readCorpora reads a folder of reports: NAME.lines, NAME.leakguard.json and
// NAME.gitleaks.json for each corpus, as bench/precision.sh leaves them.
func readCorpora(dir string) ([]corpus, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.lines"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no reports in it: bench/precision.sh --judged writes them", dir)
	}
	var all []corpus
	for _, file := range files {
		c, err := readCorpus(strings.TrimSuffix(file, ".lines"))
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func readCorpus(prefix string) (corpus, error) {
	c := corpus{name: filepath.Base(prefix), found: map[tool][]finding{}}
	count, err := os.ReadFile(prefix + ".lines")
	if err != nil {
		return c, err
	}
	if c.lines, err = strconv.Atoi(strings.TrimSpace(string(count))); err != nil {
		return c, fmt.Errorf("%s.lines: %w", prefix, err)
	}
	if c.found[leakguard], err = readLeakguard(prefix+".leakguard.json", c.name); err != nil {
		return c, err
	}
	c.found[gitleaks], err = readGitleaks(prefix+".gitleaks.json", c.name)
	return c, err
}

// readLeakguard reads a JSON report that was written with --reveal.
func readLeakguard(file, corpus string) ([]finding, error) {
	var report struct {
		Secrets []struct {
			Rule, Confidence, Secret string
			Occurrences              []struct {
				Path               string
				StartLine, EndLine int
			}
		}
	}
	if err := readJSON(file, &report); err != nil {
		return nil, err
	}
	var found []finding
	for _, s := range report.Secrets {
		if s.Secret == "" {
			return nil, fmt.Errorf("%s: a finding of %s has no value: the scan needs --reveal", file, s.Rule)
		}
		for _, o := range s.Occurrences {
			found = append(found, finding{
				corpus: corpus, path: o.Path, start: o.StartLine, end: o.EndLine,
				rule: s.Rule, level: s.Confidence, value: hashOf(s.Secret),
			})
		}
	}
	return found, nil
}

// readGitleaks reads a JSON report that was written without --redact.
func readGitleaks(file, corpus string) ([]finding, error) {
	var report []struct {
		RuleID, File, Secret, Match string
		StartLine, EndLine          int
	}
	if err := readJSON(file, &report); err != nil {
		return nil, err
	}
	var found []finding
	for _, f := range report {
		path, ok := strings.CutPrefix(f.File, corpus+"/")
		if !ok {
			return nil, fmt.Errorf("%s: %s is not below %s/: scan from the folder that holds it", file, f.File, corpus)
		}
		if f.Secret == "" { // a rule that asks for the file's name only
			f.Secret, f.StartLine, f.EndLine = path, 1, 1
		}
		found = append(found, finding{
			corpus: corpus, path: path, start: f.StartLine, end: f.EndLine,
			rule: f.RuleID, level: "-", value: hashOf(f.Secret),
		})
	}
	return found, nil
}

func readJSON(file string, into any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
