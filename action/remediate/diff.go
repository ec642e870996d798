package remediate

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// This file writes the account of a dry run: what would be done, so that a person can
// approve it.

// account writes a block for one secret and counts its steps as done.
func (s *syncer) account(p *plan) error {
	var b strings.Builder
	for _, st := range p.steps {
		b.WriteString(p.headline(st, false) + "\n")
		switch st.do {
		case create, update:
			p.changes(&b)
		case prove:
		default:
			writeLines(&b, "  > ", st.text)
		}
		s.report.count(st.do)
	}
	_, err := io.WriteString(s.o.Out, visible(b.String())+"\n")
	return err
}

// headline says in one line what a step does, or did.
func (p *plan) headline(st step, done bool) string {
	where := p.project
	switch {
	case p.advisory():
		where += " (security advisory)"
	case p.ticket != nil && p.ticket.Number > 0:
		where = fmt.Sprintf("%s#%d", where, p.ticket.Number)
	}
	if st.do == prove {
		where = p.h.ID
	}
	what := cmp.Or(st.reason, p.draft.Title, p.h.RuleName+" "+p.h.Redacted)
	return visible(fmt.Sprintf("%s %s: %s", st.do.verb(done), where, what))
}

func (a action) verb(done bool) string {
	now, past := "", ""
	switch a {
	case prove:
		now, past = "prove dead", "proven dead"
	case create:
		now, past = "create", "created"
	case update:
		now, past = "update", "updated"
	case remind:
		now, past = "remind", "reminded"
	case escalate:
		now, past = "escalate", "escalated"
	case shut:
		now, past = "close", "closed"
	case reopen:
		now, past = "reopen", "reopened"
	}
	if done {
		return past
	}
	return now
}

// changes writes what is to be written to the issue: lines that begin with + are new,
// those with - go.
func (p *plan) changes(w io.Writer) {
	is := Ticket{}
	if p.ticket != nil {
		is = *p.ticket
	}
	will := p.draft.onto(is)
	fmt.Fprintf(w, "  secret %s\n", p.h.ID)
	if is.Title != will.Title {
		diffLines(w, "  title ", nonEmpty(is.Title), []string{will.Title})
	}
	diffLines(w, "  label ", is.Labels, will.Labels)
	diffLines(w, "  assignee ", is.Assignees, will.Assignees)
	diffLines(w, "  ", lines(is.Body), lines(will.Body))
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
}

func writeLines(w io.Writer, prefix, text string) {
	for _, l := range lines(text) {
		fmt.Fprintln(w, strings.TrimRight(prefix+l, " "))
	}
}

// mostCompared bounds the work of diffLines, in pairs of lines. What is beyond it is
// shown as replaced as a whole.
const mostCompared = 4 << 20

// diffLines writes the lines by which two texts differ, by their longest common
// subsequence.
func diffLines(w io.Writer, prefix string, old, now []string) {
	for len(old) > 0 && len(now) > 0 && old[0] == now[0] {
		old, now = old[1:], now[1:]
	}
	for len(old) > 0 && len(now) > 0 && old[len(old)-1] == now[len(now)-1] {
		old, now = old[:len(old)-1], now[:len(now)-1]
	}
	if len(old)*len(now) > mostCompared {
		writeLines(w, prefix+"- ", strings.Join(old, "\n"))
		writeLines(w, prefix+"+ ", strings.Join(now, "\n"))
		return
	}
	common := make([][]int, len(old)+1) // of old[i:] and now[j:]
	for i := range common {
		common[i] = make([]int, len(now)+1)
	}
	for i := range slices.Backward(old) {
		for j := range slices.Backward(now) {
			if old[i] == now[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(old) || j < len(now); {
		switch {
		case i < len(old) && j < len(now) && old[i] == now[j]:
			i, j = i+1, j+1
		case j == len(now) || i < len(old) && common[i+1][j] >= common[i][j+1]:
			writeLines(w, prefix+"- ", cmp.Or(old[i], " "))
			i++
		default:
			writeLines(w, prefix+"+ ", cmp.Or(now[j], " "))
			j++
		}
	}
}

// visible is text without what would move a terminal's cursor, colour it or turn it
// round.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return '\uFFFD'
		}
		return r
	}, text)
}
