package outcomes

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"
)

const (
	textGroups  = 5  // of teams, of providers and of severities
	textKept    = 3  // entries of secrets managers
	textSources = 4  // with gaps
	textName    = 32 // characters of a name
	textLine    = 98 // characters of a line
)

// none stands for what cannot be said, because there is nothing it could be of.
const none = "–"

// WriteText writes the figures for a person, on one screen. Long lists are cut, and
// what is left out is counted.
func WriteText(w io.Writer, o *Outcomes) error {
	t := &text{bufio.NewWriter(w)}
	t.printf("Outcomes of %s days: %s to %s (UTC)", decimal(inDays(o.Now.Sub(o.Since))), o.Since.Format("2006-01-02 15:04"), o.Now.Format("2006-01-02 15:04"))
	t.now(o)
	t.times(&o.All)
	t.groups("TEAM", o.Teams)
	t.groups("PROVIDER", o.Providers)
	t.groups("SEVERITY", o.Severities)
	t.kept(&o.Kept)
	t.coverage(&o.Coverage)
	return t.out.Flush()
}

// text prints; an error of the writer stays in out until Flush.
type text struct{ out *bufio.Writer }

func (t *text) printf(format string, args ...any) { fmt.Fprintf(t.out, format+"\n", args...) }

// table prints rows of cells, which tabs separate, under a head.
func (t *text) table(head string, rows []string) {
	t.printf("")
	tw := tabwriter.NewWriter(t.out, 0, 8, 3, ' ', 0)
	fmt.Fprintln(tw, head)
	for _, r := range rows {
		fmt.Fprintln(tw, r)
	}
	tw.Flush()
}

func (t *text) now(o *Outcomes) {
	f := &o.All
	t.table("NOW\tlive\tall", []string{
		fmt.Sprintf("open\t%d\t%d", f.OpenLive, f.Open),
		fmt.Sprintf("overdue\t%d\t%d", f.OverdueLive, f.Overdue),
		fmt.Sprintf("accepted\t%d\t%d", f.AcceptedLive, f.Accepted),
	})
	t.printf("%s; %s", plural(f.FalsePositives, "false positive"), trend(o.Daily))
}

// trend says how the number of open live secrets went.
func trend(days []Day) string {
	most := slices.MaxFunc(days, func(a, b Day) int { return a.OpenLive - b.OpenLive })
	return fmt.Sprintf("open and live: %d on %s, at most %d (%s), %d now",
		days[0].OpenLive, days[0].Date, most.OpenLive, most.Date, days[len(days)-1].OpenLive)
}

func (t *text) times(f *Figures) {
	var rows []string
	for _, d := range durations() {
		q := d.of(f)
		if q.times == nil {
			continue
		}
		median, p90 := none, none
		if !q.none {
			median, p90 = length(q.times.Median), length(q.times.P90)
		}
		open := none
		if q.open >= 0 {
			open = strconv.Itoa(q.open)
		}
		rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%d\t%s", d.Title, median, p90, q.rests, open))
	}
	t.table("IN THE WINDOW\tmedian\tp90\trests on\tstill open", rows)
	t.printf("exposure: %s of %s, %d still exposed", exposureText(f.Exposure), plural(f.Exposure.Secrets, "secret"), f.Exposure.Open)
	r := f.Recurrence
	percent := none
	if rate, known := r.Rate(); known {
		percent = percentage(rate)
	}
	t.printf("recurrence: %d of %s as dead opened again (%s)", r.Again, plural(r.Closed, "closing"), percent)
}

func (t *text) groups(head string, groups []Group) {
	if len(groups) == 0 {
		return
	}
	shown := slices.Clone(groups)
	if len(shown) > textGroups { // those with the most to do
		slices.SortStableFunc(shown, func(a, b Group) int {
			x, y := &a.Figures, &b.Figures
			return slices.Compare([]int{y.OpenLive, y.Open, y.Exposure.Open}, []int{x.OpenLive, x.Open, x.Exposure.Open})
		})
		shown = shown[:textGroups]
	}
	var rows []string
	for i := range shown {
		f := &shown[i].Figures
		dead := none
		if f.Dead.Count > 0 {
			dead = length(f.Dead.Median)
		}
		rows = append(rows, fmt.Sprintf("%s\t%d\t%d\t%d\t%s (%d)\t%s", cut(inert(shown[i].Name), textName),
			f.OpenLive, f.Open, f.Overdue, dead, f.Dead.Count, exposureText(f.Exposure)))
	}
	t.table(head+"\tlive\topen\toverdue\tto dead (of)\texposure", rows)
	if n := len(groups) - len(shown); n > 0 {
		t.printf("and %d more", n)
	}
}

func (t *text) kept(k *Kept) {
	f := &k.All
	if len(k.Managers) == 0 {
		t.printf("\nSECRETS MANAGERS\nnone was read (leakguard inventory sync)")
		return
	}
	t.printf("\nSECRETS MANAGERS\n%s in %s: %d stale (%s days), %d never rotated (90 days), %d without a date", entryCount(f.Entries),
		plural(len(k.Managers), "manager"), f.Stale, decimal(inDays(k.Stale)), f.NeverRotated, f.Unknown)
	t.printf("%s still in use; %s seen", plural(k.InUse, "leaked secret"), plural(k.Rotations, "rotation"))
	for i, e := range k.Worst() {
		if i == textKept {
			break
		}
		t.printf("  %s", cut(inert(fmt.Sprintf("%.0f days: %s of %s", inDays(e.Age), e.Entry, e.Manager)), textLine))
	}
	if late := k.Late(); late > 0 {
		i := slices.IndexFunc(k.Managers, func(m Manager) bool { return m.Late })
		line := fmt.Sprintf("%s not read for more than 7 days, such as %s: %s", plural(late, "manager"), k.Managers[i].Synced.Format(time.DateOnly), k.Managers[i].Name)
		t.printf("  %s", cut(inert(line), textLine))
	}
}

func entryCount(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

func (t *text) coverage(c *Coverage) {
	percent := none
	if share, known := c.Share(); known {
		percent = percentage(share)
	}
	t.printf("\nCOVERAGE\n%s, %d complete (%s); %s, %d with gaps",
		plural(c.Scans, "scan"), c.Complete, percent, plural(len(c.Sources), "source"), c.Gappy())
	listed := 0
	for _, s := range c.Sources {
		if len(s.Gaps) == 0 {
			continue
		}
		if listed++; listed > textSources {
			t.printf("and %d more", c.Gappy()-textSources)
			return
		}
		g := s.Gaps[0]
		line := fmt.Sprintf("%s, %s: %s: %s", s.Name, s.At.Format(time.DateOnly), g.What, g.Why)
		if n := len(s.Gaps) - 1; n > 0 {
			line = fmt.Sprintf("%s, %s: %s, the first is %s: %s", s.Name, s.At.Format(time.DateOnly), plural(n+1, "gap"), g.What, g.Why)
		}
		t.printf("  %s", cut(inert(line), textLine))
	}
}

// length is a time in hours below a day, else in days.
func length(d time.Duration) string {
	if d < 24*time.Hour {
		return fmt.Sprintf("%.1f h", d.Hours())
	}
	return fmt.Sprintf("%.1f days", inDays(d))
}

// exposureText is an exposure in days, or none if nothing was exposed.
func exposureText(e Exposure) string {
	if e.Secrets == 0 {
		return none
	}
	return fmt.Sprintf("%.1f days", e.Days)
}

func percentage(part float64) string { return fmt.Sprintf("%.0f%%", 100*part) }

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// cut is s, with … in the place of what is too long for n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:n-1])) + "…"
}
