package forge_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// noon is when the clocks of these tests begin.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// answers is a server that gives one answer after the other, and then only successes.
type answers struct {
	mu   sync.Mutex
	list []answer
	got  []string // the bodies of the requests
}

// bodies are those of the requests so far.
func (a *answers) bodies() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.got)
}

type answer struct {
	status int
	header string // lines: "Retry-After: 7"
	body   string
	cut    bool // no answer
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	a.got = append(a.got, string(body))
	if len(a.list) == 0 {
		io.WriteString(w, `{"number": 7}`)
		return
	}
	next := a.list[0]
	a.list = a.list[1:]
	if next.cut {
		panic(http.ErrAbortHandler)
	}
	for line := range strings.Lines(next.header) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		w.Header().Set(name, value)
	}
	w.WriteHeader(next.status)
	io.WriteString(w, next.body)
}

// writerTo returns a writer to a server. Its clock moves with its sleep.
func writerTo(t *testing.T, h http.Handler, o forge.WriterOptions) (*forge.Writer, *fakegithub.Clock) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	clock := fakegithub.NewClock(noon)
	c, err := forge.NewGitHub(forge.GitHubOptions{URL: srv.URL, Getenv: env("GH_TOKEN", "one"), Rate: rate.Inf, Sleep: clock.Sleep})
	if err != nil {
		t.Fatal(err)
	}
	o.Now = clock.Now
	return forge.NewWriter(c, o), clock
}

type numbered struct {
	Number int `json:"number"`
}

func TestWrite(t *testing.T) {
	limit := func(header string) answer {
		return answer{status: 403, header: header, body: `{"message": "You have exceeded a secondary rate limit."}`}
	}
	broken := answer{status: 502}
	for _, tc := range []struct {
		name    string
		answers []answer
		waited  time.Duration
		status  int    // of the error; 0: none
		want    string // in the error
		later   time.Duration
	}{
		{name: "done"},
		{name: "after Retry-After", answers: []answer{limit("Retry-After: 7")}, waited: 7 * time.Second},
		{name: "after 429 with Retry-After", answers: []answer{{status: 429, header: "Retry-After: 3"}}, waited: 3 * time.Second},
		{name: "after the reset of the primary limit", answers: []answer{{status: 403, header: "X-RateLimit-Remaining: 0"}}, waited: 61 * time.Second},
		{name: "after a secondary limit that does not say how long", answers: []answer{limit(""), limit("")}, waited: 3*time.Minute + 2*time.Second},
		{name: "the reset is of another limit", answers: []answer{limit("X-RateLimit-Reset: " + strconv.FormatInt(noon.Add(time.Hour).Unix(), 10))}, waited: 61 * time.Second},
		{name: "after a burst of errors", answers: []answer{broken, broken, broken}, waited: 7 * time.Second},
		{name: "after a connection that broke", answers: []answer{{cut: true}}, waited: time.Second},
		{name: "the server stays broken", answers: slices.Repeat([]answer{broken}, 6), waited: 31 * time.Second, status: 502},
		{name: "not allowed", answers: []answer{{status: 403, body: `{"message": "Must have admin rights"}`}}, status: 403, want: "Must have admin rights"},
		{name: "not there", answers: []answer{{status: 404}}, status: 404},
		{name: "against the rules", answers: []answer{{status: 422, body: `{"message": "Validation Failed", "errors": [{"field": "body", "code": "custom", "message": "body is too long"}, "and more"]}`}},
			status: 422, want: "Validation Failed; body body is too long; and more"},
		{name: "no JSON", answers: []answer{{status: 200, body: "<html>"}}, want: "no JSON of the expected form"},
		{name: "longer than it may wait", answers: []answer{limit("Retry-After: 601")}, status: 403, want: "used up until 2026-11-24T12:10:01Z", later: 601 * time.Second},
		{name: "a limit that stays", answers: slices.Repeat([]answer{limit("Retry-After: 1")}, 6), waited: 5 * time.Second, status: 403, want: "secondary rate limit", later: 65 * time.Second},
		{name: "an error for longer than it may wait", answers: []answer{{status: 503, header: "Retry-After: 601"}}, status: 503},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := &answers{list: slices.Clone(tc.answers)}
			w, clock := writerTo(t, srv, forge.WriterOptions{})
			var out numbered
			err := w.Patch(context.Background(), "repos/a/b/issues/7", map[string]string{"title": "<a>"}, &out)
			if tc.want == "" && tc.status == 0 && (err != nil || out.Number != 7) {
				t.Errorf("Patch: %v; number %d, want 7", err, out.Number)
			}
			if forge.StatusOf(err) != tc.status || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Patch: %v; want status %d and %q", err, tc.status, tc.want)
			}
			if waited := clock.Now().Sub(noon); waited != tc.waited {
				t.Errorf("waited %s, want %s", waited, tc.waited)
			}
			var limit *forge.LimitError
			if errors.As(err, &limit) != (tc.later != 0) || limit != nil && !limit.Until.Equal(noon.Add(tc.later)) {
				t.Errorf("Patch: %v; want a limit until %s later", err, tc.later)
			}
			for _, body := range srv.bodies() {
				var in struct{ Title string }
				if err := json.Unmarshal([]byte(body), &in); err != nil || in.Title != "<a>" {
					t.Errorf("the server got %q", body)
				}
			}
		})
	}
}

