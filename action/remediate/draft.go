package remediate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/verify"
)

// What GitHub takes, in characters; the same holds for other trackers. We count bytes,
// which are never fewer.
const (
	bodyLimit  = 65536
	titleLimit = 256
	leastBody  = 4096 // less room than that is too little for us
)

// clip is how long a single text of others can become, in bytes.
const clip = 300

// mostKept is how many entries of secrets managers an issue lists.
const mostKept = 5

// draft is what the issue of a secret is to be. taken are the bytes of its body that
// are not for us, and those of our marks.
func (s *syncer) draft(h *ledger.History, project string, taken int) (Draft, error) {
	assign, mention := Mentions(h.Owners)
	d := Draft{ID: h.ID, Title: titleOf(h, project), Assignees: assign, Severity: h.Severity}
	if s.o.Label != "" {
		d.Labels = []string{s.o.Label}
	}
	runbook := ""
	if s.o.Runbook != nil {
		var err error
		if runbook, err = s.o.Runbook(h); err != nil {
			return d, fmt.Errorf("its runbook: %w", err)
		}
	}
	room := bodyLimit - max(taken, len(Marked(h.ID, "")))
	if room < leastBody {
		return d, errors.New("people's text fills the issue: shorten it, so that there is room for ours")
	}
	b := body{h: h, project: project, mention: mention, closing: s.o.ConfirmAfter}
	d.Body = b.fit(runbook, room)
	return d, nil
}

// digest is one of the draft without what changes with each scan though nothing has
// happened, and without regard to what people wrote.
func (s *syncer) digest(h *ledger.History, project string) (string, error) {
	c := *h
	c.SeenAt, c.VerdictAt, c.LiveAt, c.DeadAt, c.ClosedAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	c.Details.Verdict.When, c.Details.Verdict.Used = time.Time{}, time.Time{}
	c.Verdicts, c.Events, c.Issue = nil, nil, nil
	c.Occurrences = slices.Clone(h.Occurrences)
	for i := range c.Occurrences {
		c.Occurrences[i].SeenAt = time.Time{}
	}
	d, err := s.draft(&c, project, 0)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(d)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

func titleOf(h *ledger.History, project string) string {
	where := project
	if list := repositoriesOf(h); len(list) > 0 {
		where = nameOf(list[0])
	}
	title := fmt.Sprintf("Leaked secret: %s %s in %s", h.RuleName, h.Redacted, where)
	// Trackers look for mentions in titles, too, and know no backslashes there.
	title = strings.ReplaceAll(oneLine(title), "@", "＠")
	return cut(title, titleLimit)
}

// nameOf is a repository without its host.
func nameOf(repository string) string {
	u, err := url.Parse(repository)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" {
		return repository
	}
	return strings.Trim(u.Path, "/")
}

// cut shortens a text to so many bytes, between characters.
func cut(text string, most int) string {
	const more = "…"
	if len(text) <= most {
		return text
	}
	end := max(most-len(more), 0)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more
}

// clipped is a text of others as Markdown shows it, not too long.
func clipped(text string) string { return PlainText(cut(text, clip)) }

// body writes our part of an issue.
type body struct {
	h       *ledger.History
	project string
	mention []string // owners who are told
	closing time.Duration
	strings.Builder
}

// fit writes the whole into so many bytes. First places are left out, then the end of
// the runbook.
func (b *body) fit(runbook string, room int) string {
	head := b.head()
	runbook = strings.TrimSpace(runbook)
	for _, most := range []int{50, 20, 5, 0} {
		if text := joinParts(head, b.places(most), runbook); len(text) <= room {
			return text
		}
	}
	head = joinParts(head, b.places(0))
	rest := "\n\nThe rest: `leakguard rotate plan " + b.h.ID + "`"
	if left := room - len(head) - len("\n\n") - len(rest); runbook != "" && left > 0 {
		if end := strings.LastIndexByte(runbook[:min(left, len(runbook))], '\n'); end > 0 {
			return joinParts(head, whole(runbook[:end])) + rest
		}
	}
	return cut(head, room)
}

