package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	reports "github.com/leakguard/leakguard/action/report"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// forms are the secret in clear and as it might be written: by whoever reads
// the output it is as good as the secret.
func forms(secret string) map[string]string {
	reversed := []byte(secret)
	slices.Reverse(reversed)
	all := map[string]string{
		"in clear":       secret,
		"in hex":         hex.EncodeToString([]byte(secret)),
		"in upper hex":   strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"URL-escaped":    url.QueryEscape(secret),
		"in a URL, path": (&url.URL{Path: secret}).EscapedPath(),
		"reversed":       string(reversed),
	}
	// The characters that the secret alone decides, at each of three alignments.
	for before := range 3 {
		first := (before*8 + 5) / 6
		last := (before + len(secret)) * 8 / 6
		text := []byte(strings.Repeat("x", before) + secret)
		all[fmt.Sprintf("in base64 after %d bytes", before)] = base64.StdEncoding.EncodeToString(text)[first:last]
		all[fmt.Sprintf("in URL base64 after %d bytes", before)] = base64.URLEncoding.EncodeToString(text)[first:last]
	}
	return all
}

// wantConcealed wants no form of the secrets in out.
func wantConcealed(t *testing.T, where, out string, secrets ...string) {
	t.Helper()
	for i, s := range secrets {
		for form, text := range forms(s) {
			if strings.Contains(out, text) {
				t.Errorf("%s holds secret %d %s", where, i+1, form)
			}
		}
	}
}

// confidential is a place for a secret, and how it is scanned there.
type confidential struct {
	name string
	put  func(t *testing.T, r *gitrepo.Repo, secret string) (args []string)
	form string // of the secret, as a template; "" is a token's
}

var confidentials = []confidential{
	{name: "line", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("app.env", withSecret(secret)).Commit("add")
		return nil
	}},
	{name: "line with two secrets", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("app.env", "a="+token(t, 2)+" b="+secret+" c="+token(t, 3)+"\n")
		return nil
	}},
	{name: "line with its other forms", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		var b strings.Builder
		for _, form := range forms(secret) {
			fmt.Fprintf(&b, "a=%s b=%s\n", secret, form)
		}
		r.Write("app.txt", b.String())
		return nil
	}},
	{name: "file's name", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("conf/"+secret+".env", withSecret(secret)).Commit("add")
		return nil
	}},
	{name: "file's name, escaped in its page's address", form: "${alpha:4}^${digit:3}{${alpha:3}", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Git("remote", "add", "origin", "https://github.com/acme/app.git")
		r.Write("conf/"+secret+".py", "password = '"+secret+"'\n").Commit("add")
		return nil
	}},
	{name: "file's name alone", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("conf/"+secret+".env", withSecret(token(t, 2))).Commit("add")
		return nil
	}},
	{name: "branch's name alone", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Switch("fix-"+secret).Write("app.env", withSecret(token(t, 2))).Commit("add")
		r.Switch("main")
		return nil
	}},
	{name: "folder's name", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write(secret+"/app.env", withSecret(secret)).Commit("add")
		return nil
	}},
	{name: "archive member's name", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("a.zip", zipOf(t, secret+".env", withSecret(secret))).Commit("add")
		return nil
	}},
	{name: "author's name", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("app.env", withSecret(secret)).With("GIT_AUTHOR_NAME=" + secret).Commit("add")
		return nil
	}},
	{name: "author's e-mail", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("app.env", withSecret(secret)).With("GIT_AUTHOR_EMAIL=" + secret + "@example.com").Commit("add")
		return nil
	}},
	{name: "commit message", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Commit("use " + secret + " and " + token(t, 2))
		return nil
	}},
	{name: "branch's name", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Switch("fix-"+secret).Write("app.env", withSecret(secret)).Commit("add")
		r.Switch("main")
		return nil
	}},
	{name: "tag's name", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Switch("side").Write("app.env", withSecret(secret)).Commit("add")
		r.Git("tag", "v-"+secret)
		r.Switch("main").Git("branch", "-D", "side")
		return nil
	}},
	{name: "annotated tag", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Git("tag", "-a", "v-"+secret, "-m", "built with "+secret)
		return nil
	}},
	{name: "name of a broken ref", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("app.env", withSecret(secret)).Commit("add")
		r.SetRef("refs/heads/fix-"+secret, "no object name").SetRef("refs/heads/fix2-"+secret, strings.Repeat("12", 20))
		return nil
	}},
	{name: "remote's address", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Git("remote", "add", "origin", "https://x:"+secret+"@github.com/acme/"+secret+".git")
		r.Write("app.env", withSecret(secret)).Commit("add")
		return nil
	}},
	{name: "symbolic link's target", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Symlink("link", secret).Commit("add")
		return nil
	}},
	{name: "name of a file that is not read", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("app.env", "k="+secret+"\n").Write("big-"+secret, strings.Repeat("long ", 100))
		r.Git("add", ".")
		return []string{"--max-size", "300B"}
	}},
	{name: "variable's name", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("app.env", withSecret(secret)+secret+"_password = '"+expand(t, "${lower:5}${digit:4}${upper:4}", 1)+"'\n")
		return nil
	}},
	{name: "reason of a mark", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("app.env", "k = "+token(t, 2)+" # leakguard:allow="+tokenRule+" same as "+secret+"\n")
		return []string{"--no-inline-allow"}
	}},
	{name: "reason of a mark that holds", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("app.env", "k = "+token(t, 2)+" # leakguard:allow same as "+secret+"\n"+withSecret(secret))
		return nil
	}},
	{name: "date of a mark", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("app.env", "k = "+token(t, 2)+" # leakguard:allow until="+secret+"\n")
		return nil
	}},
	{name: "reason in an ignore file", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("app.env", "k = "+token(t, 2)+"\n")
		line := strings.Fields(ignoreLine(t, r.Dir))[0] + " owner=" + secret + " # it is " + secret + "\n"
		r.Write("other.env", withSecret(secret)).Git("add", ".")
		r.Write(".leakguardignore", line)
		return nil
	}},
	{name: "reason in an ignore file that is not scanned", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("app.env", "k = "+token(t, 2)+"\n")
		line := strings.Fields(ignoreLine(t, r.Dir))[0] + " owner=" + secret + " # it is " + secret + "\n"
		r.Write("app.env", "k = "+token(t, 2)+"\nl = "+token(t, 3)+"\n").Git("add", ".")
		r.Write(".leakguardignore", line)
		return []string{"staged"}
	}},
	{name: "reason of an allowlist", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("a.env", withSecret(secret)).Write("b.env", withSecret(token(t, 2))).Git("add", ".")
		r.Write(".leakguard.toml", "[[allow]]\nreason = '"+secret+"'\nregexes = ['^"+secret+"$']\n")
		return []string{"staged"}
	}},
	{name: "name of the folder that is scanned", put: func(t *testing.T, r *gitrepo.Repo, secret string) []string {
		r.Write("d-"+secret+"/app.env", withSecret(secret))
		return []string{"files", "d-" + secret}
	}},
}

