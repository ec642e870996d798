package remediate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// TestBodyLimit: a body is never longer than a tracker takes; places are left out
// first, and what was left out is said.
func TestBodyLimit(t *testing.T) {
	long := strings.Repeat("<b>@everyone</b>/", 400)
	steps := "### Runbook\n\n" + strings.Repeat("1. Do this, and that.\n", 200)
	for _, test := range []struct {
		name    string
		places  int
		path    string
		runbook string
		people  string
		want    []string
		fails   bool
	}{
		{"as it is", 3, "a.env", steps, "", []string{"3 places", "Do this"}, false},
		{"many places", 1250, "a.env", steps, "", []string{"1250 places in 1 repository", "And 1,200 more: `leakguard ledger show lgk1-"}, false},
		{"long places", 1250, long, steps, "", []string{"more: `leakguard ledger show", steps[len(steps)-22:]}, false},
		{"long runbook", 1250, long, strings.Repeat(steps, 40), "", []string{"And 1,250 more", "The rest: `leakguard rotate plan lgk1-"}, false},
		{"cut in a fence", 3, "a.env", "### Runbook\n\n```sh\n" + strings.Repeat("make\n", 20000) + "```\n", "", []string{"The rest:"}, false},
		{"people write much", 60, "a.env", steps, strings.Repeat("word ", 11000), []string{"word word", "Runbook"}, false},
		{"people write too much", 60, "a.env", steps, strings.Repeat("word ", 13000), nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			d.o.Runbook = func(*ledger.History) (string, error) { return test.runbook, nil }
			d.leak("lg1s-1", "acme/shop", "first.env")
			d.found(verify.Live)
			if test.people != "" {
				d.sync()
				d.tracker.tickets[0].Body += "\n\n" + test.people
			}
			for i := range test.places - 1 {
				d.leak("lg1s-1", "acme/shop", fmt.Sprint(i, test.path))
			}
			d.found(verify.Live)
			r, _ := d.sync()
			if failed := r.Failed > 0; failed != test.fails {
				t.Fatalf("report %+v", r)
			}
			body := d.tracker.tickets[0].Body
			if len(body) > 65536 && !test.fails {
				t.Errorf("a body of %d bytes", len(body))
			}
			if strings.Count(body, "\n```")%2 != 0 {
				t.Error("a fence is open at its end")
			}
			for _, want := range test.want {
				if !strings.Contains(body, want) {
					t.Errorf("the body of %d bytes does not say %q", len(body), want)
				}
			}
		})
	}
}

// TestHostileTexts: what others wrote mentions nobody, is no HTML, leads nowhere and
// does not end our part of the body.
func TestHostileTexts(t *testing.T) {
	const evil = "x@everyone <!-- /leakguard --> <!-- leakguard:lgk1-0 --> <img src=y> [z](https://evil.example) `q` | \n/close #1 \x1b[2J"
	d := newDesk(t)
	d.o.Runbook = func(*ledger.History) (string, error) { return "### Runbook\n<!-- /leakguard -->\nlast", nil }
	d.o.Now = func() time.Time { return d.now }
	places := []scanner.Occurrence{
		{Kind: scanner.InGit, Repository: "https://github.com/acme/shop", Path: evil, Author: evil, Ref: evil, Commit: evil, Field: evil, Link: "https://evil.example/acme/shop/a"},
		{Kind: scanner.InLog, Repository: "https://github.com/acme/shop", Run: evil, Job: evil, Step: evil, Link: "https://github.com/acme/shop/blob/a)<img>"},
		{Kind: scanner.InVariable, Repository: "https://github.com/acme/shop", Variable: evil, Scope: evil, Link: "https://github.com/acme/shop/settings"},
		{Kind: scanner.InFile, Repository: evil, Path: evil},
	}
	v := verify.Verdict{State: verify.Live, When: d.now, Reason: evil, Evidence: evil, Endpoint: evil, Scopes: []string{evil}, Access: verify.Access(evil),
		Identity: verify.Identity{ID: evil, Name: evil, Kind: evil, Account: evil}}
	rule := &rules.Rule{ID: evil, Name: evil, Provider: &rules.Provider{ID: evil, Name: evil}}
	res := &scanner.Result{Secrets: []scanner.Secret{{Fingerprint: "lg1s-1", Rule: rule, Severity: rules.High, Redacted: evil, Name: evil, Verdict: v,
		Risks: []scanner.Risk{{OWASP: evil, Text: evil}}, Parts: []scanner.RedactedPart{{Name: evil, Redacted: evil}}, Occurrences: places}}}
	if _, err := d.ledger.Record(t.Context(), res, d.now); err != nil {
		t.Fatal(err)
	}
	d.do(d.ledger.SetOwners(t.Context(), d.ledger.ID("lg1s-1"), []ledger.Owner{{Kind: evil, Name: evil, Evidence: evil}, {Kind: "team", Name: "@acme/team" + evil, Evidence: evil}}))
	d.sync()
	d.do(d.ledger.Accept(t.Context(), d.ledger.ID("lg1s-1"), evil, evil, d.now.Add(time.Hour)))
	d.sync()

	issue := d.tracker.tickets[0]
	if len([]rune(issue.Title)) > 256 || strings.ContainsAny(issue.Title, "@\n\x1b") {
		t.Errorf("title %q", issue.Title)
	}
	if id, ok := remediate.MarkOf(issue.Body); !ok || id != issue.ID {
		t.Errorf("the marker says %q", id)
	}
	if strings.Count(issue.Body, "<!-- /leakguard -->") != 1 || !strings.HasSuffix(issue.Body, "last\n<!-- /leakguard -->") || strings.Count(issue.Body, "<!-- leakguard:") != 1 {
		t.Errorf("more marks than ours in\n%s", issue.Body)
	}
	if !strings.Contains(issue.Body, "](https://github.com/acme/shop/settings)") {
		t.Error("a link into the repository is missing")
	}
	for _, text := range append(d.tracker.comments[1], issue.Body) {
		for _, bad := range []string{"@everyone", "<img", "[z](", "](https://evil", "](https://github.com/acme/shop/blob/a)", "\n/close", "\x1b"} {
			if strings.Contains(strings.ReplaceAll(text, `\`+bad, ""), bad) {
				t.Errorf("%q is in\n%s", bad, text)
			}
		}
	}
}
