package remediate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// memoryTracker is a tracker in memory that remembers what was written to it.
type memoryTracker struct {
	mu       sync.Mutex
	projects map[string]remediate.Project // those that are not there are private ones
	tickets  []*remediate.Ticket
	comments map[int64][]string
	writes   []string
	lists    int
	before   func(write string) error // may fail a write before it is done
	after    func(write string) error // and behind it, as a lost answer
}

func (m *memoryTracker) Name() string { return "memory" }

func (m *memoryTracker) List(_ context.Context, project string) ([]remediate.Ticket, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lists++
	var list []remediate.Ticket
	for _, t := range m.tickets {
		if t.Project == project {
			list = append(list, *t)
		}
	}
	return list, nil
}

// write does and remembers a write.
func (m *memoryTracker) write(ctx context.Context, what string, do func()) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.before != nil {
		if err := m.before(what); err != nil {
			return err
		}
	}
	m.writes = append(m.writes, what)
	do()
	if m.after != nil {
		return m.after(what)
	}
	return nil
}

func (m *memoryTracker) Create(ctx context.Context, project string, d remediate.Draft) (made remediate.Ticket, err error) {
	err = m.write(ctx, "create "+project, func() {
		n := int64(len(m.tickets) + 1)
		made = remediate.Ticket{ID: d.ID, Project: project, Number: n, URL: fmt.Sprintf("https://tracker.example/%s/%d", project, n), Title: d.Title,
			Body: remediate.Marked(d.ID, d.Body), Open: true, Labels: d.Labels, Assignees: d.Assignees}
		kept := made
		m.tickets = append(m.tickets, &kept)
	})
	return made, err
}

func (m *memoryTracker) Update(ctx context.Context, t remediate.Ticket, d remediate.Draft) (now remediate.Ticket, err error) {
	is := m.tickets[t.Number-1]
	if body := remediate.Replaced(is.Body, d.ID, d.Body); is.Title == d.Title && is.Body == body && contains(is.Labels, d.Labels) && contains(is.Assignees, d.Assignees) {
		return *is, nil
	}
	err = m.write(ctx, fmt.Sprint("update ", t.Number), func() {
		is.Title, is.Body = d.Title, remediate.Replaced(is.Body, d.ID, d.Body)
		is.Labels, is.Assignees = union(is.Labels, d.Labels), union(is.Assignees, d.Assignees)
	})
	return *is, err
}

func (m *memoryTracker) Comment(ctx context.Context, t remediate.Ticket, body string) error {
	return m.write(ctx, fmt.Sprint("comment ", t.Number), func() { m.comments[t.Number] = append(m.comments[t.Number], body) })
}

func (m *memoryTracker) SetOpen(ctx context.Context, t remediate.Ticket, open bool) error {
	what := map[bool]string{true: "reopen ", false: "close "}[open]
	return m.write(ctx, fmt.Sprint(what, t.Number), func() { m.tickets[t.Number-1].Open = open })
}

func (m *memoryTracker) Project(_ context.Context, name string) (remediate.Project, error) {
	if p, ok := m.projects[name]; ok {
		return p, nil
	}
	return remediate.Project{Name: name}, nil
}

func (m *memoryTracker) Assignable(_ context.Context, _ string, logins []string) ([]string, error) {
	return slices.DeleteFunc(slices.Clone(logins), func(l string) bool { return l == "gone" }), nil
}

func contains(list, want []string) bool { return len(union(list, want)) == len(list) }

