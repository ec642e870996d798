package remediate

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// receiver takes what a webhook sends, and checks that it is signed.
type receiver struct {
	*Webhook
	t          *testing.T
	url        string
	status     []int             // of the next answers, 0: the connection breaks; then 200
	header     map[string]string // of the answers
	answer     string
	bodies     []string
	deliveries []string
	waits      []time.Duration
}

var webhookSecret = bytes.Repeat([]byte("k"), 32)

func newReceiver(t *testing.T) *receiver {
	r := &receiver{t: t}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL + "/hooks/token-in-the-path?key=token-in-the-query"
	hook, err := NewWebhook(r.url, webhookSecret, server.Client())
	if err != nil {
		t.Fatal(err)
	}
	hook.now = func() time.Time { return time.Date(2026, 11, 24, 10, 0, 0, 123, time.UTC) }
	hook.sleep = func(_ context.Context, d time.Duration) error {
		r.waits = append(r.waits, d)
		return nil
	}
	r.Webhook = hook
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		r.t.Error(err)
	}
	mac := hmac.New(sha256.New, webhookSecret)
	mac.Write(body)
	if got, want := req.Header.Get("X-Leakguard-Signature-256"), "sha256="+hex.EncodeToString(mac.Sum(nil)); got != want {
		r.t.Errorf("the signature is %s, want %s", got, want)
	}
	var e webhookEvent
	if err := json.Unmarshal(body, &e); err != nil || e.Event != req.Header.Get("X-Leakguard-Event") {
		r.t.Errorf("%s %s: %v", req.Header.Get("X-Leakguard-Event"), body, err)
	}
	if req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/json" || req.URL.RequestURI() != "/hooks/token-in-the-path?key=token-in-the-query" {
		r.t.Errorf("%s %s, %s", req.Method, req.URL, req.Header.Get("Content-Type"))
	}
	r.bodies = append(r.bodies, string(body))
	r.deliveries = append(r.deliveries, req.Header.Get("X-Leakguard-Delivery"))
	status := http.StatusOK
	if len(r.status) > 0 {
		status, r.status = r.status[0], r.status[1:]
	}
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	for k, v := range r.header {
		w.Header().Set(k, v)
	}
	w.WriteHeader(status)
	io.WriteString(w, r.answer)
}

// all has a webhook send one of each event.
func (r *receiver) all() []string {
	r.t.Helper()
	r.answer = `{"number": 812, "url": "https://tickets.acme.example/812"}`
	d := Draft{
		ID: firstID, Title: "AWS access key in acme/shop", Body: "An **AWS access key** (`AKIA***`) was found in `config/prod.env`.",
		Labels: []string{"leakguard", "severity: critical"}, Assignees: []string{"ada"},
	}
	made, err := r.Create(r.t.Context(), "all", d)
	if err != nil {
		r.t.Fatal(err)
	}
	if made.Number != 812 || made.URL != "https://tickets.acme.example/812" || !made.Open || made.ID != firstID {
		r.t.Errorf("the issue is %+v", made)
	}
	known := Ticket{ID: firstID, Project: "all", Number: made.Number, URL: made.URL, Open: true}
	d.Title += " and acme/api"
	now, err := r.Update(r.t.Context(), known, d)
	if err != nil || now.Number != 812 || now.Title != d.Title {
		r.t.Errorf("the issue is %+v, %v", now, err)
	}
	if err := r.Comment(r.t.Context(), known, "This secret is to be dealt with until 2026-11-25 10:00 UTC."); err != nil {
		r.t.Error(err)
	}
	for _, open := range []bool{false, true} {
		if err := r.SetOpen(r.t.Context(), known, open); err != nil {
			r.t.Error(err)
		}
	}
	return r.bodies
}

