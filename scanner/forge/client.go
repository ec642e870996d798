// Package forge holds what the clients of GitHub, GitLab and the CI systems have
// in common: who we are, how fast we may ask, what to do when told to wait,
// pages, redirects and conditional requests. It knows nothing of secrets.
package forge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Options settle how a Client behaves.
type Options struct {
	BaseURL string // of the API: "https://api.github.com/"
	// Authorize adds the credentials to a request to BaseURL's host. They are
	// never sent to another host. nil: none.
	Authorize func(*http.Request)
	Header    http.Header   // added to each request
	Rate      rate.Limit    // requests a second; 0: 10
	MaxWait   time.Duration // how long to wait when told to; 0: 10 minutes
	Timeout   time.Duration // of one request, until its header is there; 0: 30 seconds
	MaxBody   int64         // bytes of a JSON answer; 0: 32 MiB
	Transport http.RoundTripper

	// Budget, if not nil, counts and bounds what is asked, together with other clients,
	// and Rate holds for all of one Account together. MaxWait does not count then.
	Budget  *Budget
	Account string // tells who asks apart from others with a limit of their own there

	// Sleep waits, and Now tells the time; tests replace them. nil: real time.
	Sleep func(context.Context, time.Duration) error
	Now   func() time.Time
}

// Client talks to one API. It is safe for concurrent use.
type Client struct {
	opts    Options
	base    *url.URL
	http    *http.Client // follows no redirects
	limiter *rate.Limiter
	account *account // of the budget; nil: there is none
	etags   etagCache
}