func union(list, more []string) []string {
	list = slices.Clone(list)
	for _, m := range more {
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}

// desk is a ledger with a tracker that is to agree with it, and the time.
type desk struct {
	t       *testing.T
	dsn     string
	now     time.Time
	ledger  *ledger.Ledger
	tracker *memoryTracker
	o       remediate.SyncOptions
	scan    map[string][]scanner.Occurrence // by fingerprint: what a scan finds
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, dsn: filepath.Join(t.TempDir(), "ledger.db"), now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), scan: map[string][]scanner.Occurrence{},
		tracker: &memoryTracker{projects: map[string]remediate.Project{}, comments: map[int64][]string{}}}
	d.ledger = d.open()
	d.o = remediate.SyncOptions{ConfirmAfter: time.Hour, RemindBefore: 24 * time.Hour, Escalate: []string{"@acme/security"}, Label: "leakguard", Host: "github.com",
		Now: func() time.Time { return d.now }}
	return d
}

func (d *desk) open() *ledger.Ledger {
	d.t.Helper()
	l, err := ledger.Open(d.t.Context(), d.dsn, ledger.Options{Key: bytes.Repeat([]byte{7}, 32), Now: func() time.Time { return d.now }})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { l.Close() })
	return l
}

// leak has a secret lie at a path of a repository.
func (d *desk) leak(fingerprint, repository, path string) {
	d.scan[fingerprint] = append(d.scan[fingerprint], scanner.Occurrence{Kind: scanner.InGit, Repository: "https://github.com/" + repository, Path: path, Commit: "0123456789abcdef"})
}

// found records a scan in which all secrets have that verdict.
func (d *desk) found(state verify.State) {
	d.t.Helper()
	res := &scanner.Result{RulesetHash: "r1"}
	provider := &rules.Provider{ID: "acme", Name: "Acme"}
	for fingerprint, places := range d.scan {
		v := verify.Verdict{State: state, When: d.now, Reason: "its issuer says so", Evidence: "HTTP 200, field login", Endpoint: "GET https://api.acme.example/me"}
		if state == verify.Unverified {
			v = verify.Verdict{State: state}
		}
		res.Secrets = append(res.Secrets, scanner.Secret{Fingerprint: fingerprint, Rule: &rules.Rule{ID: "acme-key", Name: "Acme key", Provider: provider},
			Severity: rules.High, Redacted: "acme***", Verdict: v, Occurrences: places})
	}
	if _, err := d.ledger.Record(d.t.Context(), res, d.now); err != nil {
		d.t.Fatal(err)
	}
}

// sync runs Sync and returns what was written meanwhile.
func (d *desk) sync() (remediate.Report, []string) {
	d.t.Helper()
	before := len(d.tracker.writes)
	r, err := remediate.Sync(d.t.Context(), d.ledger, d.tracker, d.o)
	if err != nil {
		d.t.Fatal(err)
	}
	return r, d.tracker.writes[before:]
}

