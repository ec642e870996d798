package rules

import (
	"reflect"
	"strings"
	"testing"
)

const asked = `id = "acme"
name = "Acme"
[[credential]]
id = "key"
name = "key"
regex = 'acme_[a-z]{9}'
[[credential]]
id = "old"
name = "old"
regex = 'acmeold_[a-z]{9}'
`

func TestReadVerify(t *testing.T) {
	p, err := ReadProvider("f.toml", []byte(asked+`
[[verify]]
credentials = ["key", "old"]
docs = "https://docs.acme.com"
hosts = ["*.acme.com"]
admin = ["root"]
[[verify.request]]
method = "POST"
url = "https://api.acme.com/me"
header = { B = "2", A = "${secret}" }
form = { x = "y" }
live = "status == 200"
dead = "status == 401"
take = { name = "json.n", id = "json.i" }
[[verify.answer]]
verdict = "live"
credential = "old"
name = "ada"
status = 200
body = "{}"
[[revoke]]
credentials = ["key"]
effect = "it dies"
[[revoke.request]]
url = "https://api.acme.com/me"
done = "status == 204"
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Verify{
		Rules: []string{"acme-key", "acme-old"}, Docs: "https://docs.acme.com", Hosts: []string{"*.acme.com"}, Admin: []string{"root"},
		Requests: []Request{{
			Method: "POST", URL: "https://api.acme.com/me", Headers: []Field{{"A", "${secret}"}, {"B", "2"}}, Form: []Field{{"x", "y"}},
			Live: "status == 200", Dead: "status == 401", Take: []Field{{"id", "json.i"}, {"name", "json.n"}},
		}},
		Answers: []Answer{{Rule: "acme-old", Verdict: "live", Name: "ada", Replies: []Reply{{Status: 200, Body: "{}"}}}},
	}
	if len(p.Verify) != 1 || !reflect.DeepEqual(p.Verify[0], want) {
		t.Errorf("got %+v\nwant %+v", p.Verify, want)
	}
	if p.Verification("acme-old") != &p.Verify[0] || p.Verification("acme-none") != nil {
		t.Error("Verification does not go by the rule")
	}
	if r := p.Revocation("acme-key"); r == nil || r.Effect != "it dies" || r.Requests[0].Method != "GET" || p.Revocation("acme-old") != nil {
		t.Error("Revocation does not go by the rule")
	}
}

func TestReadVerifyErrors(t *testing.T) {
	const request = "[[verify.request]]\nurl = 'https://a.acme.com/'\n"
	const live = "live = 'status == 200'\n"
	tests := []struct{ name, text, want string }{
		{"no credentials", "[[verify]]\n" + request + live, "verify 1: credentials: name those"},
		{"no such credential", "[[verify]]\ncredentials = ['none']\n" + request + live, `the file has no credential "none"`},
		{"credential in two sections", "[[verify]]\ncredentials = ['key']\n" + request + live + "[[verify]]\ncredentials = ['key']\n" + request + live, `verify 2: credentials: "key" is in two sections`},
		{"nothing to ask", "[[verify]]\ncredentials = ['key']", "either a verifier or at least one request"},
		{"verifier and request", "[[verify]]\ncredentials = ['key']\nverifier = 'aws'\n" + request + live, "either a verifier or at least one request"},
		{"never live", "[[verify]]\ncredentials = ['key']\n" + request, "none has a condition live"},
		{"http", "[[verify]]\ncredentials = ['key']\n[[verify.request]]\nurl = 'http://a.acme.com/'\n" + live, "begins with https://"},
		{"method", "[[verify]]\ncredentials = ['key']\n" + request + live + "method = 'get'", `method "get": want one of GET, `},
		{"basic of one", "[[verify]]\ncredentials = ['key']\n" + request + live + "basic = ['x']", "basic: want user and password"},
		{"basic and bearer", "[[verify]]\ncredentials = ['key']\n" + request + live + "basic = ['x', 'y']\nbearer = 'z'", "basic excludes bearer"},
		{"form and JSON", "[[verify]]\ncredentials = ['key']\n" + request + live + "json = '{}'\nform = {a = 'b'}", "form excludes json"},
		{"unknown fact", "[[verify]]\ncredentials = ['key']\n" + request + live + "take = {colour = 'json.x'}", `take: "colour": want one of id, name`},
		{"unknown key", "[[verify]]\ncredentials = ['key']\n" + request + live + "lives = 'x'", `unknown key "verify.request.lives"`},
		{"unknown verdict", "[[verify]]\ncredentials = ['key']\n" + request + live + "[[verify.answer]]\nverdict = 'yes'\nstatus = 200", `verdict "yes"`},
		{"answer without a reply", "[[verify]]\ncredentials = ['key']\n" + request + live + "[[verify.answer]]\nverdict = 'live'", "either a status or replies"},
		{"never done", "[[revoke]]\ncredentials = ['key']\n[[revoke.request]]\nurl = 'https://a.acme.com/'", "revoke 1: request: the last has no condition done"},
		{"part of nothing", "[[credential]]\nid = 'x'\nname = 'x'\nregex = 'xxx'\n[[credential.part]]\nname = 'p'", "a part needs name, and credential or regex"},
		{"part with a wrong pattern", "[[credential]]\nid = 'x'\nname = 'x'\nregex = 'xxx'\n[[credential.part]]\nname = 'p'\nregex = '('", "part p: regex"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadProvider("f.toml", []byte(asked+tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
