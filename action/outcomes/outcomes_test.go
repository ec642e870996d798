package outcomes

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

// took is what Times come to, in days.
func took(median, p90 float64, open int, all ...float64) Times {
	t := Times{Count: len(all), Open: open, Median: on(median).Sub(begin), P90: on(p90).Sub(begin)}
	for _, d := range all {
		t.all = append(t.all, on(d).Sub(begin))
	}
	return t
}

// TestSample compares with figures that were worked out by hand.
func TestSample(t *testing.T) {
	o := figuresOf(t, sample(t), sampleSince, sampleNow)
	wantFigures(t, "all", o.All, Figures{
		Open: 6, OpenLive: 3, Overdue: 5, OverdueLive: 3, Accepted: 1, AcceptedLive: 1, FalsePositives: 1,
		Detect:      took(1, 12, 0, 0, 0, 1, 1, 1, 2, 6, 12),
		Acknowledge: took(1, 3, 5, 1, 1, 3),
		Rotate:      took(4.5, 8, 6, 1, 8),
		Dead:        took(4, 12, 6, 3, 4, 12),
		Exposure:    Exposure{Days: 118, Secrets: 9, Open: 6},
		Recurrence:  Recurrence{Closed: 3, Again: 1},
	})
	wantGroups(t, o.Teams, map[string]Figures{
		"@acme/data": {
			Open: 1, Overdue: 1, FalsePositives: 1, Detect: took(1, 1, 0, 1), Exposure: Exposure{3, 1, 0},
			Acknowledge: Times{Open: 1}, Rotate: Times{Open: 1}, Dead: Times{Open: 1},
		},
		"@acme/payments": {
			Open: 1, OpenLive: 1, Overdue: 1, OverdueLive: 1, Detect: took(12, 12, 0, 12), Exposure: Exposure{26, 2, 1},
			Acknowledge: Times{Open: 1}, Rotate: took(8, 8, 1, 8), Dead: took(12, 12, 1, 12), Recurrence: Recurrence{1, 0},
		},
		"@acme/web": {
			Open: 2, OpenLive: 2, Overdue: 2, OverdueLive: 2, Accepted: 1, AcceptedLive: 1,
			Detect: took(0.5, 2, 0, 0, 0, 1, 2), Exposure: Exposure{56, 4, 3},
			Acknowledge: took(1, 3, 1, 1, 1, 3), Rotate: took(1, 1, 2, 1), Dead: took(3.5, 4, 2, 3, 4), Recurrence: Recurrence{2, 1},
		},
		"nobody": {
			Open: 2, Overdue: 1, Detect: took(3.5, 6, 0, 1, 6), Exposure: Exposure{33, 2, 2},
			Acknowledge: Times{Open: 2}, Rotate: Times{Open: 2}, Dead: Times{Open: 2},
		},
	})
	if got, want := namesOf(o.Severities), "critical high medium"; got != want {
		t.Errorf("severities %s, want %s", got, want)
	}
	if got, want := namesOf(o.Providers), "aws github postgres"; got != want {
		t.Errorf("providers %s, want %s", got, want)
	}
}