func (d *desk) histories() []ledger.History {
	d.t.Helper()
	all, err := d.ledger.History(d.t.Context(), ledger.Filter{})
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

func (d *desk) do(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// TestSyncLife follows the issue of one secret through all that can happen to it.
func TestSyncLife(t *testing.T) {
	d := newDesk(t)
	d.leak("lg1s-1", "acme/shop", "a.env")
	id := d.ledger.ID("lg1s-1")
	d.o.Owners = func(context.Context, *ledger.History) ([]ledger.Owner, error) {
		return []ledger.Owner{{Kind: "person", Name: "@ada", Evidence: "CODEOWNERS line 1"}, {Kind: "team", Name: "@acme/shop-team", Evidence: "CODEOWNERS line 1"}, {Kind: "person", Name: "@gone", Evidence: "author"}}, nil
	}
	d.o.Runbook = func(*ledger.History) (string, error) { return "### Runbook\n\n1. Issue a new key.", nil }
	pass := func(by time.Duration, state verify.State) func() {
		return func() { d.now = d.now.Add(by); d.found(state) }
	}
	none := func() {}
	for _, step := range []struct {
		name  string
		do    func()
		want  string // what is written
		words string // in the last comment or, if there is none, in the body
	}{
		{"found", pass(0, verify.Live), "create acme/shop", "verdict **live**"},
		{"again", none, "", "@acme/shop-team: CODEOWNERS line 1"},
		{"found again, nothing new", pass(time.Minute, verify.Live), "", "### Runbook"},
		{"a new place", func() { d.leak("lg1s-1", "acme/shop", "b.env"); pass(time.Minute, verify.Live)() }, "update 1", `b.env`},
		{"people write to it", func() {
			i := d.tracker.tickets[0]
			i.Body, i.Labels, i.Assignees = "Please hurry.\n\n"+i.Body+"\n\nI am on it.", append(i.Labels, "urgent"), append(i.Assignees, "grace")
		}, "", "I am on it."},
		{"a second new place", func() { d.leak("lg1s-1", "acme/web", "c.env"); pass(time.Minute, verify.Live)() }, "update 1", "acme/web"},
		{"dead once", pass(time.Hour, verify.Dead), "update 1", "verdict **dead**"},
		{"dead again, too soon", pass(10*time.Minute, verify.Dead), "", "open"},
		{"dead twice", pass(2*time.Hour, verify.Dead), "update 1, comment 1, close 1", "2026-11-02 10:03 UTC, GET https\\://api.acme.example/me: HTTP 200, field login\n- 2026-11-02 12:13 UTC"},
		{"all is done", none, "", "twice, 2h10m apart"},
		{"live again", pass(time.Hour, verify.Live), "update 1, comment 1, reopen 1", "it is live again"},
		{"a person closes it", func() { d.tracker.tickets[0].Open = false }, "comment 1, reopen 1", "A closed issue is no fix"},
		{"the deadline is near", func() { d.now = d.now.Add(50 * time.Hour) }, "comment 1", "@ada @gone @acme/shop-team This secret is to be dealt with until 2026-11-05 13:13 UTC."},
		{"still near", func() { d.now = d.now.Add(time.Hour) }, "", "This secret is to be dealt with"},
		{"the deadline has passed", func() { d.now = d.now.Add(24 * time.Hour) }, "comment 1", "@acme/security The deadline of this secret passed on 2026-11-05 13:13 UTC."},
		{"still passed", func() { d.now = d.now.Add(24 * time.Hour) }, "", "passed"},
		{"accepted", func() { d.do(d.ledger.Accept(t.Context(), id, "grace", "test account", d.now.Add(48*time.Hour))) }, "update 1, comment 1, close 1", "grace accepts the risk until 2026-11-08: test account"},
		{"still accepted", none, "", "accepts"},
		{"accepted, and a person opens it", func() { d.tracker.tickets[0].Open = true }, "comment 1, close 1", "accepts"},
		{"no longer accepted", func() { d.now = d.now.Add(49 * time.Hour) }, "update 1, comment 1, reopen 1", "the time for which it was accepted is over"},
		{"a false positive", func() {
			pass(time.Hour, verify.Unknown)()
			d.do(d.ledger.FalsePositive(t.Context(), id, "grace", "a checksum"))
		}, "update 1, comment 1, close 1", "grace says that this is no secret: a checksum"},
	} {
		t.Run(step.name, func(t *testing.T) {
			step.do()
			r, writes := d.sync()
			if got := strings.Join(writes, ", "); got != step.want {
				t.Errorf("wrote %q, want %q", got, step.want)
			}
			if !r.Agreed() || len(r.Troubles) > 0 {
				t.Errorf("report %+v", r)
			}
			text := d.tracker.tickets[0].Body
			if c := d.tracker.comments[1]; len(c) > 0 {
				text = c[len(c)-1]
			}
			if !strings.Contains(text, step.words) {
				t.Errorf("nothing says %q in\n%s", step.words, text)
			}
		})
	}
	issue := d.tracker.tickets[0]
	if !strings.HasPrefix(issue.Body, "Please hurry.\n\n<!-- leakguard:"+id) || !strings.HasSuffix(issue.Body, "I am on it.") {
		t.Errorf("people's text is gone:\n%s", issue.Body)
	}
	if !slices.Equal(issue.Labels, []string{"leakguard", "urgent"}) || !slices.Equal(issue.Assignees, []string{"ada", "grace"}) {
		t.Errorf("labels %q, assignees %q", issue.Labels, issue.Assignees)
	}
	if h := d.histories()[0]; h.Issue == nil || h.Issue.Open || h.Issue.Number != 1 || h.State != ledger.FalsePositive || len(h.Owners) != 3 {
		t.Errorf("the ledger has %+v, issue %+v", h.Secret, h.Issue)
	}
}

// TestSyncWhere: which project an issue goes to, and what is refused.
func TestSyncWhere(t *testing.T) {
	public := remediate.Project{Public: true}
	for _, test := range []struct {
		name       string
		verdict    verify.State
		places     []string // repositories
		repository string
		projects   map[string]remediate.Project
		want       string // what is written
		reason     string
	}{
		{"the one with most places", verify.Live, []string{"https://github.com/acme/one", "https://github.com/acme/two", "https://github.com/acme/two"}, "", nil, "create acme/two", ""},
		{"the first by name of several", verify.Live, []string{"https://github.com/acme/two", "https://github.com/acme/one"}, "", nil, "create acme/one", ""},
		{"one for all", verify.Live, []string{"https://github.com/acme/one"}, "acme/security", map[string]remediate.Project{"acme/one": public}, "create acme/security", ""},
		{"one for all, without a repository", verify.Unverified, []string{"/src/one"}, "acme/security", nil, "create acme/security", ""},
		{"public, live", verify.Live, []string{"https://github.com/acme/one"}, "", map[string]remediate.Project{"acme/one": public}, "", "public"},
		{"public, unverified", verify.Unverified, []string{"https://github.com/acme/one"}, "", map[string]remediate.Project{"acme/one": public}, "", "public"},
		{"public, unknown", verify.Unknown, []string{"https://github.com/acme/one"}, "", map[string]remediate.Project{"acme/one": public}, "", "public"},
		{"public, dead", verify.Dead, []string{"https://github.com/acme/one"}, "", map[string]remediate.Project{"acme/one": public}, "create acme/one", ""},
		{"one for all that is public", verify.Live, []string{"https://github.com/acme/one"}, "acme/security", map[string]remediate.Project{"acme/security": public}, "", "public"},
		{"archived", verify.Live, []string{"https://github.com/acme/one"}, "", map[string]remediate.Project{"acme/one": {Archived: true}}, "", "archived"},
		{"issues off", verify.Live, []string{"https://github.com/acme/one"}, "", map[string]remediate.Project{"acme/one": {Disabled: true}}, "", "has no issues"},
		{"no repository", verify.Live, []string{""}, "", nil, "", "no repository"},
		{"a folder", verify.Live, []string{"/src/one"}, "", nil, "", "/src/one"},
		{"the name of another host", verify.Live, []string{"https://gitlab.com/acme/one"}, "", nil, "", "gitlab.com"},
		{"an odd name", verify.Live, []string{"https://github.com/acme/../../x"}, "", nil, "", "no issues in this tracker"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			for i, r := range test.places {
				d.scan["lg1s-1"] = append(d.scan["lg1s-1"], scanner.Occurrence{Kind: scanner.InFile, Repository: r, Path: fmt.Sprint(i)})
			}
			d.o.Repository, d.tracker.projects = test.repository, test.projects
			d.found(test.verdict)
			r, writes := d.sync()
			if got := strings.Join(writes, ", "); got != test.want {
				t.Errorf("wrote %q, want %q", got, test.want)
			}
			if test.reason == "" {
				if !r.Agreed() {
					t.Errorf("report %+v", r)
				}
				return
			}
			if r.Refused != 1 || r.Agreed() || len(r.Troubles) != 1 || !strings.Contains(r.Troubles[0].Why, test.reason) || !strings.Contains(r.Troubles[0].Why, "issues.repository") && !strings.Contains(test.name, "one for all") {
				t.Errorf("report %+v, want one refusal that says %q", r, test.reason)
			}
		})
	}
}

// TestSyncBecomesPublic: what is public since its issue was made is not written to.
func TestSyncBecomesPublic(t *testing.T) {
	d := newDesk(t)
	d.leak("lg1s-1", "acme/shop", "a.env")
	d.found(verify.Live)
	d.sync()
	d.tracker.projects["acme/shop"] = remediate.Project{Public: true}
	d.leak("lg1s-1", "acme/shop", "b.env")
	d.found(verify.Live)
	if r, writes := d.sync(); r.Refused != 1 || len(writes) > 0 {
		t.Errorf("wrote %q: %+v", writes, r)
	}
}

// TestSyncProvenAllTheSame: a secret that is proven dead is dead in the ledger, even
// if its issue cannot be closed.
func TestSyncProvenAllTheSame(t *testing.T) {
	d := newDesk(t)
	d.leak("lg1s-1", "acme/shop", "a.env")
	d.found(verify.Dead)
	d.sync()
	d.tracker.projects["acme/shop"] = remediate.Project{Archived: true}
	d.now = d.now.Add(2 * time.Hour)
	d.found(verify.Dead)
	for range 2 {
		r, writes := d.sync()
		if h := d.histories()[0]; h.State != ledger.Dead || !h.Issue.Open || len(writes) > 0 || r.Refused != 1 {
			t.Errorf("state %s, issue %+v, wrote %q: %+v", h.State, h.Issue, writes, r)
		}
	}
	d.tracker.projects["acme/shop"] = remediate.Project{}
	if r, writes := d.sync(); strings.Join(writes, ", ") != "update 1, comment 1, close 1" || !r.Agreed() {
		t.Errorf("wrote %q: %+v", writes, r)
	}
}

// TestSyncOnce: an issue that was made and not recorded is found again, whatever has
// happened to its secret since.
func TestSyncOnce(t *testing.T) {
	for _, test := range []struct {
		name  string
		since func(*desk)
		want  string
	}{
		{"nothing happened", func(*desk) {}, ""},
		{"it was found elsewhere", func(d *desk) {
			d.leak("lg1s-1", "acme/other", "1")
			d.leak("lg1s-1", "acme/other", "2")
			d.found(verify.Live)
		}, "update 1"},
		{"it was accepted", func(d *desk) {
			d.do(d.ledger.Accept(d.t.Context(), d.ledger.ID("lg1s-1"), "ada", "a test account", d.now.Add(time.Hour)))
		}, "update 1, comment 1, close 1"},
		{"a person closed it", func(d *desk) { d.tracker.tickets[0].Open = false }, "comment 1, reopen 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			d.leak("lg1s-1", "acme/shop", "a.env")
			d.found(verify.Live)
			ctx, cancel := context.WithCancel(t.Context())
			d.tracker.after = func(string) error { cancel(); return nil } // dies when the issue is there
			if _, err := remediate.Sync(ctx, d.ledger, d.tracker, d.o); !errors.Is(err, context.Canceled) {
				t.Fatalf("it goes on: %v", err)
			}
			d.tracker.after = nil
			if h := d.histories()[0]; len(d.tracker.tickets) != 1 || h.Issue != nil {
				t.Fatalf("%d issues, recorded as %+v: want one that is not recorded", len(d.tracker.tickets), h.Issue)
			}
			test.since(d)
			r, writes := d.sync()
			if got := strings.Join(writes, ", "); got != test.want || !r.Agreed() {
				t.Errorf("wrote %q, want %q: %+v", got, test.want, r)
			}
			if h := d.histories()[0]; len(d.tracker.tickets) != 1 || h.Issue == nil || h.Issue.Number != 1 {
				t.Errorf("%d issues, recorded as %+v", len(d.tracker.tickets), h.Issue)
			}
			if _, writes := d.sync(); len(writes) > 0 {
				t.Errorf("again: wrote %q", writes)
			}
		})
	}
}

