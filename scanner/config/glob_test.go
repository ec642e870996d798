package config

import "testing"

func TestGlob(t *testing.T) {
	tests := []struct {
		glob, path string
		want       bool
	}{
		{"*.min.js", "a.min.js", true},
		{"*.min.js", "web/js/a.min.js", true},
		{"*.min.js", "a.min.json", false},
		{"vendor", "vendor/a/b.go", true},
		{"vendor", "x/vendor/b.go", true},
		{"vendor", "vendored/b.go", false},
		{"vendor/", "x/vendor/b.go", true},
		{"/vendor", "vendor/b.go", true},
		{"/vendor", "x/vendor/b.go", false},
		{"vendor/**", "vendor/a/b.go", true},
		{"vendor/**", "x/vendor/b.go", false},
		{"docs/*.md", "docs/a.md", true},
		{"docs/*.md", "docs/a/b.md", false},
		{"docs/**/*.md", "docs/a.md", true},
		{"docs/**/*.md", "docs/a/b/c.md", true},
		{"**/gen/*.go", "gen/a.go", true},
		{"**/gen/*.go", "a/b/gen/a.go", true},
		{"**/gen/*.go", "a/notgen/a.go", false},
		{"a**b", "axx/xb", true},
		{"?.txt", "é.txt", true},
		{"?.txt", "ab.txt", false},
		{"a?b/c", "a/b/c", false},
		{"[id].tsx", "app/[id].tsx", true},
		{"[id].tsx", "app/i.tsx", false},
		{"a+(b)", "a+(b)", true},
		{"*.log", "a\nb.log", true},
	}
	for _, tt := range tests {
		g, err := NewGlob(tt.glob)
		if err != nil {
			t.Errorf("NewGlob(%q): %v", tt.glob, err)
			continue
		}
		if got := g.Match(tt.path); got != tt.want {
			t.Errorf("glob %q on %q = %v, want %v", tt.glob, tt.path, got, tt.want)
		}
	}
}

func TestNewGlobErrors(t *testing.T) {
	for _, tt := range []struct{ glob, want string }{
		{"", "the glob is empty: want a path such as vendor/** or *.min.js"},
		{"/", "the glob is empty: want a path such as vendor/** or *.min.js"},
		{`a\b`, `glob "a\\b": \ is not supported; want / between folders`},
		{"!a", `glob "!a": ! is not supported; name only what is to be left out`},
	} {
		if _, err := NewGlob(tt.glob); err == nil || err.Error() != tt.want {
			t.Errorf("NewGlob(%q) = %v, want %s", tt.glob, err, tt.want)
		}
	}
}
