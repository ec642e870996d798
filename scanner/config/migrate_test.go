package config

import (
	"os"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/rules"
)

func TestMigrateGitleaks(t *testing.T) {
	const text = `
[extend]
useDefault = true
[[rules]]
id = "Acme_Key"
description = "Acme key"
regex = '''(acme|ecma)_([a-z[(]{20})'''
secretGroup = 2
keywords = ["acme", "ecma"]
[[rules]]
id = "files"
path = '''\.p12$'''
[[allowlists]]
paths = ["^docs/"]
`
	p, _, err := rules.ReadGitleaks("f.toml", []byte(text), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	m, err := MigrateGitleaks(p)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse("migrated", m.Config)
	if err != nil || len(c.Allow) != 2 {
		t.Fatalf("the config has %d allowlists, want 2: %v", len(c.Allow), err)
	}
	provider, err := rules.ReadProvider("migrated.toml", m.Provider)
	if err != nil {
		t.Fatal(err)
	}
	if len(provider.Rules) != 1 || provider.Rules[0].Pattern != `(acme|ecma)_(?P<secret>[a-z[(]{20})` {
		t.Errorf("%d rules, the first with %q", len(provider.Rules), provider.Rules[0].Pattern)
	}
	all := strings.Join(m.Left, "\n")
	for _, want := range []string{"rule files: it is for paths alone", "222 rules are those of gitleaks' default config"} {
		if !strings.Contains(all, want) {
			t.Errorf("nothing says %q:\n%s", want, all)
		}
	}
}

func TestNameGroup(t *testing.T) {
	tests := []struct {
		pattern string
		n       int
		want    string
	}{
		{`(a)(b)`, 2, `(a)(?P<secret>b)`},
		{`(?:a)(b)`, 1, `(?:a)(?P<secret>b)`},
		{`\((b)`, 1, `\((?P<secret>b)`},
		{`[(]([])](c))`, 2, `[(]([])](?P<secret>c))`},
		{`[^](](b)`, 1, `[^](](?P<secret>b)`},
		{`(?P<x>a)`, 1, `(?P<secret>a)`},
	}
	for _, tt := range tests {
		if got := nameGroup(tt.pattern, tt.n); got != tt.want {
			t.Errorf("nameGroup(%s, %d) = %s, want %s", tt.pattern, tt.n, got, tt.want)
		}
	}
}
