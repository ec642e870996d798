package pullrequest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/redact"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const web = "https://github.com/acme/shop"

// commit is the id of the nth commit of the story.
func commit(n string) string { return strings.Repeat(n, 40) }

// fresh is a new secret of a template, the same in each run.
func fresh(t testing.TB, template string) string {
	t.Helper()
	s, err := rules.Expand(template, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var (
	stripeKey = &rules.Rule{ID: "stripe-secret-key", Name: "Stripe live secret key", Provider: &rules.Provider{
		ID: "stripe", Name: "Stripe", Rotate: rules.Runbook{URL: "https://dashboard.stripe.com/apikeys"},
	}}
	urlPassword = &rules.Rule{ID: "generic-url-password", Name: "Password in a URL", Provider: &rules.Provider{
		ID: "generic", Name: "No known issuer",
		Rotate: rules.Runbook{URL: "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html"},
	}}
)

// secretOf is a secret of a rule with its places.
func secretOf(rule *rules.Rule, value, digit string, places ...scanner.Occurrence) scanner.Secret {
	redacted := redact.Secret([]byte(value))
	return scanner.Secret{
		Fingerprint: "lg1s-" + strings.Repeat(digit, 40), Rule: rule, Severity: rules.Critical,
		Redacted: redacted, Length: len(value), Occurrences: places, Value: redacted, Match: redacted,
	}
}

// at is a place that a commit of the story brought.
func at(n, path string, line, column, length int) scanner.Occurrence {
	return scanner.Occurrence{
		Kind: scanner.InGit, Repository: web, Commit: commit(n), Path: path,
		Region: scanner.Region{StartLine: line, StartColumn: column, EndLine: line, EndColumn: column + length},
		Author: "Ada Lovelace", Email: "ada@acme.example", Date: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC),
		Link: fmt.Sprintf("%s/blob/%s/%s#L%d", web, commit(n), path, line),
	}
}

func outcome(secrets ...scanner.Secret) *Outcome {
	read := scanner.NewCoverage("git history of shop", scanner.InGit)
	read.Count("commits", 3)
	read.Count("files", 4)
	return &Outcome{
		Event: Event{
			CI: "github", Name: "pull_request", Kind: KindChanges, Repository: "acme/shop", Web: web, Number: 7,
			Base: commit("0"), Head: commit("3"), Target: "main", Commits: 3,
		},
		Result:  &scanner.Result{Secrets: secrets, Coverage: []*scanner.Coverage{read}},
		Counts:  func(s *scanner.Secret) bool { return s.Verdict.State != verify.Dead && !s.Rule.Publish },
		Version: "1.2.3",
	}
}

// story is a pull request of three commits: the second adds a Stripe key that works,
// the third removes it; a password stays, and an archive could not be read.
func story(t testing.TB) *Outcome {
	key := fresh(t, "sk_live_${alnum:24}")
	stripe := secretOf(stripeKey, key, "a", at("2", "billing/charge.py", 4, 11, len(key)))
	stripe.Name = "STRIPE_KEY"
	stripe.Verdict = verify.Verdict{
		State: verify.Live, Reason: "its issuer accepts it", Access: verify.Admin, Scopes: []string{"charges", "payouts"},
		Identity: verify.Identity{ID: "acct_1", Name: "Acme Payments", Kind: "machine", Account: "acme"},
	}
	password := fresh(t, "${lower:6}_${digit:4}${upper:2}")
	here := at("1", "config/prod.env", 2, 27, len(password))
	here.InHead = true
	postgres := secretOf(urlPassword, password, "b", here)
	postgres.Name = "DATABASE_URL"
	o := outcome(stripe, postgres)
	o.Result.Coverage[0].Gap("fixtures/old.zip", "it is encrypted", "leave it out with exclude, or add it without a password")
	o.Result.Suppressed = []scanner.Secret{secretOf(stripeKey, key, "c", here)}
	o.Result.Suppressed[0].Suppression = &scanner.Suppression{Kind: "ignore-file", Where: ".leakguardignore:4", Reason: "an example"}
	o.Pending = []string{"`.leakguardignore` gets 2 more lines"}
	return o
}

// fixed is the same pull request after both were rotated and marked.
func fixed() *Outcome { return outcome() }

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if got != string(want) {
		t.Errorf("differs from %s; go test -update, and look at the diff. Got:\n%s", path, got)
	}
}

func TestStory(t *testing.T) {
	red, green := story(t), fixed()
	unread := fixed()
	unread.Result.Coverage[0].Gap("commit 9 and what leads to it", "it is not in the object database", "fetch-depth: 0 in actions/checkout")
	fork := story(t)
	fork.Event.Fork = true
	fork.Result.Secrets = fork.Result.Secrets[1:]
	for _, tt := range []struct {
		file string
		make func() string
	}{
		{"red.annotations.txt", func() string { return annotations(t, red) }},
		{"red.summary.md", red.Summary},
		{"red.comment.md", red.Comment},
		{"green.summary.md", green.Summary},
		{"green.comment.md", green.Comment},
		{"incomplete.summary.md", unread.Summary},
		{"incomplete.comment.md", unread.Comment},
		{"fork.summary.md", fork.Summary},
	} {
		t.Run(tt.file, func(t *testing.T) { golden(t, tt.file, tt.make()) })
	}
}

func annotations(t testing.TB, o *Outcome) string {
	t.Helper()
	var b strings.Builder
	if err := o.Annotate(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
