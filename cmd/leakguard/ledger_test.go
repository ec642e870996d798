package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/action/ledger"
)

// TestLedger brings a ledger up to date by a scan and by a report, and asks it.
func TestLedger(t *testing.T) {
	r, live, dead := gitlabTokens(t)
	g := newFakeGitLab(t, live)
	dir := t.TempDir()
	db, report := filepath.Join(dir, "l.db"), filepath.Join(dir, "r.json")
	stdout, stderr, code := run(t, r.Dir, "scan", "--verify", "--config", g.config, "--ledger", db, "-r", "json="+report)
	if code != exitFound || !strings.Contains(stderr, "2 new, 0 known") {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	stdout, stderr, code = run(t, dir, "ledger", "import", report, "--ledger", db)
	if code != exitClean || !strings.Contains(stdout, "0 new, 2 known, 0 opened again; 0 new occurrences") {
		t.Fatalf("import: exit code %d: %s%s", code, stdout, stderr)
	}
	stdout, _, code = run(t, dir, "ledger", "list", "--ledger", db, "--verdict", "live", "--format", "json")
	var listed []ledger.Secret
	if err := json.Unmarshal([]byte(stdout), &listed); err != nil || code != exitClean || len(listed) != 1 || listed[0].Severity != "critical" || listed[0].State != ledger.Opened {
		t.Fatalf("list: exit code %d, %+v: %v", code, listed, err)
	}
	id := listed[0].ID
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"list", []string{"list"}, exitClean, "2 secrets"},
		{"acknowledge", []string{"acknowledge", id, "--by", "ada"}, exitClean, ""},
		{"it is rotating", []string{"list", "--state", "rotating"}, exitClean, "1 secrets"},
		{"a live one is no false positive", []string{"false-positive", id, "--by", "ada", "--reason", "x"}, exitUsage, "live"},
		{"accept without a day", []string{"accept", id, "--by", "ada", "--reason", "x"}, exitUsage, "--until"},
		{"accept", []string{"accept", id, "--by", "ada", "--reason", "test account", "--until", "2099-01-01"}, exitClean, ""},
		{"it is accepted", []string{"list", "--state", "accepted"}, exitClean, id},
		{"reopen", []string{"reopen", id, "--by", "ada", "--reason", "no"}, exitClean, ""},
		{"no such state", []string{"list", "--state", "lost"}, exitUsage, `--state "lost"`},
		{"no such secret", []string{"show", "lgk1-none"}, exitUsage, "no such secret"},
		{"export", []string{"export"}, exitClean, `"schemaVersion": "1"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, code := run(t, dir, append([]string{"ledger", "--ledger", db}, tt.args...)...)
			if code != tt.code || !strings.Contains(stdout+stderr, tt.want) {
				t.Errorf("exit code %d, want %d, and %q in %s%s", code, tt.code, tt.want, stdout, stderr)
			}
			wantConcealed(t, "the output", stdout+stderr, live, dead)
		})
	}
	stdout, _, _ = run(t, dir, "ledger", "show", id, "--ledger", db)
	var h ledger.History
	if err := json.Unmarshal([]byte(stdout), &h); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range h.Events {
		kinds = append(kinds, e.Kind)
	}
	if got, want := strings.Join(kinds, " "), "found acknowledged accepted reopened"; got != want || len(h.Occurrences) < 2 || len(h.Verdicts) != 2 {
		t.Errorf("events %s, want %s; %d occurrences, %d verdicts", got, want, len(h.Occurrences), len(h.Verdicts))
	}
	files, err := filepath.Glob(db + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		wantConcealed(t, name, string(data), live, dead)
	}
}

// TestLedgerOfTheRepository does not tell a database of what was found that only a
// file in the repository names.
func TestLedgerOfTheRepository(t *testing.T) {
	r, _, _ := gitlabTokens(t)
	r.Write(".leakguard.toml", "[ledger]\ndatabase = 'stolen.db'\n")
	_, stderr, code := run(t, r.Dir, "scan", "--ledger", "default")
	if _, err := os.Stat(r.Path("stolen.db")); err == nil || code != exitUsage || !strings.Contains(stderr, "--config") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	_, stderr, code = run(t, r.Dir, "scan", "--ledger", "x.db", "--reveal")
	if code != exitUsage || !strings.Contains(stderr, "--reveal") {
		t.Errorf("with --reveal: exit code %d: %s", code, stderr)
	}
}
