package git

import (
	"bufio"
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

// Options settle what of a repository is read.
type Options struct {
	// Refs limits what is reported to what these refs lead to (globs); none: all.
	Refs []string
	// Unreachable reports what no ref leads to any more, too.
	Unreachable bool
	// MaxSize is the size in bytes above which an object is a gap.
	MaxSize  int64
	Archives files.Limits
	Workers  int // 0: one a core

	// Exclude, if not nil, tells the paths to leave out.
	Exclude func(path string) bool

	// Clean, if not nil, says which of up to 16,384 blobs were read whole before, in any
	// repository, with the same rules and limits, and held nothing: History does not read
	// these again. It is asked for all of a repository's blobs before the first is read.
	Clean func(ctx context.Context, ids []pack.ID) (func(pack.ID) bool, error)
	// Read, if not nil, is told by History of the blobs that it read whole and that held
	// nothing: no match, also none that their path or a suppression takes out later, and
	// no gap. It is told of some at a time, and of the last also when ctx is done.
	// Exclude has no say in it, for blobs are read before their paths are known.
	Read func(ids []pack.ID)
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// History is the source of everything in a repository's object database: each
// object is read once, in the order in which it is stored; where it came from is
// asked afterwards, for hits only.
type History struct {
	repo  *Repository
	opts  Options
	store *pack.Store
	graph *graph
	hot   []uint32 // blobs that hold a secret, by ordinal
	mu    sync.Mutex
}

// NewHistory returns the history of the repository.
func NewHistory(r *Repository, o Options) *History { return &History{repo: r, opts: o} }

// Name says what is read.
func (h *History) Name() string { return "git history of " + h.repo.Root }

// Kind is the kind of its occurrences.
func (h *History) Kind() scanner.Kind { return scanner.InGit }

// objectPlace is where a chunk of history comes from.
type objectPlace struct {
	ordinal uint32
	typ     pack.Type
	member  string // within an archive
}

func (p objectPlace) String() string { return fmt.Sprintf("%s no. %d", p.typ, p.ordinal) }

// Read scans every object and checks that none is missing.
func (h *History) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	var err error
	h.store, err = h.repo.objects(h.opts.MaxSize, func(f pack.Fault) { gapOf(f, cov) })
	if err != nil {
		return fmt.Errorf("the object database cannot be opened: %w", err)
	}
	refs, head := h.repo.refs(ctx, cov)
	if h.graph, err = newGraph(h.store, h.repo, refs, head, cov); err != nil {
		return err
	}
	if err := h.readCommits(ctx, scan, cov); err != nil {
		return err
	}
	if err := h.readBlobs(ctx, scan, cov); err != nil {
		return err
	}
	if err := h.readTrees(ctx, cov); err != nil {
		return err
	}
	h.graph.connect(h.opts, cov)
	cov.Count("refs", int64(len(refs)))
	return nil
}

// gapOf puts what the object database could not give into words.
func gapOf(f pack.Fault, cov *scanner.Coverage) {
	fix := "run git fsck, and fetch the repository anew or restore the object from a clone"
	if f.TooLarge() {
		fix = "raise --max-size, or have somebody look at the file"
	}
	cov.Gap(f.What, f.Err.Error(), fix)
}

// readCommits scans commits and annotated tags whole: message, author, committer
// and whatever other lines they have.
func (h *History) readCommits(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	for _, typ := range []pack.Type{pack.Commit, pack.Tag} {
		var objects, bytes atomic.Int64
		err := h.store.Each(ctx, typ, h.opts.workers(), func(o pack.Object) {
			if o.Stream != nil {
				cov.Gap(fmt.Sprintf("%s %s", typ, h.store.Hash.Hex(o.ID)), "it is too large to be a "+typ.String(), "look at the object: git cat-file -p")
				return
			}
			objects.Add(1)
			bytes.Add(o.Size)
			h.graph.add(typ, o)
			scan(scanner.Chunk{Text: o.Data, Place: objectPlace{ordinal: o.Ordinal, typ: typ}})
		})
		cov.Count(typ.String()+"s", objects.Load())
		cov.Count("bytes", bytes.Load())
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *History) readBlobs(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	skip, err := h.readBefore(ctx, cov)
	if err != nil {
		return err
	}
	clean := &cleanBlobs{store: h.store, tell: h.opts.Read, cov: cov}
	var objects, bytes atomic.Int64
	err = h.store.EachBut(ctx, skip, pack.Blob, h.opts.workers(), func(o pack.Object) {
		objects.Add(1)
		bytes.Add(o.Size)
		found, whole := h.scanBlob(ctx, o, scan, cov)
		switch {
		case found > 0:
			h.mu.Lock()
			h.hot = append(h.hot, o.Ordinal)
			h.mu.Unlock()
		case whole && ctx.Err() == nil: // an archive is left where the scan ends
			clean.add(o)
		}
	})
	clean.end()
	cov.Count("blobs", objects.Load())
	cov.Count("bytes", bytes.Load())
	return err
}

// scanBlob scans one blob, and what it holds if it is an archive or a document. It
// returns how many matches there are, and whether nothing was left out.
func (h *History) scanBlob(ctx context.Context, o pack.Object, scan func(scanner.Chunk) int, cov *scanner.Coverage) (found int, whole bool) {
	place := objectPlace{ordinal: o.Ordinal, typ: pack.Blob}
	if o.Stream != nil {
		stream := bufio.NewReaderSize(o.Stream, 64<<10)
		head, _ := stream.Peek(files.HeadSize) // an error comes again
		content := files.ContentOf(head, "")
		if !content.Whole() {
			id := h.store.Hash.Hex(o.ID)
			cov.Gap("blob "+id, fmt.Sprintf("it is %s of %d bytes, too large to be unpacked here; it was read as it stands", content, o.Size),
				"unpack it: git cat-file blob "+id+" >FILE, then leakguard scan files FILE")
		}
		err := files.Windows(ctx, stream, func(c scanner.Chunk) {
			c.Place = place
			found += scan(c)
		})
		if err != nil && ctx.Err() == nil {
			cov.Gap("blob "+h.store.Hash.Hex(o.ID), err.Error(), "run git fsck")
		}
		return found, err == nil && content.Whole()
	}
	whole = true
	content := files.ContentOf(o.Data, "")
	if content.Packed() {
		name := "blob " + h.store.Hash.Hex(o.ID)
		own := scanner.NewCoverage(name, scanner.InGit)
		files.Unpack(ctx, name, o.Data, h.opts.Archives, func(c scanner.Chunk) {
			c.Place = objectPlace{o.Ordinal, pack.Blob, strings.TrimPrefix(c.Path, name)}
			c.Path = ""
			found += scan(c)
		}, own)
		whole = absorb(cov, own)
	}
	if !content.Plain() {
		return found, whole
	}
	return found + scan(scanner.Chunk{Text: o.Data, Place: place}), whole
}

// readTrees reads every tree for what it names: whether that is there, and which
// trees lead to a blob with a secret.
func (h *History) readTrees(ctx context.Context, cov *scanner.Coverage) error {
	var objects atomic.Int64
	hot := h.graph.bitmap(h.hot)
	err := h.store.Each(ctx, pack.Tree, h.opts.workers(), func(o pack.Object) {
		if o.Stream != nil {
			cov.Gap("tree "+h.store.Hash.Hex(o.ID), "it is too large to be a tree", "look at the object: git cat-file -p")
			return
		}
		objects.Add(1)
		if !h.graph.addTree(o, hot) {
			cov.Gap("tree "+h.store.Hash.Hex(o.ID), "it is malformed: entries behind the fault have no path", "run git fsck")
		}
	})
	cov.Count("trees", objects.Load())
	return err
}
