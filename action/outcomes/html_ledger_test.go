package outcomes

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// weeks is how many scans, one a week, the ledger of an organisation has seen.
const weeks = 14

// organisation makes a ledger of that many secrets, most of which are found by the
// first scans, and many of which die over time. It is the same each time.
func organisation(t *testing.T, secrets int) *book {
	b := newBook(t)
	r := rand.New(rand.NewPCG(7, 2026))
	found := make([][]*leak, weeks)
	for i := range secrets {
		week := min(int(r.ExpFloat64()*3.2), weeks-1)
		found[week] = append(found[week], newLeak(r, i, week))
	}
	dying := make([][]*leak, weeks+2)
	for week := range weeks {
		b.now = on(float64(7 * week))
		res := &scanner.Result{RulesetHash: "r1", Coverage: coverageIn(week)}
		for _, l := range append(found[week], dying[week]...) {
			res.Secrets = append(res.Secrets, l.secretIn(week, r))
		}
		_, err := b.l.Record(t.Context(), res, b.now)
		b.must(err)
		for _, l := range dying[week] {
			if week > l.dead {
				b.closed(float64(7*week)+r.Float64(), l.name)
			} else {
				dying[week+1] = append(dying[week+1], l)
			}
		}
		for _, l := range found[week] {
			l.settle(b, r)
			if l.dead < weeks {
				dying[l.dead] = append(dying[l.dead], l)
			}
		}
	}
	b.keptBy(r)
	b.now = on(7 * weeks)
	return b
}

// keptBy has a vault and the secrets of a repository read, of which some are the
// secrets that are found first.
func (b *book) keptBy(r *rand.Rand) {
	const vault, github = "vault https://vault.acme.example secret/", "github acme/shop"
	var all, ofShop []ledger.Kept
	for i, service := range services {
		for j, name := range []string{"api#token", "database#password", "queue#password", "mail#key"} {
			created := on(-900 + 60*r.Float64()*float64(i))
			k := ledger.Kept{
				Keeper:  scanner.Keeper{Manager: vault, Entry: "secret/" + service + "/" + name, Owner: teams[(i+j)%len(teams)], Link: "https://vault.acme.example/ui/vault/secrets/secret/kv/" + service},
				Created: created, Updated: created,
			}
			if j > 0 {
				k.Updated = created.Add(time.Duration(r.Float64() * float64(on(90).Sub(created))))
			}
			if j == 1 && i < 4 {
				k.Values = []ledger.KeptValue{b.valueOf(fmt.Sprint("lg1s-", i))}
			}
			all = append(all, k)
		}
		ofShop = append(ofShop, ledger.Kept{
			Keeper: scanner.Keeper{Manager: github, Entry: "Actions secret " + strings.ToUpper(service), Link: "https://git.acme.com/acme/shop/settings"}, Repository: "https://git.acme.com/acme/shop",
			Name: strings.ToUpper(service), Created: on(-300), Updated: on(-300 + 30*float64(i)),
		})
	}
	b.synced(7*weeks-8, vault, all...)
	b.synced(7*weeks-20, github, ofShop...)
}

// leak is a secret of the organisation.
type leak struct {
	name   string
	rule   *rules.Rule
	mark   string // what its redacted form begins with
	state  verify.State
	owner  string
	repo   int
	places int
	found  int // the week
	dead   int // the week, beyond the last one if it lives on
	since  time.Time
}

// issuers are the rules of the organisation's secrets, the frequent ones first.
var issuers = []struct {
	provider, name, mark string
	severity             rules.Severity
}{
	{"github", "GitHub personal access token", "ghp_", rules.Critical},
	{"aws", "AWS secret access key", "", rules.Critical},
	{"slack", "Slack bot token", "xoxb-", rules.High},
	{"generic", "Password in a variable", "", rules.Medium},
	{"stripe", "Stripe secret key", "sk_live_", rules.Critical},
	{"npm", "npm access token", "npm_", rules.High},
	{"datadog", "Datadog API key", "", rules.Medium},
	{"gcp", "Google API key", "AIza", rules.Medium},
	{"postgres", "PostgreSQL URL with a password", "postgres://", rules.High},
	{"sendgrid", "SendGrid API key", "SG.", rules.High},
	{"jwt", "JSON Web Token", "eyJ", rules.Low},
}

var teams = []string{"@acme/payments", "@acme/platform", "@acme/web", "@acme/data", "@acme/mobile", "@acme/search", "@acme/identity", "@acme/growth", "@acme/sre", ""}

var services = []string{"shop", "checkout", "ledger-api", "web", "ios", "android", "search", "billing", "infra", "etl", "login", "mailer", "edge", "docs"}

// skewed is a number below n, small ones more often.
func skewed(r *rand.Rand, n int) int { return min(int(r.ExpFloat64()*float64(n)/3), n-1) }

