package remediate

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Webhook has a program of the user's own deal with issues: what is to be done with
// one is sent to it as signed JSON. docs/trackers.md documents what is sent.
//
// A webhook cannot be asked what there is: List returns nothing, and the ledger alone
// knows which issues there are.
type Webhook struct {
	url    *url.URL
	secret []byte
	client *http.Client
	now    func() time.Time
	sleep  func(context.Context, time.Duration) error
}

const (
	webhookTimeout  = 30 * time.Second // of one request, unless the client has its own
	webhookAttempts = 6
	webhookMaxWait  = 10 * time.Minute // that a receiver may ask for
	webhookMaxBody  = 64 << 10         // bytes of an answer
	webhookMinKey   = 16               // bytes of a secret
)

// NewWebhook returns the tracker that sends to an address, which is https unless it
// is of this machine. The secret signs what is sent. A nil client is a new one.
func NewWebhook(address string, secret []byte, client *http.Client) (*Webhook, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the address of the webhook is none: want https://HOST/PATH") // not quoted: it may hold a token
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("webhook %s: issues are not sent over http, where others can read them: give an https address", u.Host)
	}
	if len(secret) < webhookMinKey {
		return nil, fmt.Errorf("webhook %s: want a secret of at least %d bytes to sign with", u.Host, webhookMinKey)
	}
	own := http.Client{}
	if client != nil {
		own = *client
	}
	own.Timeout = cmp.Or(own.Timeout, webhookTimeout)
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Webhook{url: u, secret: secret, client: &own, now: time.Now, sleep: sleep}, nil
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

// webhookEvent is the body of a request.
type webhookEvent struct {
	SchemaVersion string       `json:"schemaVersion"`
	Event         string       `json:"event"` // create, update, comment, close, reopen
	SentAt        time.Time    `json:"sentAt"`
	Issue         webhookIssue `json:"issue"`
	Comment       string       `json:"comment,omitempty"`
}

// webhookIssue is the issue that an event is about. Title, body, labels and assignees
// are there if they are to be set.
type webhookIssue struct {
	ID        string   `json:"id"`
	Project   string   `json:"project"`
	Number    int64    `json:"number,omitempty"`
	URL       string   `json:"url,omitempty"`
	Title     string   `json:"title,omitempty"`
	Body      string   `json:"body,omitempty"`
	Labels    []string `json:"labels,omitempty"`
	Assignees []string `json:"assignees,omitempty"`
}

// webhookAnswer is what a receiver may answer: how it calls the issue.
type webhookAnswer struct {
	Number int64  `json:"number"`
	URL    string `json:"url"`
}

// Name implements Tracker.
func (w *Webhook) Name() string { return "webhook" }

// List returns nothing.
func (w *Webhook) List(context.Context, string) ([]Ticket, error) { return nil, nil }

// Create implements Tracker. The ticket has the number and the address that the
// receiver answers, if it does.
func (w *Webhook) Create(ctx context.Context, project string, d Draft) (Ticket, error) {
	return w.put(ctx, "create", Ticket{Project: project, Open: true}, d)
}

// Update implements Tracker. All of the draft is sent.
func (w *Webhook) Update(ctx context.Context, t Ticket, d Draft) (Ticket, error) {
	if t.agrees(d.onto(t)) {
		return t, nil
	}
	return w.put(ctx, "update", t, d)
}

func (w *Webhook) put(ctx context.Context, event string, t Ticket, d Draft) (Ticket, error) {
	t = d.onto(t)
	issue := identity(t)
	issue.Title, issue.Body, issue.Labels, issue.Assignees = t.Title, strings.TrimSpace(d.Body), d.Labels, d.Assignees
	answer, err := w.send(ctx, webhookEvent{Event: event, Issue: issue})
	if err != nil {
		return Ticket{}, err
	}
	t.Number, t.URL = cmp.Or(answer.Number, t.Number), cmp.Or(answer.URL, t.URL)
	return t, nil
}

