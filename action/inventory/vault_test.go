package inventory_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/action/inventory"
	"github.com/leakguard/leakguard/action/ledger"
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

func openLedger(t *testing.T) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{Key: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func keeping(t *testing.T, l *ledger.Ledger) *ledger.Keeping {
	t.Helper()
	k, err := l.Keeping(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// expand turns a template of package rules into a text, another one for each n.
func expand(t *testing.T, template string, n uint64) string {
	t.Helper()
	text, err := rules.Expand(template, rand.New(rand.NewPCG(n, 11)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// vault is a server of which the tests write the content.
type vault struct {
	t       *testing.T
	address string
}

// do asks for something as root.
func (v vault) do(method, path string, body any) object {
	v.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		v.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.address+"/v1/"+path, bytes.NewReader(text))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("X-Vault-Token", rootToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		v.t.Fatalf("%s %s: %d: %s, %v", method, path, resp.StatusCode, answer, err)
	}
	var data object
	if len(answer) > 0 {
		if err := json.Unmarshal(answer, &data); err != nil {
			v.t.Fatal(err)
		}
	}
	return data
}

func (v vault) put(path string, data object) { v.do("POST", path, object{"data": data}) }

func (v vault) client(token string, mounts ...string) *inventory.Vault {
	v.t.Helper()
	c, err := inventory.NewVault(inventory.VaultOptions{Address: v.address, Token: token, Mounts: mounts, Rate: rate.Inf})
	if err != nil {
		v.t.Fatal(err)
	}
	return c
}

// sync reads the vault into the ledger.
func (v vault) sync(l *ledger.Ledger, token string, mounts ...string) *inventory.Report {
	v.t.Helper()
	at := time.Now()
	report, err := inventory.Sync(v.t.Context(), l, v.client(token, mounts...).Read(v.t.Context(), engine(v.t), keeping(v.t, l)), at)
	if err != nil {
		v.t.Fatal(err)
	}
	return report
}

// limited makes a token that is denied what begins so.
func (v vault) limited(denied ...string) string {
	policy := `path "*" { capabilities = ["read", "list"] }` + "\n"
	for _, path := range denied {
		policy += fmt.Sprintf("path %q { capabilities = [\"deny\"] }\n", path+"*")
	}
	v.do("POST", "sys/policies/acl/limited", object{"policy": policy})
	auth, _ := v.do("POST", "auth/token/create", object{"policies": []string{"limited"}, "no_default_policy": true})["auth"].(object)
	token, _ := auth["client_token"].(string)
	return token
}

// Both are told the same story: the fake is true to the real one as far as it goes.
func TestVault(t *testing.T) {
	t.Run("fake", func(t *testing.T) {
		fake, srv := newFakeVault(t)
		testVault(t, vault{t, srv.URL}, func(denied ...string) string {
			fake.mu.Lock()
			defer fake.mu.Unlock()
			fake.denied = denied
			return limitedToken
		})
	})
	t.Run("real", func(t *testing.T) {
		v := vault{t, realVault(t)}
		testVault(t, v, v.limited)
	})
}

func testVault(t *testing.T, v vault, limited func(denied ...string) string) {
	token, second := expand(t, "ghp_${alnum:36}", 1), expand(t, "ghp_${alnum:36}", 2)
	inner := expand(t, "${alnum:12}", 3) + "!9k"
	v.put("secret/data/shop/stripe", object{"api_token": token, "username": "svc-shop-01", "host": "db1.acme.com", "pin": "1234"})
	v.put("secret/data/shop/stripe", object{"api_token": token, "username": "svc-shop-01", "host": "db2.acme.com", "pin": "1234"})
	v.do("POST", "secret/metadata/shop/stripe", object{"custom_metadata": object{"owner": "payments"}})
	v.put("secret/data/shop/pay/config", object{
		"json": `{"db": {"password": "` + inner + `"}}`, "nested": object{"token": base64.StdEncoding.EncodeToString([]byte(second))},
	})
	v.do("POST", "sys/mounts/old", object{"type": "kv", "options": object{"version": "1"}})
	v.do("POST", "old/app one", object{"password": inner + "1"})
	v.do("POST", "sys/mounts/crypt", object{"type": "transit"})
	v.do("POST", "crypt/keys/orders", object{"auto_rotate_period": "720h"})

	l := openLedger(t)
	report := v.sync(l, rootToken)
	if len(report.Gaps) > 0 {
		t.Fatalf("gaps: %+v", report.Gaps)
	}
	if got := report.Skipped; len(got) != 3 || got[inventory.SkipShort] != 1 || got[inventory.SkipName] != 1 || got[inventory.SkipUntold] != 1 {
		t.Errorf("skipped: %v", got)
	}
	all := listed(t, l)
	if got, want := names(all), []string{
		"crypt/keys/orders", "old/app one#password", "secret/shop/pay/config#json.db.password", "secret/shop/pay/config#nested.token", "secret/shop/stripe#api_token",
	}; !slices.Equal(got, want) {
		t.Fatalf("entries: got %q, want %q", got, want)
	}
	if k := all[0]; k.Rotation != "a key that stays in the vault every 30d" {
		t.Errorf("transit key: %q", k.Rotation)
	}
	stripe := all[4]
	if stripe.Manager != "vault "+v.address+" secret/" || stripe.Owner != "payments" || stripe.Version != "2" || stripe.Link != v.address+"/ui/vault/secrets/secret/kv/shop%2Fstripe" {
		t.Errorf("entry: %+v", stripe)
	}
	if !stripe.Updated.Equal(stripe.Created) {
		t.Errorf("the token was set with the first version, at %v, and not at %v", stripe.Created, stripe.Updated)
	}
	for name, value := range map[string]string{"token": token, "in JSON": inner, "in base64": second, "of version 1": inner + "1"} {
		if entriesOf(t, l, value) == nil {
			t.Errorf("the value %s is not recognised", name)
		}
	}
	if entriesOf(t, l, "db2.acme.com") != nil || entriesOf(t, l, "svc-shop-01") != nil {
		t.Error("names of hosts and users are recognised")
	}

	testDenied(t, v, l, limited)
	testRotated(t, v, l, token)
}

// What may not be read is a gap, and what is known of it stays.
func testDenied(t *testing.T, v vault, l *ledger.Ledger, limited func(denied ...string) string) {
	before := names(listed(t, l))
	for name, denied := range map[string][]string{
		"values of one entry": {"secret/data/shop/stripe"}, "its metadata": {"secret/metadata/shop/stripe"}, "a folder": {"secret/metadata/shop/pay"}, "an engine": {"secret/"},
	} {
		t.Run(name, func(t *testing.T) {
			v.t = t
			token := limited(append(denied, "sys/mounts")...)
			report := v.sync(l, token, "secret", "old")
			if len(report.Gaps) != 2 || !strings.Contains(report.Gaps[1].Why, "stays as it was") || !strings.Contains(report.Gaps[0].Fix, "policy") {
				t.Errorf("gaps: %+v", report.Gaps)
			}
			for _, k := range listed(t, l) {
				if k.Gone {
					t.Errorf("%s is gone", k.Entry)
				}
			}
			if after := names(listed(t, l)); !slices.Equal(before, after) {
				t.Errorf("entries before %q, after %q", before, after)
			}
			// A ledger that knows nothing yet takes what there is.
			fresh := openLedger(t)
			if report := v.sync(fresh, token, "secret", "old"); len(report.Gaps) != 1 || !slices.Contains(names(listed(t, fresh)), "old/app one#password") {
				t.Errorf("a first reading: %d gaps, entries %q", len(report.Gaps), names(listed(t, fresh)))
			}
		})
	}
}

// A token that was replaced is recognised still, with the time at which it was.
func testRotated(t *testing.T, v vault, l *ledger.Ledger, old string) {
	next := expand(t, "ghp_${alnum:36}", 4)
	v.put("secret/data/shop/stripe", object{"api_token": next})
	third := expand(t, "ghp_${alnum:36}", 5)
	v.put("secret/data/shop/stripe", object{"api_token": third})
	fresh := openLedger(t)
	for name, l := range map[string]*ledger.Ledger{"which knew it": l, "which never saw it": fresh} {
		v.sync(l, rootToken)
		for _, value := range []string{old, next, third} {
			if len(entriesOf(t, l, value)) != 1 {
				t.Errorf("a ledger %s does not recognise one of the three tokens", name)
			}
		}
	}
	until := func(value string) time.Time {
		for _, p := range v.client(rootToken, "secret").Read(t.Context(), engine(t), keeping(t, l)).Parts {
			known, _ := keeping(t, l).Of([]byte(value))
			for _, k := range p.Entries {
				for _, held := range k.Values {
					if held.Print == known.Print {
						return held.Until
					}
				}
			}
		}
		return time.Unix(0, 0)
	}
	if a, b := until(old), until(next); !a.Before(b) || a.Unix() == 0 || !until(third).IsZero() {
		t.Errorf("the tokens were replaced at %v, %v and %v", a, b, until(third))
	}
	v.do("DELETE", "secret/data/shop/stripe", nil)
	if until(third).Unix() != 0 || until(next).IsZero() {
		t.Error("of a version that is deleted the value can be read, or the one before has its place again")
	}
	v.do("POST", "secret/destroy/shop/stripe", object{"versions": []int{1, 2}})
	if until(old).Unix() != 0 {
		t.Error("the value of a destroyed version is read")
	}
}

func listed(t *testing.T, l *ledger.Ledger) []inventory.Listed {
	t.Helper()
	all, err := inventory.List(t.Context(), l, 0, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func names(all []inventory.Listed) []string {
	var list []string
	for _, k := range all {
		list = append(list, k.Entry)
	}
	slices.Sort(list)
	return list
}

// entriesOf names the entries that hold a value, or held it.
func entriesOf(t *testing.T, l *ledger.Ledger, value string) []string {
	t.Helper()
	known, err := l.Known(t.Context())
	if err != nil || known == nil {
		t.Fatalf("nothing is known: %v", err)
	}
	var list []string
	for _, k := range known.Find([]byte(value)) {
		list = append(list, k.Entry)
	}
	return list
}

// Only the vault is asked, with its token and namespace, whatever the environment says.
func TestVaultAlone(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host was asked for %s", r.URL)
	}))
	defer elsewhere.Close()
	t.Setenv("HTTP_PROXY", elsewhere.URL)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Vault-Token") != rootToken || r.Header.Get("X-Vault-Namespace") != "team/a" {
			t.Errorf("%s comes without token or namespace", r.URL)
		}
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer srv.Close()
	v, err := inventory.NewVault(inventory.VaultOptions{Address: srv.URL, Token: rootToken, Namespace: "/team/a/", Rate: rate.Inf})
	if err != nil {
		t.Fatal(err)
	}
	r := v.Read(t.Context(), engine(t), keeping(t, openLedger(t)))
	if len(r.Gaps) != 1 || !strings.Contains(r.Gaps[0].Why, "is not asked") || r.Whole != "" {
		t.Errorf("gaps %+v", r.Gaps)
	}
}

// One namespace's engines are never taken for those of another that are gone.
func TestVaultNamespace(t *testing.T) {
	_, srv := newFakeVault(t)
	v := vault{t, srv.URL}
	v.put("secret/data/shop", object{"api_token": expand(t, "ghp_${alnum:36}", 1)})
	var whole []string
	for _, namespace := range []string{"", "team", "team/a"} {
		c, err := inventory.NewVault(inventory.VaultOptions{Address: srv.URL, Token: rootToken, Namespace: namespace, Rate: rate.Inf})
		if err != nil {
			t.Fatal(err)
		}
		r := c.Read(t.Context(), engine(t), keeping(t, openLedger(t)))
		if len(r.Parts) != 1 || r.Whole == "" || !strings.HasPrefix(r.Parts[0].Manager, r.Whole) {
			t.Fatalf("namespace %q: whole %q, parts %+v", namespace, r.Whole, r.Parts)
		}
		for _, other := range whole {
			if strings.HasPrefix(r.Parts[0].Manager, other) {
				t.Errorf("%s is taken for one of %q", r.Parts[0].Manager, other)
			}
		}
		whole = append(whole, r.Whole)
	}
}

func TestNewVault(t *testing.T) {
	for name, c := range map[string]struct{ address, token, want string }{
		"no address":         {"", rootToken, "VAULT_ADDR"},
		"no token":           {"https://vault.acme.example", "", "VAULT_TOKEN"},
		"in clear":           {"http://vault.acme.example", rootToken, "http only to this machine"},
		"token with a break": {"https://vault.acme.example", "a\nb", "odd characters"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := inventory.NewVault(inventory.VaultOptions{Address: c.address, Token: c.token}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestVaultEnvironment(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".vault-token"), []byte("of-the-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	noCertificate := filepath.Join(home, ".vault-token")
	for name, c := range map[string]struct {
		env                       map[string]string
		address, token, namespace string
		fails                     string
	}{
		"of Vault":          {map[string]string{"VAULT_ADDR": "https://a", "VAULT_TOKEN": "t", "VAULT_NAMESPACE": "n"}, "https://a", "t", "n", ""},
		"of OpenBao first":  {map[string]string{"BAO_ADDR": "https://b", "VAULT_ADDR": "https://a", "BAO_TOKEN": "u"}, "https://b", "u", "", ""},
		"token of the file": {map[string]string{"VAULT_ADDR": "https://a", "HOME": home}, "https://a", "of-the-file", "", ""},
		"no token at all":   {map[string]string{"VAULT_ADDR": "https://a", "HOME": t.TempDir()}, "https://a", "", "", ""},
		"no certificate":    {map[string]string{"VAULT_CACERT": noCertificate}, "", "", "", "no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := inventory.VaultEnvironment(func(name string) string { return c.env[name] })
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || o.Address != c.address || o.Token != c.token || o.Namespace != c.namespace {
				t.Errorf("got %q, namespace %q, %v", o.Address, o.Namespace, err)
			}
		})
	}
}