func newLeak(r *rand.Rand, i, week int) *leak {
	kind := issuers[skewed(r, len(issuers))]
	l := &leak{
		name: fmt.Sprintf("lg1s-%d", i), mark: kind.mark, owner: teams[skewed(r, len(teams))], found: week,
		repo: r.IntN(len(services)), places: 1 + skewed(r, 9), dead: weeks,
		rule: &rules.Rule{ID: kind.provider + "-key", Name: kind.name, Provider: &rules.Provider{ID: kind.provider}, Severity: kind.severity},
	}
	l.state = []verify.State{verify.Live, verify.Live, verify.Live, verify.Live, verify.Live, verify.Unknown, verify.Unverifiable}[r.IntN(7)]
	if kind.provider == "generic" || kind.provider == "jwt" {
		l.state = verify.Unverifiable
	}
	if i%97 == 0 {
		l.places = 40 + r.IntN(200)
	}
	if l.state == verify.Live {
		l.dead = min(week+1+int(r.ExpFloat64()*2.4), weeks+1)
	}
	l.since = on(float64(7*week) - r.ExpFloat64()*55)
	return l
}

// secretIn is what the scan of a week says of it.
func (l *leak) secretIn(week int, r *rand.Rand) scanner.Secret {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
	s := scanner.Secret{
		Fingerprint: l.name, Rule: l.rule, Severity: l.rule.Severity, Name: "API_KEY", Verdict: verify.Verdict{State: l.state},
		Redacted: l.mark + "***" + string(letters[r.IntN(len(letters))]) + string(letters[r.IntN(len(letters))]),
	}
	switch {
	case week >= l.dead:
		s.Verdict = verify.Verdict{State: verify.Dead, Reason: "its issuer refuses it", Evidence: "401 bad credentials", When: on(float64(7*week) - 6*r.Float64()*float64(1+l.dead-week))}
	case l.state == verify.Live:
		s.Verdict.Evidence, s.Verdict.Access = "the account's own name in the answer", verify.Write
		s.Verdict.Identity = verify.Identity{Name: "deploy-bot", Account: "acme", Kind: "machine"}
	}
	for i := range l.places {
		s.Occurrences = append(s.Occurrences, l.place(i))
	}
	return s
}

func (l *leak) place(i int) scanner.Occurrence {
	service := services[(l.repo+i/4)%len(services)]
	o := scanner.Occurrence{Repository: "https://git.acme.com/acme/" + service, Region: scanner.Region{StartLine: 3 + i*7}, Author: "Ada", Date: l.since.AddDate(0, 0, i)}
	switch i % 4 {
	case 3:
		o.Kind, o.Run, o.Job, o.Step, o.Path = scanner.InLog, fmt.Sprint(4100+i), "deploy", "publish", ""
	case 2:
		o.Kind, o.Variable, o.Scope = scanner.InVariable, "API_KEY", "repository"
	default:
		o.Kind, o.Path, o.InHead = scanner.InGit, fmt.Sprintf("deploy/%s-%d.env", service, i), i == 0
		o.Commit = fmt.Sprintf("%040x", l.repo*1000+i+1)
		o.Link = o.Repository + "/blob/" + o.Commit + "/" + o.Path
	}
	return o
}

// settle gives it an owner, and to some of those that live on a decision.
func (l *leak) settle(b *book, r *rand.Rand) {
	if l.owner != "" {
		b.owned(l.name, l.owner)
	}
	id, at := b.l.ID(l.name), b.now
	var err error
	switch n := r.IntN(20); {
	case n < 6:
		b.now = at.Add(time.Duration(r.IntN(60)) * time.Hour)
		err = b.l.Acknowledge(b.t.Context(), id, "ada", "on it")
	case n < 9 && l.state != verify.Live:
		err = b.l.Accept(b.t.Context(), id, "ada", "a test account", on(300))
	case n < 17 && l.state == verify.Unverifiable:
		err = b.l.FalsePositive(b.t.Context(), id, "ada", "a checksum")
	}
	b.must(err)
	b.now = at
	if l.state == verify.Live && r.IntN(8) == 0 {
		n := int64(r.IntN(4000) + 1)
		b.must(b.l.SetIssue(b.t.Context(), id, ledger.Issue{
			Tracker: "github", Project: "acme/security", Number: n, URL: fmt.Sprintf("https://git.acme.com/acme/security/issues/%d", n), Open: true, OpenedAt: at,
		}, "issue opened", ""))
	}
}

// coverageIn is what the scan of a week read.
func coverageIn(week int) []*scanner.Coverage {
	var all []*scanner.Coverage
	for i, s := range services {
		history := source("history of acme/"+s, int64(400+37*i+11*week))
		logs := scanner.NewCoverage("logs of acme/"+s, scanner.InLog)
		logs.Count("runs", int64(20+i+week))
		logs.Count("lines", int64(61000+913*i+77*week))
		if i == 4 {
			logs.Gap("run 4107, job build", "its log has expired", "scan logs at least every 90 days")
		}
		if i == 9 && week > 8 {
			history.Gap("blob 1f3a in pack-9c.pack at offset 712", "its compressed data is corrupt", "git fsck; fetch the repository anew")
		}
		all = append(all, history, logs)
	}
	return all
}
