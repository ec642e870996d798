package verify_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

var update = flag.Bool("update", false, "write docs/verdicts.md anew")

// The issuer farm: each verifier is asked about one credential at a server of this
// machine that answers as the issuer does, accepting and refusing, and then in
// every way in which a server can answer that is not the issuer's word.

// farmed is a verifier over HTTP in the farm.
type farmed struct {
	cred            *verify.Credential
	hosts           []string // patterns of the issuer's hosts, which the server stands for
	accept, refuse  http.Handler
	name, id        string // of the identity that must be told, if any
	access          string
	steps           int          // how many requests come before the verdict
	acceptedVerdict verify.State // Live unless given
}

// farms make the farmed verifiers that are written in Go; their test files add to
// it.
var farms []func(t *testing.T) []farmed

// wrongAnswers are those that tell nothing of the credential.
var wrongAnswers = []struct {
	name   string
	column string
	serve  http.HandlerFunc
}{
	{"rate limited", "429", reply(429, "application/json", `{"message": "slow down"}`)},
	{"rate limited for an hour", "429, Retry-After", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "3600")
		reply(429, "application/json", `{"message": "slow down"}`)(w, r)
	}},
	{"firewall's page, 403", "web page 403", reply(403, "text/html", "<html><title>Attention Required!</title>blocked</html>")},
	{"firewall's page, 401", "web page 401", reply(401, "text/html", "<!DOCTYPE html><title>Sign in</title>")},
	{"sign-in page, 200", "web page 200", reply(200, "text/html; charset=utf-8", "<!doctype html><title>Sign in</title>")},
	{"page without a type, 200", "", reply(200, "text/plain", "\n <HTML><body>Welcome</body></html>")},
	{"server error", "500", reply(500, "application/json", `{"message": "oops"}`)},
	{"gateway's time-out", "", reply(504, "text/plain", "upstream timed out")},
	{"other JSON, 200", "other JSON 200", reply(200, "application/json", `{"result": "fine"}`)},
	{"other JSON, 401", "other JSON 401", reply(401, "application/json", `{"result": "no"}`)},
	{"other JSON, 403", "other JSON 403", reply(403, "application/json", `{"result": "no"}`)},
	{"list, 200", "", reply(200, "application/json", `[]`)},
	{"null, 200", "", reply(200, "application/json", `null`)},
	{"no body, 200", "empty 200", reply(200, "application/json", "")},
	{"no body, 403", "empty 403", reply(403, "", "")},
	{"no body, 204", "", reply(204, "", "")},
	{"not found, 404", "other 404", reply(404, "application/json", `{"result": "no such page"}`)},
	{"broken JSON, 200", "broken JSON", reply(200, "application/json", `{"id": 1, "login": "x`)},
	{"breaks off", "breaks off", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "4096")
		w.WriteHeader(200)
		io.WriteString(w, `{"id": "1",`)
	}},
	{"connection ends", "connection ends", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }},
	{"endless answer", "endless", func(w http.ResponseWriter, r *http.Request) {
		for range 40 {
			if _, err := w.Write(bytes.Repeat([]byte(" "), 64<<10)); err != nil {
				return
			}
		}
	}},
}

