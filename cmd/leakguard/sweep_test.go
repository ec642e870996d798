package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// swept is what these tests read of sweep status.
type swept struct {
	State        string `json:"state"`
	Complete     bool   `json:"complete"`
	Totals       struct{ Repositories, Done, Unchanged, Secrets int }
	Repositories []struct {
		Name, State string
		Gaps        []struct{ Why string }
	}
}

func sweepStatus(t *testing.T, dir string) (s swept) {
	t.Helper()
	out, errs, code := run(t, dir, "sweep", "status", "--db", "state.db", "--format", "json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// A sweep finds what is there, records it in the ledger, and reads nothing twice.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	leaky, clean := gitrepo.New(t), gitrepo.New(t)
	secret := token(t, 1)
	leaky.Write("a.env", withSecret(secret)).Commit("first")
	clean.Write("b.txt", "nothing\n").Commit("first")
	gitrepo.At(t, dir).Write("repositories", "# ours\n"+leaky.URL()+"\n"+clean.URL()+"\n")
	sweep := func(args ...string) (string, string, int) {
		t.Helper()
		return run(t, dir, append([]string{"sweep", "--repos", "repositories", "--db", "state.db", "--mirrors", "mirrors"}, args...)...)
	}

	out, errs, code := sweep()
	if code != exitFound || !strings.Contains(out, "2 of 2 repositories done, 0 of them unchanged; 1 secret(s)") {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	if s := sweepStatus(t, dir); s.State != "done" || !s.Complete || s.Totals.Secrets != 1 {
		t.Errorf("%+v", s)
	}
	list, errs, code := run(t, dir, "ledger", "list", "--ledger", "state.db")
	if code != 0 || !strings.Contains(list, "1 secrets") {
		t.Errorf("the ledger: exit code %d: %s%s", code, list, errs)
	}
	if out, errs, code = sweep(); code != exitFound || !strings.Contains(out, "2 of them unchanged; 1 secret(s)") {
		t.Errorf("a second sweep: exit code %d: %s%s", code, out, errs)
	}
	for _, text := range []string{out, errs, list} {
		if strings.Contains(text, secret) {
			t.Error("the secret is shown")
		}
	}
}

// What could not be read is told, and the exit code says it too.
func TestSweepIncomplete(t *testing.T) {
	dir := t.TempDir()
	gitrepo.At(t, dir).Write("repositories", "file://"+filepath.ToSlash(filepath.Join(dir, "missing.git"))+"\n")
	args := []string{"sweep", "--repos", "repositories", "--db", "state.db", "--mirrors", "mirrors"}
	out, errs, code := run(t, dir, args...)
	if code != exitIncomplete || !strings.Contains(out, "not read:") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	if s := sweepStatus(t, dir); s.Complete || len(s.Repositories) != 1 || len(s.Repositories[0].Gaps) != 1 {
		t.Errorf("%+v", s)
	}
	if out, errs, code := run(t, dir, append(args, "--allow-incomplete")...); code != exitClean {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

func TestSweepRefuses(t *testing.T) {
	dir := t.TempDir()
	gitrepo.At(t, dir).Write("repositories", "no address\n")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing to sweep": {nil, "say what to sweep"},
		"a bad list":       {[]string{"--repos", "repositories"}, "repositories:1"},
		"no list":          {[]string{"--repos", "none"}, "none"},
		"a bad glob":       {[]string{"--repos", "repositories", "--exclude", ""}, "glob"},
		"no room":          {[]string{"--org", "acme", "--disk", "much"}, "--disk"},
		"no jobs":          {[]string{"--org", "acme", "--jobs", "0"}, "--jobs"},
		"no such format":   {[]string{"status", "--format", "xml"}, "--format"},
		"no number":        {[]string{"cancel", "last"}, "number of a sweep"},
		"no such sweep":    {[]string{"cancel", "7"}, "no sweep"},
	} {
		t.Run(name, func(t *testing.T) {
			out, errs, code := run(t, dir, append([]string{"sweep", "--db", "state.db"}, c.args...)...)
			if code != exitUsage || !strings.Contains(errs, c.want) {
				t.Errorf("exit code %d, want %q: %s%s", code, c.want, out, errs)
			}
		})
	}
}
