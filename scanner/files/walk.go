package files

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakguard/leakguard/scanner"
)

const (
	listed = 512 // entries of a folder that are listed at once
	span   = 64  // folders between two that are kept open to reach those below
)

// tree is files and folders as a source.
type tree struct {
	source
	paths []string
}

// Read walks the paths and reads the files in them, several at once.
func (t *tree) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	w := &walk{
		reading: reading{&t.source, ctx, scan, cov},
		workers: pool.New().WithMaxGoroutines(t.opts.Workers),
	}
	defer w.workers.Wait()
	for _, p := range t.paths {
		prefix := ""
		if len(t.paths) > 1 {
			prefix = filepath.ToSlash(p)
		}
		w.argument(p, prefix)
	}
	return ctx.Err()
}

// walk is one walk over the paths of a tree. It lists folders by itself and
// leaves the files to workers, which hold it up when they are busy.
type walk struct {
	reading
	workers *pool.Pool
	pending []pending // folders still to be listed; the last is next
}

// folder is an open folder. Files in it are opened through it, by name, so that
// neither the length of their paths matters nor a link that takes the place of
// a folder during the walk.
type folder struct {
	root *os.Root // open while uses is not 0
	uses atomic.Int32
	path string // of its occurrences; "" is the top

	anchor *folder // the folder through which those below are opened: itself, or one above
	below  int     // how far the anchor is above
	within []string
	ignore *ignores
}

// pending is a folder that was seen in another and is not open yet.
type pending struct {
	anchor *folder
	route  string // from the anchor
	below  int    // how many names route has
	within []string
	ignore *ignores
}

func (f *folder) hold() *folder {
	f.uses.Add(1)
	return f
}

func (f *folder) release() {
	if f.uses.Add(-1) == 0 {
		f.root.Close()
	}
}

// argument reads what the user named. prefix begins the paths in a folder.
func (w *walk) argument(name, prefix string) {
	path := filepath.ToSlash(name)
	info, err := os.Stat(name)
	switch {
	case err != nil:
		w.missed(path, "found", err)
	case info.IsDir():
		root, err := os.OpenRoot(name)
		if err != nil {
			w.missed(path, "opened", err)
			return
		}
		top := &folder{root: root, path: prefix}
		top.anchor = top
		if w.opts.GitIgnore {
			top.ignore, top.within = above(name)
		}
		w.below(top.hold())
	case !info.Mode().IsRegular():
		w.cov.Gap(path, "it is neither a file nor a folder", "pipe what it gives into standard input")
	case w.excluded(path):
	default:
		w.workers.Go(func() {
			f, err := os.Open(name)
			w.file(f, err, path)
		})
	}
}

// below lists top, which is held, and every folder below it, depth first.
func (w *walk) below(top *folder) {
	w.list(top)
	top.release()
	for len(w.pending) > 0 {
		last := len(w.pending) - 1
		p := w.pending[last]
		w.pending = w.pending[:last]
		if w.ctx.Err() == nil {
			w.enter(p)
		}
		p.anchor.release()
	}
}

// enter opens and lists a folder.
func (w *walk) enter(p pending) {
	path := join(p.anchor.path, p.route)
	root, err := p.anchor.root.OpenRoot(p.route)
	if err != nil {
		w.missed(path, "opened", err)
		return
	}
	f := &folder{root: root, path: path, anchor: p.anchor, below: p.below, within: p.within, ignore: p.ignore}
	if f.below == span {
		f.anchor, f.below = f, 0
	}
	w.list(f.hold())
	f.release()
}

// list reads the entries of f. Folders wait until all were seen.
func (w *walk) list(f *folder) {
	d, err := f.root.Open(".")
	if err != nil {
		w.missed(f.name(), "opened", err)
		return
	}
	defer d.Close()
	if w.opts.GitIgnore {
		f.ignore, f.within = f.ignore.enter(f.root, f.within)
	}
	var git gitFolder
	var folders []string
	for w.ctx.Err() == nil {
		entries, err := d.ReadDir(listed)
		for _, e := range entries {
			git.see(e.Name())
			if w.entry(f, e) {
				folders = append(folders, e.Name())
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			w.missed(f.name(), "listed", err)
			break
		}
	}
	for _, name := range folders {
		if git.isRepository() && name == "objects" {
			w.excludeGit("objects folders of git repositories")
			continue
		}
		w.pending = append(w.pending, f.child(name))
	}
}

// entry reads one entry of f, unless it is a folder to be listed; then it
// returns true.
func (w *walk) entry(f *folder, e fs.DirEntry) bool {
	name, path := e.Name(), join(f.path, e.Name())
	if e.IsDir() && name == ".git" {
		w.excludeGit(".git folders")
		return false
	}
	if w.opts.GitIgnore && f.ignore.match(child(f.within, name), e.IsDir()) {
		w.cov.Exclude("files ignored by git", ".gitignore or .git/info/exclude names them; a folder counts as one", "--include-ignored", 1)
		return false
	}
	if e.IsDir() {
		return true
	}
	if w.excluded(path) {
		return false
	}
	var read func(*folder, string, string)
	switch e.Type() {
	case 0:
		read = w.fileIn
	case fs.ModeSymlink:
		read = w.linkIn
	default:
		w.cov.Exclude("FIFOs, sockets and devices", "they hold no text of their own", "pipe what they give into standard input", 1)
		return false
	}
	f.hold()
	w.workers.Go(func() {
		defer f.release()
		read(f, name, path)
	})
	return false
}

// excluded reports whether the user's patterns leave path out, and counts it.
func (w *walk) excluded(path string) bool {
	if w.opts.Exclude == nil || !w.opts.Exclude(path) {
		return false
	}
	w.cov.Exclude("files excluded by configuration", "a pattern for paths matches them", "change the pattern", 1)
	return true
}

func (w *walk) excludeGit(what string) {
	w.cov.Exclude(what, "`leakguard scan git` reads their objects; config, hooks and logs are no part of what is pushed", "leakguard scan files .git", 1)
}

// child is the pending folder called name in f.
func (f *folder) child(name string) pending {
	p := pending{anchor: f.anchor.hold(), route: name, below: f.below + 1, ignore: f.ignore}
	if f.anchor != f {
		p.route = join(strings.TrimPrefix(strings.TrimPrefix(f.path, f.anchor.path), "/"), name)
	}
	if f.ignore != nil {
		p.within = child(f.within, name)
	}
	return p
}

// name is what f is called in a gap.
func (f *folder) name() string {
	if f.path == "" {
		return "."
	}
	return f.path
}

// gitFolder tells by its entries whether a folder is a git repository without a
// working tree. Its objects are compressed and say nothing to a reader of files;
// the rest, such as its config, is read.
type gitFolder struct{ head, objects, refs bool }

func (g *gitFolder) see(name string) {
	switch name {
	case "HEAD":
		g.head = true
	case "objects":
		g.objects = true
	case "refs":
		g.refs = true
	}
}

func (g *gitFolder) isRepository() bool { return g.head && g.objects && g.refs }

func join(folder, name string) string {
	if folder == "" {
		return name
	}
	return strings.TrimSuffix(folder, "/") + "/" + name
}

// child is path with one more name, in memory of its own.
func child(path []string, name string) []string {
	return append(path[:len(path):len(path)], name)
}