func reply(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if kind != "" {
			w.Header().Set("Content-Type", kind)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// TestFarm holds every verifier to the promise that only the issuer's yes is live
// and only its no is dead.
func TestFarm(t *testing.T) {
	rows := map[string][]string{} // of the documentation
	var mu sync.Mutex
	t.Run("verifiers", func(t *testing.T) {
		for _, f := range everyFarmed(t) {
			t.Run(f.cred.Rule.ID, func(t *testing.T) {
				t.Parallel()
				row := f.test(t)
				mu.Lock()
				defer mu.Unlock()
				rows[f.cred.Rule.ID] = row
			})
		}
	})
	if t.Failed() {
		return
	}
	writeVerdicts(t, rows)
}

func everyFarmed(t *testing.T) []farmed {
	var all []farmed
	for _, p := range allProviders(t) {
		for i := range p.Verify {
			if p.Verify[i].Verifier == "" {
				all = append(all, declaredFarm(t, p, &p.Verify[i])...)
			}
		}
	}
	for _, make := range farms {
		all = append(all, make(t)...)
	}
	return all
}

// test asks at servers of every kind and returns the verdicts for the
// documentation.
func (f farmed) test(t *testing.T) []string {
	want := verify.Live
	if f.acceptedVerdict != "" {
		want = f.acceptedVerdict
	}
	v := f.ask(t, f.accept, nil)
	if v.State != want {
		t.Fatalf("accepted: %s (%s), want %s", v.State, v.Reason, want)
	}
	if f.name != "" && v.Identity.Name != f.name {
		t.Errorf("accepted: the identity's name is %q, want %q", v.Identity.Name, f.name)
	}
	if f.id != "" && v.Identity.ID != f.id {
		t.Errorf("accepted: the identity's id is %q, want %q", v.Identity.ID, f.id)
	}
	if f.access != "" && string(v.Access) != f.access {
		t.Errorf("accepted: access %q of scopes %v, want %q", v.Access, v.Scopes, f.access)
	}
	if v.Endpoint == "" || v.Evidence == "" && want == verify.Live {
		t.Errorf("accepted: endpoint %q, evidence %q: want both", v.Endpoint, v.Evidence)
	}
	row := []string{string(v.State)}
	if f.refuse == nil {
		row = append(row, "–")
	} else {
		v := f.ask(t, f.refuse, nil)
		if v.State != verify.Dead || v.Evidence == "" {
			t.Errorf("refused: %s (%s), evidence %q: want dead, with evidence", v.State, v.Reason, v.Evidence)
		}
		row = append(row, string(v.State))
	}
	for _, wrong := range wrongAnswers {
		for step := range max(1, f.steps) {
			v := f.ask(t, f.wrongAt(step, wrong.serve), nil)
			if v.State != verify.Unknown || v.Reason == "" {
				t.Errorf("%s at request %d: %s (%s%s), want unknown, with a reason", wrong.name, step+1, v.State, v.Reason, v.Evidence)
			}
			if step == 0 && wrong.column != "" {
				row = append(row, string(v.State))
			}
		}
	}
	return append(row, f.redirected(t), f.slow(t))
}

// wrongAt accepts until a request, which gets the wrong answer.
func (f farmed) wrongAt(step int, wrong http.Handler) http.Handler {
	var n atomic.Int32
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if int(n.Add(1)) > step {
			wrong.ServeHTTP(w, r)
			return
		}
		f.accept.ServeHTTP(w, r)
	})
}

// redirected answers with a redirect to a server that would accept: it must not
// hear of the secret.
func (f farmed) redirected(t *testing.T) string {
	trap := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Error("the redirect was followed")
		f.accept.ServeHTTP(w, r)
	}))
	defer trap.Close()
	for _, status := range []int{301, 302, 307, 308} {
		v := f.ask(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, trap.URL+r.URL.Path, status)
		}), nil)
		if v.State != verify.Unknown {
			t.Errorf("redirected (%d): %s (%s), want unknown", status, v.State, v.Reason)
		}
	}
	return string(verify.Unknown)
}

// slow never answers.
func (f farmed) slow(t *testing.T) string {
	v := f.ask(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}), func(o *verify.Options) { o.Limits.Timeout = 50 * time.Millisecond })
	if v.State != verify.Unknown {
		t.Errorf("slow: %s (%s), want unknown", v.State, v.Reason)
	}
	return string(v.State)
}

// quick are limits under which a test does not wait.
func quick() verify.Limits {
	return verify.Limits{Timeout: 20 * time.Second, Budget: time.Minute, Patience: time.Second, AtOnce: 4, Rate: 1e6, Burst: 100}
}

// ask asks at a server that answers by h, and checks that nothing told of it holds
// the secret.
func (f farmed) ask(t *testing.T, h http.Handler, change func(*verify.Options)) verify.Verdict {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	o := verify.Options{
		Endpoints: map[string][]*url.URL{}, Limits: quick(),
		Sleep: func(context.Context, time.Duration) error { return nil },
	}
	for _, host := range f.hosts {
		o.Endpoints[host] = []*url.URL{at}
	}
	var told bytes.Buffer
	o.Audit = func(r verify.Record) { fmt.Fprintf(&told, "%+v\n", r) }
	if change != nil {
		change(&o)
	}
	e := verify.New(o)
	defer e.Close()
	v := e.Verify(t.Context(), f.cred)
	fmt.Fprintf(&told, "%+v %+v", v, f.cred)
	if strings.Contains(told.String(), f.cred.Value) {
		t.Error("the verdict or the audit record holds the secret")
	}
	return v
}

