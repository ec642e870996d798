package forge

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// patient is a transport that bounds how long one answer may take from the
// request to the end of its body, so that a server which sends a byte now and
// then does not hold up a scan for ever.
type patient struct {
	next  http.RoundTripper
	limit time.Duration
}

// RoundTrip implements http.RoundTripper.
func (p *patient) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeoutCause(req.Context(), p.limit, fmt.Errorf("the answer took longer than %s", p.limit))
	resp, err := p.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		err = reason(ctx, err)
		cancel()
		return nil, err
	}
	resp.Body = &boundedBody{resp.Body, ctx, cancel}
	return resp, nil
}

// boundedBody is a body that ends with its context.
type boundedBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelFunc
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = reason(b.ctx, err)
	}
	return n, err
}

func (b *boundedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// reason is why ctx ended, if that is what err comes from.
func reason(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}
