package report

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/redact"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// The made-up results that the tests report. Each is built anew, and the same
// on every run.

var (
	github = &rules.Provider{
		ID: "github", Name: "GitHub",
		Rotate: rules.Runbook{
			URL:   "https://github.com/settings/tokens",
			Steps: []string{"Issue a new token with an expiry.", "Deploy it everywhere the old one was.", "Revoke the old one."},
		},
	}
	githubPAT = &rules.Rule{
		ID: "github-pat", Provider: github, Name: "GitHub personal access token (classic)",
		Severity: rules.Critical, Confidence: rules.Certain,
	}
	acme = &rules.Provider{
		ID: "acme", Name: "Acme Cloud",
		Rotate: rules.Runbook{URL: "https://acme.example/keys", Steps: []string{"Make a second key.", "Delete the first."}},
	}
	acmeKey = &rules.Rule{
		ID: "acme-secret-key", Provider: acme, Name: "Acme secret key",
		Severity: rules.High, Confidence: rules.Likely,
	}
)

// fresh is a new secret of a template, from a fixed seed.
func fresh(t testing.TB, template string) string {
	t.Helper()
	s, err := rules.Expand(template, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func token(t testing.TB) string { return fresh(t, "${token:crc32-base62:ghp_}") }

func redacted(s string) string { return redact.Secret([]byte(s)) }

// fingerprint is one of that hexadecimal digit.
func fingerprint(digit string) string { return "lg1s-" + strings.Repeat(digit, 40) }

func commit(digit string) string { return strings.Repeat(digit, 40) }

func day(n int) time.Time {
	return time.Date(2025, 3, n, 9, 30, 0, 0, time.FixedZone("", 2*60*60))
}

// leaky has one secret in seven places, one with a part, one that is only
// staged, and a suppressed one. Value and Match are in clear, as after --reveal:
// a report that was not asked to must hide them all the same.
func leaky(t testing.TB) *scanner.Result {
	pat := token(t)
	key := fresh(t, "${alnum:40}")
	staged := fresh(t, "acme_${alnum:24}")
	cov := scanner.NewCoverage("git history of /src/app", scanner.InGit)
	cov.Count("commits", 1204)
	cov.Count("blobs", 8931)
	cov.Count("bytes", 48_200_000)
	index := scanner.NewCoverage("staged changes of /src/app", scanner.InStaged)
	index.Count("files", 3)
	index.Exclude("files ignored by git", ".gitignore says so", "--include-ignored", 12)
	return &scanner.Result{
		RulesetHash: "f00dfeed", RuleCount: 412,
		Coverage: []*scanner.Coverage{cov, index},
		Secrets: []scanner.Secret{
			{
				Fingerprint: fingerprint("a"), Rule: githubPAT,
				Severity: rules.Critical, Confidence: rules.Certain,
				Redacted: redacted(pat), Entropy: 4.75, Length: len(pat), Name: "GITHUB_TOKEN",
				Verdict:     verify.Verdict{State: "live", Reason: "GET /user names the account octocat"},
				Occurrences: patPlaces(redacted(pat)),
				Value:       pat, Match: "GITHUB_TOKEN=" + pat,
			},
			{
				Fingerprint: fingerprint("c"), Rule: acmeKey,
				Severity: rules.High, Confidence: rules.Likely,
				Redacted: redacted(staged), Entropy: 4.1, Length: len(staged), Name: "secret",
				Verdict: verify.Verdict{State: "unknown", Reason: "the issuer did not answer"},
				Occurrences: []scanner.Occurrence{{
					Kind: scanner.InStaged, Repository: "https://github.com/acme/app", Path: "a b/ä.yml",
					Region:  scanner.Region{StartLine: 1, StartColumn: 9, EndLine: 1, EndColumn: 38},
					Snippet: "secret: " + redacted(staged),
				}},
				Value: staged, Match: staged,
			},
			{
				Fingerprint: fingerprint("b"), Rule: acmeKey,
				Severity: rules.Medium, Confidence: rules.Likely,
				Redacted: redacted(key), Entropy: 4.9, Length: len(key),
				Verdict: verify.Verdict{State: "unverified"},
				Parts:   []scanner.RedactedPart{{Name: "key_id", Redacted: "AC***"}, {Name: "account", Redacted: "ac***", At: "config/ids.env:3"}},
				Unclear: []scanner.UnclearPart{{Name: "host", Candidates: 1}, {Name: "session_token", Candidates: 12}},
				Occurrences: []scanner.Occurrence{{
					Kind: scanner.InGit, Repository: "https://github.com/acme/app", Commit: commit("5"), Field: "message",
					Region: scanner.Region{StartLine: 3, StartColumn: 9, EndLine: 3, EndColumn: 49},
					Author: "Grace Hopper", Email: "grace@example.com", Date: day(9), Unreachable: true,
					Snippet: "key was " + redacted(key), Decoded: []string{"base64"},
				}},
				Value: key, Match: key,
			},
		},
		Suppressed: []scanner.Secret{{
			Fingerprint: fingerprint("d"), Rule: acmeKey,
			Severity: rules.High, Confidence: rules.Doubtful,
			Redacted: redacted(key), Entropy: 3.5, Length: 40,
			Verdict: verify.Verdict{State: "dead", Reason: "401"},
			Occurrences: []scanner.Occurrence{{
				Kind: scanner.InGit, Repository: "https://github.com/acme/app", Commit: commit("6"), Path: "old.env",
				Region: scanner.Region{StartLine: 1, StartColumn: 1, EndLine: 1, EndColumn: 41},
				Author: "Ada Lovelace", Email: "ada@example.com", Date: day(1), Snippet: redacted(key),
			}},
			Suppression: &scanner.Suppression{
				Kind: "ignore-file", Where: ".leakguardignore:4", Reason: "rotated in 2024", Until: "2026-01-31", Owner: "team-a",
			},
			Value: key, Match: key,
		}},
		Unused: []string{".leakguardignore:9: matches nothing any more"},
	}
}

// piped has one secret in a build's log and as a variable of a workflow and of a
// repository.
func piped(t testing.TB) *scanner.Result {
	pat := token(t)
	log := scanner.NewCoverage("GitHub Actions build logs of acme/app", scanner.InLog)
	log.Count("runs", 12)
	variables := scanner.NewCoverage("pipeline variables in files of /src/app", scanner.InVariable)
	variables.Count("files", 2)
	variables.Count("variables", 31)
	return &scanner.Result{
		RulesetHash: "f00dfeed", RuleCount: 412,
		Coverage: []*scanner.Coverage{log, variables},
		Secrets: []scanner.Secret{{
			Fingerprint: fingerprint("a"), Rule: githubPAT,
			Severity: rules.Critical, Confidence: rules.Certain,
			Redacted: redacted(pat), Entropy: 4.75, Length: len(pat), Name: "DEPLOY_TOKEN",
			Verdict: verify.Verdict{State: "unverified"},
			Occurrences: []scanner.Occurrence{
				{
					Kind: scanner.InLog, Repository: "https://github.com/acme/app", Path: "build/3_test.txt",
					Region: scanner.Region{StartLine: 40, StartColumn: 12, EndLine: 40, EndColumn: 52},
					Run:    "812", Job: "build", Step: "test", Variable: "DEPLOY_TOKEN",
					Snippet: "  DEPLOY_TOKEN: " + redacted(pat),
				},
				{
					Kind: scanner.InVariable, Repository: "https://github.com/acme/app", Path: ".github/workflows/ci.yml",
					Region:   scanner.Region{StartLine: 9, StartColumn: 22, EndLine: 9, EndColumn: 62},
					Variable: "jobs.deploy.env.DEPLOY_TOKEN", Scope: "job deploy", Hint: "gh secret set DEPLOY_TOKEN",
					Snippet: "DEPLOY_TOKEN='" + redacted(pat) + "'",
				},
				{
					Kind: scanner.InVariable, Repository: "https://github.com/acme/app", Field: "variable DEPLOY_TOKEN of the repository acme/app",
					Variable: "DEPLOY_TOKEN", Scope: "repository acme/app", Hint: "gh secret set DEPLOY_TOKEN",
				},
			},
			Value: pat, Match: pat,
		}},
	}
}

// patPlaces are seven places: the first in HEAD, one of them suppressed, two on
// the same line of one file in different commits.
func patPlaces(redacted string) []scanner.Occurrence {
	at := func(path string, line int, c string, d int) scanner.Occurrence {
		return scanner.Occurrence{
			Kind: scanner.InGit, Repository: "https://github.com/acme/app",
			Commit: commit(c), Blob: commit("e"), Path: path,
			Region: scanner.Region{StartLine: line, StartColumn: 14, EndLine: line, EndColumn: 54},
			Author: "Ada Lovelace", Email: "ada@example.com", Date: day(d),
			Ref:     "refs/heads/main",
			Snippet: "GITHUB_TOKEN=" + redacted,
		}
	}
	places := []scanner.Occurrence{
		at("config/prod.env", 12, "1", 1), at("config/prod.env", 14, "1", 1), at("config/prod.env", 12, "2", 2),
		at("ci/run.sh", 3, "2", 2), at("ci/old.sh", 3, "3", 3), at("docs/a.md", 7, "3", 3), at("docs/b.md", 8, "4", 4),
	}
	places[0].InHead = true
	places[0].Link = "https://github.com/acme/app/blob/" + commit("1") + "/config/prod.env#L12"
	places[5].Suppression = &scanner.Suppression{Kind: "inline", Reason: "an example"}
	return places
}

func clean(testing.TB) *scanner.Result {
	cov := scanner.NewCoverage("git history of /src/app", scanner.InGit)
	cov.Count("commits", 1)
	cov.Count("bytes", 999)
	return &scanner.Result{RulesetHash: "f00dfeed", RuleCount: 412, Coverage: []*scanner.Coverage{cov}}
}

func incomplete(testing.TB) *scanner.Result {
	cov := scanner.NewCoverage("git history of /src/app", scanner.InGit)
	cov.Count("commits", 1000)
	cov.Gap("blob 1f3a in pack-9c.pack at offset 712", "its compressed data is corrupt", "run git fsck, then fetch the repository anew")
	cov.Gaps = append(cov.Gaps, scanner.Gap{What: "and others", Why: "not in the object database", Fix: "git fetch --unshallow", Count: 1312})
	return &scanner.Result{RulesetHash: "f00dfeed", RuleCount: 412, Coverage: []*scanner.Coverage{cov}, Interrupted: true}
}

// evil are strings that a repository could hold to harm who reads a report.
var evil = []string{
	"line\nbreak\r\n\ttab", "\x1b[31mred\x1b[0m\x07", "\u202egnp.exe\u2066", "=cmd|' /C calc'!A0", "]]><x>&amp;\x00",
	"bad\xff\xfeutf8", "::error::pwned", "  ::add-mask::x", "a##[error]b ##vso[task.x]", "\u0085\u2028\u200b\ufeff\U000e0041", "-1+1",
	"{0} [a](https://x.example) `b`", "\x7f\u009b31m",
}

// hostile has every evil string in every place that a repository fills.
func hostile(t testing.TB) *scanner.Result {
	r := &scanner.Result{RulesetHash: "f00dfeed", RuleCount: 412, Unused: evil}
	for i, e := range evil {
		cov := scanner.NewCoverage("files of "+e, scanner.InFile)
		cov.Count("files", 1)
		cov.Gap(e, e, e)
		cov.Exclude(e, e, e, 2)
		r.Coverage = append(r.Coverage, cov)
		pat := token(t)
		r.Secrets = append(r.Secrets, scanner.Secret{
			Fingerprint: fingerprint(fmt.Sprintf("%x", i)), Rule: githubPAT,
			Severity: rules.Critical, Confidence: rules.Certain,
			Redacted: redacted(pat) + e, Entropy: 4.75, Length: len(pat), Name: e,
			Verdict: verify.Verdict{State: "unknown", Reason: e},
			Parts:   []scanner.RedactedPart{{Name: e, Redacted: e, At: e}},
			Unclear: []scanner.UnclearPart{{Name: e, Candidates: 2}},
			Occurrences: []scanner.Occurrence{
				{
					Kind: scanner.InFile, Repository: e, Commit: e, Path: e, Region: scanner.Region{StartLine: 1, StartColumn: 1, EndLine: 1, EndColumn: 2},
					Author: e, Email: e, Date: day(1), Ref: e, Link: e, Snippet: e, Decoded: []string{e},
					Run: e, Job: e, Step: e, Variable: e, Scope: e, Hint: e,
				},
				{Kind: scanner.InGit, Repository: e, Field: e, Snippet: strings.Repeat(e, 40)},
			},
			Value: pat, Match: pat,
		})
	}
	return r
}