func TestWriteSaysWhoWeAre(t *testing.T) {
	w, _ := writerTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, want := range map[string]string{
			"Authorization": "Bearer one", "Content-Type": "application/json", "User-Agent": "leakguard", "Accept": "application/vnd.github+json",
		} {
			if r.Header.Get(name) != want {
				t.Errorf("%s is not as wanted", name)
			}
		}
		if r.Method != http.MethodPost || r.URL.Path != "/repos/a/b/labels" {
			t.Errorf("%s %s", r.Method, r.URL.Path)
		}
		w.WriteHeader(http.StatusCreated)
	}), forge.WriterOptions{})
	if err := w.Post(context.Background(), "repos/a/b/labels", struct{}{}, nil, nil); err != nil {
		t.Error(err)
	}
}

func TestInvalid(t *testing.T) {
	srv := &answers{list: []answer{{status: 422, body: `{"message": "Validation Failed", "errors": [{"field": "name", "code": "already_exists"}]}`}}}
	w, _ := writerTo(t, srv, forge.WriterOptions{})
	err := w.Post(context.Background(), "repos/a/b/labels", struct{}{}, nil, nil)
	var invalid *forge.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("Post: %v; want an InvalidError", err)
	}
	for _, tc := range []struct {
		field, code string
		want        bool
	}{{"name", "already_exists", true}, {"name", "", true}, {"", "already_exists", true}, {"color", "", false}, {"name", "custom", false}} {
		if got := invalid.Has(tc.field, tc.code); got != tc.want {
			t.Errorf("Has(%q, %q) = %t", tc.field, tc.code, got)
		}
	}
}

func TestPostThatMayBeDone(t *testing.T) {
	broken := errors.New("cannot tell")
	for _, tc := range []struct {
		name   string
		answer answer
		done   bool
		err    error
		asked  int // how often done is asked
		sent   int
	}{
		{"an error, and it is done", answer{status: 502}, true, nil, 1, 1},
		{"an error, and it is not done", answer{status: 502}, false, nil, 1, 2},
		{"no answer, and it is done", answer{cut: true}, true, nil, 1, 1},
		{"no answer, and it is not done", answer{cut: true}, false, nil, 1, 2},
		{"nobody can tell", answer{status: 502}, false, broken, 1, 1},
		{"a limit leaves nothing open", answer{status: 429, header: "Retry-After: 1"}, true, nil, 0, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := &answers{list: []answer{tc.answer}}
			w, _ := writerTo(t, srv, forge.WriterOptions{})
			asked := 0
			err := w.Post(context.Background(), "repos/a/b/issues", struct{}{}, nil, func(context.Context) (bool, error) {
				asked++
				return tc.done, tc.err
			})
			if !errors.Is(err, tc.err) || asked != tc.asked || len(srv.bodies()) != tc.sent {
				t.Errorf("Post: %v; asked %d times, sent %d times; want %v, %d, %d", err, asked, len(srv.bodies()), tc.err, tc.asked, tc.sent)
			}
		})
	}
}

