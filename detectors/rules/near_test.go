package rules

import (
	"slices"
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

// TestNearBeginsAWord shows where in a longer name the name of a rule may begin.
func TestNearBeginsAWord(t *testing.T) {
	tests := []struct {
		name, text string
		found      int
	}{
		{"alone", "tines_key=VALUE", 1},
		{"behind white space", "the tines key: VALUE", 1},
		{"behind a quote", `"tines_key": "VALUE"`, 1},
		{"behind an underscore", "MY_TINES_KEY=VALUE", 1},
		{"behind a hyphen", "--tines-key=VALUE", 1},
		{"behind a dot", "config.tines.key=VALUE", 1},
		{"behind a digit", "v2tines_key=VALUE", 1},
		{"camel case", "myTinesKey = 'VALUE'", 1},
		{"camel case behind an acronym", "MYTinesKey = 'VALUE'", 1},
		{"camel case, upper-case word", "myTINES_KEY = 'VALUE'", 1},
		{"escaped line end before it", `"X=1\ntines_key=VALUE"`, 1},
		{"escaped tabulator before it", `"\ttines_key=VALUE"`, 1},
		{"option of one letter before it", "java -Dtines.key=VALUE", 1},
		{"letter that is not ASCII before it", "étines_key=VALUE", 1},

		{"within a word", "routines_key=VALUE", 0},
		{"within a word, upper case", "ROUTINES_KEY=VALUE", 0},
		{"within a word, capitalised", "Routines_key=VALUE", 0},
		{"behind an upper-case letter", "Xtines_key=VALUE", 0},
		{"joined upper case", "MYTINESKEY=VALUE", 0},
		{"behind a letter that no escape has", `\ptines_key=VALUE`, 0},
		{"behind a word of one letter", "my-xtines_key=VALUE", 0},

		{"behind one within a word", "routines tines_key=VALUE", 1},
		{"behind a whole match within a word", "routines_key=VALUE tines_key=VALUE", 1},
		{"twice", "tines_key=VALUE\nmy_tines_key=VALUE", 2},
	}
	s := nearRule(t, "tines key", "tines")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			line := strings.ReplaceAll(tt.text, "VALUE", "1f2e3d4c5b"+"6a798807f6")
			text := []byte("x=" + line + ";")
			found := slices.Collect(s.Matches(text, 2, len(text)-1))
			if len(found) != tt.found {
				t.Fatalf("found %d, want %d", len(found), tt.found)
			}
			for _, loc := range found {
				if loc[0] < 2 || !plausibleIn(s, []string{"tines"}, text, loc) {
					t.Errorf("the match at %d is not plausible", loc[0])
				}
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
