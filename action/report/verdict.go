package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// What verification found, in the words that several formats share. Like those of
// wording.go they are not yet fit for a terminal: see visible.

const (
	maxName     = 200 // characters of an identity, an account or a scope
	maxSentence = 500 // characters of a reason, an evidence or an endpoint
	maxScopes   = 8   // scopes that are shown
)

// states are all that a verdict can say, in the order in which they are counted.
func states() []verify.State {
	return []verify.State{verify.Live, verify.Dead, verify.Unknown, verify.Unverifiable, verify.Unverified}
}

// verdictOf is the verdict on s as all formats tell it. Issuers choose some of its
// texts and times: texts are bounded, and what no report could write is left out.
func verdictOf(s *scanner.Secret) verify.Verdict {
	v := s.Verdict
	id := &v.Identity
	for _, text := range []*string{&id.ID, &id.Name, &id.Account} {
		*text = bounded(*text, maxName)
	}
	for _, text := range []*string{&v.Reason, &v.Evidence, &v.Endpoint} {
		*text = bounded(*text, maxSentence)
	}
	if id.Kind != rules.Machine.String() && id.Kind != rules.Person.String() {
		id.Kind = ""
	}
	v.Scopes = slices.Clone(v.Scopes) // the result's stay as they are
	for i := range v.Scopes {
		v.Scopes[i] = bounded(v.Scopes[i], maxName)
	}
	for _, t := range []*time.Time{&v.When, &v.Created, &v.Expires, &v.Used} {
		*t = writable(*t)
	}
	return v
}

// bounded is s, or as much of it as n characters hold with the mark of the cut.
func bounded(s string, n int) string {
	cut := 0 // where the mark would stand
	for i := range s {
		switch n--; n {
		case 0:
			cut = i
		case -1:
			return s[:cut] + "…"
		}
	}
	return s
}

// writable is t in UTC and whole seconds, or no time if RFC 3339 has no form for
// its year.
func writable(t time.Time) time.Time {
	if t = t.UTC().Truncate(time.Second); t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// verdict is "live: its issuer accepts it", or the state alone.
func verdict(v *verify.Verdict) string {
	if v.Reason == "" {
		return string(v.State)
	}
	return string(v.State) + ": " + v.Reason
}

// details are what a verdict tells beside the state and its reason, a line each;
// only what is known has one.
func details(v *verify.Verdict, risks []scanner.Risk) []string {
	var lines []string
	if who := whose(v); who != "" {
		lines = append(lines, "belongs to "+who)
	}
	for _, line := range []string{may(v), dates(v), proof(v)} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	for _, r := range risks {
		lines = append(lines, "risk "+r.OWASP+": "+r.Text)
	}
	return lines
}

// whose is "Ada Lovelace (person) of acme", as far as it is known.
func whose(v *verify.Verdict) string {
	id := v.Identity
	who := cmp.Or(id.Name, id.ID)
	switch {
	case who != "" && id.Kind != "":
		who += " (" + id.Kind + ")"
	case id.Kind != "":
		who = "a " + id.Kind
	case who == "" && id.Account != "":
		return "the account " + id.Account
	}
	if id.Account != "" {
		who += " of " + id.Account
	}
	return who
}

// may is what the secret may do: "access: admin (repo, workflow and 3 more)".
func may(v *verify.Verdict) string {
	scopes := strings.Join(v.Scopes[:min(len(v.Scopes), maxScopes)], ", ")
	if more := len(v.Scopes) - maxScopes; more > 0 {
		scopes += " and " + digits(int64(more)) + " more"
	}
	switch {
	case v.Access != "" && scopes != "":
		return "access: " + string(v.Access) + " (" + scopes + ")"
	case v.Access != "":
		return "access: " + string(v.Access)
	case scopes != "":
		return "scopes: " + scopes
	}
	return ""
}

// dates is "created 2023-01-31, expires 2027-01-31, last used 2025-03-20".
func dates(v *verify.Verdict) string {
	expiry := "expires"
	if v.Expires.Before(v.When) {
		expiry = "expired"
	}
	var parts []string
	for _, d := range []struct {
		what string
		at   time.Time
	}{{"created", v.Created}, {expiry, v.Expires}, {"last used", v.Used}} {
		if !d.at.IsZero() {
			parts = append(parts, d.what+" "+d.at.Format(time.DateOnly))
		}
	}
	return strings.Join(parts, ", ")
}

// proof is the evidence and where it is from, or at least what was asked.
func proof(v *verify.Verdict) string {
	switch {
	case v.Evidence != "" && v.Endpoint != "":
		return "evidence: " + v.Evidence + " (" + v.Endpoint + ")"
	case v.Evidence != "":
		return "evidence: " + v.Evidence
	case v.Endpoint != "":
		return "asked: " + v.Endpoint
	}
	return ""
}

// verdictCount counts secrets by verdict. Every state has its count.
func verdictCount(secrets []scanner.Secret) map[verify.State]int {
	count := map[verify.State]int{}
	for _, state := range states() {
		count[state] = 0
	}
	for i := range secrets {
		count[secrets[i].Verdict.State]++
	}
	return count
}

// byVerdict is "1 live, 2 unknown", or "" if nothing was verified.
func byVerdict(secrets []scanner.Secret) string {
	count := verdictCount(secrets)
	if count[verify.Unverified] == len(secrets) {
		return ""
	}
	var parts []string
	for _, state := range states() {
		if count[state] > 0 {
			parts = append(parts, digits(int64(count[state]))+" "+string(state))
		}
	}
	return strings.Join(parts, ", ")
}

// unsettled is a reason for which nothing could be concluded.
type unsettled struct {
	reason  string
	secrets int
}

// unsettledBy groups the secrets that are neither live nor dead by the reason, the
// most frequent first.
func unsettledBy(secrets []scanner.Secret) []unsettled {
	count := map[string]int{}
	for i := range secrets {
		v := verdictOf(&secrets[i])
		if v.State != verify.Live && v.State != verify.Dead {
			count[cmp.Or(v.Reason, "nobody was asked")]++
		}
	}
	var all []unsettled
	for _, reason := range sorted(count) {
		all = append(all, unsettled{reason, count[reason]})
	}
	slices.SortStableFunc(all, func(a, b unsettled) int { return cmp.Compare(b.secrets, a.secrets) })
	return all
}
