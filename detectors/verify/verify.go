// Package verify asks issuers whether a secret is alive, whose it is and what it
// may do. How an issuer is asked stands in its provider file, or in a Go file of
// this package that is named for it; what a secret says of itself is read without
// asking.
//
// It is built so that a secret reaches its own issuer and nobody else: hosts are
// those of the provider file or of the user's configuration, addresses are checked
// and pinned, redirects are not followed. And so that no verdict is a guess: live
// is said on evidence that only a working secret gets, dead on the issuer's own
// refusal; whatever else happens is unknown, with the reason.
package verify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/leakguard/leakguard/detectors/rules"
)

// Options settle who is asked, and how.
type Options struct {
	// Offline asks nobody: verdicts are those that a secret gives of itself.
	Offline bool
	// Only are the ids of the rules whose secrets are asked about; none: all.
	Only []string
	// TripCanaries also asks about secrets that are known to be canaries, which
	// alerts whoever planted them.
	TripCanaries bool

	// Hosts are patterns of hosts that may be asked if the scanned text names
	// them, such as "db.acme.com" or "*.acme.com".
	Hosts []string
	// Networks are special address ranges that may be asked, such as 10.0.0.0/8.
	Networks []netip.Prefix
	// Endpoints are servers of one's own, by the host of the issuer that they are
	// asked instead of: "api.github.com" → https://github.acme.com/api/v3. Where
	// there are several, a secret is dead only if each refuses it.
	Endpoints map[string][]*url.URL
	// SSH are servers that private keys are tried at.
	SSH []SSHServer
	// JWKS are the addresses of key sets, by the iss of the tokens they sign.
	JWKS map[string]string
	// Proxy is asked to forward what is sent over HTTP; nil: none, whatever the
	// environment says. The proxy looks names up, so that addresses go unchecked.
	Proxy *url.URL
	// Roots are the certificate authorities; nil: those of the system.
	Roots *x509.CertPool

	Limits Limits

	// Audit, if not nil, is given a record of each question. Calls do not overlap.
	Audit func(Record)

	// Resolver and Connect replace the system's, for tests.
	Resolver Resolver
	Connect  func(ctx context.Context, network, address string) (net.Conn, error)
	// Now and Sleep replace the clock, for tests.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
}

// Limits bound what is asked of a host and of a run.
type Limits struct {
	Timeout  time.Duration // of one question
	Budget   time.Duration // of all questions of a run
	Patience time.Duration // the longest Retry-After that is waited for
	AtOnce   int           // questions to one host at the same time
	Rate     float64       // questions to one host a second
	Burst    int           // of which that many at once
}

// DefaultLimits are used where Options.Limits are zero.
func DefaultLimits() Limits {
	return Limits{
		Timeout: 10 * time.Second, Budget: 5 * time.Minute, Patience: time.Minute,
		AtOnce: 4, Rate: 5, Burst: 5,
	}
}

// Verifier asks one issuer about one credential.
type Verifier interface {
	Verify(ctx context.Context, ask *Asker, c *Credential) Verdict
}

// VerifierFunc is a function that is a Verifier.
type VerifierFunc func(ctx context.Context, ask *Asker, c *Credential) Verdict

// Verify calls f.
func (f VerifierFunc) Verify(ctx context.Context, ask *Asker, c *Credential) Verdict {
	return f(ctx, ask, c)
}

// Engine answers for one run. It is safe for concurrent use.
type Engine struct {
	opts      Options
	limits    Limits
	textHosts []string
	hosts     *hosts
	client    *http.Client
	dial      func(ctx context.Context, network, address string) (net.Conn, error)
	now       func() time.Time
	sleep     func(context.Context, time.Duration) error

	verdicts sync.Map // func() Verdict by Credential.key
	programs programs
	budget   func() time.Time // when the run's time is over; starts with the first call
	auditing sync.Mutex
}

