package rules

import (
	"strings"
	"testing"
)

// nearRule is a rule that finds a value of 20 hex digits near a name.
func nearRule(t testing.TB, names ...string) *Shape {
	t.Helper()
	p, err := ReadProvider("f.toml", []byte(provider("near = ['"+strings.Join(names, "', '")+"']\nvalue = '[0-9a-f]{20}'")))
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Rules[0].Shape()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNearForms(t *testing.T) {
	// VALUE stands for the value, so that this file assigns nothing to a key.
	tests := []struct {
		name, text string
		found      bool
	}{
		{"environment file", "ACME_API_KEY=VALUE\n", true},
		{"environment file, quoted", "ACME_API_KEY='VALUE'", true},
		{"camel case", "acmeApiKey = \"VALUE\"", true},
		{"kebab case", "acme-api-key: VALUE", true},
		{"dotted", "acme.api.key=VALUE", true},
		{"spaced", "Acme API key: VALUE", true},
		{"joined", "ACMEAPIKEY=VALUE", true},
		{"name goes on", "ACME_API_KEY_PROD=VALUE", true},
		{"JSON", "{\"acme_api_key\": \"VALUE\"}", true},
		{"JSON in a string", `"{\"acme_api_key\": \"VALUE\"}"`, true},
		{"YAML list", "acme_api_key: [VALUE]", true},
		{"Ruby hash", ":acme_api_key => 'VALUE'", true},
		{"PHP array", "'acme_api_key' => \"VALUE\",", true},
		{"index", "env['ACME_API_KEY'] = 'VALUE'", true},
		{"Go", "acmeAPIKey := `VALUE`", true},
		{"Go, converted", "acmeAPIKey := []byte(\"VALUE\")", false},
		{"call", "setenv('ACME_API_KEY', 'VALUE')", true},
		{"constructor", "acme_api_key = Secret('VALUE')", true},
		{"default", "ACME_API_KEY ||= 'VALUE'", true},
		{"Make", "ACME_API_KEY ?= VALUE", true},
		{"comparison", "if acme_api_key === 'VALUE' {", true},
		{"typed", "acme_api_key: str = 'VALUE'", true},
		{"XML", "<acmeApiKey>VALUE</acmeApiKey>", true},
		{"flag", "tool --acme-api-key VALUE run", true},
		{"flag with equals", "tool --acme-api-key=VALUE run", true},
		{"Dockerfile", "ENV ACME_API_KEY VALUE", true},
		{"escaped line end behind it", `"ACME_API_KEY=VALUE\nX=1"`, true},
		{"at the end of the text", "acme_api_key=VALUE", true},

		{"value one digit longer", "acme_api_key=VALUE0", false},
		{"value goes on with a hyphen", "acme_api_key=VALUE-x", false},
		{"value goes on with a slash", "acme_api_key=VALUE/x", false},
		{"other name", "acme_api_id=VALUE", false},
		{"half of the name", "acme_key=VALUE", false},
		{"two separators", "acme__api__key=VALUE", false},
		{"on the next line", "acme_api_key=\nVALUE", false},
		{"prose between", "acme api key (see below, it is long and has many words) VALUE", false},
		{"no operator", "acme_api_keyVALUE", false},
	}
	s := nearRule(t, "acme api key")
	const value = "1f2e3d4c5b" + "6a798807f6"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := []byte(strings.ReplaceAll(tt.text, "VALUE", value))
			loc := s.Regexp.FindSubmatchIndex(text)
			if (loc != nil) != tt.found {
				t.Fatalf("found %t, want %t", loc != nil, tt.found)
			}
			if loc == nil {
				return
			}
			if start, end := loc[2*s.Secret], loc[2*s.Secret+1]; string(text[start:end]) != value {
				t.Errorf("the value at %d to %d is not the secret", start, end)
			}
			if !plausibleIn(s, []string{"acme"}, text, loc) {
				t.Error("matches and is not plausible")
			}
		})
	}
}

func TestNearNamesAreLiteral(t *testing.T) {
	s := nearRule(t, "a.b+c key", "xyz")
	for text, want := range map[string]bool{
		"a.b+c_key=" + strings.Repeat("0", 20): true,
		"axb+c_key=" + strings.Repeat("0", 20): false,
		"xyz=" + strings.Repeat("0", 20):       true,
	} {
		if got := s.Regexp.MatchString(text); got != want {
			t.Errorf("%q: found %t, want %t", text, got, want)
		}
	}
}