// docs/trackers.md shows one of each event.
func TestWebhookDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/trackers.md")
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, m := range regexp.MustCompile("(?ms)^```json\n(.*?)^```$").FindAllSubmatch(page, -1) {
		shown = append(shown, string(m[1]))
	}
	var sent []string
	for _, body := range newReceiver(t).all() {
		var b bytes.Buffer
		if err := json.Indent(&b, []byte(body), "", "  "); err != nil {
			t.Fatal(err)
		}
		sent = append(sent, b.String()+"\n")
	}
	for i, s := range sent {
		if !slices.Contains(shown, s) {
			t.Errorf("event %d is not shown:\n%s", i+1, s)
		}
	}
	for _, field := range []reflect.Type{reflect.TypeFor[webhookEvent](), reflect.TypeFor[webhookIssue]()} {
		for i := range field.NumField() {
			name, _, _ := strings.Cut(field.Field(i).Tag.Get("json"), ",")
			if field == reflect.TypeFor[webhookIssue]() {
				name = "issue." + name
			}
			if !bytes.Contains(page, []byte("| `"+name+"` |")) && name != "issue" {
				t.Errorf("the field %s is not documented", name)
			}
		}
	}
}

// Each event has a delivery of its own; what agrees is not sent.
func TestWebhookDeliveries(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	r.all()
	if n := len(slices.Compact(slices.Sorted(slices.Values(r.deliveries)))); n != 5 || len(r.deliveries[0]) != 32 {
		t.Errorf("%d deliveries differ: %q", n, r.deliveries)
	}
	d := Draft{ID: secondID, Title: "t", Body: "b", Labels: []string{"leakguard"}}
	made, err := r.Create(t.Context(), "acme/shop", d)
	if err != nil {
		t.Fatal(err)
	}
	before := len(r.bodies)
	if now, err := r.Update(t.Context(), made, d); err != nil || !reflect.DeepEqual(now, made) || len(r.bodies) != before {
		t.Errorf("an update that changes nothing: %+v, %v, %d requests", now, err, len(r.bodies)-before)
	}
	if list, err := r.List(t.Context(), "acme/shop"); list != nil || err != nil {
		t.Errorf("List: %v, %v", list, err)
	}
}

func TestWebhookRetries(t *testing.T) {
	t.Parallel()
	s := time.Second
	for name, c := range map[string]struct {
		status []int
		header map[string]string
		waits  []time.Duration
		err    string // "": none
	}{
		"at once":                     {status: []int{204}},
		"after errors of its own":     {status: []int{500, 503}, waits: []time.Duration{s, 2 * s}},
		"after a broken connection":   {status: []int{0, 0}, waits: []time.Duration{s, 2 * s}},
		"when it asks for time":       {status: []int{429}, header: map[string]string{"Retry-After": "90"}, waits: []time.Duration{90 * s}},
		"when it asks for nonsense":   {status: []int{503}, header: map[string]string{"Retry-After": "soon"}, waits: []time.Duration{s}},
		"not longer than ten minutes": {status: []int{503}, header: map[string]string{"Retry-After": "3600"}, waits: []time.Duration{600 * s}},
		"never: gives up":             {status: []int{500, 500, 500, 500, 500, 502, 500}, waits: []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s}, err: "6 attempts, the last: it answers 502"},
		"refused":                     {status: []int{403}, err: "it answers 403"},
		"redirected":                  {status: []int{302}, header: map[string]string{"Location": "https://elsewhere.example/"}, err: "it answers 302"},
		"redirected, to post again":   {status: []int{307}, header: map[string]string{"Location": "/"}, err: "it answers 307"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t)
			r.status, r.header = c.status, c.header
			err := r.Comment(t.Context(), Ticket{ID: firstID, Project: "acme/shop"}, "c")
			switch {
			case c.err == "" && err != nil, c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Errorf("the error is %v, want %q", err, c.err)
			case err != nil && (strings.Contains(err.Error(), "token-in") || !strings.Contains(err.Error(), "comment "+firstID)):
				t.Errorf("the error is %v", err)
			}
			if !slices.Equal(r.waits, c.waits) {
				t.Errorf("it waited %v, want %v", r.waits, c.waits)
			}
			if len(r.bodies) != len(c.waits)+1 || len(slices.Compact(r.bodies)) != 1 || len(slices.Compact(r.deliveries)) != 1 {
				t.Errorf("it sent %q as %q", r.bodies, r.deliveries)
			}
		})
	}
}

