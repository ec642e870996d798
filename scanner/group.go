package scanner

import (
	"cmp"
	"context"
	"iter"
	"runtime"
	"slices"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/redact"
	"github.com/leakguard/leakguard/detectors/verify"
)

// gathered is one secret while its occurrences come together.
type gathered struct {
	value []byte
	hits  []placed
	top   *placed // by best

	joined  []joinedPart  // what stands apart from it
	unclear []UnclearPart // and what may, but is not known to be its own
	part    bool          // whether it is itself a part of another secret
}

// placed is a hit with one of its places.
type placed struct {
	*Hit
	occ Occurrence
}

// result groups what was found into secrets, suppresses, redacts and sorts.
func (r *run) result(ctx context.Context) *Result {
	res := &Result{
		RulesetHash: r.opts.Engine.Hash(),
		RuleCount:   len(r.opts.Engine.Rules()),
		Interrupted: ctx.Err() != nil,
	}
	values := map[string]*gathered{}
	for i := range r.reads {
		r.gather(&r.reads[i], values)
	}
	rejected := r.settle(values)
	if r.opts.Leaked != nil {
		r.opts.Leaked(r.leaked())
	}
	r.join(values)
	if r.opts.Rejected {
		res.Rejected = r.secrets(rejected)
	}
	secrets := r.secrets(values)
	if r.opts.Keep != nil {
		secrets = slices.DeleteFunc(secrets, func(s Secret) bool { return !r.opts.Keep(s.Fingerprint) })
	}
	r.verify(ctx, secrets)
	if r.opts.Suppress != nil {
		secrets, res.Suppressed, res.Unused = r.opts.Suppress(secrets)
	}
	if r.opts.Keep == nil {
		secrets = foldParts(secrets)
	}
	res.Secrets = secrets
	for i := range r.reads {
		r.reads[i].cov.settle()
		res.Coverage = append(res.Coverage, r.reads[i].cov)
	}
	if !r.opts.Reveal {
		r.conceal(res)
	}
	return res
}

// gather adds one source's located hits to the secrets they are of.
func (r *run) gather(rd *reading, values map[string]*gathered) {
	for _, l := range rd.places {
		h := &rd.hits[l.Hit]
		path := l.Occurrence.Path
		if l.Occurrence.Kind == InLog {
			path = "" // a log's name says nothing of its syntax: it has bare values
		}
		if !rd.given && !r.opts.Engine.Admits(&h.Match, path) {
			continue
		}
		key, value := identity(&h.Match, path)
		g := values[key]
		if g == nil {
			g = &gathered{value: value}
			values[key] = g
		}
		if m := h.Mark; m != nil && m.covers(h.Rule.ID) {
			l.Occurrence.Suppression = &Suppression{Kind: "inline", Where: m.Word, Reason: m.Reason, Until: m.Until}
		}
		g.hits = append(g.hits, placed{h, l.Occurrence})
	}
}

// settle takes out of values what is a near miss now that all occurrences of it are
// known, and returns it: values that are no secrets anywhere, and of the others the
// places where they are none.
func (r *run) settle(values map[string]*gathered) map[string]*gathered {
	rejected := map[string]*gathered{}
	for key, g := range values {
		same := make([]*detectors.Match, len(g.hits))
		for i := range g.hits {
			same[i] = &g.hits[i].Match
		}
		var stand, fall []placed
		for i, ok := range r.opts.Engine.Settle(same) {
			if g.hits[i].rejected = !ok; ok {
				stand = append(stand, g.hits[i])
			} else {
				fall = append(fall, g.hits[i])
			}
		}
		if g.hits = stand; len(stand) == 0 {
			delete(values, key)
		}
		if len(fall) > 0 {
			rejected[key] = &gathered{value: g.value, hits: fall}
		}
	}
	return rejected
}

func (m *Mark) covers(rule string) bool {
	return len(m.Rules) == 0 || slices.Contains(m.Rules, rule)
}

// secrets builds one Secret a value; fingerprints of guessable ones are slow by
// design and so made side by side.
func (r *run) secrets(values map[string]*gathered) []Secret {
	all := make([]*gathered, 0, len(values))
	for _, g := range values {
		all = append(all, g)
	}
	secrets := make([]Secret, len(all))
	p := pool.New().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for i, g := range all {
		p.Go(func() { secrets[i] = r.secret(g) })
	}
	p.Wait()
	slices.SortFunc(secrets, compareSecrets)
	return secrets
}

