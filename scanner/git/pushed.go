package git

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

// Pushed is the source of what a push brings: the commits that lead to its tips
// and to nothing that was known before, each once, and the tags, trees and blobs
// that a tip names itself. Its tips are read where git has them during a hook,
// also in quarantine.
type Pushed struct {
	// Options are looked at when Read is called.
	Options Options

	Range
	known  []string // object names that are here, and patterns of refs
	listed func() ([]byte, error)
}

// Tip is one thing that is pushed.
type Tip struct {
	Ref    string // the name that it is to have: "refs/heads/main"
	Object string // its object name, or a revision
}

// NewPushed returns what a push of the tips brings: what leads to them and to
// nothing known. Known are revisions, object names, and patterns of refs, which
// begin with refs/ and have a "*": "refs/remotes/origin/*". An object name that is
// not in the repository counts for nothing: a remote may know what we do not.
//
// Git is asked for the commits at once, and not waited for: see NewStaged.
func NewPushed(ctx context.Context, r *Repository, tips []Tip, known []string) (*Pushed, error) {
	p := &Pushed{Range: Range{repo: r}}
	for _, t := range tips {
		id, err := r.object(ctx, t.Object)
		if err != nil {
			return nil, err
		}
		p.tips = append(p.tips, ref{t.Ref, id})
	}
	if err := p.keepKnown(ctx, known); err != nil {
		return nil, err
	}
	type answer struct {
		list []byte
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		list, err := p.askGit(ctx)
		done <- answer{list, err}
	}()
	p.listed = sync.OnceValues(func() ([]byte, error) {
		a := <-done
		return a.list, a.err
	})
	return p, nil
}

// Name says what is read.
func (p *Pushed) Name() string { return "what is pushed of " + p.repo.Root }

// object is the object that a name or a revision is of.
func (r *Repository) object(ctx context.Context, rev string) (id pack.ID, err error) {
	if id, err = r.hash.Parse(rev); err == nil {
		return id, nil
	}
	out, err := git(ctx, r.Root, "rev-parse", "--verify", "--quiet", "--end-of-options", rev)
	if err != nil {
		return id, fmt.Errorf("revision %q is not known in %s", rev, r.Root)
	}
	return r.hash.Parse(strings.TrimSpace(string(out)))
}

// keepKnown keeps what git can be told of: patterns, and objects that are here.
func (p *Pushed) keepKnown(ctx context.Context, known []string) error {
	store, err := p.repo.hookObjectsForGet(maxFileAt, func(pack.Fault) {})
	if err != nil {
		return err
	}
	defer store.Close()
	reader := store.Reader()
	for _, k := range known {
		if isPattern(k) {
			p.known = append(p.known, k)
			continue
		}
		id, err := p.repo.object(ctx, k)
		if err != nil {
			return err
		}
		if _, _, err := reader.Get(id); err == nil {
			p.known = append(p.known, p.repo.hash.Hex(id))
		}
	}
	return nil
}

func isPattern(known string) bool {
	return strings.HasPrefix(known, "refs/") && strings.Contains(known, "*")
}

// askGit asks git for the commits, parents first. Git answers from its commit
// graph without reading the history that is known. The names go to its standard
// input, for there may be more than a command line holds.
func (p *Pushed) askGit(ctx context.Context) ([]byte, error) {
	var in bytes.Buffer
	for _, t := range p.tips {
		fmt.Fprintln(&in, p.repo.hash.Hex(t.id))
	}
	args := []string{"rev-list", "--topo-order", "--reverse", "--stdin", "--not"}
	for _, k := range p.known {
		if isPattern(k) {
			args = append(args, "--glob="+k)
		} else {
			fmt.Fprintln(&in, "^"+k)
		}
	}
	return gitIn(ctx, p.repo.Root, &in, args...)
}

