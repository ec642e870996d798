package inventory

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
)

func engine(t *testing.T) *detectors.Engine {
	t.Helper()
	e, err := detectors.New(providers.Load(), detectors.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// expand turns a template of package rules into a text, another one for each n.
func expand(t *testing.T, template string, n uint64) string {
	t.Helper()
	text, err := rules.Expand(template, rand.New(rand.NewPCG(n, 7)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// privateKey is a new one in PEM form.
func privateKey(t *testing.T) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestJudge(t *testing.T) {
	j := &judge{engine(t), map[string]bool{}}
	for name, c := range map[string]struct {
		path, key, value string // value is a template
		skip             Skip
	}{
		"token of an issuer":             {"a", "value", "ghp_${alnum:36}", ""},
		"password":                       {"db", "password", "tr${alnum:4}9!kPz", ""},
		"phrase by name":                 {"db", "password", "blue-${lower:6}-horse", ""},
		"short phrase by name":           {"db", "password", "blue-${lower:4}", SkipWord},
		"phrase by another name":         {"db", "greeting", "blue-${lower:6}-horse", SkipWord},
		"words and digits by name":       {"db", "password", "sunny" + "garden42", ""},
		"UUID under the name of a key":   {"a", "api_key", "${hex:8}-${hex:4}-4${hex:3}-a${hex:3}-${hex:12}", ""},
		"named by its entry":             {"shop/db-password", "value", "blue" + "river77", ""},
		"random, of no name":             {"shop", "stripe", "${alnum:32}", ""},
		"URL with a password":            {"db", "url", "postgres://app:${alnum:16}@db.acme.net/shop", ""},
		"private key":                    {"tls", "pem", privateKey(t), ""},
		"list":                           {"db", "passwords.0", "green" + "Apple#11", ""},
		"short":                          {"db", "password", "abc${digit:3}", SkipShort},
		"placeholder":                    {"db", "password", "change" + "me-please", SkipPlaceholder},
		"word":                           {"db", "password", "under" + "standing", SkipWord},
		"words":                          {"db", "note", "ask the payments team first", SkipWord},
		"number":                         {"db", "password", "4711" + "0815", SkipWord},
		"URL":                            {"db", "url", "https://db.acme.example/shop?x=1", SkipAddress},
		"host":                           {"db", "host", "db1.acme.example:5432", SkipName},
		"address":                        {"db", "host", "10.20.30.40:5432", SkipName},
		"mail address":                   {"db", "user", "shop2@acme.example", SkipName},
		"path":                           {"db", "ca_file", "/etc/ssl/ca-2026.pem", SkipName},
		"certificate":                    {"tls", "crt", "-----BEGIN CERTIFICATE-----\n${base64:64}\n-----END CERTIFICATE-----", SkipPublic},
		"public key":                     {"ssh", "key_pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5${alnum:30}", SkipPublic},
		"random, of the name of an id":   {"a", "client_id", "${alnum:32}", SkipUntold},
		"checksum":                       {"a", "sha256", "${hex:64}", SkipUntold},
		"user name":                      {"db", "username", "svc-shop-01", SkipUntold},
		"not random, of no name":         {"a", "plan", "standard-2026-b", SkipUntold},
		"random, of the name of account": {"a", "accountId", "${alnum:24}", SkipUntold},
	} {
		t.Run(name, func(t *testing.T) {
			f := field{c.key, []byte(expand(t, c.value, 1))}
			found, why := j.secrets(f.names(c.path), f.value)
			if why != c.skip || (len(found) > 0) != (c.skip == "") {
				t.Fatalf("%d secrets, skipped as %q, want %q", len(found), why, c.skip)
			}
			if c.skip == "" && !bytes.Equal(found[0], bytes.TrimSpace(f.value)) {
				t.Error("the first secret is not the value")
			}
		})
	}
}

// What stands in a text is looked for, and not the text.
func TestJudgeText(t *testing.T) {
	j := &judge{engine(t), map[string]bool{}}
	token := expand(t, "ghp_${alnum:36}", 1)
	password := expand(t, "${alnum:16}", 2)
	for name, c := range map[string]struct{ value, inner string }{
		"environment file": {"HOST=db.acme.example\nTOKEN=" + token + "\nMODE=fast and simple as ever it was\n", token},
		"URL":              {"postgres://app:" + password + "@db.acme.net/shop", password},
	} {
		t.Run(name, func(t *testing.T) {
			found, _ := j.secrets([]string{"config"}, []byte(c.value))
			inner := false
			for _, f := range found {
				inner = inner || string(f) == c.inner
			}
			if whole := len(found) > 0 && string(found[0]) == c.value; !inner || whole == strings.Contains(c.value, "\n") {
				t.Errorf("%d secrets, the inner one among them: %t, the whole text: %t", len(found), inner, whole)
			}
		})
	}
}

func TestFields(t *testing.T) {
	var data map[string]json.RawMessage
	text := `{"a": "x\ny", "n": 12345678, "ok": true, "no": null, "list": ["p", {"q": "r"}], "o": {"in": {"deep": "z"}}, "json": "{\"key\": \"v\", \"n\": 1}", "open": "{not json"}`
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range fields(data) {
		got = append(got, f.name+"="+string(f.value))
	}
	want := "a=x\ny|json.key=v|json.n=1|list.0=p|list.1.q=r|n=12345678|no=null|o.in.deep=z|ok=true|open={not json"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}

// An object in itself over and over ends in a field, and not in a stack overflow.
func TestFieldsNested(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 1000) + `"x"` + strings.Repeat("}", 1000)
	if got := fields(map[string]json.RawMessage{"k": json.RawMessage(deep)}); len(got) != 1 || strings.Count(got[0].name, ".a") != maxNested {
		t.Errorf("%d fields, the first %q", len(got), got[0].name)
	}
}

func TestDecoded(t *testing.T) {
	for name, c := range map[string]struct{ value, want string }{
		"text":         {base64.StdEncoding.EncodeToString([]byte("correct horse 7")), "correct horse 7"},
		"unpadded":     {base64.RawURLEncoding.EncodeToString([]byte("correct horse 77")), "correct horse 77"},
		"of bytes":     {base64.StdEncoding.EncodeToString([]byte{0, 1, 2, 3, 0xff, 5, 6, 7, 8}), ""},
		"short":        {base64.StdEncoding.EncodeToString([]byte("short")), ""},
		"of no base64": {"what is this?!", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(decoded([]byte(c.value))); got != c.want {
				t.Errorf("got %q", got)
			}
		})
	}
}
