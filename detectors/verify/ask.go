package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Asker puts the questions about one credential. Everything that a verifier sends
// goes through it: it knows which hosts may be asked, waits for their limits, and
// keeps the audit record.
type Asker struct {
	engine *Engine
	cred   *Credential
	hosts  []string // patterns of the hosts that may be asked
	named  bool     // whether hosts that the scanned text names may be, if configured
	choice int      // which of a host's endpoints is asked
	audit  string   // "verify" or "revoke"
}

// Answer is the answer to an HTTP request.
type Answer struct {
	Status  int
	Header  http.Header
	Body    []byte
	Cut     bool // whether the body went on
	Request string
}

// userAgent says who asks. It is fixed: no secret can be in it.
const userAgent = "leakguard (+https://github.com/leakguard/leakguard)"

// largestAnswer is how much of a body is read, in bytes.
const largestAnswer = 1 << 20

// errHost is a host that the credential is not sent to.
type errHost struct {
	host     string
	fromText bool
}

func (e *errHost) Error() string {
	if e.fromText {
		return fmt.Sprintf("it belongs to %s, a host that the text names and verify.hosts does not list", e.host)
	}
	return fmt.Sprintf("%s is not a host of the issuer", e.host)
}

// Do sends a request to the issuer and reads the answer. label describes it
// without the secret, as in "GET https://api.acme.com/me". Redirects are answers.
// A request is sent again only if nothing of it was sent before, or if the server
// said when.
func (a *Asker) Do(req *http.Request, label string) (*Answer, error) {
	to, err := a.destination(req.URL)
	if err != nil {
		return nil, err
	}
	req.URL = to
	req.Host = ""
	req.Header.Set("User-Agent", userAgent)
	h := a.engine.hosts.of(address(to))
	for attempt := 1; ; attempt++ {
		answer, again, err := a.once(req, to, h, label)
		if again == never || attempt == mostAttempts {
			return answer, err
		}
		if again == later && !h.patient() {
			return answer, err
		}
		if again == soon {
			if err := a.engine.sleep(req.Context(), time.Duration(attempt)*retryPause); err != nil {
				return nil, err
			}
		}
		if req.GetBody != nil {
			if req.Body, err = req.GetBody(); err != nil {
				return nil, err
			}
		}
	}
}

const (
	mostAttempts = 3
	retryPause   = 500 * time.Millisecond
)

// again says whether a request may be sent again.
type again int

const (
	never again = iota
	soon        // nothing was sent
	later       // the server said when
)

func (a *Asker) once(req *http.Request, to *url.URL, h *host, label string) (*Answer, again, error) {
	leave, err := h.enter(req.Context())
	if err != nil {
		return nil, never, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(req.Context(), a.engine.limits.Timeout)
	defer cancel()
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaderField: func(string, []string) { sent.Store(true) },
	})
	answer, err := a.exchange(req.WithContext(ctx))
	a.record(to.Hostname(), label, answer, err)
	if err != nil {
		err = cleaned(err)
		var refused *refusedAddress
		if errors.As(err, &refused) || errors.Is(err, errOffline) || req.Context().Err() != nil {
			return nil, never, err
		}
		h.report(true)
		if !sent.Load() {
			return nil, soon, err
		}
		return nil, never, err
	}
	answer.Request = label
	wait, told := retryAfter(answer, a.engine.now())
	h.report(!told && (answer.Status >= 500 || answer.Status == http.StatusTooManyRequests))
	if told {
		h.refuse(wait)
		return answer, later, nil
	}
	return answer, never, nil
}

func (a *Asker) exchange(req *http.Request) (*Answer, error) {
	resp, err := a.engine.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, largestAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("the answer breaks off: %w", err)
	}
	cut := len(body) > largestAnswer
	return &Answer{Status: resp.StatusCode, Header: resp.Header, Body: body[:min(len(body), largestAnswer)], Cut: cut}, nil
}

// cleaned takes the URL, which may hold the secret, out of an error, and the name
// server, of which nobody can see what it has to do with it.
func cleaned(err error) error {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return fmt.Errorf("the address of %s is not found: %s", dns.Name, dns.Err)
	}
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// retryAfter is how long a server that wants fewer questions asks to wait (RFC
// 9110, section 10.2.3).
func retryAfter(answer *Answer, now time.Time) (time.Duration, bool) {
	if answer.Status != http.StatusTooManyRequests && answer.Status != http.StatusServiceUnavailable {
		return 0, false
	}
	value := answer.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return min(time.Duration(min(seconds, 1<<30))*time.Second, 24*time.Hour), true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0), true
	}
	return 0, false
}

// Dial connects to host:port over TCP for a protocol other than HTTP. The host is
// checked as for Do, the connection ends with ctx, and it counts as a question.
// leave must be called when the conversation is over, with the failure of the
// server, if any.
func (a *Asker) Dial(ctx context.Context, address, label string) (conn net.Conn, leave func(failure error), err error) {
	to, err := a.destination(&url.URL{Scheme: "tcp", Host: address})
	if err != nil {
		return nil, nil, err
	}
	h := a.engine.hosts.of(to.Host)
	exit, err := h.enter(ctx)
	if err != nil {
		return nil, nil, err
	}
	conn, err = a.engine.dial(ctx, "tcp", to.Host)
	if err != nil {
		exit()
		h.report(ctx.Err() == nil)
		a.record(to.Hostname(), label, nil, err)
		return nil, nil, err
	}
	deadline := time.Now().Add(a.engine.limits.Timeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := conn.SetDeadline(deadline); err != nil {
		exit()
		return nil, nil, errors.Join(err, conn.Close())
	}
	return conn, func(failure error) {
		conn.Close()
		exit()
		h.report(failure != nil)
		a.record(to.Hostname(), label, nil, failure)
	}, nil
}

// isHTML reports whether an answer is a web page: that of a firewall, a proxy or a
// sign-in, never that of an API.
func (r *Answer) isHTML() bool {
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Content-Type")), "text/html") {
		return true
	}
	head := bytes.ToLower(bytes.TrimSpace(r.Body[:min(len(r.Body), 512)]))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html"))
}
