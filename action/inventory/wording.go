package inventory

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// WriteText writes for a person what a reading changed.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	rotated := 0
	for _, p := range r.Parts {
		fmt.Fprintf(&b, "%s: %s, %s that will be recognised", visible(p.Manager), count(p.Entries, "entry", "entries"), count(p.Values, "value", "values"))
		if p.Gone > 0 {
			fmt.Fprintf(&b, "; %d not there any more", p.Gone)
		}
		b.WriteByte('\n')
		rotated += p.Rotated
	}
	if r.Leaked > 0 {
		fmt.Fprintf(&b, "%s of the ledger in these managers; seen to be rotated now: %d\n", count(r.Leaked, "leaked secret", "leaked secrets"), rotated)
	}
	if len(r.Skipped) > 0 {
		total := 0
		var each []string
		for _, why := range slices.Sorted(maps.Keys(r.Skipped)) {
			total += r.Skipped[why]
			each = append(each, fmt.Sprintf("%d %s", r.Skipped[why], why))
		}
		fmt.Fprintf(&b, "not looked for: %s: %s\n", count(total, "value", "values"), strings.Join(each, ", "))
	}
	for _, g := range r.Gaps {
		fmt.Fprintf(&b, "not read: %s: %s\n    %s\n", visible(g.What), visible(g.Why), visible(g.Fix))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteList writes entries for a person.
func WriteList(w io.Writer, list []Listed) error {
	var b strings.Builder
	tw := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	manager := ""
	for i := range list {
		k := &list[i]
		if k.Manager != manager {
			manager = k.Manager
			fmt.Fprintln(tw, visible(manager))
		}
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\t%s\t%s\n", visible(k.Entry), visible(versioned(k.Version)), day(k.Updated), visible(k.Rotation), visible(owned(k.Owner)), k.state())
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil { // the last columns may be empty
			return err
		}
	}
	_, err := fmt.Fprintln(w, count(len(list), "entry", "entries"))
	return err
}

// state says what became of an entry and of its values.
func (k *Listed) state() string {
	var all []string
	if k.Gone {
		all = append(all, "gone")
	}
	for _, l := range k.Leaked {
		said := "leaked: " + l.ID + " " + string(l.State)
		switch {
		case l.ByName:
			said += ", by its name"
		case !l.Until.IsZero():
			said += ", held until " + l.Until.Format(time.DateOnly)
		}
		all = append(all, said)
	}
	return strings.Join(all, "; ")
}

func versioned(v string) string {
	if v == "" {
		return ""
	}
	return "version " + v
}

func owned(owner string) string {
	if owner == "" {
		return ""
	}
	return "owner " + owner
}

func day(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return "set " + at.Format(time.DateOnly)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// visible is a text with what a terminal shows alone: names come from elsewhere.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\ufffd'
	}, s)
}
