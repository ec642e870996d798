// Package pipeline reads the variables of pipelines: those that workflow files
// and environment files set, those of a process, and those that CI systems keep.
// The name of a variable is evidence: the detectors are shown NAME='value', and
// what they find is placed at the value, with the variable's path and scope and
// with what moves it to where the CI system keeps secrets.
//
// A CI system's files are one file here, with an entry in systems; its API is one
// more, with an entry in remotes.
package pipeline

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/leakguard/leakguard/detectors/redact"
	"github.com/leakguard/leakguard/scanner"
)

// Options settle what is read.
type Options struct {
	Repository string // put into each occurrence

	// GitIgnore leaves out files that git ignores.
	GitIgnore bool

	// Exclude, if not nil, tells the files to leave out by their path.
	Exclude func(path string) bool

	Workers int // how many files are read at once; 0 is 1
}

// variable is one variable with a value that somebody wrote down.
type variable struct {
	name  string // as the detectors see it
	path  string // "jobs.deploy.env.API_KEY", or the name where there is no more
	scope string // "step 3 of job build"
	hint  string
	value string
	link  string

	repository string // "": that of the options

	line, column int    // where the value begins in its file, from 1; 0: in none
	mark         string // the rest of the value's line, if an inline mark is in it
}

// block is the variables that are set in one place. They make one chunk, so that
// the parts of a credential, such as a key's id and the key, are seen together.
type block struct {
	file      *file // nil: not from a file
	variables []variable
	starts    []int // where each value begins in the chunk
}

// file is a file with variables, kept while something in it was found.
type file struct {
	path string
	text []byte

	lines []int // where each begins, made when it is first asked for
}

// String names the block in gaps.
func (b *block) String() string {
	switch {
	case b.file != nil:
		return b.file.path
	case len(b.variables) > 0:
		return "variables of the " + b.variables[0].scope
	}
	return "variables"
}

// emit hands the variables to the detectors as one chunk.
func emit(f *file, variables []variable, scan func(scanner.Chunk) int, cov *scanner.Coverage) {
	if len(variables) == 0 {
		return
	}
	b := &block{file: f, variables: variables, starts: make([]int, len(variables))}
	var text []byte
	for i := range variables {
		text, b.starts[i] = assign(text, &variables[i])
	}
	c := scanner.Chunk{Text: text, Place: b}
	if f != nil {
		c.Path = f.path
	}
	cov.Count("variables", int64(len(variables)))
	scan(c)
}

// maxName bounds a name in the text: the detectors look no farther.
const maxName = 60

// assign appends NAME='value' and a line end in the form that the detectors of
// assignments read exactly, and returns where the value begins.
func assign(text []byte, v *variable) ([]byte, int) {
	name := v.name[max(0, len(v.name)-maxName):]
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c < '0' || c > '9' && c < 'A' || c > 'Z' && c < 'a' || c > 'z' {
			c = '_'
		}
		text = append(text, c)
	}
	quote := quoteOf(v.value)
	text = append(text, '=')
	text = append(text, quote...)
	start := len(text)
	text = append(text, v.value...)
	text = append(text, quote...)
	if v.mark != "" {
		text = append(text, " # "...)
		text = append(text, v.mark...)
	}
	return append(text, '\n'), start
}