// whole closes a fence that was cut.
func whole(text string) string {
	if strings.Count("\n"+text, "\n```")%2 == 1 {
		i := strings.LastIndex("\n"+text, "\n```")
		return text[:max(i-1, 0)]
	}
	return text
}

// joinParts joins what is not empty, and keeps it from ending our part, or from
// beginning another.
func joinParts(parts ...string) string {
	text := strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), "\n\n")
	for _, mark := range []string{beginMark, endMark} {
		text = strings.ReplaceAll(text, mark, "&lt;"+mark[1:])
	}
	return text
}

func (b *body) line(format string, args ...any) { fmt.Fprintf(&b.Builder, format+"\n", args...) }

// fact writes one line of a list, if there is something to say.
func (b *body) fact(name, value string) {
	if value != "" {
		b.line("- %s: %s", name, value)
	}
}

// head is all but places and runbook.
func (b *body) head() string {
	b.Reset()
	h := b.h
	b.line("**%s** · verdict **%s**%s · %s", PlainText(h.Severity), h.Verdict, asOf(h.VerdictAt), b.standing())
	b.line("\n### What was found\n")
	b.fact(clipped(h.RuleName), clipped(h.Redacted)+" (rule "+clipped(h.Rule)+")")
	for _, p := range h.Details.Parts {
		b.fact("With "+clipped(p.Name), clipped(p.Redacted))
	}
	b.fact("Assigned to", clipped(h.Name))
	b.fact("Exposed since", moment(h.ExposedSince)+"; found "+moment(h.FoundAt))
	b.verdict()
	b.kept()
	b.owners()
	if len(h.Details.Risks) > 0 {
		b.line("\n### Risks\n")
		for _, r := range h.Details.Risks {
			b.fact(clipped(r.OWASP), clipped(r.Text))
		}
	}
	return strings.TrimSpace(b.String())
}

func asOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " as of " + moment(t)
}

// standing says what is awaited.
func (b *body) standing() string {
	switch h := b.h; h.State {
	case ledger.Dead:
		return "closed: proven dead"
	case ledger.Accepted:
		return "closed: the risk is accepted until " + h.AcceptedUntil.Format(time.DateOnly)
	case ledger.FalsePositive:
		return "closed: no secret"
	default:
		text := string(h.State) + " · to be dealt with until **" + moment(h.Deadline) + "**"
		if h.Recurrences > 0 {
			text += fmt.Sprintf(" · came back %d times", h.Recurrences)
		}
		return text + fmt.Sprintf("\n\nThis issue is closed when the issuer has refused the secret twice, at least %s apart. To delete the line, or to close the issue, is no fix.", span(b.closing))
	}
}

// verdict writes what the issuer says.
func (b *body) verdict() {
	v := &b.h.Details.Verdict
	if v.State == "" || v.State == verify.Unverified {
		return
	}
	b.line("\n### What its issuer says\n")
	b.fact("Verdict", "**"+string(v.State)+"**"+asOf(v.When)+": "+clipped(cmp.Or(v.Reason, "no reason is known")))
	b.fact("Evidence", clipped(v.Evidence))
	b.fact("Asked", clipped(v.Endpoint))
	whose := clipped(cmp.Or(v.Identity.Name, v.Identity.ID))
	if v.Identity.Kind != "" && whose != "" {
		whose += " (" + clipped(v.Identity.Kind) + ")"
	}
	b.fact("Whose it is", whose)
	b.fact("Account", clipped(v.Identity.Account))
	b.fact("Access", clipped(string(v.Access)))
	b.fact("Scopes", clipped(strings.Join(v.Scopes, ", ")))
	for _, at := range []struct {
		name string
		time time.Time
	}{{"Made", v.Created}, {"Last used", v.Used}, {"Valid until", v.Expires}} {
		if !at.time.IsZero() {
			b.fact(at.name, moment(at.time))
		}
	}
}

