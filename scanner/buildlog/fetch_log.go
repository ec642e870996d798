package buildlog

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// jobLog is the log of a job, or of a step of it, and where it belongs.
type jobLog struct {
	client *forge.Client // of where it lies; nil: the API's
	path   string        // its address there

	// id names the log among all of the system, and is its path in occurrences.
	// version tells it from other texts that the same id had or will have.
	id, version string

	run, job, step string

	// page is the web page that shows the log. Where it can show a line, anchor
	// makes the end of the address from the line's number.
	page   string
	anchor func(line int) string

	cut error // that the CI system kept only a part; nil: it kept all
}

func (l *jobLog) String() string {
	s := l.run
	if l.job != "" {
		s += ", job " + l.job
	}
	if l.step != "" {
		s += ", step " + l.step
	}
	return s
}

// link is the address of the page that shows a line of the log, or "".
func (l *jobLog) link(line int) string {
	if u, err := url.Parse(l.page); err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	if l.anchor == nil {
		return l.page
	}
	return l.page + l.anchor(line)
}

// hashL is the anchor of a line in most viewers.
func hashL(line int) string { return fmt.Sprintf("#L%d", line) }

// log reads one log.
func (f *fetching) log(l jobLog) {
	if f.ctx.Err() != nil || f.known(&l) {
		return
	}
	client := l.client
	if client == nil {
		client = f.client
	}
	ctx, cancel := context.WithTimeout(f.ctx, f.patience)
	defer cancel()
	var found atomic.Int64
	scan := func(c scanner.Chunk) int {
		n := f.scan(c)
		found.Add(int64(n))
		return n
	}
	err := client.Download(ctx, l.path, func(body io.Reader) error {
		return f.text(newPatientReader(body, f.stall, cancel), &l, scan)
	})
	switch {
	case err == nil && l.cut == nil:
		f.logs.Store(0)
		f.remember(&l, found.Load())
	case err == nil:
		f.missed(&f.logs, l.String(), l.cut)
	case ctx.Err() != nil:
		f.missed(&f.logs, l.String(), errors.New("the server is too slow; the rest of the log was not read"))
	default:
		f.missed(&f.logs, l.String(), err)
	}
}

// text hands out the text of a log, unless it plainly is none.
func (f *fetching) text(in io.Reader, l *jobLog, scan func(scanner.Chunk) int) error {
	buffered := bufio.NewReader(in)
	head, err := buffered.Peek(512)
	head = bytes.TrimLeft(head, "\ufeff \t\r\n")
	start := bytes.ToLower(head[:min(len(head), 16)])
	switch {
	case len(head) == 0 && err == io.EOF:
		return errEmptyLog
	case bytes.HasPrefix(start, []byte("<!doctype html")), bytes.HasPrefix(start, []byte("<html")):
		return errWebPage
	case f.system.erased != "" && bytes.HasPrefix(head, []byte(f.system.erased)):
		return errEmptyLog
	}
	r := newReading(f.ctx, Options{Workers: 1}, scan, f.cov)
	defer r.wait()
	return r.log(buffered, Log{
		Path: l.id, Run: l.run, Where: Where{Job: l.job, Step: l.step},
		Format:   f.system.format,
		Complete: func(o *scanner.Occurrence) { o.Link = l.link(o.StartLine) },
	})
}

// stateID is how the state file calls a log.
func (f *fetching) stateID(l *jobLog) string {
	return strings.TrimSpace(f.system.name + " " + f.client.Host() + "/" + l.id + " " + l.version)
}

// known reports whether the log was read by an earlier scan.
func (f *fetching) known(l *jobLog) bool {
	if f.opts.State == nil {
		return false
	}
	_, ok := f.opts.State.Has(f.stateID(l), f.opts.Ruleset)
	if ok {
		f.cov.Exclude("logs read before", "the same rules found nothing in them", "--no-state reads them again", 1)
	}
	return ok
}

// remember records that the log was read whole.
func (f *fetching) remember(l *jobLog, found int64) {
	if f.opts.State == nil || found > 0 {
		return
	}
	if err := f.opts.State.Add(f.stateID(l), f.opts.Ruleset, 0); err != nil {
		f.mu.Lock()
		f.unwritten = cmp.Or(f.unwritten, err)
		f.mu.Unlock()
	}
}

// store returns the client for a log at an address that the API gave: the API's
// own if it lies there, else one without credentials, which a log store whose
// address gives access by itself is not to see.
func (f *fetching) store(address string) (*forge.Client, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the address of the log is malformed")
	}
	if u.Host == f.client.Host() {
		return f.client, nil
	}
	host := u.Scheme + "://" + u.Host
	if c, ok := f.stores.Load(host); ok {
		return c.(*forge.Client), nil
	}
	c, err := forge.New(forge.Options{BaseURL: host})
	if err != nil {
		return nil, err
	}
	kept, _ := f.stores.LoadOrStore(host, c)
	return kept.(*forge.Client), nil
}

// patientReader gives up on a sender that brings nothing for too long.
type patientReader struct {
	r     io.Reader
	stall time.Duration
	timer *time.Timer
}

func newPatientReader(r io.Reader, stall time.Duration, giveUp func()) *patientReader {
	timer := time.AfterFunc(stall, giveUp)
	timer.Stop()
	return &patientReader{r, stall, timer}
}

// Read counts the time of the sender, not that of who reads.
func (p *patientReader) Read(b []byte) (int, error) {
	p.timer.Reset(p.stall)
	defer p.timer.Stop()
	return p.r.Read(b)
}