// best returns the hit whose rule says most, and sorts all by place when it is first
// called. From then on they stay as they are.
func (g *gathered) best() *placed {
	if g.top != nil {
		return g.top
	}
	slices.SortFunc(g.hits, func(a, b placed) int {
		return cmp.Or(compareOccurrences(&a.occ, &b.occ), cmp.Compare(a.Rule.ID, b.Rule.ID))
	})
	best := &g.hits[0]
	for i := range g.hits[1:] {
		h := &g.hits[1+i]
		if cmp.Or(cmp.Compare(h.Specificity(), best.Specificity()), cmp.Compare(h.Confidence, best.Confidence), cmp.Compare(h.Score, best.Score)) > 0 {
			best = h
		}
	}
	g.top = best
	return best
}

func (r *run) secret(g *gathered) Secret {
	best := g.best()
	s := Secret{
		Fingerprint: fingerprintOf(&best.Match, g.value), Rule: best.Rule, Severity: best.Rule.Severity, Confidence: best.Confidence,
		Redacted: redact.Secret(g.value), Entropy: best.Entropy, Length: len(g.value), Name: best.Name,
		Verdict: verify.Verdict{State: verify.Unverified}, Value: string(g.value), Match: string(g.value),
		Score: best.Score, Reasons: best.Reasons, Unclear: g.unclear, part: g.part,
	}
	if r.opts.Severity != nil {
		if sev := r.opts.Severity(best.Rule); sev != 0 {
			s.Severity = sev
		}
	}
	for _, h := range g.hits {
		if s.Name == "" {
			s.Name = h.Name
		}
		if h.Rule == best.Rule {
			s.addParts(h.Parts)
		}
		if n := len(s.Occurrences); n > 0 && compareOccurrences(&s.Occurrences[n-1], &h.occ) == 0 {
			continue // overlapping windows, or two rules for one place
		}
		s.Occurrences = append(s.Occurrences, h.occ)
	}
	s.addJoined(g.joined)
	s.Occurrences = dropShadows(s.Occurrences)
	if best.OfPath() {
		s.ofPath()
	}
	if r.opts.Kept != nil {
		s.Kept = r.opts.Kept(g.value)
		for _, p := range best.Parts {
			if !p.Context {
				s.Kept = append(s.Kept, r.opts.Kept(p.Value)...)
			}
		}
	}
	return s
}

// addParts notes the parts of one match: the first one's are shown, all are
// candidates.
func (s *Secret) addParts(parts []detectors.Part) {
	show := s.Parts == nil
	for _, p := range parts {
		if show && !p.Context {
			s.Parts = append(s.Parts, RedactedPart{Name: p.Name, Redacted: redact.Secret(p.Value)})
		}
		for _, v := range append([][]byte{p.Value}, p.Others...) {
			if s.parts == nil {
				s.parts = map[string][]string{}
			}
			if all := s.parts[p.Name]; len(all) < detectors.MostCandidates && !slices.Contains(all, string(v)) {
				s.parts[p.Name] = append(all, string(v))
			}
		}
	}
}

// dropShadows leaves out unreachable objects that are the very blob of another
// occurrence: what is staged, or was pushed since, lies in the object database
// too.
func dropShadows(occ []Occurrence) []Occurrence {
	reached := map[string]bool{}
	for i := range occ {
		if o := &occ[i]; o.Blob != "" && !(o.Unreachable && o.Commit == "") {
			reached[o.Blob] = true
		}
	}
	return slices.DeleteFunc(occ, func(o Occurrence) bool {
		return o.Unreachable && o.Commit == "" && reached[o.Blob]
	})
}

// compareOccurrences orders by place; equal ones are the same place.
func compareOccurrences(a, b *Occurrence) int {
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind),
		strings.Compare(a.Repository, b.Repository),
		strings.Compare(a.Path, b.Path),
		strings.Compare(a.Field, b.Field),
		strings.Compare(a.Run, b.Run),
		strings.Compare(a.Job, b.Job),
		strings.Compare(a.Step, b.Step),
		strings.Compare(a.Variable, b.Variable),
		strings.Compare(a.Scope, b.Scope),
		a.Date.Compare(b.Date),
		strings.Compare(a.Commit, b.Commit),
		strings.Compare(a.Blob, b.Blob),
		cmp.Compare(a.StartLine, b.StartLine),
		cmp.Compare(a.StartColumn, b.StartColumn),
	)
}