// declaredFarm makes the farm of a question of a provider file out of the answers
// that the file gives.
func declaredFarm(t *testing.T, p *rules.Provider, q *rules.Verify) []farmed {
	hosts := verify.HostsOf(q)
	var out []farmed
	for _, id := range q.Rules {
		f := farmed{cred: credentialOf(t, p, id, verify.PartsOf(q)), hosts: hosts}
		for i := range q.Answers {
			a := &q.Answers[i]
			if a.Rule != "" && a.Rule != id {
				continue
			}
			switch {
			case a.Verdict == "live" && f.accept == nil:
				f.accept, f.name, f.id, f.access = conversation(a), a.Name, a.ID, a.Access
				f.steps = stepsToLive(q)
			case a.Verdict == "dead" && f.refuse == nil:
				f.refuse = conversation(a)
			}
			checkAnswer(t, f, a)
		}
		if f.accept == nil {
			t.Errorf("%s: no answer with the verdict live: how does the issuer say yes?", id)
			continue
		}
		out = append(out, f)
	}
	return out
}

// checkAnswer holds each answer of the file to the verdict it is to have: there
// may be several of one verdict.
func checkAnswer(t *testing.T, f farmed, a *rules.Answer) {
	if v := f.ask(t, conversation(a), nil); string(v.State) != a.Verdict {
		t.Errorf("%s: the answer that is %s gives %s (%s)", f.cred.Rule.ID, a.Verdict, v.State, v.Reason)
	}
}

// stepsToLive is how many requests a question needs before it can be live.
func stepsToLive(q *rules.Verify) int {
	return 1 + slices.IndexFunc(q.Requests, func(r rules.Request) bool { return r.Live != "" })
}

// conversation gives an answer's replies in their order, the last one over again.
func conversation(a *rules.Answer) http.Handler {
	var n atomic.Int32
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reply := a.Replies[min(int(n.Add(1)), len(a.Replies))-1]
		if reply.Body != "" {
			w.Header().Set("Content-Type", "application/json")
		}
		for _, h := range reply.Headers {
			w.Header().Set(h.Name, h.Value)
		}
		w.WriteHeader(reply.Status)
		io.WriteString(w, reply.Body)
	})
}

// allProviders reads the provider files with their examples.
func allProviders(t *testing.T) []*rules.Provider {
	t.Helper()
	all, err := readProviders()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var readProviders = sync.OnceValues(func() ([]*rules.Provider, error) { return providers.ReadDir("../providers") })

var engine = sync.OnceValues(func() (*detectors.Engine, error) {
	all, err := readProviders()
	if err != nil {
		return nil, err
	}
	o := detectors.DefaultOptions()
	o.MinConfidence = rules.Doubtful
	return detectors.New(all, o)
})

// credentialOf finds a credential by its rule in the rule's own examples, with
// the parts that are needed.
func credentialOf(t *testing.T, p *rules.Provider, id string, parts []string) *verify.Credential {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	rule := e.Rule(id)
	for _, template := range rule.Match {
		h := fnv.New64a()
		io.WriteString(h, template)
		text, err := rules.Expand(template, rand.New(rand.NewPCG(h.Sum64(), 1)))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range e.Scan([]byte(text), "") {
			if c := credential(&m); m.Rule.ID == id && !slices.ContainsFunc(parts, func(name string) bool { return c.Parts[name] == nil }) {
				return c
			}
		}
	}
	t.Fatalf("%s: no match example holds the secret with its parts %v", id, parts)
	return nil
}

func credential(m *detectors.Match) *verify.Credential {
	c := &verify.Credential{Rule: m.Rule, Value: string(m.Value), Fingerprint: "lg1s-test", Parts: map[string][]string{}}
	for _, p := range m.Parts {
		c.Parts[p.Name] = append(c.Parts[p.Name], string(p.Value))
		for _, o := range p.Others {
			c.Parts[p.Name] = append(c.Parts[p.Name], string(o))
		}
	}
	return c
}

// writeVerdicts holds docs/verdicts.md to the verdicts that the farm saw.
func writeVerdicts(t *testing.T, rows map[string][]string) {
	const file = "../../docs/verdicts.md"
	var b strings.Builder
	b.WriteString("# Verdicts\n\n")
	b.WriteString("What each verifier concludes from each answer. This page is written by a test (`go test ./detectors/verify -run TestFarm -update`),\n")
	b.WriteString("in which every verifier asks a server that answers as its issuer does, and in every other way a server can answer.\n\n")
	columns := []string{"rule", "accepts", "refuses"}
	for _, w := range wrongAnswers {
		if w.column != "" {
			columns = append(columns, w.column)
		}
	}
	columns = append(columns, "redirect", "no answer")
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", id, strings.Join(rows[id], " | "))
	}
	fmt.Fprintf(&b, "\n%d credentials are verified over HTTP. A dash: the issuer's refusal is not documented, so that nothing is taken for one.\n", len(rows))
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("%s is not what the farm saw: go test ./detectors/verify -run TestFarm -update", file)
	}
}
