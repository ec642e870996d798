package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/leakguard/leakguard/detectors/decode"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
)

// maxFile bounds a file that is parsed, in bytes. The text of a larger one is
// read by package files all the same.
const maxFile = 2 << 20

// NewLocal returns the source of the variables that the files below root set for
// pipelines: workflow files, compose files, Kubernetes manifests, .env and
// Terraform variable files.
func NewLocal(root string, o Options) scanner.Source {
	return &local{source{o}, root}
}

type local struct {
	source
	root string
}

// Name says what is read.
func (l *local) Name() string { return "pipeline variables in files of " + l.root }

// system is one that has variables in files.
type system struct {
	name string

	// owns reports whether the file of that path and base name, lower case, is one
	// of its files.
	owns func(path, base string) bool

	// sniff, if not nil, reports whether a text is what its name says.
	sniff func(text []byte) bool

	// read hands out the file's variables.
	read func(f *file, out *collector) error
}

// systems are tried in this order; the first that owns a file reads it.
func systems() []system {
	return []system{
		githubFiles(), gitlabFiles(), circleciFiles(), travisFiles(), azureFiles(), bitbucketFiles(),
		buildkiteFiles(), jenkinsFiles(), composeFiles(), dotenvFiles(), tfvarsFiles(), helmFiles(), kubernetesFiles(),
	}
}

// Read walks the folder as package files does, with its care for links, ignored
// files and changes on the way, and parses each file that a system owns.
func (l *local) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	r := &localReading{local: l, systems: systems(), scan: scan, cov: cov, included: l.includes()}
	walked := scanner.NewCoverage(l.Name(), l.Kind())
	tree := files.New([]string{l.root}, files.Options{
		Kind: scanner.InVariable, GitIgnore: l.opts.GitIgnore, Workers: l.opts.Workers, Exclude: r.excluded,
	})
	cov.Count("files", 0)
	cov.Count("variables", 0)
	err := tree.Read(ctx, r.file, walked)
	for _, g := range walked.Gaps {
		cov.Gap(g.What, g.Why, g.Fix)
	}
	for _, e := range walked.Excluded {
		if e.What == "files ignored by git" {
			cov.Exclude(e.What, e.Why, e.Fix, e.Count)
		}
	}
	return err
}

// localReading is one call of Read.
type localReading struct {
	*local
	systems  []system
	scan     func(scanner.Chunk) int
	cov      *scanner.Coverage
	included map[string]string // files that others name, and as what

}

// systemOf is the system that owns the file at path, or nil.
func (r *localReading) systemOf(name string) *system {
	low := strings.ToLower(name)
	base := path.Base(low)
	if as := r.included[name]; as != "" {
		low, base = as, as
	}
	for i := range r.systems {
		if r.systems[i].owns(low, base) {
			return &r.systems[i]
		}
	}
	return nil
}

// excluded reports whether the file at path is not to be read.
func (r *localReading) excluded(name string) bool {
	if r.systemOf(name) == nil {
		return true
	}
	if r.opts.Exclude != nil && r.opts.Exclude(name) {
		r.cov.Exclude("files excluded by configuration", "a pattern for paths matches them", "change the pattern", 1)
		return true
	}
	at := r.root
	if info, err := os.Lstat(at); err == nil && info.IsDir() {
		at = filepath.Join(at, filepath.FromSlash(name))
	}
	info, err := os.Lstat(at)
	if err != nil {
		return false // the walk says what is wrong with it
	}
	if info.Mode()&os.ModeSymlink != 0 {
		return true // what it leads to is read where it lies
	}
	if info.Size() > maxFile {
		r.cov.Gap(name, fmt.Sprintf("it has more than %d bytes and is not parsed for variables", maxFile),
			"split it; its text is read by leakguard scan files")
		return true
	}
	return false
}

// file reads one file's variables.
func (r *localReading) file(c scanner.Chunk) int {
	s := r.systemOf(c.Path)
	if s == nil {
		return 0 // a member of an archive
	}
	text, _ := decode.ToUTF8(c.Text)
	f := &file{path: c.Path, text: bytes.Clone(text)}
	if s.sniff != nil && !s.sniff(f.text) {
		return 0
	}
	found := 0
	out := &collector{file: f, cov: r.cov, emit: func(vs []variable) {
		emit(f, vs, func(c scanner.Chunk) int {
			n := r.scan(c)
			found += n
			return n
		}, r.cov)
	}}
	r.cov.Count("files", 1)
	r.cov.Count("bytes", int64(len(c.Text)))
	if err := s.read(f, out); err != nil {
		r.cov.Gap(c.Path, "it is not read as a file of "+s.name+": "+err.Error(),
			"correct the file; its text is read by leakguard scan files")
	}
	out.flush()
	return found
}

// collector takes the variables of one file and hands them on by blocks.
type collector struct {
	file *file
	cov  *scanner.Coverage
	emit func([]variable)
	now  []variable
}

// add takes a variable, unless its value is empty or only a reference.
func (c *collector) add(v variable) {
	written := literal(v.value)
	if strings.TrimSpace(v.value) != "" && written == "" {
		c.cov.Count("references", 1)
	}
	if strings.TrimSpace(written) == "" {
		return
	}
	v.value = written
	if v.line > 0 {
		v.mark = c.file.marked(c.file.offset(v.line, v.column))
	}
	c.now = append(c.now, v)
}

// flush ends a block.
func (c *collector) flush() {
	c.emit(c.now)
	c.now = nil
}
