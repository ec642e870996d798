package remediate

import (
	"strings"
	"testing"
)

// FuzzCodeowners wants any file to be read without a panic, and each owner to be an
// account.
func FuzzCodeowners(f *testing.F) {
	f.Add("* @a\n/docs/ @acme/b c@example.com # d\n", "docs/x", false)
	f.Add("/ @a\n\\ @b\n** @c\n*** @d\n**/ @e\na/**/b\n", "a/x/b", false)
	f.Add("[A][2] @a\n^[B]\n!x\n* @@role\n", "x", true)
	f.Fuzz(func(t *testing.T, text, path string, gitLab bool) {
		list, err := readCodeowners(t.Context(), []byte(text), gitLab, gitLab)
		if err != nil {
			return
		}
		claims, _, err := list.claims(t.Context(), []string{path, ""})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range claims {
			if lines := strings.Count(text, "\n") + 1; c.line < 1 || c.line > lines {
				t.Errorf("line %d of %d", c.line, lines)
			}
			for _, o := range c.owners {
				if _, ok := accountOf(o.String()); !ok {
					t.Errorf("owner %q", o)
				}
			}
		}
	})
}

// FuzzCatalog wants any file to be read without a panic, and each owner to be an
// account or harmless text.
func FuzzCatalog(f *testing.F) {
	f.Add("kind: Component\nmetadata: {name: a}\nspec: {owner: group:default/b}\n---\nkind: API\nspec: {owner: user:c}\n")
	f.Add("a: &a [x]\nkind: *a\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxCatalog {
			return
		}
		entities, _ := readCatalog([]byte(text))
		for _, e := range entities {
			o, ok := catalogOwner(e.Spec.Owner, "acme")
			if !ok {
				continue
			}
			if _, account := accountOf(o.Name); !account && o.Name != plain(o.Name) {
				t.Errorf("owner %q", o.Name)
			}
		}
	})
}