// compareSecrets puts the worst first: what is live, then what would be worst.
func compareSecrets(a, b Secret) int {
	return cmp.Or(
		cmp.Compare(liveness(b), liveness(a)),
		cmp.Compare(b.Severity, a.Severity),
		cmp.Compare(b.Confidence, a.Confidence),
		strings.Compare(a.Rule.ID, b.Rule.ID),
		compareOccurrences(&a.Occurrences[0], &b.Occurrences[0]),
		strings.Compare(a.Fingerprint, b.Fingerprint),
	)
}

// liveness is 1 for a live secret.
func liveness(s Secret) int {
	if s.Verdict.State == verify.Live {
		return 1
	}
	return 0
}

// conceal takes every secret out of the result: the values, and wherever in
// paths, names, lines, reasons and gaps one stands, also one that lies nowhere
// else and so was not found.
func (r *run) conceal(res *Result) {
	values := slices.Collect(r.values())
	seen := map[string]bool{}
	for s := range texts(res) {
		if !seen[*s] {
			seen[*s] = true
			for _, m := range r.opts.Engine.Scan([]byte(*s), "") {
				values = append(values, m.Value)
			}
		}
	}
	v := redact.NewVeil(values)
	for s := range texts(res) {
		*s = v.Cover(*s)
	}
	for _, list := range [][]Secret{res.Secrets, res.Suppressed, res.Rejected} {
		for i := range list {
			list[i].Value, list[i].Match, list[i].parts = list[i].Redacted, list[i].Redacted, nil
		}
	}
}

// values yields the value of each hit.
func (r *run) values() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range r.reads {
			for j := range r.reads[i].hits {
				if !yield(r.reads[i].hits[j].Value) {
					return
				}
			}
		}
	}
}

// leaked yields the value of each hit that is not rejected.
func (r *run) leaked() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range r.reads {
			for j := range r.reads[i].hits {
				if h := &r.reads[i].hits[j]; !h.rejected && !yield(h.Value) {
					return
				}
			}
		}
	}
}

// texts yields all in a result that was not made by us.
func texts(res *Result) iter.Seq[*string] {
	return func(yield func(*string) bool) {
		each := func(all ...*string) bool {
			for _, s := range all {
				if *s != "" && !yield(s) {
					return false
				}
			}
			return true
		}
		for _, list := range [][]Secret{res.Secrets, res.Suppressed, res.Rejected} {
			for i := range list {
				if !list[i].texts(each) {
					return
				}
			}
		}
		for _, c := range res.Coverage {
			if !each(&c.Source) {
				return
			}
			for _, gaps := range [][]Gap{c.Gaps, c.Excluded} {
				for i := range gaps {
					if g := &gaps[i]; !each(&g.What, &g.Why, &g.Fix) {
						return
					}
				}
			}
		}
		for i := range res.Unused {
			if !each(&res.Unused[i]) {
				return
			}
		}
	}
}

func (s *Secret) texts(each func(...*string) bool) bool {
	if !each(&s.Name) || !s.verdictTexts(each) || !s.Suppression.texts(&s.Suppression, each) {
		return false
	}
	for i := range s.Parts {
		if !each(&s.Parts[i].At) {
			return false
		}
	}
	for i := range s.Kept {
		if k := &s.Kept[i]; !each(&k.Manager, &k.Entry, &k.Link, &k.Owner) {
			return false
		}
	}
	for i := range s.Occurrences {
		o := &s.Occurrences[i]
		if !each(&o.Path, &o.Field, &o.Author, &o.Email, &o.Ref, &o.Link, &o.Snippet, &o.Repository,
			&o.Run, &o.Job, &o.Step, &o.Variable, &o.Scope, &o.Hint) || !o.Suppression.texts(&o.Suppression, each) {
			return false
		}
	}
	return true
}

// verdictTexts yields what the issuer wrote.
func (s *Secret) verdictTexts(each func(...*string) bool) bool {
	v := &s.Verdict
	if !each(&v.Reason, &v.Evidence, &v.Endpoint, &v.Identity.ID, &v.Identity.Name, &v.Identity.Account) {
		return false
	}
	v.Scopes = slices.Clone(v.Scopes) // shared with the verifier's cache
	for i := range v.Scopes {
		if !each(&v.Scopes[i]) {
			return false
		}
	}
	for i := range s.Risks {
		if !each(&s.Risks[i].Text) {
			return false
		}
	}
	return true
}

// texts gives the place its own copy first: several secrets may share one.
func (s *Suppression) texts(place **Suppression, each func(...*string) bool) bool {
	if s == nil {
		return true
	}
	c := *s
	*place = &c
	return each(&c.Where, &c.Reason, &c.Until, &c.Owner)
}
