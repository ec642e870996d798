package outcomes

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// Page is all that the dashboard shows. Times are milliseconds since 1970 (UTC),
// days are those of Day; 0 is never.
type Page struct {
	Since    int64    `json:"since"`
	Now      int64    `json:"now"`
	Figures  Figures  `json:"figures"`
	Daily    []Day    `json:"daily"`
	Burndown []Burn   `json:"burndown"` // the days of Daily, then those until the last deadline
	Rows     []Row    `json:"rows"`     // in the order in which they were found
	Kept     KeptPage `json:"kept"`
	Coverage Coverage `json:"coverage"`
}

// Burn is a day of the burn-down, just before its end.
type Burn struct {
	Date   string `json:"date"`
	Open   *int   `json:"open"`   // nil for a day to come
	InTime int    `json:"inTime"` // open, or to be, with a deadline that has not come
}

// Row is a secret.
type Row struct {
	ID           string   `json:"id"`
	Rule         string   `json:"rule"`
	RuleName     string   `json:"ruleName"`
	Provider     string   `json:"provider"`
	Severity     string   `json:"severity"`
	Redacted     string   `json:"redacted"`
	Name         string   `json:"name,omitempty"`
	State        string   `json:"state"`
	Closed       bool     `json:"closed"` // nobody has to deal with it
	Verdict      string   `json:"verdict"`
	VerdictAt    int64    `json:"verdictAt"`
	Evidence     string   `json:"evidence,omitempty"`
	Live         bool     `json:"live"` // its issuer has last said so
	Identity     string   `json:"identity,omitempty"`
	Access       string   `json:"access,omitempty"`
	Owner        string   `json:"owner"`
	Owners       []string `json:"owners,omitempty"` // the same one first, with evidence
	Repositories []string `json:"repositories,omitempty"`
	ExposedSince int64    `json:"exposedSince"`
	ExposedDays  float64  `json:"exposedDays"` // since then, not counting those when it was dead
	FoundAt      int64    `json:"foundAt"`
	ClosedAt     int64    `json:"closedAt"`
	Deadline     int64    `json:"deadline"`
	Recurrences  int      `json:"recurrences"`
	Issue        *Link    `json:"issue,omitempty"`
	Occurrences  int      `json:"occurrences"`
	Places       []Place  `json:"places"` // the first occurrences
}

// Link is something on the web; without an address it is but a name.
type Link struct {
	Text string `json:"text"`
	URL  string `json:"url,omitempty"`
}

// Place is an occurrence.
type Place struct {
	Kind       string `json:"kind"`
	Repository string `json:"repository,omitempty"`
	Where      Link   `json:"where"`
	Commit     string `json:"commit,omitempty"`
	Author     string `json:"author,omitempty"`
	Date       int64  `json:"date"`
	InHead     bool   `json:"inHead"`
}

// maxPlaces is how many occurrences of a secret are listed: some have thousands.
const maxPlaces = 100

// maxAhead is how many days the burn-down looks ahead.
const maxAhead = 180

// NewPage adds to the outcomes of a ledger each of its secrets.
func NewPage(ctx context.Context, l *ledger.Ledger, o *Outcomes) (Page, error) {
	secrets, err := l.History(ctx, ledger.Filter{})
	if err != nil {
		return Page{}, err
	}
	return newPage(secrets, o), nil
}

func newPage(secrets []ledger.History, o *Outcomes) Page {
	p := Page{Since: millis(o.Since), Now: millis(o.Now), Figures: o.All, Daily: o.Daily, Rows: []Row{}, Kept: keptPage(&o.Kept), Coverage: o.Coverage}
	var timelines []timeline
	for i := range secrets {
		if !secrets[i].FoundAt.Before(o.Now) {
			continue
		}
		t := replay(&secrets[i], o.Now)
		timelines = append(timelines, t)
		p.Rows = append(p.Rows, rowOf(&t, o.Now))
	}
	p.Burndown = burndown(timelines, o)
	return p
}

