package rules

import "testing"

func TestScaffold(t *testing.T) {
	for _, tt := range []struct{ id, name, pattern, variable string }{
		{"example", "Example", `\b(example_[0-9A-Za-z]{32})\b`, "EXAMPLE_API_KEY=example_${alnum:32}"},
		{"big-cloud-2", "Big Cloud 2", `\b(big_cloud_2_[0-9A-Za-z]{32})\b`, "BIG_CLOUD_2_API_KEY=big_cloud_2_${alnum:32}"},
	} {
		t.Run(tt.id, func(t *testing.T) {
			text, err := Scaffold(tt.id)
			if err != nil {
				t.Fatal(err)
			}
			p, err := ReadProvider(tt.id+".toml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			r := p.Rules[0]
			if p.ID != tt.id || p.Name != tt.name || r.ID != tt.id+"-api-key" || r.Pattern != tt.pattern || r.Match[0] != tt.variable {
				t.Errorf("%s, %q, %s, %s, %s", p.ID, p.Name, r.ID, r.Pattern, r.Match[0])
			}
		})
	}
	for _, id := range []string{"", "Acme", "acme_cloud", "a/b", "../x"} {
		if _, err := Scaffold(id); err == nil {
			t.Errorf("Scaffold(%q) is no error", id)
		}
	}
}
