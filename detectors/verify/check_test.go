package verify_test

import (
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

// TestProviderFiles compiles what the provider files say, and holds them to what
// users may expect of each.
func TestProviderFiles(t *testing.T) {
	verifiable := 0
	for _, p := range allProviders(t) {
		if err := verify.Check(p); err != nil {
			t.Error(err)
		}
		for i := range p.Verify {
			verifiable += len(p.Verify[i].Rules)
			if p.Verify[i].Docs == "" {
				t.Errorf("%s: verify: docs is missing: where is the question documented?", p.ID)
			}
			for _, r := range p.Verify[i].Requests {
				if r.Live == "status == 200" || r.Dead == "status == 401" || r.Dead == "status == 403" {
					t.Errorf("%s: %s: a status alone is no evidence", p.ID, r.URL)
				}
			}
		}
		for i := range p.Revoke {
			if p.Revoke[i].Docs == "" || p.Revoke[i].Effect == "" {
				t.Errorf("%s: revoke: want docs and effect", p.ID)
			}
		}
	}
	const promised = 80
	if verifiable < promised {
		t.Errorf("%d credentials are verifiable, want %d", verifiable, promised)
	}
	t.Logf("%d credentials are verifiable", verifiable)
}

func TestCheck(t *testing.T) {
	const head = "id = 'acme'\nname = 'Acme'\n[[credential]]\nid = 'key'\nname = 'key'\nregex = 'acme_(?P<secret>[a-z]{9})(?P<site>[a-z])'\n[[credential.part]]\nname = 'id'\nregex = 'x'\n[[verify]]\ncredentials = ['key']\n"
	tests := []struct{ name, text, want string }{
		{"right", "[[verify.request]]\nurl = 'https://${site}.acme.com/${id}'\nlive = 'status == 200'\nset = {tok = 'json.tok'}\n[[verify.request]]\nurl = 'https://a.acme.com/${tok}'", ""},
		{"no such part", "[[verify.request]]\nurl = 'https://acme.com/${user}'\nlive = 'status == 200'", "${user} is neither"},
		{"variable before it is set", "[[verify.request]]\nurl = 'https://acme.com/${tok}'\nlive = 'status == 200'\nset = {tok = 'json.tok'}", "${tok} is neither"},
		{"condition that is none", "[[verify.request]]\nurl = 'https://acme.com/'\nlive = 'status'", `condition "status"`},
		{"unknown name", "[[verify.request]]\nurl = 'https://acme.com/'\nlive = 'code == 200'", "unknown name code"},
		{"syntax", "[[verify.request]]\nurl = 'https://acme.com/'\nlive = 'status == 200'\ntake = {id = 'json.('}", `id = "json.("`},
		{"no such verifier", "verifier = 'magic'", `no verifier "magic"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := rules.ReadProvider("f.toml", []byte(head+tt.text))
			if err != nil {
				t.Fatal(err)
			}
			err = verify.Check(p)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