func TestSampleExposed(t *testing.T) {
	b := sample(t)
	o := figuresOf(t, b, sampleSince, sampleNow)
	var got []string
	for _, e := range o.Exposed {
		for n := range 13 {
			if name := fmt.Sprintf("s%02d", n); b.l.ID(name) == e.Secret {
				got = append(got, fmt.Sprintf("%s %.0f %v", name, e.Days, e.Open))
			}
		}
	}
	slices.SortStableFunc(got, func(a, b string) int { return strings.Compare(a[:3], b[:3]) })
	want := []string{"s02 4 false", "s03 23 true", "s04 22 true", "s05 5 true", "s06 3 true", "s07 3 false", "s08 26 true", "s10 2 false", "s11 30 true"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if !slices.IsSortedFunc(o.Exposed, func(a, b SecretExposure) int { return cmp.Compare(b.Days, a.Days) }) {
		t.Error("not the longest first")
	}
}

func TestSampleCoverage(t *testing.T) {
	c := figuresOf(t, sample(t), sampleSince, sampleNow).Coverage
	if share, _ := c.Share(); c.Scans != 20 || c.Complete != 18 || share != 0.9 || c.Gappy() != 1 || len(c.Sources) != 2 {
		t.Fatalf("got %+v", c)
	}
	shop, web := c.Sources[0], c.Sources[1]
	if shop.Name != "history of shop" || shop.Read["commits"] != 15 || len(shop.Gaps) != 1 || !shop.At.Equal(on(30)) || web.Name != "history of web" {
		t.Errorf("got %+v", c.Sources)
	}
}

// TestNothing wants an empty ledger to have no figure that looks like one.
func TestNothing(t *testing.T) {
	b := newBook(t)
	o := figuresOf(t, b, 0, 2)
	if _, known := o.All.Recurrence.Rate(); known {
		t.Error("a recurrence rate of nothing")
	}
	if _, known := o.Coverage.Share(); known {
		t.Error("a share of no scans")
	}
	if len(o.Daily) != 3 || o.Daily[2].Open != 0 || len(o.Teams) != 0 {
		t.Errorf("got %+v", o)
	}
	if _, err := Compute(t.Context(), b.l, on(2), on(2), DefaultStale); err == nil {
		t.Error("figures of a window that holds no time")
	}
}

// TestWindow wants what happens at its first moment to be in a window, and what
// happens at its end not to be, so that windows can follow one another.
func TestWindow(t *testing.T) {
	b := newBook(t)
	r := kind("aws", rules.High)
	b.seen(1, "s", r, verify.Live, on(0), "a")
	b.rotated(2, "s")
	b.seen(2, "s", r, verify.Dead, on(0), "a")
	b.seen(3, "s", r, verify.Dead, on(0), "a")
	b.closed(3, "s")
	for _, c := range []struct {
		name                        string
		since, now                  float64
		found, rotated, dead, still int
		exposed                     float64
	}{
		{"before it is found", 0, 1, 0, 0, 0, 0, 0},
		{"found", 1, 2, 1, 0, 0, 1, 1},
		{"rotated", 2, 3, 0, 1, 0, 1, 0},
		{"closed", 3, 4, 0, 0, 1, 0, 0},
		{"all of it", 0, 4, 1, 1, 1, 0, 2},
		{"after it", 4, 5, 0, 0, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := figuresOf(t, b, c.since, c.now).All
			got := []int{f.Detect.Count, f.Rotate.Count, f.Dead.Count, f.Dead.Open}
			if want := []int{c.found, c.rotated, c.dead, c.still}; !slices.Equal(got, want) || !near(f.Exposure.Days, c.exposed) {
				t.Errorf("found, rotated, dead, still open: %v, want %v; exposed %v days, want %v", got, want, f.Exposure.Days, c.exposed)
			}
		})
	}
}

// TestDecisions follows what people say of one secret.
func TestDecisions(t *testing.T) {
	r := kind("aws", rules.High)
	for _, c := range []struct {
		name string
		do   func(b *book)
		want Figures // of days 0 to 20, for a secret found live on day 1, its place known since day 0
	}{
		{"nothing", func(*book) {}, Figures{
			Open: 1, OpenLive: 1, Overdue: 1, OverdueLive: 1, Detect: took(1, 1, 0, 1),
			Acknowledge: Times{Open: 1}, Rotate: Times{Open: 1}, Dead: Times{Open: 1}, Exposure: Exposure{20, 1, 1},
		}},
		{"acknowledged twice", func(b *book) { b.acknowledged(2, "s"); b.acknowledged(5, "s") }, Figures{
			Open: 1, OpenLive: 1, Overdue: 1, OverdueLive: 1, Detect: took(1, 1, 0, 1),
			Acknowledge: took(1, 1, 0, 1), Rotate: Times{Open: 1}, Dead: Times{Open: 1}, Exposure: Exposure{20, 1, 1},
		}},
		{"accepted, and over", func(b *book) {
			b.accepted(2, "s", 4)
			b.now = on(6)
			_, err := b.l.Expire(b.t.Context())
			b.must(err)
		}, Figures{
			Open: 1, OpenLive: 1, Overdue: 1, OverdueLive: 1, Detect: took(1, 1, 0, 1),
			Acknowledge: Times{Open: 1}, Rotate: Times{Open: 1}, Dead: Times{Open: 1}, Exposure: Exposure{20, 1, 1},
		}},
		{"accepted, and dead", func(b *book) {
			b.accepted(2, "s", 100)
			b.seen(3, "s", r, verify.Dead, on(0), "a")
			b.seen(4, "s", r, verify.Dead, on(0), "a")
			b.closed(5, "s")
		}, Figures{Detect: took(1, 1, 0, 1), Dead: took(4, 4, 0, 4), Exposure: Exposure{3, 1, 0}, Recurrence: Recurrence{1, 0}}},
		{"rotated after it was closed", func(b *book) {
			b.seen(3, "s", r, verify.Dead, on(0), "a")
			b.seen(4, "s", r, verify.Dead, on(0), "a")
			b.closed(4, "s")
			b.rotated(6, "s")
		}, Figures{Detect: took(1, 1, 0, 1), Rotate: took(5, 5, 0, 5), Dead: took(3, 3, 0, 3), Exposure: Exposure{3, 1, 0}, Recurrence: Recurrence{1, 0}}},
		{"a false positive", func(b *book) {
			b.seen(2, "s", r, verify.Dead, on(0), "a")
			b.falsePositive(3, "s")
		}, Figures{FalsePositives: 1}},
		{"an event that does not fit, of the tracker", func(b *book) {
			b.must(b.l.Note(b.t.Context(), b.l.ID("s"), "issues sync", "reopened", "the issue"))
		}, Figures{
			Open: 1, OpenLive: 1, Overdue: 1, OverdueLive: 1, Detect: took(1, 1, 0, 1),
			Acknowledge: Times{Open: 1}, Rotate: Times{Open: 1}, Dead: Times{Open: 1}, Exposure: Exposure{20, 1, 1},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBook(t)
			b.seen(1, "s", r, verify.Live, on(0), "a")
			c.do(b)
			wantFigures(t, "all", figuresOf(t, b, 0, 20).All, c.want)
		})
	}
}

