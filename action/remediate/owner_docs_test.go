package remediate_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/scanner/config"
)

// ownersPage returns the blocks of docs/owners.md in a language.
func ownersPage(t *testing.T, language string) []string {
	t.Helper()
	data, err := os.ReadFile("../../docs/owners.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(data), -1) {
		all = append(all, m[1])
	}
	if all == nil {
		t.Fatalf("docs/owners.md has no block of %s", language)
	}
	return all
}

// TestOwnersExample runs the example of docs/owners.md, in the default order.
func TestOwnersExample(t *testing.T) {
	o := remediate.OwnerOptions{Fetch: ownerFiles(map[string]string{
		shopURL + " CODEOWNERS":        ownersPage(t, "codeowners")[0],
		shopURL + " catalog-info.yaml": ownersPage(t, "yaml")[0],
	})}
	leak := written(shopURL, "payments/stripe.env", "Ada", "ada@example.com", 1, true)
	leak.Commit = "5c1f0a9d2b7e"
	owners := ownersOf(t, o, &ledger.History{Occurrences: []ledger.Occurrence{leak}})
	var got []string
	for _, o := range owners {
		got = append(got, o.Kind+" "+o.Name+" "+o.Evidence)
	}
	var want []string
	for line := range strings.Lines(ownersPage(t, "text")[0]) {
		want = append(want, strings.Join(strings.Fields(line), " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the example's owners are\n%s\ndocumented\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if assign, mention := remediate.Mentions(owners); !slices.Equal(assign, []string{"bob"}) || !slices.Equal(mention, []string{"@acme/payments"}) {
		t.Errorf("assign %q, mention %q", assign, mention)
	}
}

// TestOwnersRulesExample reads the configuration that docs/owners.md shows.
func TestOwnersRulesExample(t *testing.T) {
	blocks := ownersPage(t, "toml")
	cfg, err := config.Parse("docs/owners.md", []byte(strings.Join(blocks, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(cfg.Owners.Order, config.OwnerSources) {
		t.Errorf("documented order %q, want %q", cfg.Owners.Order, config.OwnerSources)
	}
	h := leakedAt("https://github.com/acme/shop-eu", "payments/x", "y")
	wantOwners(t, ownersOf(t, remediate.OwnerOptions{Order: []string{"config"}, Rules: cfg.Owners.Rules}, h),
		"person @ada: [[owners.rule]] 2 of the configuration, for acme/shop-eu",
		"team @acme/shops: [[owners.rule]] 1 of the configuration, for acme/shop-eu")
}
