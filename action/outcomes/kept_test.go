package outcomes

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// TestKeptAge judges entries by when they were made and when their value was set.
func TestKeptAge(t *testing.T) {
	never := time.Time{}
	for _, tt := range []struct {
		name             string
		created, updated time.Time
		rotation         string
		want             []string
	}{
		{"set just as long ago as may be", on(-400), on(-365), "", []string{}},
		{"set longer ago", on(-400), on(-365.001), "", []string{"stale"}},
		{"never set again, for 90 days", on(-90), on(-90), "", []string{}},
		{"never set again, for longer", on(-90.001), on(-90.001), "", []string{"never rotated"}},
		{"never set again, for years", on(-800), on(-800), "", []string{"stale", "never rotated"}},
		{"first set a minute after it was made", on(-200), on(-200).Add(time.Minute), "", []string{"never rotated"}},
		{"set again at once", on(-200), on(-200).Add(61 * time.Second), "", []string{}},
		{"nobody tells when it was made", never, on(-200), "", []string{}},
		{"nobody tells when it was set", on(-800), never, "", []string{"no date"}},
		{"nobody tells anything", never, never, "", []string{"no date"}},
		{"issued by the manager", never, never, "issued per lease, ttl 1h", []string{}},
		{"rotated by the manager, which failed", on(-800), on(-500), "every 30 days", []string{"stale"}},
		{"set by a clock that is ahead", on(1), on(1), "", []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := judged(ledger.Kept{Created: tt.created, Updated: tt.updated, Rotation: tt.rotation}, DefaultStale, on(0))
			if got := e.standing(); !slices.Equal(got, tt.want) || e.Age < 0 {
				t.Errorf("%q, of %v; want %q", got, e.Age, tt.want)
			}
		})
	}
}

// TestKeptSample compares with figures that were worked out by hand.
func TestKeptSample(t *testing.T) {
	k := figuresOf(t, sample(t), sampleSince, sampleNow).Kept
	if want := (KeptFigures{Entries: 7, Stale: 2, NeverRotated: 2, Unknown: 1}); k.All != want {
		t.Errorf("all: %+v, want %+v", k.All, want)
	}
	if want := []KeptGroup{{"@acme/web", KeptFigures{Entries: 1}}, {Nobody, KeptFigures{4, 1, 1, 1}}, {"payments", KeptFigures{2, 1, 1, 0}}}; !reflect.DeepEqual(k.Owners, want) {
		t.Errorf("owners: %+v, want %+v", k.Owners, want)
	}
	if want := []KeptGroup{{"https://git.acme.com/shop", KeptFigures{2, 1, 1, 0}}}; !reflect.DeepEqual(k.Repositories, want) {
		t.Errorf("repositories: %+v, want %+v", k.Repositories, want)
	}
	if want := []Manager{{"github acme/shop", on(30), true}, {"vault https://vault.acme.example secret/", on(39), false}}; !reflect.DeepEqual(k.Managers, want) {
		t.Errorf("managers: %+v, want %+v", k.Managers, want)
	}
	var order []string
	for _, e := range k.Entries {
		order = append(order, fmt.Sprint(e.Entry, " ", len(e.Leaked), " ", e.InUse))
	}
	if want := []string{
		"DEPLOY_KEY 0 false", "secret/shop/aws#key 1 true", "secret/shop/stripe#key 0 false", "secret/web/github#token 1 false", "NEW_KEY 0 false",
		"database/roles/shop 0 false", "secret/old#key 0 false",
	}; !slices.Equal(order, want) {
		t.Errorf("entries %q, want %q", order, want)
	}
}

