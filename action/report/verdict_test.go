package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

func TestBounded(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"short", "ab", "ab"},
		{"just fits", "äöü", "äöü"},
		{"one too many", "äöüß", "äö…"},
		{"not UTF-8", "a\xff\xfe\xfd", "a\xff…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := bounded(c.in, 3); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestVerdictOf(t *testing.T) {
	s := forged(t).Secrets[0]
	long := s.Verdict.Scopes[0]
	v := verdictOf(&s)
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"id": {v.Identity.ID, maxName}, "name": {v.Identity.Name, maxName}, "account": {v.Identity.Account, maxName},
		"scope": {v.Scopes[0], maxName}, "reason": {v.Reason, maxSentence}, "evidence": {v.Evidence, maxSentence},
		"endpoint": {v.Endpoint, maxSentence}, "kind": {v.Identity.Kind, 0},
	} {
		if n := utf8.RuneCountInString(c.text); n != c.want {
			t.Errorf("%s has %d characters, want %d", name, n, c.want)
		}
	}
	if !v.Created.IsZero() || !v.Expires.IsZero() {
		t.Errorf("created %v, expires %v: want none, RFC 3339 has no form for them", v.Created, v.Expires)
	}
	if v.When != asked || v.Used != asked {
		t.Errorf("asked %v, used %v: want %v, in whole seconds", v.When, v.Used, asked)
	}
	if s.Verdict.Scopes[0] != long {
		t.Error("the result's own scopes were changed")
	}
}

func TestWhose(t *testing.T) {
	for _, c := range []struct {
		name string
		id   verify.Identity
		want string
	}{
		{"nothing", verify.Identity{}, ""},
		{"all", verify.Identity{ID: "7", Name: "ada", Kind: "person", Account: "acme"}, "ada (person) of acme"},
		{"name", verify.Identity{Name: "ada"}, "ada"},
		{"id", verify.Identity{ID: "7", Kind: "machine"}, "7 (machine)"},
		{"kind", verify.Identity{Kind: "machine"}, "a machine"},
		{"kind and account", verify.Identity{Kind: "machine", Account: "acme"}, "a machine of acme"},
		{"account", verify.Identity{Account: "acme"}, "the account acme"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := whose(&verify.Verdict{Identity: c.id}); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestMay(t *testing.T) {
	scopes := strings.Fields("a b c d e f g h i j")
	for _, c := range []struct {
		name   string
		access verify.Access
		scopes []string
		want   string
	}{
		{"nothing", "", nil, ""},
		{"access", verify.Admin, nil, "access: admin"},
		{"scopes", "", scopes[:2], "scopes: a, b"},
		{"both", verify.Read, scopes[:1], "access: read (a)"},
		{"eight scopes", "", scopes[:8], "scopes: a, b, c, d, e, f, g, h"},
		{"more scopes", verify.Write, scopes, "access: write (a, b, c, d, e, f, g, h and 2 more)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := may(&verify.Verdict{Access: c.access, Scopes: c.scopes}); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestDates(t *testing.T) {
	day := func(n int) time.Time { return asked.AddDate(0, 0, n) }
	for _, c := range []struct {
		name string
		v    verify.Verdict
		want string
	}{
		{"nothing", verify.Verdict{When: asked}, ""},
		{"all", verify.Verdict{When: asked, Created: day(-2), Expires: day(1), Used: day(-1)},
			"created 2025-03-18, expires 2025-03-21, last used 2025-03-19"},
		{"over", verify.Verdict{When: asked, Expires: day(-1)}, "expired 2025-03-19"},
		{"last used", verify.Verdict{When: asked, Used: day(-1)}, "last used 2025-03-19"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := dates(&c.v); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestProof(t *testing.T) {
	for _, c := range []struct{ name, evidence, endpoint, want string }{
		{"nothing", "", "", ""},
		{"both", "login is ada", "GET /user", "evidence: login is ada (GET /user)"},
		{"the secret itself", "its exp is over", "", "evidence: its exp is over"},
		{"no evidence", "", "GET /user", "asked: GET /user"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := proof(&verify.Verdict{Evidence: c.evidence, Endpoint: c.endpoint}); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// withReasons is a result of unknown secrets: one with the first reason, two with
// the second and so on, and a live one.
func withReasons(t *testing.T, reasons ...string) *scanner.Result {
	r := clean(t)
	r.Secrets = []scanner.Secret{found("a", githubPAT, rules.Critical, token(t), "a", verify.Verdict{State: verify.Live})}
	for i, reason := range reasons {
		for range i + 1 {
			r.Secrets = append(r.Secrets, found("b", acmeKey, rules.High, token(t), "b", verify.Verdict{State: verify.Unknown, Reason: reason}))
		}
	}
	return r
}

func TestReasonsInText(t *testing.T) {
	for _, c := range []struct {
		name    string
		reasons []string
		want    []string
	}{
		{"all settled", nil, nil},
		{"no reason given", []string{""}, []string{
			"What could not be verified: 1 of 2 secrets", "  1 secret: nobody was asked"}},
		{"the most frequent first", []string{"one", "two"}, []string{
			"What could not be verified: 3 of 4 secrets", "  2 secrets: two", "  1 secret: one"}},
		{"the five most frequent", strings.Fields("one two three four five six seven"), []string{
			"What could not be verified: 28 of 29 secrets", "  7 secrets: seven", "  6 secrets: six", "  5 secrets: five",
			"  4 secrets: four", "  3 secrets: three", "  3 secrets for other reasons (all in --report json)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := write(t, "text", withReasons(t, c.reasons...), Options{})
			_, out, _ = strings.Cut(out, "everything was read.\n\n")
			out, _, _ = strings.Cut(out, "What was read\n")
			var got []string
			if out = strings.TrimSpace(out); out != "" {
				got = strings.Split(out, "\n")
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// TestLiveRunbooksFirst wants the steps of a live secret's issuer before those of
// the others, however many come before it.
func TestLiveRunbooksFirst(t *testing.T) {
	r := clean(t)
	for i := range maxRunbooks + 1 {
		other := &rules.Rule{ID: "other", Provider: &rules.Provider{ID: fmt.Sprint("other", i), Name: fmt.Sprint("Other", i)}}
		r.Secrets = append(r.Secrets, found("b", other, rules.High, token(t), "b", verify.Verdict{State: verify.Unknown}))
	}
	r.Secrets = append(r.Secrets,
		found("a", githubPAT, rules.Medium, token(t), "a", verify.Verdict{State: verify.Live}),
		found("c", acmeKey, rules.Medium, token(t), "c", verify.Verdict{State: verify.Dead}))
	out := write(t, "text", r, Options{})
	step, first := strings.Index(out, github.Rotate.Steps[0]), strings.Index(out, "\n  Other0\n")
	if step < 0 || first < 0 || step > first {
		t.Errorf("the live secret's steps are at %d, the first other issuer at %d:\n%s", step, first, out)
	}
	if strings.Contains(out, acme.Rotate.URL) {
		t.Errorf("tells how to rotate a dead secret:\n%s", out)
	}
	if !strings.Contains(out, deadAlready) {
		t.Errorf("does not tell what to do about a dead secret:\n%s", out)
	}
}