func TestWriterKeepsLimits(t *testing.T) {
	for _, tc := range []struct {
		name  string
		o     forge.WriterOptions
		posts int
		at    []int // seconds after noon
		later int   // of the error; 0: none
	}{
		{"no limits", forge.WriterOptions{}, 3, []int{0, 0, 0}, 0},
		{"apart", forge.WriterOptions{Limits: forge.Limits{Every: time.Second}, Patience: time.Millisecond}, 3, []int{1, 2, 3}, 0},
		{"a minute", forge.WriterOptions{Limits: forge.Limits{Every: time.Second, PerMinute: 2}}, 5, []int{1, 2, 61, 62, 121}, 0},
		{"a minute and an hour", forge.WriterOptions{Limits: forge.Limits{Every: time.Second, PerMinute: 2, PerHour: 3}, Patience: time.Hour}, 5, []int{1, 2, 61, 3601, 3602}, 0},
		{"an hour is too long", forge.WriterOptions{Limits: forge.Limits{PerHour: 3}}, 5, []int{0, 0, 0}, 3600},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w, clock := writerTo(t, &answers{}, tc.o)
			var at []int
			var err error
			for range tc.posts {
				if err = w.Post(context.Background(), "repos/a/b/issues", struct{}{}, nil, nil); err != nil {
					break
				}
				at = append(at, int(clock.Now().Sub(noon)/time.Second))
			}
			if !slices.Equal(at, tc.at) {
				t.Errorf("posted at %v, want %v", at, tc.at)
			}
			var limit *forge.LimitError
			if errors.As(err, &limit) != (tc.later != 0) || limit != nil && limit.Until.Sub(noon) != time.Duration(tc.later)*time.Second {
				t.Errorf("Post: %v; want a limit until %d s later", err, tc.later)
			}
			if tc.later == 0 && err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPatchesAreNoPosts(t *testing.T) {
	w, clock := writerTo(t, &answers{}, forge.WriterOptions{Limits: forge.Limits{Every: time.Second, PerHour: 1}})
	for range 3 {
		if err := w.Patch(context.Background(), "repos/a/b/issues/1", struct{}{}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if waited := clock.Now().Sub(noon); waited != 3*time.Second {
		t.Errorf("waited %s, want 3s", waited)
	}
}

func TestPostsOfAnEarlierRunCount(t *testing.T) {
	w, clock := writerTo(t, &answers{}, forge.WriterOptions{Limits: forge.Limits{PerHour: 2}, Patience: time.Hour})
	w.Posted(noon.Add(-10*time.Minute), noon.Add(-50*time.Minute), noon.Add(-2*time.Hour))
	if err := w.Post(context.Background(), "repos/a/b/issues", struct{}{}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if waited := clock.Now().Sub(noon); waited != 10*time.Minute {
		t.Errorf("waited %s, want 10m", waited)
	}
}

func TestWritesComeOneAfterAnother(t *testing.T) {
	var inside, together atomic.Int32
	w, _ := writerTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if inside.Add(1) > 1 {
			together.Add(1)
		}
		time.Sleep(time.Millisecond)
		inside.Add(-1)
	}), forge.WriterOptions{})
	errs := make(chan error)
	for range 8 {
		go func() { errs <- w.Patch(context.Background(), "repos/a/b", struct{}{}, nil) }()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if n := together.Load(); n > 0 {
		t.Errorf("%d requests came while another was answered", n)
	}
}

func TestWriteEndsWithItsContext(t *testing.T) {
	srv := &answers{list: []answer{{status: 502}}}
	w, _ := writerTo(t, srv, forge.WriterOptions{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.Patch(ctx, "repos/a/b", struct{}{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Patch: %v; want that it is cancelled", err)
	}
	if len(srv.bodies()) != 0 {
		t.Errorf("%d requests were sent", len(srv.bodies()))
	}
}

func TestWriteStaysAtItsHost(t *testing.T) {
	w, _ := writerTo(t, &answers{}, forge.WriterOptions{})
	if err := w.Patch(context.Background(), "https://elsewhere.example/x", struct{}{}, nil); err == nil || !strings.Contains(err.Error(), "leads away") {
		t.Errorf("Patch: %v; want that the address leads away", err)
	}
}