// TestKeptInUse counts leaked secrets that an entry still holds, and the rotations that
// readings saw, by what became of them.
func TestKeptInUse(t *testing.T) {
	entry := ledger.Kept{Keeper: scanner.Keeper{Manager: "vault", Entry: "shop#key"}, Created: on(0), Updated: on(0)}
	for _, tt := range []struct {
		name             string
		then             func(b *book)
		inUse, rotations int
	}{
		{"still held", func(b *book) {}, 1, 0},
		{"accepted, and still held", func(b *book) { b.accepted(4, "s", 90) }, 1, 0},
		{"no secret", func(b *book) { b.falsePositive(4, "s") }, 0, 0},
		{"dead", func(b *book) {
			b.seen(4, "s", kind("aws", rules.High), verify.Dead, on(1), "a")
			b.seen(5, "s", kind("aws", rules.High), verify.Dead, on(1), "a")
			b.closed(6, "s")
		}, 0, 0},
		{"another value, seen in the window", func(b *book) {
			b.now = on(9)
			b.synced(9, "vault", entry)
		}, 0, 1},
		{"another value, seen after the window", func(b *book) {
			b.now = on(11)
			b.synced(11, "vault", entry)
		}, 0, 0},
		{"rotated, as somebody says", func(b *book) { b.rotated(4, "s") }, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook(t)
			held := entry
			held.Values = []ledger.KeptValue{b.valueOf("s")}
			b.synced(1, "vault", held)
			b.seen(2, "s", kind("aws", rules.High), verify.Unknown, on(1), "a")
			tt.then(b)
			k := figuresOf(t, b, 0, 10).Kept
			if k.InUse != tt.inUse || k.Rotations != tt.rotations {
				t.Errorf("%d in use and %d rotations, want %d and %d", k.InUse, k.Rotations, tt.inUse, tt.rotations)
			}
		})
	}
}

// TestKeptWorst wants the oldest twenty.
func TestKeptWorst(t *testing.T) {
	b := newBook(t)
	var entries []ledger.Kept
	for i := range mostWorst + 5 {
		entries = append(entries, ledger.Kept{Keeper: scanner.Keeper{Manager: "vault", Entry: fmt.Sprint("e", i)}, Created: on(-999), Updated: on(float64(-400 - i))})
	}
	entries = append(entries, ledger.Kept{Keeper: scanner.Keeper{Manager: "vault", Entry: "fresh"}, Updated: on(-1)})
	b.synced(0, "vault", entries...)
	k := figuresOf(t, b, 0, 1).Kept
	worst := k.Worst()
	if len(worst) != mostWorst || worst[0].Entry != fmt.Sprint("e", mostWorst+4) || worst[mostWorst-1].Entry != "e5" {
		t.Errorf("%d entries, first %s, last %s", len(worst), worst[0].Entry, worst[len(worst)-1].Entry)
	}
}

// TestKeptPage wants the dashboard to have each entry, with a link only to the web.
func TestKeptPage(t *testing.T) {
	b := newBook(t)
	b.synced(1, "vault",
		ledger.Kept{Keeper: scanner.Keeper{Manager: "vault", Entry: "a", Link: "https://vault.acme.example/ui", Owner: "payments"}, Version: "3", Rotation: "every 30 days", Created: on(-400), Updated: on(-398)},
		ledger.Kept{Keeper: scanner.Keeper{Manager: "vault", Entry: "b", Link: "javascript:alert(1)"}, Repository: "https://git.acme.com/shop"})
	got := pageOf(t, b, 0, 2).Kept
	want := KeptPage{
		StaleDays: 365, Figures: KeptFigures{Entries: 2, Stale: 1, Unknown: 1}, Managers: []Manager{{"vault", on(1), false}},
		Rows: []KeptRow{
			{Manager: "vault", Entry: Link{"a", "https://vault.acme.example/ui"}, Owner: "payments", Version: "3", Rotation: "every 30 days", Updated: on(-398).UnixMilli(), AgeDays: 400, Standing: []string{"stale"}},
			{Manager: "vault", Entry: Link{Text: "b"}, Owner: Nobody, Repository: "https://git.acme.com/shop", Standing: []string{"no date"}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