// TestSyncAtOnce: several runs at once, each with the ledger opened by itself, make
// one issue a secret.
func TestSyncAtOnce(t *testing.T) {
	d := newDesk(t)
	const secrets = 12
	for i := range secrets {
		d.leak(fmt.Sprint("lg1s-", i), "acme/shop", "a.env")
	}
	d.found(verify.Live)
	var all sync.WaitGroup
	for range 3 {
		l := d.open()
		all.Go(func() {
			if r, err := remediate.Sync(t.Context(), l, d.tracker, d.o); err != nil || !r.Agreed() {
				t.Errorf("%v: %+v", err, r)
			}
		})
	}
	all.Wait()
	if len(d.tracker.writes) != secrets || len(d.tracker.tickets) != secrets {
		t.Errorf("%d writes and %d issues for %d secrets", len(d.tracker.writes), len(d.tracker.tickets), secrets)
	}
}

// TestSyncResumed: runs that end in the middle, by a limit or killed, are taken up.
func TestSyncResumed(t *testing.T) {
	t.Parallel()
	secrets := 5000
	if testing.Short() {
		secrets = 300
	}
	d := newDesk(t)
	for i := range secrets {
		d.leak(fmt.Sprint("lg1s-", i), fmt.Sprint("acme/shop", i%7), "a.env")
	}
	d.found(verify.Live)
	ctx, cancel := context.WithCancel(t.Context())
	d.tracker.after = func(string) error {
		if len(d.tracker.writes) == secrets*3/10 {
			cancel()
		}
		return nil
	}
	if _, err := remediate.Sync(ctx, d.ledger, d.tracker, d.o); !errors.Is(err, context.Canceled) {
		t.Fatalf("the first run: %v", err)
	}
	d.tracker.before = func(string) error {
		if len(d.tracker.writes) == secrets*7/10 {
			return fmt.Errorf("acme/shop: %w", &forge.LimitError{Limit: "the limit of 500 posts within one hour", Until: d.now.Add(time.Hour)})
		}
		return nil
	}
	r, writes := d.sync()
	if len(writes) != secrets*4/10 || r.Updated != 1 || r.Left == 0 || r.Agreed() || r.Failed > 0 || !strings.Contains(r.Troubles[0].Why, "500 posts") {
		t.Fatalf("the second run: %d writes, %+v", len(writes), r)
	}
	d.tracker.before, d.tracker.lists = nil, 0
	r, writes = d.sync()
	if len(writes) != secrets*3/10 || !r.Agreed() || r.Unchanged != secrets*7/10 {
		t.Errorf("the third run: %d writes, %+v", len(writes), r)
	}
	if d.tracker.lists != 7 {
		t.Errorf("%d lists of 7 projects", d.tracker.lists)
	}
	made := map[string]int{}
	for _, i := range d.tracker.tickets {
		made[i.ID]++
	}
	if len(made) != secrets || len(d.tracker.tickets) != secrets {
		t.Errorf("%d issues for %d of %d secrets", len(d.tracker.tickets), len(made), secrets)
	}
}

