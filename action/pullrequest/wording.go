package pullrequest

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// The words in which annotations, summary and comment say the same things. What is
// not called Markdown here is not yet fit for it: see plain.

const rotateFirst = "Rotate it first, then remove it; rewriting history alone does not help."

// The marks of a headline, of which a page has one.
const (
	red    = "🔴"
	yellow = "🟡"
	green  = "🟢"
)

const (
	maxWord     = 120 // characters of a path, a name or a reason
	maxSentence = 400 // characters of what is put together from such
)

// clip is s, or its beginning if it is too long for a page.
func clip(s string) string { return cut(s, maxWord) }

func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return fmt.Sprintf("%.*s…", most, s)
}

// plain is a text of others as Markdown that shows it and is nothing else.
func plain(s string) string { return remediate.PlainText(cut(s, maxSentence)) }

// sentence is a text as Markdown in which `names` between backquotes stay code.
func sentence(s string) string {
	words := strings.Fields(cut(s, maxSentence))
	for i, w := range words {
		if name := strings.Trim(w, "`"); w != "`"+name+"`" || name == "" || strings.ContainsFunc(name, notOfName) {
			words[i] = remediate.PlainText(w)
		}
	}
	return strings.Join(words, " ")
}

// notOfName reports whether r is not of a file's or a key's name.
func notOfName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-/", r)
}

// link is Markdown that leads from a text to an address, or the text alone where the
// address is none that can stand in it.
func link(text, address string) string {
	const longest = 1000
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || len(address) > longest {
		return plain(text)
	}
	address = strings.NewReplacer("(", "%28", ")", "%29", "$", "%24").Replace(u.String())
	if strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("<>[]\\\"`@|", r) }) {
		return plain(text)
	}
	return "[" + plain(text) + "](" + address + ")"
}

// subject is what was scanned.
func (o *Outcome) subject() string {
	switch e := &o.Event; {
	case e.Kind == KindLogs:
		return "the logs of this run"
	case e.Kind == KindAll:
		return "this repository"
	case e.Number > 0 && e.CI == "gitlab":
		return "this merge request"
	case e.Number > 0:
		return "this pull request"
	}
	return "these commits"
}

// headline says how the job ends, after a mark.
func (o *Outcome) headline() string {
	n, complete := len(o.Failing()), o.Result.Complete()
	switch {
	case n > 0 && complete:
		return fmt.Sprintf("%s %s in %s", red, count(n, "secret"), o.subject())
	case n > 0:
		return fmt.Sprintf("%s %s in %s, and not everything was read", red, count(n, "secret"), o.subject())
	case !complete:
		return fmt.Sprintf("%s Incomplete: not everything in %s was read", yellow, o.subject())
	}
	if len(o.Result.Secrets) > 0 {
		return fmt.Sprintf("%s Nothing in %s fails this job", green, o.subject())
	}
	return fmt.Sprintf("%s No secrets in %s", green, o.subject())
}

// unread counts what could not be read. It is "" if everything was.
func (o *Outcome) unread() string {
	n := 0
	for _, c := range o.Result.Coverage {
		for _, g := range c.Gaps {
			n += max(g.Count, 1)
		}
	}
	switch {
	case o.Result.Interrupted:
		return "The scan was stopped before its end."
	case n > 0:
		return count(n, "thing") + " could not be read."
	}
	return ""
}

// nameOf is what to call a secret by: "sk_l*** in STRIPE_KEY", or "the value of
// DB_PASSWORD" where there is nothing to recognise it by.
func nameOf(s *scanner.Secret) string {
	switch {
	case s.Name == "":
		return clip(s.Redacted)
	case strings.Trim(s.Redacted, "*") == "":
		return "the value of " + clip(s.Name)
	}
	return clip(s.Redacted) + " in " + clip(s.Name)
}

// state is the verdict in a word or two.
func state(s *scanner.Secret) string {
	if s.Verdict.State == "" || s.Verdict.State == verify.Unverified {
		return "not verified"
	}
	return string(s.Verdict.State)
}

// opens reports whether a secret may still open something.
func opens(s *scanner.Secret) bool { return s.Verdict.State != verify.Dead }

// verdict is the state with its reason.
func (o *Outcome) verdict(s *scanner.Secret) string {
	reason := ""
	switch v := s.Verdict.State; {
	case s.Verdict.Reason != "":
		reason = s.Verdict.Reason
	case v == verify.Live:
		reason = "its issuer accepts it"
	case v == verify.Dead:
		reason = "its issuer refuses it"
	case v == verify.Unverifiable:
		reason = "there is no way to ask its issuer"
	case v == verify.Unknown:
		reason = "its issuer gave no clear answer"
	case o.Event.Fork:
		reason = "issuers are not asked about what comes from a fork"
	default:
		reason = "its issuer was not asked"
	}
	return state(s) + ": " + clip(reason)
}

