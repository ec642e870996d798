package generic

import (
	"slices"
	"strings"
	"testing"
)

func TestNameBefore(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"environment", "A=1\nPROD_KEY=VALUE", "PROD_KEY"},
		{"shell with quotes", "export PROD_KEY='VALUE'", "PROD_KEY"},
		{"JSON", `{"prodKey": "VALUE"}`, "prodKey"},
		{"JSON in a string", `"{\"prodKey\": \"VALUE\"}"`, "prodKey"},
		{"Go", `prodKey := "VALUE"`, "prodKey"},
		{"Ruby", `:prod_key => "VALUE"`, "prod_key"},
		{"element", "<prodKey>VALUE</prodKey>", "prodKey"},
		{"call", `NewKey("VALUE")`, "NewKey"},
		{"URL", "SITE_URL=https://VALUE/x", "SITE_URL"},
		{"second argument", `New("other", "VALUE")`, ""},
		{"line before", "PROD_KEY=\nVALUE", ""},
		{"beginning", "VALUE", ""},
		{"a name too far away", "PROD_KEY=" + strings.Repeat(" ", 80) + "VALUE", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := NameBefore([]byte(tt.text), strings.Index(tt.text, "VALUE")); got != tt.want {
				t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestWords(t *testing.T) {
	for name, want := range map[string][]string{
		"AWS_secretKey2":  {"aws", "secret", "key", "2"},
		"--my.api-token-": {"my", "api", "token"},
		"":                nil,
	} {
		if got := Words(name); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