// New returns a client.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("%q is no http address of an API", o.BaseURL)
	}
	if !strings.HasSuffix(base.Path, "/") {
		base.Path += "/"
	}
	o.Rate = defaulted(o.Rate, 10)
	o.MaxWait = defaulted(o.MaxWait, 10*time.Minute)
	o.Timeout = defaulted(o.Timeout, 30*time.Second)
	o.MaxBody = defaulted(o.MaxBody, 32<<20)
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.ResponseHeaderTimeout = o.Timeout
		o.Transport = t
	}
	c := &Client{
		opts: o, base: base, limiter: rate.NewLimiter(o.Rate, 1),
		http: &http.Client{Transport: o.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	if o.Budget != nil {
		c.account = o.Budget.account(base.Host, o.Account, o.Rate)
	}
	return c, nil
}

func defaulted[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Error is an answer that is no success.
type Error struct {
	Method, URL string // without the query, which may hold a token
	Status      int
	Message     string // what the server says, shortened
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s %s: %d %s", e.Method, e.URL, e.Status, http.StatusText(e.Status))
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

// StatusOf is the HTTP status of an error of this package, or 0.
func StatusOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// Get asks for path, relative to the base address or a whole address on the same
// host, and decodes the JSON answer into v. The response, whose body is read,
// gives the header.
func (c *Client) Get(ctx context.Context, path string, v any) (*http.Response, error) {
	u, err := c.resolve(path)
	if err != nil {
		return nil, err
	}
	resp, body, err := c.fetch(ctx, u)
	if err != nil {
		return resp, err
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind == "text/html" {
		return resp, &Error{"GET", bare(u), resp.StatusCode, "the server answers with a web page, not with its API"}
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(v); err != nil {
		return resp, fmt.Errorf("GET %s: the answer is no JSON of the expected form: %w", bare(u), err)
	}
	return resp, nil
}

// Pages asks for path and for each page that its Link header (RFC 8288) names as
// the next, until each returns false or there is no more. A page that names
// itself or one seen before is an error.
func (c *Client) Pages(ctx context.Context, path string, each func(page json.RawMessage) (more bool, err error)) error {
	seen := map[string]bool{}
	for path != "" {
		if seen[path] {
			return fmt.Errorf("GET %s: its pages go in a circle", path)
		}
		seen[path] = true
		var page json.RawMessage
		resp, err := c.Get(ctx, path, &page)
		if err != nil {
			return err
		}
		more, err := each(page)
		if err != nil || !more {
			return err
		}
		path = NextPage(resp.Header)
	}
	return nil
}

// NextPage is the address that a Link header names with rel="next", or "".
func NextPage(h http.Header) string {
	for _, link := range strings.Split(strings.Join(h.Values("Link"), ","), ",") {
		target, params, ok := strings.Cut(link, ";")
		if ok && strings.Contains(params, `rel="next"`) {
			return strings.Trim(strings.TrimSpace(target), "<>")
		}
	}
	return ""
}

// resolve makes a path an address, and refuses other hosts: credentials go
// nowhere but to the host that they are for.
func (c *Client) resolve(path string) (*url.URL, error) {
	u, err := c.base.Parse(strings.TrimPrefix(path, "/"))
	if err != nil {
		return nil, err
	}
	if u.Host != c.base.Host || u.Scheme != c.base.Scheme {
		return nil, fmt.Errorf("%s leads away from %s", bare(u), c.base.Host)
	}
	return u, nil
}

// fetch gets u within the limits, and waits and asks again where the server says
// so; the body is read up to the cap.
func (c *Client) fetch(ctx context.Context, u *url.URL) (*http.Response, []byte, error) {
	waited := time.Duration(0)
	for attempt := 0; ; attempt++ {
		resp, err := c.send(ctx, http.MethodGet, u, true)
		if err != nil {
			return nil, nil, err
		}
		body, err := io.ReadAll(io.LimitReader(resp.Body, c.opts.MaxBody+1))
		resp.Body.Close()
		switch {
		case err != nil:
			return resp, nil, fmt.Errorf("GET %s: the answer broke off: %w", bare(u), err)
		case int64(len(body)) > c.opts.MaxBody:
			return resp, nil, fmt.Errorf("GET %s: the answer is larger than %d bytes", bare(u), c.opts.MaxBody)
		case resp.StatusCode == http.StatusNotModified:
			if old, ok := c.etags.body(u); ok {
				return resp, old, nil
			}
		case resp.StatusCode/100 == 2:
			c.etags.keep(u, resp.Header.Get("ETag"), body)
			return resp, body, nil
		}
		if err := c.hold(ctx, http.MethodGet, u, resp, body, attempt, &waited); err != nil {
			return resp, body, err
		}
	}
}

// hold waits before a request is sent again that was answered with an error, or returns
// why it is not. waited is how long it was in all.
func (c *Client) hold(ctx context.Context, method string, u *url.URL, resp *http.Response, body []byte, attempt int, waited *time.Duration) error {
	refused := &Error{method, bare(u), resp.StatusCode, message(body)}
	wait, again := pause(resp, body, attempt, c.opts.Now())
	switch {
	case c.account != nil && limited(resp, body):
		return c.noted(ctx, c.account.refused(max(wait, time.Second), refused))
	case !again || *waited+wait > c.opts.MaxWait:
		return refused
	}
	*waited += wait
	return c.opts.Sleep(ctx, wait)
}

// turn waits until a request may be sent to u. With a budget, answered is to be called
// with the answer.
func (c *Client) turn(ctx context.Context, u *url.URL) error {
	switch {
	case c.account == nil:
		return c.limiter.Wait(ctx)
	case u.Host != c.base.Host: // a store, which counts nothing
		return ctx.Err()
	}
	wait, err := c.account.take()
	if err != nil {
		return c.noted(ctx, err)
	}
	if err := c.opts.Sleep(ctx, wait); err != nil {
		c.account.answered(nil)
		return err
	}
	TallyOf(ctx).sent()
	return nil
}

// answered counts the answer to a request to u for which turn was waited; nil: none came.
func (c *Client) answered(u *url.URL, resp *http.Response) {
	switch {
	case c.account == nil || u.Host != c.base.Host:
	case resp == nil:
		c.account.answered(nil)
	default:
		c.account.answered(resp.Header)
	}
}

// noted is err, which the tally of ctx notes if it is a limit.
func (c *Client) noted(ctx context.Context, err error) error {
	var limit *LimitError
	if errors.As(err, &limit) {
		TallyOf(ctx).limited(limit)
	}
	return err
}

// send sends one request. Credentials go along only to the API's own host.
func (c *Client) send(ctx context.Context, method string, u *url.URL, credentials bool) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, err
	}
	if err := c.turn(ctx, u); err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "leakguard")
	if credentials {
		for k, v := range c.opts.Header {
			req.Header[k] = v
		}
		if method == http.MethodGet {
			c.etags.condition(req)
		}
		if c.opts.Authorize != nil {
			c.opts.Authorize(req)
		}
	}
	resp, err := c.http.Do(req)
	c.answered(u, resp)
	if err != nil {
		// The error of package http quotes the whole address.
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return nil, fmt.Errorf("%s %s: %w", method, bare(u), err)
	}
	return resp, nil
}

// Download hands the body at path to do as it comes in. One redirect is followed,
// to whatever host, without credentials: CI systems keep logs in stores to which
// the address alone gives access. An address that has expired meanwhile is asked
// for once more.
func (c *Client) Download(ctx context.Context, path string, do func(io.Reader) error) error {
	u, err := c.resolve(path)
	if err != nil {
		return err
	}
	for attempt := 0; ; attempt++ {
		err := c.download(ctx, u, do)
		var expired *expiredError
		if attempt == 0 && errors.As(err, &expired) {
			continue
		}
		return err
	}
}

// expiredError is the refusal of a log store after a redirect.
type expiredError struct{ err *Error }

func (e *expiredError) Error() string { return e.err.Error() }
func (e *expiredError) Unwrap() error { return e.err }

func (c *Client) download(ctx context.Context, u *url.URL, do func(io.Reader) error) error {
	waited := time.Duration(0)
	for attempt := 0; ; attempt++ {
		resp, err := c.send(ctx, http.MethodGet, u, true)
		if err != nil {
			return err
		}
		switch resp.StatusCode {
		case http.StatusOK:
			defer resp.Body.Close()
			return do(resp.Body)
		case http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusMovedPermanently, http.StatusPermanentRedirect:
			resp.Body.Close()
			to, err := u.Parse(resp.Header.Get("Location"))
			if err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" {
				return &Error{"GET", bare(u), resp.StatusCode, "it redirects to no address"}
			}
			return c.store(ctx, u, to, do)
		}
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		resp.Body.Close()
		if err := c.hold(ctx, http.MethodGet, u, resp, body, attempt, &waited); err != nil {
			return err
		}
	}
}

// store reads from where an API redirected to.
func (c *Client) store(ctx context.Context, from, to *url.URL, do func(io.Reader) error) error {
	resp, err := c.send(ctx, http.MethodGet, to, to.Host == c.base.Host && to.Scheme == c.base.Scheme)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		e := &Error{"GET", bare(from), resp.StatusCode, "the store that it redirects to refuses: " + message(body)}
		if resp.StatusCode == http.StatusForbidden || resp.StatusCode == http.StatusNotFound {
			return &expiredError{e}
		}
		return e
	}
	return do(resp.Body)
}