func rowOf(t *timeline, now time.Time) Row {
	s := t.secret
	v := &s.Details.Verdict
	r := Row{
		ID: s.ID, Rule: s.Rule, RuleName: s.RuleName, Provider: s.Provider, Severity: s.Severity, Redacted: s.Redacted, Name: s.Name,
		State: string(t.state), Closed: t.state.Closed(), Verdict: string(s.Verdict), VerdictAt: millis(s.VerdictAt),
		Evidence: cmp.Or(v.Evidence, v.Reason), Live: ongoing(t.live, now), Identity: identityOf(v.Identity), Access: string(v.Access),
		Owner: teamOf(s), ExposedSince: millis(s.ExposedSince), ExposedDays: t.exposure(window{now: now}).Days, FoundAt: millis(s.FoundAt), ClosedAt: millis(s.ClosedAt),
		Deadline: millis(s.Deadline), Recurrences: s.Recurrences, Occurrences: len(s.Occurrences), Places: []Place{},
	}
	for _, o := range s.Owners {
		r.Owners = append(r.Owners, strings.TrimSuffix(fmt.Sprintf("%s: %s", cmp.Or(o.Name, o.Kind), o.Evidence), ": "))
	}
	if i := s.Issue; i != nil {
		r.Issue = &Link{fmt.Sprintf("%s#%d", i.Project, i.Number), webAddress(i.URL)}
	}
	for i := range s.Occurrences {
		o := &s.Occurrences[i].Occurrence
		if o.Repository != "" && !slices.Contains(r.Repositories, o.Repository) {
			r.Repositories = append(r.Repositories, o.Repository)
		}
		if i < maxPlaces {
			r.Places = append(r.Places, Place{
				Kind: string(o.Kind), Repository: o.Repository, Where: Link{whereOf(o), webAddress(o.Link)},
				Commit: o.Commit, Author: o.Author, Date: millis(o.Date), InHead: o.InHead,
			})
		}
	}
	return r
}

// identityOf says whose a secret is: "deploy-bot of acme, machine".
func identityOf(i verify.Identity) string {
	text := cmp.Or(i.Name, i.ID)
	if i.Account != "" && i.Account != text {
		text = strings.TrimPrefix(text+" of "+i.Account, " of ")
	}
	if i.Kind != "" && text != "" {
		text += ", " + i.Kind
	}
	return text
}

// whereOf says where in its repository, build or variables an occurrence is.
func whereOf(o *scanner.Occurrence) string {
	var parts []string
	add := func(before, text string) {
		if text != "" {
			parts = append(parts, before+text)
		}
	}
	file := cmp.Or(o.Path, o.Field)
	if file != "" && o.StartLine > 0 {
		file = fmt.Sprintf("%s:%d", file, o.StartLine)
	}
	add("", file)
	add("run ", o.Run)
	add("job ", o.Job)
	add("step ", o.Step)
	add("variable ", o.Variable)
	add("of ", o.Scope)
	return cmp.Or(strings.Join(parts, ", "), string(o.Kind))
}

// webAddress is an address if it leads to the web, else "": what others wrote is not
// to become a link that runs something.
func webAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.String()
}

// burndown counts open secrets by day against their deadlines. The ledger has the
// deadline of a secret's last opening only: earlier ones count as kept.
func burndown(timelines []timeline, o *Outcomes) []Burn {
	var all []Burn
	for i := range o.Daily {
		at := o.Since.Truncate(24*time.Hour).AddDate(0, 0, i+1)
		all = append(all, Burn{o.Daily[i].Date, &o.Daily[i].Open, inTime(timelines, earlier(at, o.Now), o.Now)})
	}
	for i := range maxAhead {
		if i > 0 && all[len(all)-1].InTime == 0 {
			break
		}
		day := o.Since.Truncate(24*time.Hour).AddDate(0, 0, len(o.Daily)+i)
		all = append(all, Burn{day.Format(time.DateOnly), nil, inTime(timelines, day.AddDate(0, 0, 1), o.Now)})
	}
	return all
}

// inTime counts the secrets that are open just before a time, with a deadline that
// is not before it. Of a time to come, what is open now counts as open.
func inTime(timelines []timeline, at, now time.Time) int {
	n := 0
	for i := range timelines {
		t := &timelines[i]
		for j := range t.openings {
			s := t.openings[j].span(now)
			last := j == len(t.openings)-1
			ahead := at.After(now) && last && !t.state.Closed()
			open := ahead || s.from.Before(at) && !s.to.Before(at)
			n += one(open && !(last && t.secret.Deadline.Before(at)))
		}
	}
	return n
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