// TestSyncFaults: what goes wrong with one secret leaves the others alone, unless it
// goes wrong over and over.
func TestSyncFaults(t *testing.T) {
	d := newDesk(t)
	for i := range 40 {
		d.leak(fmt.Sprint("lg1s-", i), "acme/shop", "a.env")
	}
	d.found(verify.Live)
	attempts := 0
	d.tracker.before = func(string) error {
		if attempts++; attempts == 3 {
			return errors.New("502 Bad Gateway")
		}
		return nil
	}
	r, writes := d.sync()
	if len(writes) != 39 || r.Created != 39 || r.Failed != 1 || len(r.Troubles) != 1 || r.Troubles[0].Secret == "" || r.Troubles[0].Why != "502 Bad Gateway" {
		t.Errorf("one fault: %d writes, %+v", len(writes), r)
	}
	for i := range 60 {
		d.leak(fmt.Sprint("lg1s-more", i), "acme/shop", "a.env")
	}
	d.found(verify.Live)
	d.tracker.before = func(string) error { return errors.New("401 Unauthorized") }
	if r, writes = d.sync(); len(writes) != 0 || r.Failed != 20 || r.Left == 0 || r.Agreed() {
		t.Errorf("nothing but faults: %d writes, %+v", len(writes), r)
	}
}

