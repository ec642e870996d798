package outcomes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/leakguard/leakguard/scanner"
)

// hostileTexts are what whoever names a branch, a file or themselves could write.
var hostileTexts = []string{
	"</script><script>window.harmed = 1</script>",
	"<img src=x onerror='window.harmed = 1'>",
	"<!--<script>",
	"line\u2028and\u2029paragraph",
	"=HYPERLINK(\"https://evil.example\")",
	"{{.Data}} ${harmed} `harmed`",
	"]]>\x00\x7f\u202egnp.exe",
	"__proto__",
}

// hostilePage has each of these texts in all the places that data can come to.
func hostilePage() Page {
	open := 1
	p := Page{
		Since: begin.UnixMilli(), Now: on(2).UnixMilli(), Figures: Figures{Open: 2},
		Daily:    []Day{{Date: "2026-08-03", Open: 1}, {Date: "2026-08-04", Open: 1}},
		Burndown: []Burn{{Date: "2026-08-03", Open: &open, InTime: 1}, {Date: "2026-08-04", Open: &open}, {Date: "2026-08-05"}},
		Coverage: Coverage{Scans: 1},
	}
	for i, text := range hostileTexts {
		p.Rows = append(p.Rows, Row{
			ID: fmt.Sprint("lgk1-", i, text), Rule: text, RuleName: text, Provider: text, Severity: text, Redacted: text, Name: text, State: text, Verdict: text,
			Evidence: text, Identity: text, Access: text, Owner: text, Owners: []string{text}, Repositories: []string{text}, Deadline: on(1).UnixMilli(),
			ExposedSince: on(1).UnixMilli(), FoundAt: on(1).UnixMilli(), Issue: &Link{text, webAddress("javascript:window.harmed=1")}, Occurrences: 1,
			Places: []Place{{Kind: text, Repository: text, Where: Link{Text: text}, Commit: text, Author: text}},
		})
		p.Kept.Managers = append(p.Kept.Managers, Manager{text, on(1), true})
		p.Kept.Rows = append(p.Kept.Rows, KeptRow{
			Manager: text, Entry: Link{text, webAddress("javascript:window.harmed=1")}, Owner: text, Repository: text, Version: text, Rotation: text,
			Standing: []string{text}, Leaked: []string{text},
		})
		p.Coverage.Sources = append(p.Coverage.Sources, Source{Name: text, At: on(1), Read: map[string]int64{text: 1}, Gaps: []scanner.Gap{{What: text, Why: text, Fix: text, Count: 1}}})
	}
	return p
}

// parsed is a page as a browser takes it apart.
type parsed struct {
	names    []string // of all elements
	scripts  []*html.Node
	style    string
	policy   string
	loads    []string // what src and href attributes name
	handlers []string // attributes that run something
}

func parse(t *testing.T, p Page) parsed {
	t.Helper()
	var text bytes.Buffer
	if err := WriteHTML(&text, p); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(&text)
	if err != nil {
		t.Fatal(err)
	}
	var out parsed
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		out.names = append(out.names, n.Data)
		for _, a := range n.Attr {
			switch {
			case a.Key == "src" || a.Key == "href":
				out.loads = append(out.loads, a.Val)
			case strings.HasPrefix(a.Key, "on") || a.Key == "style":
				out.handlers = append(out.handlers, a.Key)
			case a.Key == "content" && attribute(n, "http-equiv") == "Content-Security-Policy":
				out.policy = a.Val
			}
		}
		switch n.Data {
		case "script":
			out.scripts = append(out.scripts, n)
		case "style":
			out.style += n.FirstChild.Data
		}
	}
	return out
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// TestHTMLHostile wants what is written to be run to stand in the data and nowhere
// else, and the page to be the same around it.
func TestHTMLHostile(t *testing.T) {
	page := hostilePage()
	got, plain := parse(t, page), parse(t, Page{})
	if !slices.Equal(got.names, plain.names) {
		t.Errorf("data changes the elements: %q, without %q", got.names, plain.names)
	}
	if len(got.scripts) != 2 {
		t.Fatalf("%d scripts, want the data and the script", len(got.scripts))
	}
	data := got.scripts[0].FirstChild.Data
	if strings.ContainsAny(data, "<>\u2028\u2029") {
		t.Error("the data is not escaped")
	}
	var read, want any
	if err := json.Unmarshal([]byte(data), &read); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, want) {
		t.Error("the data does not come out as it went in")
	}
	if got.scripts[1].FirstChild.Data != plain.scripts[1].FirstChild.Data || got.style != plain.style {
		t.Error("data changes the script or the style")
	}
}

// TestHTMLPolicy wants the page to allow its own script and style, and nothing else.
func TestHTMLPolicy(t *testing.T) {
	got := parse(t, Page{})
	want := "default-src 'none'; script-src " + hashOf(got.scripts[1].FirstChild.Data) + "; style-src " + hashOf(got.style) +
		"; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
	if got.policy != want {
		t.Errorf("policy %s, want %s", got.policy, want)
	}
	for _, to := range got.loads {
		if !strings.HasPrefix(to, "#") && to != "data:," {
			t.Errorf("the page loads %s", to)
		}
	}
	if got.handlers != nil {
		t.Errorf("attributes that the policy forbids: %q", got.handlers)
	}
	for _, sink := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("} {
		if strings.Contains(got.scripts[1].FirstChild.Data, sink) {
			t.Errorf("the script has %s", sink)
		}
	}
}

// TestHTMLContrast holds the colours of texts to WCAG 2.2, 1.4.3 (level AA), and
// those of marks to 1.4.11.
func TestHTMLContrast(t *testing.T) {
	css := joined("page.css")
	light, dark := colours(css), colours(css[strings.Index(css, "prefers-color-scheme: dark"):])
	for scheme, c := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, on := range []string{"back", "card", "over"} {
			for _, text := range []string{"text", "soft", "live", "late", "good", "link"} {
				if got := contrast(t, c[text], c[on]); got < 4.5 {
					t.Errorf("%s: text %s on %s has a contrast of %.2f, want 4.5", scheme, text, on, got)
				}
			}
			if got := contrast(t, c["other"], c[on]); got < 3 {
				t.Errorf("%s: mark on %s has a contrast of %.2f, want 3", scheme, on, got)
			}
		}
		if got := contrast(t, c["live"], c["wash"]); got < 4.5 {
			t.Errorf("%s: text live on wash has a contrast of %.2f, want 4.5", scheme, got)
		}
	}
}

// colours are the first value of each colour in a style.
func colours(css string) map[string]string {
	all := map[string]string{}
	for _, m := range regexp.MustCompile(`--([a-z]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(css, -1) {
		if all[m[1]] == "" {
			all[m[1]] = m[2]
		}
	}
	return all
}

// contrast is the ratio that WCAG 2.2 defines.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	if len(colour) != 7 {
		t.Fatalf("colour %q is missing", colour)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
