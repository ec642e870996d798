package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// smallVault is a vault with the one entry secret/shop#api_token, and beside it one that
// may not be read if that is said. Package inventory tests the rest.
func smallVault(t *testing.T, secret string, refuses bool) (env []string) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const at = "2026-03-04T05:06:07Z"
		answers := map[string]string{
			"/v1/sys/mounts":           `{"secret/": {"type": "kv", "options": {"version": "2"}}}`,
			"/v1/secret/metadata/":     `{"keys": ["shop"]}`,
			"/v1/secret/metadata/shop": fmt.Sprintf(`{"created_time": %q, "current_version": 1, "custom_metadata": {"owner": "payments"}, "versions": {"1": {"created_time": %[1]q, "deletion_time": "", "destroyed": false}}}`, at),
			"/v1/secret/data/shop":     fmt.Sprintf(`{"data": {"api_token": %q, "user": "shop-user-1"}}`, secret),
		}
		if refuses {
			answers["/v1/secret/metadata/"] = `{"keys": ["hr", "shop"]}`
		}
		answer, ok := answers[r.URL.Path]
		if !ok || r.Header.Get("X-Vault-Token") != "of-the-test" {
			w.WriteHeader(http.StatusForbidden)
			w.Write([]byte(`{"errors": ["permission denied"]}`))
			return
		}
		fmt.Fprintf(w, `{"data": %s}`, answer)
	}))
	t.Cleanup(srv.Close)
	return []string{"VAULT_ADDR=" + srv.URL, "VAULT_TOKEN=of-the-test"}
}

// A vaulted value, of a form that no rule would find by itself, is recognised in a
// repository, tied to its entry, and told by the list.
func TestInventory(t *testing.T) {
	secret := expand(t, "${alnum:12}", 1) + "-" + expand(t, "${alnum:12}", 2)
	dsn := filepath.Join(t.TempDir(), "ledger.db")
	r := gitrepo.New(t)
	r.Write("notes.txt", "it was: "+secret+" they said\n").Commit("take notes")
	do := func(env []string, wanted int, args ...string) string {
		t.Helper()
		out, errs, code := command{dir: r.Dir, env: env, args: append(args, "--ledger", dsn)}.run(t)
		if code != wanted || strings.Contains(out+errs, secret) {
			t.Fatalf("%q: exit code %d, want %d, or the secret is shown: %s", args, code, wanted, masked(out+errs, secret))
		}
		return out
	}
	do(nil, exitClean, "scan")
	said := do(smallVault(t, secret, false), exitClean, "inventory", "sync", "--from", "vault")
	if !strings.Contains(said, "secret/: 1 entry, 1 value that will be recognised") || !strings.Contains(said, "not looked for: 1 value") {
		t.Errorf("sync says %s", said)
	}
	do(nil, exitFound, "scan")

	var list []struct {
		Entry, Owner string
		Leaked       []struct{ ID, State string }
	}
	if err := json.Unmarshal([]byte(do(nil, exitClean, "inventory", "list", "--format", "json")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].Entry != "secret/shop#api_token" || list[0].Owner != "payments" || len(list[0].Leaked) != 1 || list[0].Leaked[0].State != "open" {
		t.Fatalf("list: %+v", list)
	}
	if text := do(nil, exitClean, "inventory", "list"); !strings.Contains(text, "leaked: "+list[0].Leaked[0].ID+" open") {
		t.Errorf("list says %s", text)
	}
	if text := do(nil, exitClean, "inventory", "list", "--stale", "36500d"); text != "0 entries\n" {
		t.Errorf("stale for a century: %s", text)
	}
}

func TestInventoryIncomplete(t *testing.T) {
	env := smallVault(t, token(t, 1), true)
	out, errs, code := command{dir: t.TempDir(), env: env, args: []string{"inventory", "sync", "--from", "vault"}}.run(t)
	if code != exitIncomplete || !strings.Contains(out, "not read: secret/hr#: ") || !strings.Contains(out, "secret/: 1 entry") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

func TestInventoryGitHub(t *testing.T) {
	dsn := filepath.Join(t.TempDir(), "ledger.db")
	sync := func(refused string) (string, int) {
		out, _, code := run(t, t.TempDir(), "inventory", "sync", "--from", "github", "--repo", "acme/web", "--url", retired(t, refused), "--ledger", dsn)
		return out, code
	}
	if out, code := sync(""); code != exitClean || out != "" {
		t.Errorf("nothing in its settings: exit code %d: %s", code, out)
	}
	if out, code := sync("/repos/acme/web/actions"); code != exitIncomplete || !strings.Contains(out, "Secrets: read") {
		t.Errorf("secrets may not be listed: exit code %d: %s", code, out)
	}
}

func TestInventoryUsage(t *testing.T) {
	for _, tt := range []struct{ name, args, says string }{
		{"no manager", "sync", "want vault or github"},
		{"another manager", "sync --from safe", "want vault or github"},
		{"neither repository nor organisation", "sync --from github", "either --repo or --org"},
		{"both", "sync --from github --repo a/b --org a", "either --repo or --org"},
		{"half a repository", "sync --from github --repo web", "OWNER/NAME"},
		{"organisation of a vault", "sync --from vault --org acme", "--from github"},
		{"engine of GitHub", "sync --from github --org a --path secret", "--from vault"},
		{"no address", "sync --from vault", "VAULT_ADDR"},
		{"offline", "sync --from vault --url https://vault.acme.example", "--offline: vault is not asked"},
		{"format", "list --format xml", "text or json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := command{dir: t.TempDir(), args: append([]string{"inventory"}, strings.Fields(tt.args)...)}
			if tt.name == "offline" {
				c.env = []string{offlineVariable + "=1"}
			}
			if _, errs, code := c.run(t); code != exitUsage || !strings.Contains(errs, tt.says) {
				t.Errorf("exit code %d: %s", code, errs)
			}
		})
	}
}