// TestSyncMost: one run makes no more than it may, the worst first.
func TestSyncMost(t *testing.T) {
	d := newDesk(t)
	for i := range 5 {
		d.leak(fmt.Sprint("lg1s-", i), "acme/shop", "a.env")
	}
	d.found(verify.Unknown)
	d.scan = map[string][]scanner.Occurrence{}
	d.leak("lg1s-3", "acme/shop", "a.env")
	d.found(verify.Live)
	d.o.Most = 2
	r, writes := d.sync()
	if len(writes) != 2 || r.Left != 3 || r.Agreed() || len(r.Troubles) != 1 {
		t.Errorf("%d writes, %+v", len(writes), r)
	}
	if d.tracker.tickets[0].ID != d.ledger.ID("lg1s-3") {
		t.Error("the live one is not the first")
	}
	d.sync()
	if r, _ := d.sync(); r.Created != 1 || !r.Agreed() {
		t.Errorf("the third run: %+v", r)
	}
}

// TestSyncGone: an issue that cannot be found is not made a second time, unless that
// is wanted.
func TestSyncGone(t *testing.T) {
	d := newDesk(t)
	d.leak("lg1s-1", "acme/shop", "a.env")
	d.found(verify.Live)
	d.sync()
	d.tracker.tickets[0].Project = "acme/elsewhere"
	if r, writes := d.sync(); len(writes) > 0 || r.Failed != 1 || !strings.Contains(r.Troubles[0].Why, "https://tracker.example/acme/shop/1") {
		t.Errorf("wrote %q: %+v", writes, r)
	}
	d.o.Recreate = true
	if r, writes := d.sync(); strings.Join(writes, ", ") != "create acme/shop" || !r.Agreed() {
		t.Errorf("wrote %q: %+v", writes, r)
	}
}