// Comment implements Tracker.
func (w *Webhook) Comment(ctx context.Context, t Ticket, body string) error {
	_, err := w.send(ctx, webhookEvent{Event: "comment", Issue: identity(t), Comment: body})
	return err
}

// SetOpen implements Tracker.
func (w *Webhook) SetOpen(ctx context.Context, t Ticket, open bool) error {
	event := "close"
	if open {
		event = "reopen"
	}
	_, err := w.send(ctx, webhookEvent{Event: event, Issue: identity(t)})
	return err
}

// Project implements Tracker. Whatever the project, its issues are the receiver's,
// which is not public.
func (w *Webhook) Project(_ context.Context, project string) (Project, error) {
	return Project{Name: project}, nil
}

// Assignable returns all logins: the receiver decides.
func (w *Webhook) Assignable(_ context.Context, _ string, logins []string) ([]string, error) {
	return logins, nil
}

func identity(t Ticket) webhookIssue {
	return webhookIssue{ID: t.ID, Project: t.Project, Number: t.Number, URL: t.URL}
}

// send sends an event until the receiver takes it: the same bytes each time, so that
// what came twice is known by its delivery.
func (w *Webhook) send(ctx context.Context, e webhookEvent) (webhookAnswer, error) {
	e.SchemaVersion, e.SentAt = "1", w.now().UTC().Truncate(time.Second)
	body, err := json.Marshal(e)
	if err != nil {
		return webhookAnswer{}, err
	}
	for attempt := 1; ; attempt++ {
		answer, wait, err := w.post(ctx, e.Event, body, attempt)
		switch {
		case err == nil:
			return answer, nil
		case ctx.Err() != nil || wait == 0:
			return answer, fmt.Errorf("webhook %s: %s %s: %w", w.url.Host, e.Event, e.Issue.ID, err)
		case attempt == webhookAttempts:
			return answer, fmt.Errorf("webhook %s: %s %s: %d attempts, the last: %w", w.url.Host, e.Event, e.Issue.ID, attempt, err)
		}
		if err := w.sleep(ctx, wait); err != nil {
			return answer, err
		}
	}
}

// post makes one attempt. After an error, wait is when to make the next one; 0: not
// at all.
func (w *Webhook) post(ctx context.Context, event string, body []byte, attempt int) (answer webhookAnswer, wait time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url.String(), bytes.NewReader(body))
	if err != nil {
		return answer, 0, err
	}
	mac := hmac.New(sha256.New, w.secret)
	mac.Write(body)
	delivery := sha256.Sum256(body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "leakguard")
	req.Header.Set("X-Leakguard-Event", event)
	req.Header.Set("X-Leakguard-Delivery", hex.EncodeToString(delivery[:16]))
	req.Header.Set("X-Leakguard-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))

	backoff := time.Second << (attempt - 1)
	resp, err := w.client.Do(req)
	if err != nil {
		var whole *url.Error // quotes the address, which may hold a token
		if errors.As(err, &whole) {
			err = whole.Err
		}
		return answer, backoff, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, webhookMaxBody))
	if resp.StatusCode/100 == 2 {
		return readAnswer(data), 0, nil // even if the answer broke off: the event is taken
	}
	err = errors.Join(fmt.Errorf("it answers %d %s", resp.StatusCode, http.StatusText(resp.StatusCode)), err)
	if resp.StatusCode/100 != 5 && resp.StatusCode != http.StatusTooManyRequests {
		return answer, 0, err
	}
	if sec, e := strconv.Atoi(resp.Header.Get("Retry-After")); e == nil && sec > 0 {
		backoff = min(time.Duration(min(sec, 1e6))*time.Second, webhookMaxWait)
	}
	return answer, backoff, err
}

// readAnswer takes over what a receiver says of an issue, if it says so as JSON. What
// is no web address is not taken for one.
func readAnswer(data []byte) webhookAnswer {
	var a webhookAnswer
	if json.Unmarshal(data, &a) != nil {
		return webhookAnswer{}
	}
	a.Number = max(a.Number, 0)
	u, err := url.Parse(a.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsFunc(a.URL, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		a.URL = ""
	}
	return a
}