// bare is an address without user, query and fragment.
func bare(u *url.URL) string {
	b := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return b.String()
}

// message is what a server says of an error, shortened.
func message(body []byte) string {
	var m struct {
		Message string `json:"message"`
		Error   any    `json:"error"`
	}
	if json.Unmarshal(body, &m) == nil {
		if m.Message != "" {
			return shorten(m.Message)
		}
		if s, ok := m.Error.(string); ok {
			return shorten(s)
		}
	}
	if i := bytes.IndexByte(body, '<'); i >= 0 && i < 64 {
		return "the answer is a web page"
	}
	return shorten(string(body))
}

func shorten(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}

// maxAttempts bounds how often one request is sent.
const maxAttempts = 6

// pause says how long to wait before asking again, if that makes sense: after a rate
// limit, and errors of the server's own.
func pause(resp *http.Response, answer []byte, attempt int, now time.Time) (time.Duration, bool) {
	if attempt+1 >= maxAttempts {
		return 0, false
	}
	backoff := time.Second << attempt
	h, limited := resp.Header, limited(resp, answer)
	switch {
	case !limited && resp.StatusCode/100 != 5, resp.StatusCode == http.StatusNotImplemented:
		return 0, false
	case h.Get("Retry-After") != "":
		if sec, err := strconv.Atoi(h.Get("Retry-After")); err == nil {
			return max(time.Duration(sec)*time.Second, 0), true
		}
		if at, err := http.ParseTime(h.Get("Retry-After")); err == nil {
			return max(at.Sub(now), 0), true
		}
		return backoff, true
	case limited && h.Get("X-RateLimit-Reset") != "" && !secondary(resp, answer):
		if sec, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
			return max(time.Unix(sec, 0).Sub(now), time.Second), true
		}
	case limited: // at least a minute, and more each time
		return time.Minute<<attempt + time.Second, true
	}
	return backoff, true
}

// limited reports whether a request is refused for a limit: by 429, or by a 403 that
// says so.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
func limited(resp *http.Response, answer []byte) bool {
	told := resp.Header.Get("Retry-After") != "" || resp.Header.Get("X-RateLimit-Remaining") == "0"
	return resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusForbidden && told || secondary(resp, answer)
}

// secondary reports whether a request is refused for a secondary rate limit of GitHub,
// and not told for how long. The time of reset is that of the primary limit.
func secondary(resp *http.Response, answer []byte) bool {
	if resp.Header.Get("Retry-After") != "" || resp.Header.Get("X-RateLimit-Remaining") == "0" {
		return false
	}
	return resp.StatusCode == http.StatusTooManyRequests ||
		resp.StatusCode == http.StatusForbidden && bytes.Contains(answer, []byte("secondary rate limit"))
}