// quoteOf is the quote that does not end or change the value: within single ones
// a backslash stands for itself.
func quoteOf(value string) string {
	switch {
	case !strings.Contains(value, "'"):
		return "'"
	case !strings.ContainsAny(value, `"\`):
		return `"`
	case !strings.ContainsAny(value, "`\\"):
		return "`"
	}
	return ""
}

// located finds the occurrences of hits in blocks.
func located(kind scanner.Kind, repository string, hits []scanner.Hit) ([]scanner.Located, error) {
	all := make([]scanner.Located, 0, len(hits))
	for i := range hits {
		h := &hits[i]
		b, ok := h.Place.(*block)
		if !ok {
			return nil, fmt.Errorf("hit %d of %d is of another source", i+1, len(hits))
		}
		o := b.occurrence(h)
		o.Kind, o.Repository = kind, cmp.Or(o.Repository, repository)
		all = append(all, scanner.Located{Hit: i, Occurrence: o})
	}
	return all, nil
}

func (b *block) occurrence(h *scanner.Hit) scanner.Occurrence {
	i, found := slices.BinarySearch(b.starts, h.Secret.Start)
	if !found {
		i = max(i-1, 0)
	}
	v := &b.variables[i]
	o := scanner.Occurrence{
		Repository: v.repository, Variable: v.path, Scope: v.scope, Hint: v.hint, Link: v.link, Snippet: h.Snippet, Decoded: h.Decoded,
	}
	// A key may itself be the secret; it is not to be read in its own path.
	if secret := string(h.Value); secret != "" {
		redacted := redact.Secret(h.Value)
		for _, s := range []*string{&o.Variable, &o.Scope, &o.Hint} {
			*s = strings.ReplaceAll(*s, secret, redacted)
		}
	}
	if b.file == nil {
		// Two variables of one value are two places.
		o.Field = strings.TrimSpace("variable " + o.Variable + " " + ofScope(o.Scope))
		return o
	}
	o.Path = b.file.path
	from := min(max(h.Secret.Start-b.starts[i], 0), len(v.value))
	to := min(max(h.Secret.End-b.starts[i], from), len(v.value))
	o.Region = b.file.find(v, v.value[from:to])
	return o
}

func ofScope(scope string) string {
	if scope == "" {
		return ""
	}
	return "of the " + scope
}

// find is where the file has the secret, looked for from where the value begins.
// What is written with escapes, or folded, is placed at the value's beginning.
func (f *file) find(v *variable, secret string) scanner.Region {
	at := f.offset(v.line, v.column)
	first, rest, many := strings.Cut(secret, "\n")
	start := bytes.Index(f.text[at:], []byte(first))
	// A value is not longer in its file than with every byte escaped and indented.
	if first == "" || start < 0 || start > 8*len(v.value)+1024 {
		return scanner.Region{StartLine: v.line, StartColumn: v.column, EndLine: v.line, EndColumn: v.column + 1}
	}
	start += at
	end := start + len(first)
	for many {
		var line string
		line, rest, many = strings.Cut(rest, "\n")
		if i := bytes.Index(f.text[end:], []byte(line)); i >= 0 && i < 1024 {
			end += i + len(line)
		}
	}
	line, column := f.position(start)
	r := scanner.Region{StartLine: line, StartColumn: column}
	r.EndLine, r.EndColumn = f.position(end)
	return r
}

// lineStarts are the offsets at which lines begin.
func (f *file) lineStarts() []int {
	if f.lines == nil {
		f.lines = []int{0}
		for i, c := range f.text {
			if c == '\n' {
				f.lines = append(f.lines, i+1)
			}
		}
	}
	return f.lines
}

// offset is where a line and column lie in the file.
func (f *file) offset(line, column int) int {
	starts := f.lineStarts()
	at := starts[min(max(line, 1), len(starts))-1]
	for ; column > 1 && at < len(f.text) && f.text[at] != '\n'; column-- {
		_, n := utf8.DecodeRune(f.text[at:])
		at += n
	}
	return at
}

// position is the line and column, from 1 and in characters, of an offset.
func (f *file) position(at int) (line, column int) {
	starts := f.lineStarts()
	line, found := slices.BinarySearch(starts, at)
	if found {
		line++
	}
	return line, 1 + utf8.RuneCount(f.text[starts[line-1]:at])
}

// marked is the rest of a line behind an offset if an inline mark is in it.
func (f *file) marked(at int) string {
	rest, _, _ := bytes.Cut(f.text[at:], []byte{'\n'})
	if len(rest) > 4096 || scanner.ParseMark(rest) == nil {
		return ""
	}
	if i := bytes.LastIndexAny(rest, "#/"); i >= 0 {
		rest = rest[i+1:]
	}
	return strings.TrimSpace(string(rest))
}

// source is what the sources of this package share.
type source struct{ opts Options }

// Kind is the kind of its occurrences.
func (s *source) Kind() scanner.Kind { return scanner.InVariable }

// Locate returns the one occurrence of each hit.
func (s *source) Locate(_ context.Context, hits []scanner.Hit, _ *scanner.Coverage) ([]scanner.Located, error) {
	return located(scanner.InVariable, s.opts.Repository, hits)
}