func TestTimes(t *testing.T) {
	for _, c := range []struct {
		name        string
		days        []float64
		median, p90 float64
	}{
		{"one", []float64{3}, 3, 3},
		{"two", []float64{1, 4}, 2.5, 4},
		{"nine in ten", []float64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 5.5, 9},
		{"eleven", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 6, 10},
		{"all the same", []float64{2, 2, 2}, 2, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got Times
			for _, d := range c.days {
				got.add(on(d).Sub(begin))
			}
			got.settle()
			if got.Count != len(c.days) || !near(inDays(got.Median), c.median) || !near(inDays(got.P90), c.p90) {
				t.Errorf("%d times: median %v, p90 %v; want %v, %v", got.Count, inDays(got.Median), inDays(got.P90), c.median, c.p90)
			}
		})
	}
}

// chance writes a ledger by chance: some secrets, and at rising times what may happen
// to one of them. What the ledger refuses is left out.
func chance(t *testing.T, seed uint64) (b *book, end float64) {
	b = newBook(t)
	r := rand.New(rand.NewPCG(seed, 1))
	kinds := []*rules.Rule{kind("aws", rules.Critical), kind("github", rules.High), kind("postgres", rules.Low)}
	states := []verify.State{verify.Live, verify.Live, verify.Dead, verify.Dead, verify.Unknown, verify.Unverified}
	day := 0.0
	for range 150 {
		day += r.Float64() / 2
		n := r.IntN(8)
		name, id := fmt.Sprintf("s%d", n), b.l.ID(fmt.Sprintf("s%d", n))
		b.now = on(day)
		ctx := t.Context()
		switch r.IntN(9) {
		case 0:
			_ = b.l.Acknowledge(ctx, id, "ada", "on it")
		case 1:
			_ = b.l.Rotate(ctx, id, "ada", "done")
		case 2:
			_, _ = b.l.CloseDead(ctx, id, "issues sync", time.Minute)
		case 3:
			_ = b.l.Accept(ctx, id, "ada", "a test", on(day+3))
		case 4:
			if r.IntN(4) == 0 {
				_ = b.l.FalsePositive(ctx, id, "ada", "no key")
			}
		case 5:
			_, _ = b.l.Expire(ctx)
		case 6:
			_ = b.l.Reopen(ctx, id, "ada", "it is back")
		default:
			since := time.Time{}
			if r.IntN(2) == 0 {
				since = on(day - 5*r.Float64())
			}
			b.seen(day, name, kinds[n%3], states[r.IntN(len(states))], since, fmt.Sprint(r.IntN(3)))
			if r.IntN(3) == 0 {
				b.owned(name, "@acme/"+[]string{"web", "data"}[r.IntN(2)])
			}
		}
	}
	return b, day + 1
}

// TestChance wants what must hold whatever happens.
func TestChance(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			b, end := chance(t, seed)
			secrets, err := b.l.History(t.Context(), ledger.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			wantReplayed(t, secrets, on(end))
			wantDaily(t, secrets, figuresOf(t, b, end/3, end-2))
			wantProperties(t, figuresOf(t, b, end/4, end))
		})
	}
}

// wantReplayed wants the state that comes of the events to be the ledger's own.
func wantReplayed(t *testing.T, secrets []ledger.History, now time.Time) {
	for i := range secrets {
		h := &secrets[i]
		line := replay(h, now)
		if last := line.openings[len(line.openings)-1]; line.state != h.State || !last.at.Equal(h.OpenedAt) {
			t.Errorf("replayed %s, opened %v; the ledger has %s, %v", line.state, last.at, h.State, h.OpenedAt)
		}
	}
}