// Read scans what is pushed.
func (p *Pushed) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	p.opts = p.Options
	cov.Count("commits", 0)
	list, err := p.listed()
	if err != nil {
		return &unlistedError{err}
	}
	// A fault matters only if an object is needed; then reading it says so.
	if p.store, err = p.repo.hookObjects(p.opts.MaxSize, func(pack.Fault) {}); err != nil {
		return fmt.Errorf("the object database cannot be opened: %w", err)
	}
	if p.graph, err = newGraph(p.store, p.repo, nil, nil, scanner.NewCoverage("", scanner.InGit)); err != nil {
		return err
	}
	p.begin(ctx, scan, cov)
	for _, t := range p.tips {
		p.readTip(t, cov)
	}
	for hex := range strings.FieldsSeq(string(list)) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.readNew(hex, cov)
	}
	return ctx.Err()
}

// readNew reads one of the commits that git listed.
func (p *Pushed) readNew(hex string, cov *scanner.Coverage) {
	id, err := p.repo.hash.Parse(hex)
	var n int32
	if err == nil {
		n, err = p.take(id)
	}
	if err != nil {
		cov.Gap("commit "+hex, err.Error(), fetchMissing)
		return
	}
	for _, parent := range p.graph.commits[n].parents {
		// One that is not here, as in a shallow clone, is no gap: all that its
		// child holds is scanned then.
		_, _ = p.take(parent)
	}
	p.readCommit(n, cov)
}

// fetchMissing is what helps where an object is missing.
const fetchMissing = "run git fsck; in a partial or shallow clone, fetch what is missing"

// unlistedError is the error of git when it cannot say what is new.
type unlistedError struct{ err error }

func (e *unlistedError) Error() string {
	return "git cannot say which commits are new: " + e.err.Error()
}
func (e *unlistedError) Unwrap() error { return e.err }

// Fix is what the user can do.
func (e *unlistedError) Fix() string { return fetchMissing }

// take brings a commit into the graph.
func (p *Pushed) take(id pack.ID) (int32, error) {
	if n, ok := p.graph.number[id]; ok {
		return n, nil
	}
	typ, data, err := p.tip.reader.Get(id)
	if err != nil {
		return 0, err
	}
	ordinal, ok := p.store.Ordinal(&id)
	if typ != pack.Commit || !ok {
		return 0, fmt.Errorf("it is a %s", typ)
	}
	p.graph.add(pack.Commit, pack.Object{ID: id, Ordinal: ordinal, Data: data})
	return p.graph.number[id], nil
}

// readTip reads what a tip names itself: annotated tags, or the tree or the blob
// that somebody gave a name. Its commits come with the others.
func (p *Pushed) readTip(t ref, cov *scanner.Coverage) {
	at := t.id
	for range 1000 { // tags of tags
		typ, data, err := p.tip.reader.Get(at)
		if err != nil {
			cov.Gap("object "+p.repo.hash.Hex(at)+", which is pushed", err.Error(), fetchMissing)
			return
		}
		switch typ {
		case pack.Commit:
			return
		case pack.Tree:
			p.readTree(at)
			return
		case pack.Blob:
			p.tip.commit([]change{{commit: -1, path: "blob " + p.repo.hash.Hex(at), new: at}})
			return
		}
		ordinal, _ := p.store.Ordinal(&at)
		cov.Count("tags", 1)
		p.graph.add(pack.Tag, pack.Object{ID: at, Ordinal: ordinal, Data: data})
		p.tip.scan(scanner.Chunk{Text: data, Place: objectPlace{ordinal: ordinal, typ: pack.Tag}})
		target, ok := p.graph.tags[at]
		if !ok {
			cov.Gap("tag "+p.repo.hash.Hex(at), "it names no object", "run git fsck")
			return
		}
		at = target
	}
}

// readTree reads all files of a tree that belongs to no commit.
func (p *Pushed) readTree(id pack.ID) {
	var list []change
	p.tip.treeDiff(-1, id, nil, "", func(ch change) { list = append(list, ch) })
	slices.SortFunc(list, func(a, b change) int { return strings.Compare(a.path, b.path) })
	p.tip.commit(list)
}
