package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// asked is when the secrets of the samples were verified.
var asked = time.Date(2025, 3, 20, 9, 30, 0, 0, time.UTC)

// found is a secret of a rule in one line of a file.
func found(digit string, rule *rules.Rule, severity rules.Severity, value, path string, v verify.Verdict) scanner.Secret {
	return scanner.Secret{
		Fingerprint: fingerprint(digit), Rule: rule, Severity: severity, Confidence: rule.Confidence,
		Redacted: redacted(value), Entropy: 4.5, Length: len(value), Verdict: v,
		Occurrences: []scanner.Occurrence{{
			Kind: scanner.InGit, Repository: "https://github.com/acme/app", Commit: commit("1"), Path: path,
			Region: scanner.Region{StartLine: 2, StartColumn: 5, EndLine: 2, EndColumn: 45},
			Author: "Ada Lovelace", Email: "ada@example.com", Date: day(1), InHead: true, Snippet: "key=" + redacted(value),
		}},
		Value: value, Match: value,
	}
}

// verified has a secret of each verdict, the live one with all that can be told of
// one, and a suppressed one that is live.
func verified(t testing.TB) *scanner.Result {
	cov := scanner.NewCoverage("git history of /src/app", scanner.InGit)
	cov.Count("commits", 1204)
	pat, key := token(t), fresh(t, "${alnum:40}")
	live := found("a", githubPAT, rules.Critical, pat, "config/prod.env", verify.Verdict{
		State: verify.Live, Reason: "its issuer accepts it", When: asked,
		Evidence: "answered 200, and json.login names a user", Endpoint: "GET https://api.github.com/user",
		Identity: verify.Identity{ID: "4217", Name: "ada-lovelace", Kind: "person", Account: "acme"},
		Access:   verify.Admin,
		Scopes: []string{
			"admin:org", "admin:repo_hook", "delete_repo", "gist", "notifications", "project", "repo", "user", "workflow", "write:packages",
		},
		Created: asked.AddDate(-2, 0, 0), Expires: asked.AddDate(3, 0, 0), Used: asked.AddDate(0, 0, -1),
	})
	live.Risks = []scanner.Risk{
		{OWASP: "NHI5:2025", Text: "it has the access of an administrator: give each use no more than it needs"},
		{OWASP: "NHI7:2025", Text: "it is older than a year"},
	}
	live.Kept = []scanner.Keeper{{Manager: "vault https://vault.acme.example", Entry: "secret/ci/github#token", Owner: "platform"}}
	kept := found("f", githubPAT, rules.Critical, pat, "docs/example.md", verify.Verdict{
		State: verify.Live, Reason: "its issuer accepts it", When: asked, Access: verify.Read,
	})
	kept.Suppression = &scanner.Suppression{Kind: "ignore-file", Where: ".leakguardignore:4", Reason: "a public demo"}
	return &scanner.Result{
		RulesetHash: "f00dfeed", RuleCount: 412,
		Coverage: []*scanner.Coverage{cov},
		Secrets: []scanner.Secret{
			live,
			found("b", githubPAT, rules.Critical, pat, "ci/old.sh", verify.Verdict{
				State: verify.Dead, Reason: "its issuer refuses it", When: asked,
				Evidence: "answered 401, and json.message says bad credentials", Endpoint: "GET https://api.github.com/user",
				Expires: asked.AddDate(-1, 0, 0),
			}),
			found("c", acmeKey, rules.High, key, "a.yml", verify.Verdict{
				State: verify.Unknown, Reason: "the issuer fails (503)", When: asked, Endpoint: "GET https://api.acme.example/me",
			}),
			found("d", acmeKey, rules.High, key, "b.yml", verify.Verdict{
				State: verify.Unverifiable, Reason: "no harmless question is known for it", When: asked,
			}),
			found("e", acmeKey, rules.High, key, "c.yml", verify.Verdict{State: verify.Unverified}),
		},
		Suppressed: []scanner.Secret{kept},
	}
}

// forged has every evil string, and one that is far too long, in all that an issuer
// may choose of a verdict, with times of no calendar.
func forged(t testing.TB) *scanner.Result {
	r := &scanner.Result{RulesetHash: "f00dfeed", RuleCount: 412}
	for i, e := range append([]string{strings.Repeat("ä=", 5000)}, evil...) {
		state := verify.Live
		if i%2 == 1 {
			state = verify.Unknown
		}
		s := found(fmt.Sprintf("%x", i), githubPAT, rules.Critical, token(t), "a.env", verify.Verdict{
			State: state, Reason: e, Evidence: e, Endpoint: e, When: asked,
			Identity: verify.Identity{ID: e, Name: e, Kind: e, Account: e},
			Scopes:   []string{e, "repo"}, Access: verify.Admin,
			Created: time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), Expires: time.Unix(1<<50, 0), Used: asked.Add(time.Millisecond),
		})
		s.Fingerprint = fmt.Sprintf("lg1s-%040x", i)
		r.Secrets = append(r.Secrets, s)
	}
	return r
}
