package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// TestRotatePlan plans for a secret that was scanned, by its fingerprint and by its
// id.
func TestRotatePlan(t *testing.T) {
	r := repository(t)
	secret := token(t, 1)
	r.Write("config/prod.env", withSecret(secret)).Commit("add")
	r.Write(".github/workflows/deploy.yml", "jobs:\n  deploy:\n    env:\n      DEPLOY_TOKEN: "+secret+"\n").Commit("deploy")
	db := filepath.Join(t.TempDir(), "ledger.db")
	stdout, stderr, code := run(t, r.Dir, "scan", "--ledger", db, "-r", "json")
	if code != exitFound {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	fingerprint := parseReport(t, stdout, stderr).Secrets[0].Fingerprint
	stdout, stderr, _ = run(t, r.Dir, "ledger", "list", "--ledger", db, "--format", "json")
	var listed []struct{ ID string }
	if err := json.Unmarshal([]byte(stdout), &listed); err != nil || len(listed) != 1 {
		t.Fatalf("%d secrets listed: %v\n%s", len(listed), err, stderr)
	}
	id := listed[0].ID
	tests := []struct {
		name, arg string
		code      int
		want      []string
	}{
		{"fingerprint", fingerprint, exitClean, []string{
			"- **State:** open, since ", "- **Deadline:** ", "- **Owner:** not known\n", "`" + id + "` in the ledger\n", "  - file `config/prod.env`",
			"  - workflow `.github/workflows/deploy.yml`", "managers for `DEPLOY_TOKEN`", "$ leakguard revoke " + fingerprint + " --dry-run\n",
		}},
		{"id", id, exitClean, []string{"`" + id + "` in the ledger\n", "$ leakguard revoke FINGERPRINT --dry-run\n"}},
		{"no such secret", "lg1s-00", exitUsage, []string{"lg1s-00: the ledger has no such secret"}},
		{"a secret", secret, exitUsage, []string{"want the fingerprint of a secret"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, code := run(t, r.Dir, "rotate", "plan", tt.arg, "--ledger", db)
			if code != tt.code {
				t.Errorf("exit code %d, want %d: %s", code, tt.code, masked(stderr, secret))
			}
			for _, want := range tt.want {
				if !strings.Contains(stdout+stderr, want) {
					t.Errorf("no %q in\n%s%s", masked(want, secret), masked(stdout, secret), masked(stderr, secret))
				}
			}
			wantConcealed(t, "the output", stdout+stderr, secret)
		})
	}
}
