package main

import (
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// TestExitCodes wants the exit code that the help text promises of each kind of
// result, under the flags that choose.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	found := func(r *gitrepo.Repo, secret string) { r.Write("app.env", withSecret(secret)).Commit("add") }
	gap := func(r *gitrepo.Repo, _ string) { r.SetRef("refs/heads/broken", "no object name") }
	both := func(r *gitrepo.Repo, secret string) { found(r, secret); gap(r, secret) }
	public := func(r *gitrepo.Repo, secret string) {
		r.Write(".leakguard.toml", "rules.severity = {github-pat = 'info'}\n")
		found(r, secret)
	}
	known := func(r *gitrepo.Repo, secret string) {
		r.Write("app.env", "token = "+secret+" # leakguard:allow\n").Commit("add")
	}
	for _, tt := range []struct {
		name  string
		state func(r *gitrepo.Repo, secret string)
		flags string
		want  int
	}{
		{"clean", nil, "", exitClean},
		{"clean, allow incomplete", nil, "--allow-incomplete", exitClean},
		{"found", found, "", exitFound},
		{"found, allow incomplete", found, "--allow-incomplete", exitFound},
		{"found, fail on any", found, "--fail-on any", exitFound},
		{"found, fail on verified or unknown", found, "--fail-on verified-or-unknown", exitFound},
		{"found, fail on verified", found, "--fail-on verified --verify --offline", exitClean},
		{"gap", gap, "", exitIncomplete},
		{"gap, allow incomplete", gap, "--allow-incomplete", exitClean},
		{"gap, fail on verified", gap, "--fail-on verified --verify --offline", exitIncomplete},
		{"found and gap", both, "", exitFound},
		{"found and gap, allow incomplete", both, "--allow-incomplete", exitFound},
		{"found and gap, fail on verified", both, "--fail-on verified --verify --offline", exitIncomplete},
		{"found and gap, fail on verified, allow incomplete", both, "--fail-on verified --verify --offline --allow-incomplete", exitClean},
		{"public by design", public, "", exitClean},
		{"suppressed", known, "", exitClean},
		{"suppressed, mark refused", known, "--no-inline-allow", exitFound},
		{"unknown flag", found, "--fail", exitUsage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := repository(t)
			if tt.state != nil {
				tt.state(r, token(t, 1))
			}
			stdout, stderr, code := run(t, r.Dir, append([]string{"scan"}, strings.Fields(tt.flags)...)...)
			if code != tt.want {
				t.Errorf("exit code %d, want %d; stderr %q", code, tt.want, stderr)
			}
			// What could not be read is said, whatever the exit code.
			if wantSaid := strings.Contains(tt.name, "gap"); strings.Contains(stdout, "INCOMPLETE") != wantSaid {
				t.Errorf("the report says that the scan was incomplete: %t, want %t", !wantSaid, wantSaid)
			}
		})
	}
}

// TestExitCodesOfCommands is the same for the commands that do not report.
func TestExitCodesOfCommands(t *testing.T) {
	t.Parallel()
	r := repository(t)
	r.SetRef("refs/heads/broken", "no object name")
	known := t.TempDir() + "/known.json"
	gone := "lg1s-" + strings.Repeat("0123", 10)
	for _, tt := range []struct {
		args string
		want int
	}{
		{"version", exitClean},
		{"--help", exitClean},
		{"scan --help", exitClean},
		{"rules list", exitClean},
		{"explain github-pat", exitClean},
		{"explain " + gone, exitFound},
		{"baseline create " + known, exitIncomplete},
		{"baseline create " + known + " --allow-incomplete", exitClean},
		{"baseline prune " + known, exitUsage},
		{"scna", exitUsage},
		{"scan a b", exitUsage},
		{"hook", exitClean},
		{"hook remove", exitUsage},
		{"rules lsit", exitUsage},
		{"baseline update", exitUsage},
	} {
		t.Run(tt.args[:min(len(tt.args), 24)], func(t *testing.T) {
			if _, stderr, code := run(t, r.Dir, strings.Fields(tt.args)...); code != tt.want {
				t.Errorf("exit code %d, want %d; stderr %q", code, tt.want, stderr)
			}
		})
	}
}