// whose is whom the issuer names for a secret, and what it may do: "billing-bot
// (machine), account Acme; access admin (charges, payouts)".
func whose(s *scanner.Secret) string {
	v := &s.Verdict
	name := clip(cmp.Or(v.Identity.Name, v.Identity.ID))
	if name != "" && v.Identity.Kind != "" {
		name += " (" + clip(v.Identity.Kind) + ")"
	}
	account, access, scopes := "", "", clip(strings.Join(v.Scopes, ", "))
	if v.Identity.Account != "" {
		account = "account " + clip(v.Identity.Account)
	}
	switch {
	case v.Access != "" && scopes != "":
		access = fmt.Sprintf("access %s (%s)", v.Access, scopes)
	case v.Access != "":
		access = "access " + string(v.Access)
	case scopes != "":
		access = "scopes " + scopes
	}
	return joined("; ", joined(", ", name, account), access)
}

func joined(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), separator)
}

// counting are the occurrences that no suppression took out, those first that the
// head of the changes still has; all of them, of a suppressed secret.
func counting(s *scanner.Secret) []*scanner.Occurrence {
	var here, gone []*scanner.Occurrence
	for i := range s.Occurrences {
		switch o := &s.Occurrences[i]; {
		case s.Suppression == nil && o.Suppression != nil:
		case o.InHead:
			here = append(here, o)
		default:
			gone = append(gone, o)
		}
	}
	return append(here, gone...)
}

// foremost is the occurrence to show if only one is; nil if there is none.
func foremost(s *scanner.Secret) *scanner.Occurrence {
	if all := counting(s); len(all) > 0 {
		return all[0]
	}
	return nil
}

// place is where an occurrence is: "config/prod.env:12", "message of commit
// 3f2a91c04b, line 3", "line 40 of the log of job build, step test".
func place(o *scanner.Occurrence) string {
	switch {
	case o.Kind == scanner.InLog && o.Job != "":
		return joined(", ", fmt.Sprintf("line %d of the log of job %s", o.StartLine, clip(o.Job)), named("step ", o.Step), named("run ", o.Run))
	case o.Path != "" && o.StartLine > 0:
		return fmt.Sprintf("%s:%d", clip(o.Path), o.StartLine)
	case o.Path == "" && o.Commit != "":
		return fmt.Sprintf("%s of commit %s, line %d", clip(cmp.Or(o.Field, "text")), short(o.Commit), o.StartLine)
	}
	return clip(cmp.Or(o.Path, o.Field, named("variable ", o.Variable), string(o.Kind)))
}

// named is what with a name, or nothing without one.
func named(what, name string) string {
	if name == "" {
		return ""
	}
	return what + clip(name)
}

// isGone reports whether a file no longer has the secret that history has.
func isGone(o *scanner.Occurrence) bool {
	return o.Kind == scanner.InGit && o.Path != "" && !o.InHead
}

// remains says that a secret is in history only, or in more places than one.
func remains(s *scanner.Secret, at *scanner.Occurrence) string {
	if at == nil {
		return ""
	}
	var said []string
	if isGone(at) {
		said = append(said, fmt.Sprintf("It is no longer in the file, but commit %s in the history has it.", short(at.Commit)))
	}
	if more := len(counting(s)) - 1; more > 0 {
		said = append(said, "It is in "+count(more, "more place")+".")
	}
	return strings.Join(said, " ")
}

// address is the page that shows an occurrence, at the head of the changes if that
// still has it; "" where none is known, or where it is not one of the repository.
func (o *Outcome) address(at *scanner.Occurrence) string {
	if o.Event.Web == "" || !strings.HasPrefix(at.Link, o.Event.Web+"/") {
		return ""
	}
	if at.InHead && isID(o.Event.Head) && at.Commit != "" {
		return strings.Replace(at.Link, "/"+at.Commit+"/", "/"+o.Event.Head+"/", 1)
	}
	return at.Link
}

// isID reports whether a commit is named by its id.
func isID(commit string) bool {
	return (len(commit) == 40 || len(commit) == 64) && strings.Trim(commit, "0123456789abcdef") == ""
}

// short abbreviates a commit's id.
func short(commit string) string { return fmt.Sprintf("%.10s", commit) }

// ignoreLine is the line of .leakguardignore that marks a secret.
func ignoreLine(s *scanner.Secret) string {
	rule := strings.Join(strings.FieldsFunc(s.Rule.ID, notOfName), "-")
	return s.Fingerprint + " # " + rule + ": why it is harmless"
}

// rotate is Markdown that says where a secret is rotated.
func rotate(s *scanner.Secret) string {
	p := s.Rule.Provider
	if p.ID == "generic" { // no known issuer
		return "in the system that accepts it (" + link("guide", p.Rotate.URL) + ")"
	}
	return "at " + link(clip(p.Name), p.Rotate.URL)
}

// target is Markdown that names the branch whose settings count.
func (o *Outcome) target() string {
	if o.Event.Target == "" {
		return "the default branch"
	}
	return plain(clip(o.Event.Target))
}

// count is n with a noun: "1 secret", "2 secrets".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// fit joins as many whole rows as there is room for, in bytes, and tells how many
// are left out.
func fit(n, most, room int, row func(i int) string) (text string, left int) {
	var b strings.Builder
	for i := range min(n, most) {
		r := row(i)
		if b.Len()+len(r) > room {
			return b.String(), n - i
		}
		b.WriteString(r)
	}
	return b.String(), n - min(n, most)
}
