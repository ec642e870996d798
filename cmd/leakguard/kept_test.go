package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// keptStory is a repository, and a vault whose one entry is what the ledger knows.
type keptStory struct {
	t     *testing.T
	dir   string
	db    string
	value string // that leaked
}

// run runs a command on the ledger, which is to end with a code and to show no value.
func (s *keptStory) run(wanted int, args ...string) string {
	s.t.Helper()
	stdout, stderr, code := run(s.t, s.dir, append(args, "--ledger", s.db)...)
	if code != wanted {
		s.t.Fatalf("%q: exit code %d, want %d: %s", args, code, wanted, masked(stderr, s.value))
	}
	wantConcealed(s.t, "the output", stdout+stderr, s.value)
	return stdout
}

// wants runs a command and looks for texts in what it says.
func (s *keptStory) wants(texts []string, args ...string) {
	s.t.Helper()
	out := s.run(exitClean, args...)
	for _, text := range texts {
		if !strings.Contains(out, text) {
			s.t.Errorf("%q does not say %q:\n%s", args, text, out)
		}
	}
}

// reads has the vault read while its entry has a value, which was set at a time.
func (s *keptStory) reads(value, version string, set time.Time) ledger.KeptSum {
	s.t.Helper()
	key, err := ledger.LoadKey(s.db, func(string) string { return "" })
	if err != nil {
		s.t.Fatal(err)
	}
	l, err := ledger.Open(s.t.Context(), s.db, ledger.Options{Key: key})
	if err != nil {
		s.t.Fatal(err)
	}
	defer l.Close()
	keeping, err := l.Keeping(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	v, ok := keeping.Of([]byte(value))
	if !ok {
		s.t.Fatal("the value is too short")
	}
	const manager = "vault https://vault.acme.example secret/"
	sum, err := l.SyncKept(s.t.Context(), manager, []ledger.Kept{{
		Keeper: scanner.Keeper{
			Manager: manager, Entry: "secret/shop/stripe#key", Owner: "@acme/payments", Link: "https://vault.acme.example/ui/vault/secrets/secret/kv/shop%2Fstripe",
		},
		Version: version, Created: time.Now().AddDate(-3, 0, 0), Updated: set, Values: []ledger.KeptValue{v},
	}}, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	return sum
}

// TestKeptStory follows a vaulted value that leaked in a form that no rule would find:
// it is recognised, tied to its entry and owner, and seen to be rotated.
func TestKeptStory(t *testing.T) {
	r := gitrepo.New(t)
	s := &keptStory{t: t, dir: r.Dir, db: filepath.Join(t.TempDir(), "ledger.db"), value: expand(t, "${lower:9}", 1) + "-" + expand(t, "${lower:8}", 2)}
	r.Write("notes.txt", "they told me "+s.value+" on the phone\n").Commit("notes")
	s.run(exitClean, "scan") // nothing is known of it yet

	const entry = "secret/shop/stripe#key"
	years := time.Now().AddDate(-2, 0, 0)
	if sum := s.reads(s.value, "1", years); sum.Entries != 1 || sum.Values != 1 || len(sum.Leaked) > 0 {
		t.Errorf("the first reading: %+v", sum)
	}
	stdout, stderr, code := run(t, s.dir, "scan", "--ledger", s.db, "-r", "json")
	if code != exitFound {
		t.Fatalf("exit code %d: %s", code, masked(stderr, s.value))
	}
	if found := parseReport(t, stdout, stderr).Secrets; len(found) != 1 || found[0].Rule != "generic-kept" {
		t.Fatalf("%d secrets found, want one of rule generic-kept", len(found))
	}
	if !strings.Contains(stdout, `"entry": "`+entry+`"`) || !strings.Contains(stdout, `"owner": "@acme/payments"`) {
		t.Error("the report does not say which entry keeps it, and whose that is")
	}
	fingerprint := parseReport(t, stdout, stderr).Secrets[0].Fingerprint

	s.wants([]string{
		"### Where the value is kept\n\n- `" + entry + "` of vault ", "it still holds the leaked value: write the new one there first\n", "  - Owner: @", "  - Version: 1\n",
		"<https://vault.acme.example/ui/vault/secrets/secret/kv/shop%2Fstripe>\n", "\n- Write the new value to `" + entry + "` of vault ",
	}, "rotate", "plan", fingerprint)
	s.wants([]string{"1 entry in 1 manager: 1 stale (365 days), 0 never rotated", "1 leaked secret still in use; 0 rotations seen"}, "report", "outcomes")
	s.wants([]string{": 0 stale (1000 days)"}, "report", "outcomes", "--stale", "1000d")

	if sum := s.reads(expand(t, "${lower:20}", 3), "2", time.Now()); sum.Rotated != 1 {
		t.Errorf("the second reading: %+v", sum)
	}
	s.wants([]string{"rotating"}, "ledger", "list")
	s.wants([]string{entry + " of vault https://vault.acme.example secret/ has another value since "}, "ledger", "show", fingerprint)
	s.wants([]string{"it has another value since ", "- **Rotated:** "}, "rotate", "plan", fingerprint)
	s.wants([]string{": 0 stale (365 days)", "0 leaked secrets still in use; 1 rotation seen"}, "report", "outcomes")
}