// owners writes who has to deal with it. Teams are mentioned; people are assigned.
func (b *body) owners() {
	if len(b.h.Owners) == 0 {
		return
	}
	b.line("\n### Who deals with it\n")
	for _, o := range b.h.Owners {
		name := clipped(o.Name)
		if slices.Contains(b.mention, o.Name) {
			name = o.Name
		}
		b.line("- %s: %s", strings.TrimSpace(clipped(o.Kind)+" "+name), clipped(cmp.Or(o.Evidence, "no evidence is known")))
	}
}

// kept writes which entries of secrets managers hold the secret.
func (b *body) kept() {
	all := b.h.Kept
	if len(all) == 0 {
		return
	}
	b.line("\n### Where the value is kept\n")
	for i := range all[:min(len(all), mostKept)] {
		k := &all[i]
		text := clipped(k.Entry)
		if plainLink(k.Link) {
			text = "[" + text + "](" + k.Link + ")"
		}
		b.line("- %s of %s: %s", text, clipped(k.Manager), standingOf(k))
	}
	if left := len(all) - mostKept; left > 0 {
		b.line("- and %s more: `leakguard ledger show %s`", thousands(left), b.h.ID)
	}
}

// places writes where the secret is, by repository, at most so many places.
func (b *body) places(most int) string {
	b.Reset()
	all := b.h.Occurrences
	b.line("### Where it is\n")
	in := ""
	if n := len(repositoriesOf(b.h)); n > 0 {
		in = " in " + count(n, "repository")
	}
	b.line("%s%s", count(len(all), "place"), in)
	written := 0
	for _, repository := range append(repositoriesOf(b.h), "") {
		first := true
		for i := range all {
			if all[i].Repository != repository || written == most {
				continue
			}
			if first {
				b.line("\n%s\n", cmp.Or(clipped(nameOf(repository)), "Elsewhere"))
				first = false
			}
			b.line("- %s", placeText(&all[i]))
			written++
		}
	}
	if left := len(all) - written; left > 0 {
		b.line("\nAnd %s more: `leakguard ledger show %s`", thousands(left), b.h.ID)
	}
	return strings.TrimSpace(b.String())
}

// placeText is one place, with a link to it if it has one in its repository.
func placeText(o *ledger.Occurrence) string {
	text := cmp.Or(o.Path, o.Field, o.Variable, o.Run, string(o.Kind))
	if o.StartLine > 0 {
		text = fmt.Sprintf("%s:%d", cut(text, clip), o.StartLine)
	}
	text = clipped(text)
	if linked(o) {
		text = "[" + text + "](" + o.Link + ")"
	}
	more := []string{string(o.Kind)}
	for _, w := range []struct{ name, value string }{
		{"commit", o.Commit[:min(len(o.Commit), 12)]}, {"in the", o.Field}, {"on", o.Ref}, {"by", o.Author}, {"run", o.Run}, {"job", o.Job}, {"step", o.Step}, {"variable", o.Variable}, {"of", o.Scope},
	} {
		if w.value != "" {
			more = append(more, w.name+" "+PlainText(cut(w.value, clip/3)))
		}
	}
	if !o.Date.IsZero() {
		more = append(more, o.Date.UTC().Format(time.DateOnly))
	}
	return text + " (" + strings.Join(more, ", ") + ")"
}

// linked reports whether a link leads into the repository.
func linked(o *ledger.Occurrence) bool {
	return strings.HasPrefix(o.Repository, "https://") && strings.HasPrefix(o.Link, o.Repository+"/") && plainLink(o.Link) && !strings.Contains(o.Link, "/../")
}

// plainLink reports whether a link leads to the web, and is written so that it ends
// nowhere else in Markdown.
func plainLink(link string) bool {
	return (strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "http://")) && len(link) <= 1000 &&
		!strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("()<>[]\\\"'`@", r) })
}

// thousands writes a number with commas.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