// TestConcealed scans each place and wants all of its reports, and what is said
// beside them, to be without the secret.
func TestConcealed(t *testing.T) {
	t.Parallel()
	for _, c := range confidentials {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			secret := token(t, 1)
			if c.form != "" {
				secret = expand(t, c.form, 1)
			}
			r := repository(t)
			args := append([]string{"scan"}, c.put(t, r, secret)...)
			out := t.TempDir()
			for _, f := range reports.Formats() {
				args = append(args, "--report", f.Name+"="+filepath.Join(out, f.Name))
			}
			stdout, stderr, code := run(t, r.Dir, args...)
			if code != exitFound {
				t.Fatalf("exit code %d, want 1\nstderr: %s", code, masked(stderr, secret))
			}
			wantConcealed(t, "stdout", stdout, secret)
			wantConcealed(t, "stderr", stderr, secret)
			for _, f := range reports.Formats() {
				wantConcealed(t, f.Name, string(read(t, filepath.Join(out, f.Name))), secret)
			}
		})
	}
}

// TestReveal wants the secret in the reports that are for people and programs
// at hand, and never in those that are made to be uploaded.
func TestReveal(t *testing.T) {
	t.Parallel()
	secret := token(t, 1)
	dir := folder(t, map[string]string{"app.env": withSecret(secret)})
	for _, f := range reports.Formats() {
		stdout, stderr, code := run(t, dir, "scan", "files", ".", "--reveal", "--report", f.Name)
		if code != exitFound || stderr != "" {
			t.Errorf("%s: exit code %d, stderr %q", f.Name, code, masked(stderr, secret))
		}
		want := f.Name != "sarif" && f.Name != "junit" && f.Name != "gitlab"
		if got := strings.Contains(stdout, secret); got != want {
			t.Errorf("%s shows the secret: %t, want %t", f.Name, got, want)
		}
	}
}

