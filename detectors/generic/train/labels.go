package main

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// truth is what the labels say of a span. Where rows of one span differ, and where
// a finding touches several spans, the least of them counts.
type truth uint8

const (
	secret  truth = iota // T
	neutral              // T or F, but an identifier: counts nowhere
	nothing              // F: looks like a secret, and is none
	example              // X: placeholder or example
)

// span is a stretch of lines that somebody labelled.
type span struct {
	file        string // data/REPOSITORY/…
	first, last int    // lines, from 1
	truth       truth
	categories  []string

	// values are where in its line the values of a one-line span stand; empty where
	// the labels do not tell.
	values []columns
}

// columns is a half-open range of characters of a line.
type columns struct{ from, to int }

// repository is the id of the repository that a path data/REPOSITORY/… is in.
func repository(file string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(file, "data/"), "/")
	return id
}

// labels are all spans, by file and line.
type labels struct {
	spans  []span
	byFile map[string]stretch
}

// stretch holds the spans of one file, spans[from:to], of which none has more than
// longest lines behind its first.
type stretch struct{ from, to, longest int }

// over returns the indices of the spans that share a line with first to last.
func (l *labels) over(file string, first, last int) []int {
	f := l.byFile[file]
	start, _ := slices.BinarySearchFunc(l.spans[f.from:f.to], first-f.longest, func(s span, line int) int {
		return cmp.Compare(s.first, line)
	})
	var over []int
	for i := f.from + start; i < f.to && l.spans[i].first <= last; i++ {
		if l.spans[i].last >= first {
			over = append(over, i)
		}
	}
	return over
}

// identifies reports whether things of that category name something and open
// nothing.
func identifies(category string) bool {
	switch category {
	case "UUID", "AWS S3 Bucket", "Firebase Domain", "Tencent WeChat API App ID", "Nonce", "Salt":
		return true
	}
	return false
}

// place is what makes rows be of one span.
type place struct {
	file        string
	first, last int
}

// row is one label.
type row struct {
	truth      truth
	categories []string
	value      columns // empty: not told
}

// readLabels reads meta/*.csv of the folder.
func readLabels(dir string) (*labels, error) {
	files, err := filepath.Glob(filepath.Join(dir, "meta", "*.csv"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no meta/*.csv: it is no folder of labelled files", dir)
	}
	rows := map[place][]row{}
	for _, file := range files {
		if err := readRows(file, rows); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	l := &labels{byFile: map[string]stretch{}}
	for at, of := range rows {
		l.spans = append(l.spans, spanOf(at, of))
	}
	slices.SortFunc(l.spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last))
	})
	for i, s := range l.spans {
		f, ok := l.byFile[s.file]
		if !ok {
			f.from = i
		}
		f.to = i + 1
		f.longest = max(f.longest, s.last-s.first)
		l.byFile[s.file] = f
	}
	return l, nil
}

// readRows adds the rows of one file.
func readRows(file string, rows map[place][]row) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("no header")
	}
	index := map[string]int{}
	for i, name := range all[0] {
		index[name] = i
	}
	for _, name := range []string{"FilePath", "LineStart", "LineEnd", "GroundTruth", "Category", "ValueStart", "ValueEnd"} {
		if _, ok := index[name]; !ok {
			return fmt.Errorf("no column %s", name)
		}
	}
	for i, fields := range all[1:] {
		at, r, err := readRow(func(name string) string { return fields[index[name]] })
		if err != nil {
			return fmt.Errorf("row %d: %w", i+2, err)
		}
		rows[at] = append(rows[at], r)
	}
	return nil
}

func readRow(field func(name string) string) (place, row, error) {
	at, r := place{file: field("FilePath")}, row{categories: strings.Split(field("Category"), ":")}
	var errFirst, errLast error
	at.first, errFirst = strconv.Atoi(field("LineStart"))
	at.last, errLast = strconv.Atoi(field("LineEnd"))
	if errFirst != nil || errLast != nil || at.last < at.first {
		return at, r, fmt.Errorf("lines %q to %q", field("LineStart"), field("LineEnd"))
	}
	switch field("GroundTruth") {
	case "T":
		r.truth = secret
	case "F":
		r.truth = nothing
	case "X":
		r.truth = example
	default:
		return at, r, fmt.Errorf("GroundTruth %q, want T, F or X", field("GroundTruth"))
	}
	from, errFrom := strconv.Atoi(field("ValueStart"))
	to, errTo := strconv.Atoi(field("ValueEnd"))
	if errFrom == nil && errTo == nil && at.first == at.last && 0 <= from && from < to {
		r.value = columns{from, to}
	}
	return at, r, nil
}

// spanOf puts the rows of one span together.
func spanOf(at place, rows []row) span {
	s := span{file: at.file, first: at.first, last: at.last, truth: example}
	for _, r := range rows {
		s.truth = min(s.truth, r.truth)
	}
	for _, r := range rows {
		if r.truth == s.truth {
			s.categories = append(s.categories, r.categories...)
			s.values = append(s.values, r.value)
		}
	}
	if slices.Contains(s.values, columns{}) {
		s.values = nil
	}
	slices.Sort(s.categories)
	s.categories = slices.Compact(s.categories)
	if !slices.ContainsFunc(s.categories, func(c string) bool { return !identifies(c) }) {
		s.truth = neutral
	}
	return s
}
