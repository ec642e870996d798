package buildlog

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakguard/leakguard/detectors/decode"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
)

// Options settle how logs are read.
type Options struct {
	Format   string       // the name of the format of all logs; "" recognises each
	MaxSize  int64        // bytes; a larger file is a gap; 0 is without limit
	Archives files.Limits // of each archive; the zero value stands for files.DefaultLimits
	Workers  int          // how many logs are read, and how many windows scanned, at once; 0 is 1
	Run      string       // what the run is called that the logs are of
}

// New returns the source of the logs at paths: files, folders with all below
// them, and archives such as those that GitHub offers for a run. Each file, and
// each member of an archive, is one log.
//
// Occurrences have slash-separated paths, relative to the folder if one alone
// was given, else as given; members of archives are "run.zip!job/2_step.txt".
func New(paths []string, o Options) scanner.Source {
	return &tree{source{o.settled()}, paths}
}

// NewReader returns the source of the one log, or archive of logs, that r holds.
// It is called name in occurrences.
func NewReader(r io.Reader, name string, o Options) scanner.Source {
	return &stream{source{o.settled()}, r, name}
}

func (o Options) settled() Options {
	if o.Archives == (files.Limits{}) {
		o.Archives = files.DefaultLimits()
	}
	o.Workers = max(o.Workers, 1)
	return o
}

// source is what all sources of logs share: how hits are located.
type source struct{ opts Options }

// Kind is the kind of its occurrences.
func (*source) Kind() scanner.Kind { return scanner.InLog }

// Log is what is known of a log before it is read.
type Log struct {
	Path   string  // what it is called in occurrences
	Run    string  // the run it is of
	Where  Where   // where all of it belongs; the log itself tells what is empty here
	Format *Format // nil: recognised by its head

	// Complete, if not nil, adds to an occurrence in the log: its link, say.
	Complete func(*scanner.Occurrence)
}

// reading is one call of Read. Logs are read by the goroutine that calls log;
// their windows are scanned by others.
type reading struct {
	opts    Options
	ctx     context.Context
	scan    func(scanner.Chunk) int
	cov     *scanner.Coverage
	windows *pool.Pool
}

func newReading(ctx context.Context, o Options, scan func(scanner.Chunk) int, cov *scanner.Coverage) *reading {
	return &reading{o, ctx, scan, cov, pool.New().WithMaxGoroutines(o.Workers)}
}

// wait returns when all that was read is scanned.
func (r *reading) wait() { r.windows.Wait() }

// format is the format that the user forced on all logs, nil if none.
func (o Options) format() (*Format, error) {
	if o.Format == "" {
		return nil, nil
	}
	f, ok := Lookup(o.Format)
	if !ok {
		return nil, fmt.Errorf("no log format %q: want one of %s", o.Format, FormatNames())
	}
	return &f, nil
}

// signs is how much of a log tells its format, in bytes.
const signs = 64 << 10

// lineBuffers keeps the buffers of lineReaders.
var lineBuffers = sync.Pool{New: func() any {
	buf := make([]byte, lineBuffer)
	return &buf
}}

// log reads the log in and hands its text to be scanned. The error is what kept
// it from being read to its end; what was read is scanned all the same.
func (r *reading) log(in io.Reader, l Log) error {
	counted := &counter{ctx: r.ctx, r: in}
	head := bufio.NewReaderSize(counted, signs)
	first, _ := head.Peek(signs)
	if l.Format == nil {
		f := recognise(first)
		l.Format = &f
	}
	if l.Where == (Where{}) && l.Format.Name == GitHub.Name {
		l.Where = placeInRun(l.Path)
	}
	var text io.Reader = head
	if enc := decode.Encoding(first); enc != "" && !strings.HasPrefix(enc, "utf-8") {
		text = decode.Reader(text, enc)
	}
	if l.Format.Open != nil {
		text = l.Format.Open(text)
	}
	buf := lineBuffers.Get().(*[]byte)
	defer lineBuffers.Put(buf)
	lines := &lineReader{r: text, buf: *buf}
	a := &assembler{log: &l, lines: l.Format.New(), window: newWindow(&l), ready: r.hand}
	for line, ok := lines.next(); ok; line, ok = lines.next() {
		a.line(line)
	}
	a.end()
	r.cov.Count("logs", 1)
	r.cov.Count("log lines", int64(lines.number))
	r.cov.Count("bytes", counted.n)
	return lines.failure()
}

// hand gives a window to be scanned, and waits if too many are.
func (r *reading) hand(w *window) {
	r.windows.Go(func() { w.scan(r.scan) })
}

// counter counts the bytes read through it, and ends when ctx does.
type counter struct {
	ctx context.Context
	r   io.Reader
	n   int64
}

func (c *counter) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