// TestMessagesConcealed wants errors and warnings that quote a secret, which
// stands where something else should, to conceal it.
func TestMessagesConcealed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, file, text string // SECRET stands for it
		args             []string
		code             int
	}{
		{"ignore file", ".leakguardignore", "SECRET # mine\n", []string{"scan", "stdin"}, exitUsage},
		{"ignore file's date", ".leakguardignore", "lg1s-" + strings.Repeat("0123", 10) + " until=SECRET\n", []string{"scan", "stdin"}, exitUsage},
		{"config key", ".leakguard.toml", "[scan]\nSECRET = 1\n", []string{"scan", "stdin"}, exitUsage},
		{"config value", ".leakguard.toml", "[scan]\nmax-size = 'SECRET'\n", []string{"scan", "stdin"}, exitUsage},
		{"config regex", ".leakguard.toml", "[[allow]]\nregexes = ['(SECRET']\n", []string{"scan", "stdin"}, exitUsage},
		{"config's unknown rule", ".leakguard.toml", "rules.disable = ['SECRET']\n", []string{"scan", "stdin"}, exitClean},
		{"provider file", "rules.d/a.toml", "id = 'SECRET'\n", []string{"rules", "test", "rules.d/a.toml"}, exitUsage},
		{"baseline", "b.json", `{"schemaVersion": "SECRET"}`, []string{"scan", "stdin", "--baseline", "b.json"}, exitUsage},
		{"unknown rule", "", "", []string{"scan", "stdin", "--rule", "SECRET"}, exitUsage},
		{"unknown rule shown", "", "", []string{"rules", "show", "SECRET"}, exitUsage},
		{"unknown rule explained", "", "", []string{"explain", "SECRET"}, exitUsage},
		{"unknown flag", "", "", []string{"scan", "stdin", "--SECRET"}, exitUsage},
		{"unknown command", "", "", []string{"SECRET"}, exitUsage},
		{"path", "", "", []string{"scan", "SECRET"}, exitUsage},
		{"config file's name", "", "", []string{"scan", "stdin", "--config", "SECRET.toml"}, exitUsage},
		{"format", "", "", []string{"scan", "stdin", "--report", "SECRET"}, exitUsage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			secret := token(t, 1)
			dir := t.TempDir()
			if tt.file != "" {
				dir = folder(t, map[string]string{tt.file: strings.ReplaceAll(tt.text, "SECRET", secret)})
			}
			for i := range tt.args {
				tt.args[i] = strings.Replace(tt.args[i], "SECRET", secret, 1)
			}
			stdout, stderr, code := run(t, dir, tt.args...)
			if code != tt.code || !strings.Contains(stderr, secret[:4]+"***") {
				t.Errorf("exit code %d, want %d; stderr: %s", code, tt.code, masked(stderr, secret))
			}
			wantConcealed(t, "stdout", stdout, secret)
			wantConcealed(t, "stderr", stderr, secret)
		})
	}
}

// TestRangeConcealed is the same for a revision that is none.
func TestRangeConcealed(t *testing.T) {
	t.Parallel()
	secret := token(t, 1)
	r := repository(t)
	stdout, stderr, code := run(t, r.Dir, "scan", "git", "--range", secret+"..HEAD")
	if code != exitUsage {
		t.Errorf("exit code %d, want 2", code)
	}
	wantConcealed(t, "stdout", stdout, secret)
	wantConcealed(t, "stderr", stderr, secret)
}

// TestCommandsConcealed wants what is not a report to conceal as reports do.
func TestCommandsConcealed(t *testing.T) {
	t.Parallel()
	secret := token(t, 1)
	r := repository(t)
	r.Write(secret+".env", withSecret(secret)).With("GIT_AUTHOR_NAME=" + secret).Commit("use " + secret)
	fingerprint := strings.Fields(ignoreLine(t, r.Dir))[0]
	known := filepath.Join(t.TempDir(), "known.json")
	for _, args := range [][]string{{"explain", fingerprint}, {"baseline", "create", known}, {"baseline", "prune", known}} {
		stdout, stderr, code := run(t, r.Dir, args...)
		if code != exitClean {
			t.Errorf("%s: exit code %d, stderr %q", args[0], code, masked(stderr, secret))
		}
		wantConcealed(t, args[0]+" on stdout", stdout, secret)
		wantConcealed(t, args[0]+" on stderr", stderr, secret)
	}
	wantConcealed(t, "the baseline", string(read(t, known)), secret)
}