// An address with a secret in it is in no error, also if nobody is there.
func TestWebhookUnreachable(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	server := httptest.NewServer(http.NotFoundHandler())
	hook, err := NewWebhook(server.URL+"/token-in-the-path", webhookSecret, nil)
	server.Close()
	if err != nil {
		t.Fatal(err)
	}
	hook.sleep = r.sleep
	err = hook.SetOpen(t.Context(), Ticket{ID: firstID}, false)
	if err == nil || strings.Contains(err.Error(), "token-in") || !strings.Contains(err.Error(), "close "+firstID) || len(r.waits) != 5 {
		t.Errorf("%v after %d waits", err, len(r.waits))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := hook.SetOpen(ctx, Ticket{ID: firstID}, false); err == nil || len(r.waits) != 5 {
		t.Errorf("stopped: %v after %d waits", err, len(r.waits))
	}
}

func TestWebhookAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		want   webhookAnswer
	}{
		"nothing":           {"", webhookAnswer{}},
		"a word":            {"ok", webhookAnswer{}},
		"a web page":        {"<html>", webhookAnswer{}},
		"both":              {`{"number": 7, "url": "https://t.example/7", "more": 1}`, webhookAnswer{7, "https://t.example/7"}},
		"a number":          {`{"number": 7}`, webhookAnswer{Number: 7}},
		"a negative one":    {`{"number": -7}`, webhookAnswer{}},
		"a script":          {`{"number": 7, "url": "javascript:alert(1)"}`, webhookAnswer{Number: 7}},
		"a path":            {`{"url": "/7"}`, webhookAnswer{}},
		"a control":         {`{"url": "https://t.example/\u001b[31m"}`, webhookAnswer{}},
		"a turn of writing": {`{"url": "https://t.example/\u202e7"}`, webhookAnswer{}},
		"a line":            {`{"url": "https://t.example/7 \n"}`, webhookAnswer{}},
		"endless":           {`{"number": 7, "url": "` + strings.Repeat("a", 1<<20), webhookAnswer{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t)
			r.answer = c.answer
			made, err := r.Create(t.Context(), "acme/shop", Draft{ID: firstID, Title: "t"})
			if got := (webhookAnswer{made.Number, made.URL}); got != c.want || err != nil {
				t.Errorf("%+v, %v, want %+v", got, err, c.want)
			}
		})
	}
}

func TestNewWebhook(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		address string
		secret  []byte
		err     string // "": none
	}{
		"https":            {"https://hooks.example/x", webhookSecret, ""},
		"this machine":     {"http://127.0.0.1:8080/x", webhookSecret, ""},
		"this machine, v6": {"http://[::1]:8080/x", webhookSecret, ""},
		"localhost":        {"http://localhost/x", webhookSecret, ""},
		"http":             {"http://hooks.example/token", webhookSecret, "webhook hooks.example: issues are not sent over http"},
		"no address":       {"hooks.example/token", webhookSecret, "want https://HOST/PATH"},
		"a file":           {"file:///token", webhookSecret, "want https://HOST/PATH"},
		"nonsense":         {"https://[token", webhookSecret, "want https://HOST/PATH"},
		"no secret":        {"https://hooks.example/token", nil, "at least 16 bytes"},
		"a short secret":   {"https://hooks.example/token", webhookSecret[:15], "at least 16 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := NewWebhook(c.address, c.secret, nil)
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "token")) {
				t.Errorf("the error is %v, want %q", err, c.err)
			}
		})
	}
}

// Nothing but the draft, the ticket and the time is sent.
func TestWebhookSaysNoMore(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	d := Draft{ID: firstID, Title: "</script>\n\u2028", Body: "b\n<!-- x -->"}
	if _, err := r.Create(t.Context(), "acme/shop", d); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(r.bodies[0]), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"schemaVersion": "1", "event": "create", "sentAt": "2026-11-24T10:00:00Z",
		"issue": map[string]any{"id": firstID, "project": "acme/shop", "title": "</script>", "body": "b\n<!-- x -->"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("it sent %s", fmt.Sprint(got))
	}
}