// wantDaily compares the series with an account of each day by itself.
func wantDaily(t *testing.T, secrets []ledger.History, o *Outcomes) {
	day := o.Since.Truncate(24 * time.Hour)
	for i, d := range o.Daily {
		next := day.Add(24 * time.Hour)
		want := Day{Date: day.Format("2006-01-02")}
		for j := range secrets {
			countDay(&want, &secrets[j], later(day, o.Since), earlier(next, o.Now))
		}
		if d != want {
			t.Errorf("day %d: got %+v, want %+v", i, d, want)
		}
		day = next
	}
	if day.Before(o.Now) {
		t.Errorf("there is no day after %v", day)
	}
	if last := o.Daily[len(o.Daily)-1]; last.Open != o.All.Open || last.OpenLive != o.All.OpenLive {
		t.Errorf("%+v on the last day, %d open and %d live now", last, o.All.Open, o.All.OpenLive)
	}
}

// countDay counts a secret on the day that lasts from one time to another.
func countDay(d *Day, h *ledger.History, from, to time.Time) {
	if !h.FoundAt.Before(to) {
		return
	}
	if !h.FoundAt.Before(from) {
		d.Found++
	}
	open, dead := true, false // dead: this closing has been counted
	for _, e := range h.Events {
		if !e.At.Before(to) {
			break
		}
		switch e.Kind {
		case "dead":
			if !dead && !e.At.Before(from) {
				d.Dead++
			}
			open, dead = false, true
		case "accepted", "false-positive":
			open = false
		case "reopened":
			open, dead = true, false
		}
	}
	live := false
	for _, v := range h.Verdicts {
		switch {
		case !v.When.Before(to):
		case v.State == verify.Live:
			live = true
		case v.State == verify.Dead:
			live = false
		}
	}
	d.Open += one(open)
	d.OpenLive += one(open && live)
}

func wantProperties(t *testing.T, o *Outcomes) {
	for name, groups := range map[string][]Group{"teams": o.Teams, "providers": o.Providers, "severities": o.Severities} {
		var sum Figures
		for _, g := range groups {
			sum.plus(&g.Figures)
		}
		sum.settle()
		wantFigures(t, "the sum of the "+name, sum, o.All)
	}
	for _, times := range []Times{o.All.Detect, o.All.Acknowledge, o.All.Rotate, o.All.Dead} {
		if times.P90 < times.Median || times.Median < 0 {
			t.Errorf("median %v, p90 %v", times.Median, times.P90)
		}
	}
	exposed := 0.0
	for _, e := range o.Exposed {
		exposed += e.Days
	}
	if f := o.All; !near(exposed, f.Exposure.Days) || f.OpenLive > f.Open || f.OverdueLive > f.Overdue || f.Overdue > f.Open || f.Recurrence.Again > f.Recurrence.Closed {
		t.Errorf("%v days of exposure by secret; figures %+v", exposed, f)
	}
}

// plus adds figures that have not been settled to others.
func (f *Figures) plus(g *Figures) {
	for _, n := range []struct{ to, from *int }{
		{&f.Open, &g.Open}, {&f.OpenLive, &g.OpenLive}, {&f.Overdue, &g.Overdue}, {&f.OverdueLive, &g.OverdueLive},
		{&f.Accepted, &g.Accepted}, {&f.AcceptedLive, &g.AcceptedLive}, {&f.FalsePositives, &g.FalsePositives},
		{&f.Exposure.Secrets, &g.Exposure.Secrets}, {&f.Exposure.Open, &g.Exposure.Open},
		{&f.Recurrence.Closed, &g.Recurrence.Closed}, {&f.Recurrence.Again, &g.Recurrence.Again},
	} {
		*n.to += *n.from
	}
	f.Exposure.Days += g.Exposure.Days
	for _, times := range []struct{ to, from *Times }{
		{&f.Detect, &g.Detect}, {&f.Acknowledge, &g.Acknowledge}, {&f.Rotate, &g.Rotate}, {&f.Dead, &g.Dead},
	} {
		times.to.Open += times.from.Open
		times.to.all = append(times.to.all, times.from.all...)
	}
}

func wantFigures(t *testing.T, of string, got, want Figures) {
	t.Helper()
	if near(got.Exposure.Days, want.Exposure.Days) {
		got.Exposure.Days = want.Exposure.Days
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\ngot  %+v\nwant %+v", of, got, want)
	}
}

func wantGroups(t *testing.T, got []Group, want map[string]Figures) {
	t.Helper()
	if names := strings.Join(slices.Sorted(maps.Keys(want)), " "); namesOf(got) != names {
		t.Fatalf("groups %s, want %s", namesOf(got), names)
	}
	for _, g := range got {
		wantFigures(t, g.Name, g.Figures, want[g.Name])
	}
}

func namesOf(groups []Group) string {
	var names []string
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return strings.Join(names, " ")
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6 }
