package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/offboard"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// retired is a GitHub that has the repository acme/web and nothing in its settings,
// but refuses to list what is below refused. Package offboard tests the rest.
func retired(t *testing.T, refused string) (api string) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const web = `{"full_name": "acme/web", "html_url": "https://github.com/acme/web", "archived": true, "owner": {"login": "acme", "type": "Organization"}}`
		w.Header().Set("Content-Type", "application/json")
		answer := "[]"
		switch path := r.URL.Path; {
		case refused != "" && strings.HasPrefix(path, refused):
			w.WriteHeader(http.StatusForbidden)
			answer = `{"message": "Must have admin rights to Repository."}`
		case path == "/repos/acme/web":
			answer = web
		case path == "/orgs/acme/repos":
			answer = "[" + web + "]"
		case !strings.HasSuffix(path, "/keys") && !strings.HasSuffix(path, "/hooks"):
			answer = "{}"
		}
		w.Write([]byte(answer))
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// ledgerOf is a ledger with a secret of acme/web for each verdict.
func ledgerOf(t *testing.T, verdicts ...verify.State) (dsn string) {
	t.Helper()
	dsn = filepath.Join(t.TempDir(), "ledger.db")
	key, err := ledger.LoadKey(dsn, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(t.Context(), dsn, ledger.Options{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	rule := &rules.Rule{ID: tokenRule, Name: "GitHub token", Provider: &rules.Provider{ID: "github"}, Severity: rules.High}
	for _, v := range verdicts {
		s := scanner.Secret{Fingerprint: "lg1s-" + string(v), Rule: rule, Severity: rules.High, Redacted: "ghp_***", Verdict: verify.Verdict{State: v}}
		s.Occurrences = []scanner.Occurrence{{Kind: scanner.InGit, Repository: "https://github.com/acme/web", Path: "a.env"}}
		if _, err := l.Record(t.Context(), &scanner.Result{Secrets: []scanner.Secret{s}}, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	return dsn
}

func TestOffboard(t *testing.T) {
	const web = "--repo acme/web"
	for _, tt := range []struct {
		name, args string
		verdicts   []verify.State
		refused    string
		code       int
		says       string
	}{
		{"nothing is left", web, nil, "", exitClean, "0 of 0 dead"},
		{"all is dead", web, []verify.State{verify.Dead}, "", exitClean, "1 of 1 dead"},
		{"something lives", web, []verify.State{verify.Dead, verify.Live}, "", exitFound, "1 of 2 dead"},
		{"something is not known to be dead", web, []verify.State{verify.Unknown}, "", exitFound, "0 of 1 dead"},
		{"something could not be asked", web, []verify.State{verify.Dead}, "/repos/acme/web/hooks", exitIncomplete, "403 Forbidden"},
		{"something lives, and something could not be asked", web, []verify.State{verify.Live}, "/repos/acme/web", exitFound, "0 of 1 dead"},
		{"offline", web + " --offline", []verify.State{verify.Dead}, "/", exitIncomplete, "GitHub was not asked"},
		{"archived, with a live one", "--archived --org acme", []verify.State{verify.Live}, "", exitFound, "hold 1 live secrets"},
		{"archived, all is dead", "--archived --org acme", []verify.State{verify.Dead}, "", exitClean, "hold 0 live secrets"},
		{"archived, refused", "--archived --org acme", nil, "/orgs", exitUsage, "403 Forbidden"},
		{"no repository", "--repo web", nil, "", exitUsage, "OWNER/NAME"},
		{"neither", "", nil, "", exitUsage, "give --repo"},
		{"both", web + " --archived --org acme", nil, "", exitUsage, "give --repo"},
		{"archived of nobody", "--archived", nil, "", exitUsage, "--org"},
		{"archived, offline", "--archived --org acme --offline", nil, "", exitUsage, "--offline"},
		{"another format", web + " --format xml", nil, "", exitUsage, "want text or json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"offboard", "--ledger", ledgerOf(t, tt.verdicts...), "--url", retired(t, tt.refused)}, strings.Fields(tt.args)...)
			stdout, stderr, code := run(t, t.TempDir(), args...)
			if code != tt.code || !strings.Contains(stdout+stderr, tt.says) {
				t.Errorf("exit code %d, want %d and %q\n%s%s", code, tt.code, tt.says, stdout, stderr)
			}
		})
	}
}

func TestOffboardJSON(t *testing.T) {
	stdout, stderr, code := run(t, t.TempDir(), "offboard", "--repo", "acme/web", "--format", "json",
		"--ledger", ledgerOf(t, verify.Live), "--url", retired(t, ""))
	var r offboard.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	if code != exitFound || !r.Archived || len(r.Secrets) != 1 || r.Secrets[0].Verdict != verify.Live || strings.Contains(stdout, "null") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
}

// TestDocsOffboard shows on its page what the command prints.
func TestDocsOffboard(t *testing.T) {
	dir := t.TempDir()
	dsn := ledgerOf(t, verify.Dead, verify.Live)
	for _, name := range []string{dsn, dsn + ".key"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const command = "offboard --repo acme/web --ledger ledger.db"
	out, stderr, code := run(t, dir, append(strings.Fields(command), "--url", retired(t, ""))...)
	if code != exitFound {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	wantShown(t, docAt(t, "docs/offboarding.md"), "leakguard "+command, out)
}
