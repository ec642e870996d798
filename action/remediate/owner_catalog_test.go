package remediate_test

import (
	"strings"
	"testing"

	"github.com/leakguard/leakguard/action/remediate"
)

func TestOwnersOfCatalog(t *testing.T) {
	entity := func(kind, name, owner string) string {
		return "kind: " + kind + "\nmetadata:\n  name: " + name + "\nspec:\n  owner: " + owner + "\n"
	}
	tests := []struct {
		name, text string
		want       []string
	}{
		{"a bare name is a team", entity("Component", "till", "payments"), []string{"team @acme/payments: catalog-info.yaml of acme/shop, component till"}},
		{"a group", entity("System", "till", "group:default/payments"), []string{"team @acme/payments: catalog-info.yaml of acme/shop, system till"}},
		{"a group of another organisation", entity("API", "till", "Group:zoo/bears"), []string{"team @zoo/bears: catalog-info.yaml of acme/shop, api till"}},
		{"a person", entity("Component", "till", "user:ada"), []string{"person @ada: catalog-info.yaml of acme/shop, component till"}},
		{"several documents", entity("Component", "a", "x") + "---\n" + entity("Group", "b", "y") + "---\n" + entity("component", "c", "user:default/ada"), []string{
			"team @acme/x: catalog-info.yaml of acme/shop, component a", "person @ada: catalog-info.yaml of acme/shop, component c"}},
		{"a document of other types", "kind: Component\nspec:\n  owner: [a]\n---\n" + entity("Component", "a", "x"), []string{"team @acme/x: catalog-info.yaml of acme/shop, component a"}},
		{"what stands before an error", entity("Component", "a", "x") + "---\n" + entity("Component", "b", "y") + "---\nkind: [\n", []string{
			"team @acme/x: catalog-info.yaml of acme/shop, component a (yaml: line 13: did not find expected node content)",
			"team @acme/y: catalog-info.yaml of acme/shop, component b (yaml: line 13: did not find expected node content)"}},
		{"no YAML", "kind: [\n", []string{"nobody nobody: catalog-info.yaml of acme/shop names no owner (yaml: line 1: did not find expected node content)"}},
		{"no owner", entity("Component", "a", `""`), []string{"nobody nobody: catalog-info.yaml of acme/shop names no owner"}},
		{"another kind of owner", entity("Component", "a", "component:b"), []string{"nobody nobody: catalog-info.yaml of acme/shop names no owner"}},
		{"a name that is none", entity("Component", "a", `"group:default/<b> @ceo"`), []string{"nobody nobody: catalog-info.yaml of acme/shop names no owner"}},
		{"too many documents", strings.Repeat("kind: Location\n---\n", 200) + entity("Component", "a", "x"),
			[]string{"nobody nobody: catalog-info.yaml of acme/shop names no owner (only the first 100 documents were read)"}},
		{"too large", "#" + strings.Repeat("x", 1<<20), []string{"nobody nobody: catalog-info.yaml of acme/shop is larger than 1 MB and not used"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := remediate.OwnerOptions{Order: []string{"catalog"}, Fetch: ownerFiles(map[string]string{shopURL + " catalog-info.yaml": tt.text})}
			wantOwners(t, ownersOf(t, o, leakedAt(shopURL, "a")), tt.want...)
		})
	}
}
