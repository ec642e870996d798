package main

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/providers"
)

// corpus is what the labelled files hold: each is read once.
type corpus struct {
	dir        string
	labels     *labels
	names      []string // of the evidence
	files      int
	rules      []finding // by the rules of issuers
	candidates []candidate
}

// candidate is what the readers of package generic found.
type candidate struct {
	finding         // its score is not set
	at      columns // of the value in its first line
	name    string
	gate    string // why it is none whatever its score; "": the model decides
	x       []float32
	value   uint64 // a hash of the value
	named   uint64 // a hash of name and value
}

// scored reports whether the model decides about the candidate.
func (c *candidate) scored() bool { return c.gate == "" }

// readCorpus reads the labels and all files of dir/data.
func readCorpus(dir string) (*corpus, error) {
	l, err := readLabels(dir)
	if err != nil {
		return nil, err
	}
	paths, err := dataFiles(dir)
	if err != nil {
		return nil, err
	}
	engine, err := rulesOfIssuers()
	if err != nil {
		return nil, err
	}
	c := &corpus{dir: dir, labels: l, names: generic.EvidenceNames(), files: len(paths)}
	parts := make([]corpus, len(paths))
	p := pool.New().WithErrors().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for i, path := range paths {
		p.Go(func() error {
			text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
			if err != nil {
				return err
			}
			parts[i] = corpus{rules: match(engine, path, text), candidates: examine(path, text)}
			return nil
		})
	}
	if err := p.Wait(); err != nil {
		return nil, err
	}
	for _, part := range parts {
		c.rules = append(c.rules, part.rules...)
		c.candidates = append(c.candidates, part.candidates...)
	}
	return c, nil
}

// dataFiles lists the files of dir/data as the labels name them, sorted.
func dataFiles(dir string) ([]string, error) {
	var paths []string
	err := fs.WalkDir(os.DirFS(dir), "data", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			paths = append(paths, path)
		}
		return err
	})
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("%s holds no files", filepath.Join(dir, "data"))
	}
	slices.Sort(paths)
	return paths, err
}

// rulesOfIssuers is an engine with all that finds secrets but the readers of
// package generic.
func rulesOfIssuers() (*detectors.Engine, error) {
	all := providers.Load()
	read := map[string]bool{}
	for _, p := range all {
		for _, r := range p.Rules {
			read[r.ID] = generic.ReaderOf(r.Detector) != generic.None
		}
	}
	o := detectors.DefaultOptions()
	o.Disabled = func(id string) bool { return read[id] }
	return detectors.New(all, o)
}

func match(e *detectors.Engine, path string, text []byte) []finding {
	matches := e.Scan(text, path)
	if len(matches) == 0 {
		return nil
	}
	lines := newlines(text)
	found := make([]finding, len(matches))
	for i, m := range matches {
		found[i] = lines.finding(path, m.Secret.Start, m.Secret.End)
		found[i].score = math.Inf(1)
	}
	return found
}

// examine returns the candidates that the engine would let stand in a file of that
// name.
func examine(path string, text []byte) []candidate {
	var found []candidate
	lines := newlines(text)
	bare := generic.HasBareValues(path)
	generic.Examine(text, func(c *generic.Candidate, evidence []float32) {
		if c.Bare && !bare {
			return
		}
		value := text[c.Start:c.End]
		one := candidate{
			finding: lines.finding(path, c.Start, c.End), name: string(c.Name), x: slices.Clone(evidence),
			value: hash(string(value)), named: hash(string(c.Name), string(value)),
		}
		if c.Verdict == generic.Never {
			one.gate = c.Why
		}
		start := lines.start(one.first)
		one.at.from = utf8.RuneCount(text[start:c.Start])
		one.at.to = one.at.from + utf8.RuneCount(value)
		found = append(found, one)
	})
	return found
}

// lineStarts are the offsets at which lines begin.
type lineStarts []int

func newlines(text []byte) lineStarts {
	starts := lineStarts{0}
	for at := 0; ; {
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			return starts
		}
		at += n + 1
		starts = append(starts, at)
	}
}

// start is the offset at which a line begins, counted from 1.
func (l lineStarts) start(line int) int { return l[line-1] }

// line is the number of the line that holds an offset, from 1.
func (l lineStarts) line(offset int) int {
	n, ok := slices.BinarySearch(l, offset)
	if ok {
		n++
	}
	return n
}

func (l lineStarts) finding(path string, start, end int) finding {
	return finding{file: path, first: l.line(start), last: l.line(end - 1)}
}

func hash(parts ...string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(strings.Join(parts, "\x00")))
	return h.Sum64()
}
