package scanner

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

// Options settle how Run treats what the engine finds.
type Options struct {
	Engine *detectors.Engine

	// Suppress splits what was found into what counts and what does not, and
	// tells of suppressions without effect. Values are in clear when it is called.
	// nil suppresses nothing.
	Suppress func([]Secret) (kept, suppressed []Secret, unused []string)

	// Keep says which secrets are of interest, by fingerprint; nil: all.
	Keep func(fingerprint string) bool

	// Verify says of each secret whether it is alive, before suppression: a live
	// one is not suppressed lightly. nil asks nobody.
	Verify *verify.Engine

	// Kept says which entries of secrets managers hold a value; nil: it is not known.
	Kept func(value []byte) []Keeper

	// Leaked, if not nil, is given all values that were found, in clear, before the
	// result is made: a job's log is told to mask them.
	Leaked func(values iter.Seq[[]byte])

	// Severity overrides a rule's own; 0 leaves it. nil overrides none.
	Severity func(*rules.Rule) rules.Severity

	// Reveal leaves the secrets in clear in the result.
	Reveal bool

	// Rejected has the result tell near misses, too.
	Rejected bool

	// Progress, if not nil, is kept up to date during the scan.
	Progress *Progress
}

// Progress counts what was read so far.
type Progress struct {
	Texts, Bytes, Hits atomic.Int64
}

// Run reads all sources at once and returns what they hold. It always returns a
// result: what could not be read is a gap in its coverage. When ctx is done,
// reading stops and what was found so far is returned.
func Run(ctx context.Context, sources []Source, o Options) *Result {
	r := &run{opts: o, reads: make([]reading, len(sources))}
	if r.opts.Progress == nil {
		r.opts.Progress = new(Progress)
	}
	p := pool.New()
	for i, src := range sources {
		r.reads[i] = reading{source: src, cov: NewCoverage(src.Name(), src.Kind())}
		p.Go(func() { r.read(ctx, &r.reads[i]) })
	}
	p.Wait()
	return r.result(ctx)
}

// run is one scan under way.
type run struct {
	opts  Options
	reads []reading
}

// reading is one source being read.
type reading struct {
	source Source
	cov    *Coverage
	mu     sync.Mutex
	hits   []Hit
	places []Located // by Locate, after reading
	given  bool      // whether a person says that each is a secret
}

func (r *run) read(ctx context.Context, rd *reading) {
	scan := func(c Chunk) int { return r.scan(rd, c) }
	err := guard(func() error { return rd.source.Read(ctx, scan, rd.cov) })
	switch {
	case err == nil:
	case ctx.Err() != nil:
		rd.cov.Gap(rd.source.Name(), "the scan was interrupted", "run it again to the end")
	default:
		rd.cov.Gap(rd.source.Name(), err.Error(), fixOf(err))
	}
	// Places are found even after an interruption: what was found is reported.
	err = guard(func() (err error) {
		rd.places, err = rd.source.Locate(context.WithoutCancel(ctx), rd.hits, rd.cov)
		return err
	})
	if err != nil {
		rd.cov.Gap("places of what was found", err.Error(), fixOf(err))
	}
}

// guard turns a panic into an error without the text that was being read.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &internalError{fmt.Sprintf("%T", p), debug.Stack()}
		}
	}()
	return f()
}

// internalError is a bug of ours, met in a source. Its value is not shown, for
// it may quote the data; the stack holds none.
type internalError struct {
	kind  string
	stack []byte
}

func (e *internalError) Error() string {
	return "internal error (" + e.kind + ") at\n" + string(e.stack)
}

// Fixer is an error that knows what the user can do about it.
type Fixer interface{ Fix() string }

func fixOf(err error) string {
	var f Fixer
	if errors.As(err, &f) {
		return f.Fix()
	}
	var bug *internalError
	if errors.As(err, &bug) {
		return "please report it with this text"
	}
	return "correct the cause and scan again"
}

// scan looks for secrets in one chunk and keeps the hits.
func (r *run) scan(rd *reading, c Chunk) (found int) {
	defer func() {
		if p := recover(); p != nil {
			rd.cov.Gap(describe(c.Place), (&internalError{fmt.Sprintf("%T", p), debug.Stack()}).Error(), "please report it with this text")
		}
	}()
	r.opts.Progress.Texts.Add(1)
	r.opts.Progress.Bytes.Add(int64(len(c.Text)))
	text := r.opts.Engine.Readable(c.Text)
	matches := slices.DeleteFunc(r.opts.Engine.Candidates(text, c.Path, c.Commit), func(m detectors.Match) bool {
		return (c.Front > 0 || c.Back > 0) && !c.Owns(m.Secret.Start)
	})
	if len(matches) == 0 {
		return 0
	}
	hits := makeHits(text, c, matches)
	r.opts.Progress.Hits.Add(int64(len(hits)))
	rd.mu.Lock()
	rd.hits = append(rd.hits, hits...)
	rd.mu.Unlock()
	return len(hits)
}

func describe(place any) string {
	if s, ok := place.(fmt.Stringer); ok {
		return s.String()
	}
	return "a text"
}