// New prepares an engine.
func New(o Options) *Engine {
	e := &Engine{opts: o, limits: o.Limits, textHosts: o.Hosts, now: o.Now, sleep: o.Sleep}
	if e.limits == (Limits{}) {
		e.limits = DefaultLimits()
	}
	if e.now == nil {
		e.now = time.Now
	}
	if e.sleep == nil {
		e.sleep = sleep
	}
	e.budget = sync.OnceValue(func() time.Time { return time.Now().Add(e.limits.Budget) })
	e.hosts = &hosts{limits: e.limits, now: e.now, sleep: e.sleep}
	e.dial = e.dialer().dial
	if o.Offline {
		e.dial = func(context.Context, string, string) (net.Conn, error) { return nil, errOffline }
	}
	e.client = &http.Client{
		Transport:     e.transport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return e
}

func (e *Engine) dialer() *dialer {
	d := &dialer{
		resolver: e.opts.Resolver, connect: e.opts.Connect,
		networks: e.opts.Networks, endpoints: map[string]bool{}, timeout: e.limits.Timeout,
	}
	if d.resolver == nil {
		d.resolver = net.DefaultResolver
	}
	if d.connect == nil {
		d.connect = new(net.Dialer).DialContext
	}
	for _, list := range e.opts.Endpoints {
		for _, u := range list {
			d.endpoints[address(u)] = true
		}
	}
	if e.opts.Proxy != nil {
		d.endpoints[address(e.opts.Proxy)] = true
	}
	return d
}

// transport sends what is asked over HTTP: over HTTP/2 where the server has it,
// with TLS always verified, without cookies, through no proxy that was not
// configured for this.
func (e *Engine) transport() *http.Transport {
	t := &http.Transport{
		DialContext:            e.dial,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{RootCAs: e.opts.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    e.limits.Timeout,
		ResponseHeaderTimeout:  e.limits.Timeout,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    e.limits.AtOnce,
		IdleConnTimeout:        30 * time.Second,
	}
	if e.opts.Proxy != nil {
		t.Proxy = http.ProxyURL(e.opts.Proxy)
	}
	return t
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends idle connections.
func (e *Engine) Close() { e.client.CloseIdleConnections() }

// endpointsOf lists the endpoints that are configured for a host of an issuer.
func (e *Engine) endpointsOf(host string) []*url.URL {
	if list := e.opts.Endpoints[host]; list != nil {
		return list
	}
	for pattern, list := range e.opts.Endpoints {
		if matchHost(pattern, host) {
			return list
		}
	}
	return nil
}

// Verifiable reports whether there is a way to ask about what a rule finds.
func Verifiable(r *rules.Rule) bool { return r.Provider.Verification(r.ID) != nil }

// Verify returns the verdict on a credential. However often and from wherever it
// is called for the same credential, the issuer is asked once.
func (e *Engine) Verify(ctx context.Context, c *Credential) Verdict {
	if len(e.opts.Only) > 0 && !slices.Contains(e.opts.Only, c.Rule.ID) {
		return Verdict{State: Unverified}
	}
	once, _ := e.verdicts.LoadOrStore(c.key(), sync.OnceValue(func() Verdict {
		v := e.verify(ctx, c)
		if v.State != Unverified {
			v.When = e.now().UTC().Truncate(time.Second)
		}
		return v
	}))
	return once.(func() Verdict)()
}

func (e *Engine) verify(ctx context.Context, c *Credential) Verdict {
	self, settled := e.itself(c)
	if settled {
		return self
	}
	q := c.Rule.Provider.Verification(c.Rule.ID)
	switch {
	case q == nil:
		self.State, self.Reason = Unverifiable, "no harmless question is known for it"
		return self
	case e.opts.Offline:
		self.State, self.Reason = Unverified, "nobody was asked: "+errOffline.Error()
		return self
	}
	v := e.verifier(q)
	if v == nil {
		return unverifiable("this version has no verifier " + q.Verifier)
	}
	ctx, cancel := context.WithDeadline(ctx, e.budget())
	defer cancel()
	ask := &Asker{engine: e, cred: c, hosts: hostsOf(q), named: q.HostFromText, audit: "verify"}
	verdict := e.everywhere(ctx, v, ask, c)
	return completed(verdict, self, q, c.Rule.Provider)
}

// verifier is the one that a question names, or the declared one.
func (e *Engine) verifier(q *rules.Verify) Verifier {
	if q.Verifier == "" {
		return &declared{&e.programs, q}
	}
	return written(q.Verifier)
}

// hostsOf are the patterns of the hosts that a question may go to.
func hostsOf(q *rules.Verify) []string { return requestHosts(q.Hosts, q.Requests) }

func requestHosts(hosts []string, requests []rules.Request) []string {
	hosts = slices.Clone(hosts)
	for _, r := range requests {
		rest, _ := strings.CutPrefix(r.URL, "https://")
		host := rest[:indexOrLen(rest, "/?")]
		if host != "" && !strings.Contains(host, "$") {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

func indexOrLen(s, chars string) int {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return i
	}
	return len(s)
}

// everywhere asks at each endpoint that is configured for the issuer's hosts: the
// secret is dead only if all refuse it.
func (e *Engine) everywhere(ctx context.Context, v Verifier, ask *Asker, c *Credential) Verdict {
	var all []Verdict
	for i := range max(1, e.choices(ask.hosts)) {
		at := *ask
		at.choice = i
		verdict := e.paired(ctx, v, &at, c)
		if verdict.State == Live {
			return verdict
		}
		all = append(all, verdict)
	}
	return least(all)
}

// choices is the most endpoints that one of the hosts has.
func (e *Engine) choices(patterns []string) int {
	n := 0
	for host, list := range e.opts.Endpoints {
		if slices.ContainsFunc(patterns, func(p string) bool { return p == host || matchHost(p, host) || matchHost(host, p) }) {
			n = max(n, len(list))
		}
	}
	return n
}

// least is the verdict that concludes least: a single unknown leaves all open.
func least(all []Verdict) Verdict {
	for _, v := range all {
		if v.State != Dead {
			return v
		}
	}
	return all[0]
}

// paired asks with the likeliest combinations of parts. Where there are several
// and each is refused, none may be the right one.
func (e *Engine) paired(ctx context.Context, v Verifier, ask *Asker, c *Credential) Verdict {
	pairs := c.pairings()
	var verdict Verdict
	for i, pair := range pairs {
		one := *ask
		one.cred = pair
		verdict = e.once(ctx, v, &one, pair)
		if verdict.State != Dead && !verdict.strayed || i+1 == len(pairs) {
			break
		}
	}
	if verdict.State == Dead && len(c.Apart) > 0 {
		return e.refusedApart(ctx, v, ask, c, verdict)
	}
	if verdict.State == Dead && len(pairs) == 1 {
		verdict.Reason += besides(c)
	}
	if verdict.State == Dead && len(pairs) > 1 {
		return Verdict{State: Unknown, Endpoint: verdict.Endpoint, Evidence: verdict.Evidence,
			Reason: fmt.Sprintf("refused with each of the %d combinations of parts that stand near it; they may not be its own", len(pairs))}
	}
	return verdict
}

// refusedApart is the verdict on a credential that was refused with parts that do
// not stand near it: they may be another's, so it is dead only if it is without them.
func (e *Engine) refusedApart(ctx context.Context, v Verifier, ask *Asker, c *Credential, refused Verdict) Verdict {
	if alone := e.paired(ctx, v, ask, c.near()); alone.State == Dead || alone.State == Live {
		return alone
	}
	return Verdict{State: Unknown, Endpoint: refused.Endpoint, Evidence: refused.Evidence,
		Reason: fmt.Sprintf("refused with the %s that stands apart from it and may be another's", strings.ReplaceAll(strings.Join(c.Apart, " and the "), "_", " "))}
}

// besides names the parts that a credential was refused with and that may be
// another's, for all that is known.
func besides(c *Credential) string {
	var found []string
	for _, p := range c.Rule.Parts {
		if !p.Context && c.Part(p.Name) != "" {
			found = append(found, strings.ReplaceAll(p.Name, "_", " "))
		}
	}
	if found == nil {
		return ""
	}
	return ", with the " + strings.Join(found, " and the ") + " that stands near it"
}

// once runs a verifier. A panic in it costs this verdict and shows nothing of the
// credential.
func (e *Engine) once(ctx context.Context, v Verifier, ask *Asker, c *Credential) (verdict Verdict) {
	defer func() {
		if p := recover(); p != nil {
			verdict = unknown(fmt.Sprintf("the verifier failed (%T); please report it", p))
		}
	}()
	verdict = v.Verify(ctx, ask, c)
	if verdict.State != Live && verdict.State != Dead && ctx.Err() != nil {
		verdict.State = Unknown
		verdict.Reason = "the scan was interrupted before an answer came"
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			verdict.Reason = "the time for verification was over (verify.budget)"
		}
	}
	return verdict
}

// completed adds what the secret says of itself, the access that its scopes give,
// and the kind of identity.
func completed(v, self Verdict, q *rules.Verify, p *rules.Provider) Verdict {
	if v.Identity.Account == "" {
		v.Identity.Account = self.Identity.Account
	}
	if v.Identity.ID == "" && v.Identity.Name == "" {
		v.Identity.ID, v.Identity.Name = self.Identity.ID, self.Identity.Name
	}
	if v.Identity.Kind == "" {
		v.Identity.Kind = self.Identity.Kind
	}
	if len(v.Scopes) == 0 {
		v.Scopes = self.Scopes
	}
	if v.Identity.Kind == "" && v.State == Live && p.Identity != rules.EitherIdentity {
		v.Identity.Kind = p.Identity.String()
	}
	if v.Expires.IsZero() {
		v.Expires = self.Expires
	}
	if v.Created.IsZero() {
		v.Created = self.Created
	}
	slices.Sort(v.Scopes)
	v.Scopes = slices.Compact(v.Scopes)
	if v.Access == "" {
		v.Access = accessOf(v.Scopes, q)
	}
	return v
}