// TestSyncUnlisted: with a tracker that lists nothing, the ledger knows.
func TestSyncUnlisted(t *testing.T) {
	d := newDesk(t)
	d.o.Unlisted = true
	d.leak("lg1s-1", "acme/shop", "a.env")
	d.found(verify.Live)
	_, first := d.sync()
	d.tracker.tickets[0].Project = "not listed"
	_, again := d.sync()
	d.leak("lg1s-1", "acme/shop", "b.env")
	d.found(verify.Live)
	_, changed := d.sync()
	if got := fmt.Sprint(first, again, changed); got != "[create acme/shop] [] [update 1]" {
		t.Errorf("wrote %s", got)
	}
}

// TestSyncOwnersFail: an issue is made even if its owners cannot be found out.
func TestSyncOwnersFail(t *testing.T) {
	d := newDesk(t)
	d.leak("lg1s-1", "acme/shop", "a.env")
	d.found(verify.Live)
	d.o.Owners = func(context.Context, *ledger.History) ([]ledger.Owner, error) {
		return nil, errors.New("no CODEOWNERS")
	}
	if r, writes := d.sync(); len(writes) != 1 || len(r.Troubles) != 1 || !strings.Contains(r.Troubles[0].Why, "no CODEOWNERS") {
		t.Errorf("wrote %q: %+v", writes, r)
	}
}
