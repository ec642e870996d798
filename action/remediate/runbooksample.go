package remediate

import (
	"fmt"
	"strings"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// Show writes the runbook of a rule for a secret that does not exist.
func (r *Runbooks) Show(rule string) (string, error) {
	known := r.rule(rule)
	if known == nil {
		return "", fmt.Errorf("no rule %q: see leakguard rules list", rule)
	}
	return r.Render(sampleLive(known))
}

// sample is a history that templates are tried with.
type sample struct {
	name    string
	history *ledger.History
}

// samples are histories of a rule's secrets, of all shapes that there are.
func samples(rule *rules.Rule) []sample {
	dead := sampleLive(rule)
	dead.State, dead.Verdict, dead.DeadSince, dead.ClosedAt = ledger.Dead, verify.Dead, sampleDay(20), sampleDay(21)
	dead.Details.Verdict = verify.Verdict{State: verify.Dead, Reason: "its issuer refuses it"}
	unknown := sampleBare(rule)
	unknown.Verdict = verify.Unknown
	unknown.Details.Verdict = verify.Verdict{State: verify.Unknown, Reason: "the issuer did not answer"}
	return []sample{
		{"a live secret of which all is known", sampleLive(rule)}, {"a dead secret", dead}, {"a secret of which little is known", unknown},
		{"a secret of which nothing is known", sampleBare(rule)}, {"a secret with hostile names", sampleHostile(rule)},
	}
}

func sampleDay(day int) time.Time { return time.Date(2027, 1, day, 9, 0, 0, 0, time.UTC) }

// sampleBare is a secret that was found, and no more.
func sampleBare(rule *rules.Rule) *ledger.History {
	return &ledger.History{Secret: ledger.Secret{
		ID: "lgk1-" + strings.Repeat("0a", 20), Rule: rule.ID, RuleName: rule.Name, Provider: rule.Provider.ID, Severity: rule.Severity.String(),
		Redacted: "abcd…wxyz", State: ledger.Opened, Verdict: verify.Unverified,
		ExposedSince: sampleDay(4), FoundAt: sampleDay(11), SeenAt: sampleDay(12), OpenedAt: sampleDay(11), Deadline: sampleDay(14),
	}}
}

// sampleLive is a secret of which all is known.
func sampleLive(rule *rules.Rule) *ledger.History {
	h := sampleBare(rule)
	h.Verdict, h.VerdictAt, h.LiveAt, h.Name = verify.Live, sampleDay(12), sampleDay(12), "SHOP_KEY"
	h.Details = ledger.Details{
		Verdict: verify.Verdict{
			State: verify.Live, Reason: "its issuer accepts it", Evidence: "it names the account", When: sampleDay(12),
			Identity: verify.Identity{ID: "42", Name: "shop-deploy", Kind: rules.Machine.String(), Account: "acme"},
			Scopes:   []string{"read", "write"}, Access: verify.Admin, Created: sampleDay(1), Expires: sampleDay(31), Used: sampleDay(10),
		},
		Risks: []scanner.Risk{{OWASP: "NHI5:2025", Text: "it has the access of an administrator: give each use no more than it needs"}},
		Parts: []scanner.RedactedPart{{Name: "key_id", Redacted: "AC42…"}},
	}
	const shop, site = "https://git.example/acme/shop", "https://git.example/acme/site"
	h.Occurrences = occurrences(
		scanner.Occurrence{Kind: scanner.InGit, Repository: shop, Path: "config/prod.env", Commit: strings.Repeat("0c", 20), InHead: true},
		scanner.Occurrence{Kind: scanner.InGit, Repository: shop, Path: "old.env", Commit: strings.Repeat("0d", 20)},
		scanner.Occurrence{Kind: scanner.InVariable, Repository: shop, Path: ".github/workflows/deploy.yml", Variable: "jobs.deploy.env.SHOP_KEY", Scope: "job deploy",
			Hint: "make it a secret of the repository"},
		scanner.Occurrence{Kind: scanner.InVariable, Repository: site, Variable: "SHOP_KEY", Scope: "environment production"},
		scanner.Occurrence{Kind: scanner.InLog, Repository: site, Run: "1207", Job: "deploy", Step: "publish"},
	)
	h.Owners = []ledger.Owner{{Kind: "team", Name: "@acme/payments", Evidence: "CODEOWNERS line 3 of acme/shop"}}
	h.Kept = []ledger.Keeper{
		sampleKept(ledger.Kept{
			Keeper:  scanner.Keeper{Manager: "vault https://vault.example secret/", Entry: "secret/shop/api#key", Link: "https://vault.example/ui/vault/secrets/secret/kv/shop%2Fapi", Owner: "@acme/payments"},
			Version: "3", Rotation: "every 90 days",
		}),
		sampleKept(ledger.Kept{Keeper: scanner.Keeper{Manager: "vault https://vault.example old/", Entry: "old/shop#key"}, Version: "7"}),
		sampleKept(ledger.Kept{
			Keeper:     scanner.Keeper{Manager: "github acme/site", Entry: "Actions secret SHOP_KEY", Link: "https://git.example/acme/site/settings/secrets/actions"},
			Repository: site, Name: "SHOP_KEY",
		}),
	}
	h.Kept[1].Until = sampleDay(12)
	h.Kept[2].ByName = true
	h.Issue = &ledger.Issue{Tracker: "github", Project: "acme/shop", Number: 7, URL: shop + "/issues/7", Open: true, OpenedAt: sampleDay(11)}
	return h
}

// sampleKept is an entry that still holds the secret.
func sampleKept(k ledger.Kept) ledger.Keeper {
	k.Created, k.Updated, k.Synced = sampleDay(1), sampleDay(2), sampleDay(12)
	return ledger.Keeper{Kept: k}
}

func occurrences(places ...scanner.Occurrence) []ledger.Occurrence {
	var all []ledger.Occurrence
	for _, o := range places {
		all = append(all, ledger.Occurrence{Occurrence: o, FoundAt: sampleDay(11), SeenAt: sampleDay(12)})
	}
	return all
}

// sampleHostile is a secret in places whose names were chosen by somebody who means
// ill.
func sampleHostile(rule *rules.Rule) *ledger.History {
	const evil = "@everyone <img src=x> [x](https://evil.example) `` ` | " + endMark + "\n/close #1 **"
	h := sampleLive(rule)
	h.Name = evil
	v := &h.Details.Verdict
	v.Reason, v.Scopes = evil, []string{evil}
	v.Identity = verify.Identity{ID: evil, Name: evil + evil, Kind: evil, Account: evil}
	h.Details.Parts = []scanner.RedactedPart{{Name: evil, Redacted: evil}}
	for i := range h.Occurrences {
		o := &h.Occurrences[i]
		o.Repository += evil
		for _, s := range []*string{&o.Path, &o.Variable, &o.Scope, &o.Run, &o.Job, &o.Step, &o.Hint} {
			if *s != "" {
				*s += evil
			}
		}
	}
	for i := range h.Kept {
		k := &h.Kept[i]
		k.Manager, k.Entry, k.Link, k.Owner, k.Version, k.Rotation = evil, evil, evil, evil, evil, evil
	}
	h.Owners = []ledger.Owner{{Kind: evil, Name: evil, Evidence: evil}}
	return h
}
