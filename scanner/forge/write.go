package forge

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Writer changes things through an API: one request at a time, no faster than its
// limits allow. It is safe for concurrent use.
type Writer struct {
	client   *Client
	patience time.Duration
	now      func() time.Time

	mu   sync.Mutex // held for a whole request: an API wants changes one after another
	pace pace
}

// WriterOptions settle how a Writer behaves. It sleeps as its client does.
type WriterOptions struct {
	Limits   Limits
	Patience time.Duration    // how long a request may wait for a limit at a time; 0: 10 minutes
	Now      func() time.Time // tests replace it. nil: time.Now
}

// NewWriter returns a writer to the API of a client. The limits hold for all that
// goes through it, so that there should be one for each token.
func NewWriter(c *Client, o WriterOptions) *Writer {
	w := &Writer{client: c, patience: cmp.Or(o.Patience, 10*time.Minute), now: o.Now}
	if w.now == nil {
		w.now = time.Now
	}
	// Another process may have ended just now.
	w.pace = pace{limits: o.Limits, last: w.now()}
	return w
}

// Posted says that posts were sent before, by another process maybe: they count
// towards the limits.
func (w *Writer) Posted(at ...time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pace.posted(at...)
}

// Patch sends in as JSON to what is at path and decodes the answer into out, unless
// that is nil. It is sent again after errors of the server's own.
//
// An answer that is no success is an *Error, or an *InvalidError; a limit that has
// to be waited for longer than the options allow is a *LimitError.
func (w *Writer) Patch(ctx context.Context, path string, in, out any) error {
	return w.write(ctx, http.MethodPatch, path, in, out, nil)
}

// Post sends in as JSON to path, as Patch does. When it stays open whether the server
// did what it was asked for (an error of its own, a connection that broke), done is
// asked, and the request is sent again only if done says no. done must not use the
// Writer; nil stands for requests that may as well be sent twice.
func (w *Writer) Post(ctx context.Context, path string, in, out any, done func(context.Context) (bool, error)) error {
	return w.write(ctx, http.MethodPost, path, in, out, done)
}

func (w *Writer) write(ctx context.Context, method, path string, in, out any, done func(context.Context) (bool, error)) error {
	u, err := w.client.resolve(path)
	if err != nil {
		return err
	}
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, bare(u), err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for attempt := 0; ; attempt++ {
		if err := w.turn(ctx, method == http.MethodPost); err != nil {
			return fmt.Errorf("%s %s: %w", method, bare(u), err)
		}
		resp, answer, err := w.send(ctx, method, u, body)
		w.pace.sent(method == http.MethodPost, w.now())
		if err == nil && resp.StatusCode/100 == 2 {
			return decode(method, u, answer, out)
		}
		open := err != nil || resp.StatusCode/100 == 5
		if err == nil {
			err = refusal(method, u, resp.StatusCode, answer)
		}
		if err := w.hold(ctx, resp, answer, attempt, err); err != nil {
			return err
		}
		if !open || done == nil {
			continue
		}
		if ok, unknown := done(ctx); ok || unknown != nil {
			return unknown
		}
	}
}

// turn waits until the next request may be sent.
func (w *Writer) turn(ctx context.Context, post bool) error {
	now := w.now()
	at, limit := w.pace.next(post)
	wait := at.Sub(now)
	switch {
	case wait <= 0:
		return ctx.Err()
	case wait > max(w.patience, w.pace.limits.Every):
		return &LimitError{Limit: limit, Until: at}
	}
	return w.client.opts.Sleep(ctx, wait)
}

// hold waits before a request is sent again that failed with err, or returns what
// there is to say if that makes no sense.
func (w *Writer) hold(ctx context.Context, resp *http.Response, answer []byte, attempt int, err error) error {
	wait, again := w.pause(resp, answer, attempt)
	again = again && wait <= w.patience
	switch {
	case ctx.Err() != nil || errors.As(err, new(*LimitError)): // that of a budget
		return err
	case w.client.account != nil && resp != nil && limited(resp, answer):
		return w.client.noted(ctx, w.client.account.refused(max(wait, time.Second), err))
	case !again && resp != nil && limited(resp, answer):
		return &LimitError{Limit: "a limit of the server's", Until: w.now().Add(max(wait, time.Minute)), Err: err}
	case !again:
		return err
	}
	return w.client.opts.Sleep(ctx, wait)
}

// pause is as the function pause; beside it, it knows broken connections: resp is nil.
func (w *Writer) pause(resp *http.Response, answer []byte, attempt int) (time.Duration, bool) {
	switch {
	case attempt+1 >= maxAttempts:
		return 0, false
	case resp == nil:
		return time.Second << attempt, true
	}
	return pause(resp, answer, attempt, w.now())
}

// send sends one request and reads the answer up to the cap. The response is nil if
// there is an error.
func (w *Writer) send(ctx context.Context, method string, u *url.URL, body []byte) (*http.Response, []byte, error) {
	c := w.client
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if err := c.turn(ctx, u); err != nil {
		return nil, nil, err
	}
	maps.Copy(req.Header, c.opts.Header)
	req.Header.Set("User-Agent", "leakguard")
	req.Header.Set("Content-Type", "application/json")
	if c.opts.Authorize != nil {
		c.opts.Authorize(req)
	}
	resp, err := c.http.Do(req)
	c.answered(u, resp)
	if err != nil {
		// The error of package http quotes the whole address.
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return nil, nil, fmt.Errorf("%s %s: %w", method, bare(u), err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, c.opts.MaxBody+1))
	if err == nil && int64(len(answer)) > c.opts.MaxBody {
		err = fmt.Errorf("it is larger than %d bytes", c.opts.MaxBody)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s %s: the answer cannot be read: %w", method, bare(u), err)
	}
	return resp, answer, nil
}

func decode(method string, u *url.URL, answer []byte, out any) error {
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s %s: the answer is no JSON of the expected form: %w", method, bare(u), err)
	}
	return nil
}
