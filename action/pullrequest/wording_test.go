package pullrequest

import (
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

func TestLink(t *testing.T) {
	for _, tt := range []struct{ name, address, want string }{
		{"plain", web + "/blob/1/a.py#L3", "[a\\_b](" + web + "/blob/1/a.py#L3)"},
		{"parentheses", web + "/a(1).py", "[a\\_b](" + web + "/a%281%29.py)"},
		{"none", "", "a\\_b"},
		{"script", "javascript:alert(1)", "a\\_b"},
		{"not encrypted", "http://acme.example/x", "a\\_b"},
		{"line end", web + "/a\n[x](y)", "a\\_b"},
		{"space", web + "/a b", "[a\\_b](" + web + "/a%20b)"},
		{"in a query", web + "/?a b)", "a\\_b"},
		{"too long", web + "/" + strings.Repeat("a", 1000), "a\\_b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := link("a_b", tt.address); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A link never leads out of the repository whose pull request it is.
func TestAddress(t *testing.T) {
	here := at("2", "a.py", 3, 1, 9)
	here.InHead = true
	elsewhere := here
	elsewhere.Link = "https://b.example/acme/shop/blob/" + commit("2") + "/a.py"
	sibling := here
	sibling.Link = web + "-evil/blob/" + commit("2") + "/a.py"
	named := outcome()
	named.Event.Head = "HEAD"
	unknown := outcome()
	unknown.Event.Web = ""
	for _, tt := range []struct {
		name string
		o    *Outcome
		at   scanner.Occurrence
		want string
	}{
		{"in the head", outcome(), here, web + "/blob/" + commit("3") + "/a.py#L3"},
		{"in history", outcome(), at("2", "a.py", 3, 1, 9), web + "/blob/" + commit("2") + "/a.py#L3"},
		{"head without an id", named, here, web + "/blob/" + commit("2") + "/a.py#L3"},
		{"another site", outcome(), elsewhere, ""},
		{"another repository", outcome(), sibling, ""},
		{"no site known", unknown, here, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.o.address(&tt.at); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSentence(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"`.leakguardignore` gets 2 more lines", "`.leakguardignore` gets 2 more lines"},
		{"adds `a` and `b/c`", "adds `a` and `b/c`"},
		{"no code", "no code"},
		{"one ` alone", "one \\` alone"},
		{"`<b>` is new", "\\`\\<b\\>\\` is new"},
		{"``", "\\`\\`"},
		{"``a`` `a`b`", "\\`\\`a\\`\\` \\`a\\`b\\`"},
	} {
		if got := sentence(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	for _, tt := range []struct {
		name    string
		verdict verify.Verdict
		fork    bool
		want    string
	}{
		{"live", verify.Verdict{State: verify.Live}, false, "live: its issuer accepts it"},
		{"live in a fork", verify.Verdict{State: verify.Live}, true, "live: its issuer accepts it"},
		{"dead", verify.Verdict{State: verify.Dead}, false, "dead: its issuer refuses it"},
		{"unknown", verify.Verdict{State: verify.Unknown}, false, "unknown: its issuer gave no clear answer"},
		{"unverifiable", verify.Verdict{State: verify.Unverifiable}, false, "unverifiable: there is no way to ask its issuer"},
		{"a reason", verify.Verdict{State: verify.Unknown, Reason: "503"}, false, "unknown: 503"},
		{"not asked", verify.Verdict{}, false, "not verified: its issuer was not asked"},
		{"a fork", verify.Verdict{State: verify.Unverified}, true, "not verified: issuers are not asked about what comes from a fork"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := outcome()
			o.Event.Fork = tt.fork
			if got := o.verdict(&scanner.Secret{Verdict: tt.verdict}); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhose(t *testing.T) {
	for _, tt := range []struct {
		verdict verify.Verdict
		want    string
	}{
		{verify.Verdict{}, ""},
		{verify.Verdict{Identity: verify.Identity{ID: "u1", Kind: "person"}}, "u1 (person)"},
		{verify.Verdict{Identity: verify.Identity{Account: "acme"}, Access: verify.Read}, "account acme; access read"},
		{verify.Verdict{Scopes: []string{"repo", "gist"}}, "scopes repo, gist"},
	} {
		if got := whose(&scanner.Secret{Verdict: tt.verdict}); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
