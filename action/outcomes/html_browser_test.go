package outcomes

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var screenshot = flag.String("screenshot", "", "file to write the picture of the dashboard to")

// largePage is the dashboard of a ledger of 2,000 secrets.
func largePage(t *testing.T) Page {
	t.Helper()
	b := organisation(t, 2000)
	o := figuresOf(t, b, 7, 7*weeks-6)
	p, err := NewPage(t.Context(), b.l, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rows) != 2000 {
		t.Fatalf("%d rows, want 2000", len(p.Rows))
	}
	return p
}

// fileOf writes a page to a file and returns its address.
func fileOf(t *testing.T, p Page) string {
	t.Helper()
	var text bytes.Buffer
	if err := WriteHTML(&text, p); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "dashboard.html")
	if err := os.WriteFile(name, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(name)}).String()
}

const (
	rowIDs   = `[...document.querySelectorAll(".secrets tbody tr[data-id]")].map((r) => r.dataset.id)`
	status   = `document.querySelector("#secrets [role=status]").textContent`
	focused  = `document.activeElement.textContent`
	heads    = `[...document.querySelectorAll(".secrets thead button")]`
	headings = `[...document.querySelectorAll("h1, h2, h3")].map((h) => h.tagName).join(" ")`
)

// TestBrowser has Chromium show the dashboard of 2,000 secrets and uses it with the
// keyboard alone.
func TestBrowser(t *testing.T) {
	chromium(t) // before the work for it
	p := largePage(t)
	address := fileOf(t, p)
	b := newBrowser(t) // its time runs
	b.open(address)
	if *screenshot != "" {
		if err := os.WriteFile(*screenshot, b.picture(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	expect(b, headings, "H1 H2 H2 H2 H2 H2 H2 H2 H2")
	expect(b, `document.querySelectorAll("#figures > div").length`, 6)
	expect(b, `document.querySelector("#figures .value").textContent`, number(p.Figures.OpenLive))
	expect(b, `document.querySelectorAll(".plot canvas").length`, 2)
	expect(b, `document.querySelectorAll(".plot[role=img][aria-label]").length`, 2)
	expect(b, `document.querySelectorAll("main details table").length`, 3)
	expect(b, `document.querySelectorAll("#trend details tbody tr").length`, len(p.Daily))

	sorts(b, p)
	searches(b, p)
	opens(b, p)
	ofOwner(b, p)
	keeps(b, p)

	b.media("screen", "dark")
	b.media("print", "light")
	expect(b, `getComputedStyle(document.querySelector(".filters")).display`, "none")
	b.quiet(address)
}

func number(n int) string {
	s := fmt.Sprint(n)
	if n >= 1000 {
		s = s[:len(s)-3] + "," + s[len(s)-3:]
	}
	return s
}

// chosen are the open rows that pass, as the table has them: in an order, then by
// deadline, then by id.
func chosen(p Page, pass func(*Row) bool, compare func(a, b *Row) int) []string {
	var rows []*Row
	for i := range p.Rows {
		if pass(&p.Rows[i]) {
			rows = append(rows, &p.Rows[i])
		}
	}
	slices.SortFunc(rows, func(a, b *Row) int {
		return cmp.Or(compare(a, b), cmp.Compare(a.Deadline, b.Deadline), strings.Compare(a.ID, b.ID))
	})
	ids := []string{}
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

func isOpen(r *Row) bool           { return !r.Closed }
func byVerdict(a, b *Row) int      { return cmp.Compare(verdictRank(a), verdictRank(b)) }
func byExposedDays(a, b *Row) int  { return cmp.Compare(a.ExposedDays, b.ExposedDays) }
func byOwner(a, b *Row) int        { return strings.Compare(a.Owner, b.Owner) }
func byPlacesDown(a, b *Row) int   { return cmp.Compare(b.Occurrences, a.Occurrences) }
func (b *browser) focus(is string) { b.t.Helper(); b.eval(is+".focus()", nil) }

func verdictRank(r *Row) int {
	return slices.Index([]string{"live", "unknown", "unverified", "unverifiable", "dead"}, r.Verdict)
}

// wantRows wants a page of the table to show these rows, from one of them on.
func wantRows(b *browser, what string, all []string, from int) {
	b.t.Helper()
	shown := all[from:min(from+50, len(all))]
	if got := b.texts(rowIDs); !slices.Equal(got, shown) {
		b.t.Errorf("%s: %d rows shown, not the %d expected ones", what, len(got), len(shown))
	}
	expect(b, status, fmt.Sprintf("%s of 2,000 secrets, %s–%s shown", number(len(all)), number(from+1), number(from+len(shown))))
}

// sorts sorts by columns, and turns the page.
func sorts(b *browser, p Page) {
	b.t.Helper()
	wantRows(b, "at first", chosen(p, isOpen, byVerdict), 0)
	for _, tt := range []struct {
		column  string
		twice   bool
		compare func(a, b *Row) int
	}{
		{"Exposed", false, byExposedDays},
		{"Owner", false, byOwner},
		{"Places", true, byPlacesDown},
	} {
		b.focus(heads + fmt.Sprintf(".find((h) => h.textContent === %q)", tt.column))
		b.keys("Enter")
		want := "ascending"
		if tt.twice {
			b.keys("Enter")
			want = "descending"
		}
		wantRows(b, tt.column, chosen(p, isOpen, tt.compare), 0)
		expect(b, `[...document.querySelectorAll("#secrets [aria-sort]")].map((h) => h.textContent + " " + h.getAttribute("aria-sort")).join()`, tt.column+" "+want)
		expect(b, focused, tt.column)
	}
	b.focus(`[...document.querySelectorAll("#secrets .pages button")].at(-1)`)
	b.keys("Enter")
	wantRows(b, "second page", chosen(p, isOpen, byPlacesDown), 50)
}

// searches types into the search field.
func searches(b *browser, p Page) {
	b.t.Helper()
	b.focus(`document.querySelector("input[type=search]")`)
	b.keys(strings.Split("Stripe LOGIN", "")...)
	stripe := func(r *Row) bool {
		return isOpen(r) && r.Provider == "stripe" && slices.ContainsFunc(r.Places, func(o Place) bool { return strings.HasSuffix(o.Repository, "/login") })
	}
	found := chosen(p, stripe, byPlacesDown)
	if len(found) == 0 || len(found) > 200 {
		b.t.Fatalf("%d rows: the ledger is no good for this test", len(found))
	}
	wantRows(b, "search", found, 0)
	b.eval(`const field = document.querySelector("input[type=search]"); field.value = "no such thing"; field.dispatchEvent(new Event("input"))`, nil)
	expect(b, status, "0 of 2,000 secrets")
	b.eval(`field.value = ""; field.dispatchEvent(new Event("input"))`, nil)
}

// opens shows where the first secret of the table lies, and hides it.
func opens(b *browser, p Page) {
	b.t.Helper()
	first := chosen(p, isOpen, byPlacesDown)[0]
	row := p.Rows[slices.IndexFunc(p.Rows, func(r Row) bool { return r.ID == first })]
	if len(row.Places) != maxPlaces || row.Occurrences <= maxPlaces {
		b.t.Fatalf("%d of %d occurrences listed, want %d", len(row.Places), row.Occurrences, maxPlaces)
	}
	b.focus(`document.querySelector(".secrets tbody button")`)
	b.keys("Enter")
	expect(b, `document.activeElement.getAttribute("aria-expanded")`, "true")
	expect(b, `document.querySelectorAll(".detail tbody tr").length`, maxPlaces)
	expect(b, `document.querySelector(".detail .note").textContent`, fmt.Sprintf("and %d more: leakguard ledger show %s", row.Occurrences-maxPlaces, first))
	linked := slices.IndexFunc(row.Places, func(o Place) bool { return o.Where.URL != "" })
	expect(b, `document.querySelector(".detail tbody a").href`, row.Places[linked].Where.URL)
	b.keys("Tab")
	expect(b, `document.activeElement.tagName`, "A")
	b.focus(`document.querySelector(".secrets tbody button")`)
	b.keys("Enter")
	expect(b, `document.querySelectorAll(".detail").length`, 0)
}

// ofOwner shows the secrets of the first owner of the chart.
func ofOwner(b *browser, p Page) {
	b.t.Helper()
	name := b.text(`document.querySelector("#owners button").textContent`)
	b.focus(`document.querySelector("#owners button")`)
	b.keys("Enter")
	wantRows(b, "of an owner", chosen(p, func(r *Row) bool { return isOpen(r) && r.Owner == name }, byPlacesDown), 0)
}

// keeps filters what secrets managers keep, and goes from an entry to the secret that
// leaked from it.
func keeps(b *browser, p Page) {
	b.t.Helper()
	const status = `document.querySelector("#kept [role=status]").textContent`
	const first = `document.querySelector(".kept tbody tr td").textContent`
	shown := func(n int) string {
		return fmt.Sprintf("%d of %d entries, 1–%d shown", n, len(p.Kept.Rows), min(n, 50))
	}
	expect(b, status, shown(len(p.Kept.Rows)))
	expect(b, first, p.Kept.Rows[0].Entry.Text)
	expect(b, `document.querySelector("#kept-note").textContent.includes("Not read for more than 7 days: github acme/shop (")`, true)
	stale := slices.DeleteFunc(slices.Clone(p.Kept.Rows), func(r KeptRow) bool { return !slices.Contains(r.Standing, "stale") })
	if len(stale) == 0 || len(stale) == len(p.Kept.Rows) {
		b.t.Fatalf("%d of %d entries are stale: the ledger is no good for this test", len(stale), len(p.Kept.Rows))
	}
	b.eval(`const standing = document.querySelector("#kept select"); standing.value = "stale"; standing.dispatchEvent(new Event("change"))`, nil)
	expect(b, status, shown(len(stale)))
	b.focus(`[...document.querySelectorAll(".kept thead button")].find((h) => h.textContent === "Last set")`)
	b.keys("Enter")
	expect(b, first, stale[len(stale)-1].Entry.Text)
	b.eval(`standing.value = "leaked, in use"; standing.dispatchEvent(new Event("change"))`, nil)
	id := strings.TrimSuffix(b.text(`document.querySelector(".kept tbody button").textContent`), "…")
	i := slices.IndexFunc(p.Rows, func(r Row) bool { return strings.HasPrefix(r.ID, id) })
	b.focus(`document.querySelector(".kept tbody button")`)
	b.keys("Enter")
	wantRows(b, "of an entry", []string{p.Rows[i].ID}, 0)
}

// TestBrowserServed has Chromium come with a token, and without.
func TestBrowserServed(t *testing.T) {
	b := newBrowser(t)
	page := hostilePage()
	h := Handler(func(context.Context) (Page, error) { return page, nil }, HandlerOptions{Token: testToken, Hosts: []string{"127.0.0.1"}})
	server := httptest.NewServer(h)
	defer server.Close()
	b.open(server.URL + "/")
	expect(b, `document.body.textContent.includes("with its token")`, true)
	b.open(server.URL + "/?token=" + testToken)
	expect(b, `location.href`, server.URL+"/")
	expect(b, `document.cookie`, "")
	expect(b, `document.querySelectorAll(".secrets tbody tr").length`, len(page.Rows))
	b.quiet(server.URL+"/", server.URL+"/?token="+testToken)
}

// TestBrowserHostile has Chromium show what is written to be run.
func TestBrowserHostile(t *testing.T) {
	b := newBrowser(t)
	page := hostilePage()
	address := fileOf(t, page)
	b.open(address)
	b.eval(`for (let i = 0; i < page.rows.length; i++) document.querySelectorAll(".secrets tr[data-id] button")[i].click()`, nil)
	expect(b, `document.querySelectorAll(".detail").length`, len(page.Rows))
	expect(b, `document.querySelectorAll(".kept tbody tr").length`, len(page.Kept.Rows))
	expect(b, `typeof window.harmed`, "undefined")
	expect(b, `document.querySelectorAll("img, iframe, main script, svg, [onerror]").length`, 0)
	expect(b, `[...document.querySelectorAll("a")].filter((a) => !/^(https?|file):/.test(a.href)).length`, 0)
	for i := range hostileTexts {
		expect(b, fmt.Sprintf(`document.querySelector("main").textContent.includes(page.rows[%d].ruleName)`, i), true)
		expect(b, fmt.Sprintf(`page.rows[%d].ruleName`, i), hostileTexts[i])
	}
	b.quiet(address)
}

// TestBrowserEmpty has Chromium show a ledger in which nothing is.
func TestBrowserEmpty(t *testing.T) {
	b := newBrowser(t)
	address := fileOf(t, pageOf(t, newBook(t), 0, 10))
	b.open(address)
	expect(b, status, "0 of 0 secrets")
	expect(b, `[...document.querySelectorAll("#figures .value")].map((v) => v.textContent).join(" ")`, "0 0 – – 0 –")
	expect(b, `document.querySelectorAll(".plot canvas").length`, 2)
	b.quiet(address)
}
