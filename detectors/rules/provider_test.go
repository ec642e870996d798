package rules

import (
	"reflect"
	"strings"
	"testing"
)

// provider is a provider file with the given lines in its one credential.
func provider(credential string) string {
	return "id = 'acme'\nname = 'Acme'\n[[credential]]\nid = 'key'\nname = 'Acme key'\n" + credential
}

func TestReadProviderErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", `id "": want lower-case words joined by hyphens`},
		{"id in capitals", "id = 'Acme'", `id "Acme": want lower-case words joined by hyphens`},
		{"id ends in a hyphen", "id = 'acme-'", `id "acme-": want lower-case words joined by hyphens`},
		{"no name", "id = 'acme'", `name is missing`},
		{"no credential", "id = 'acme'\nname = 'Acme'", `no [[credential]]`},
		{"unknown key", provider("regexp = 'acme_[a-z]+'"), `f.toml:6:1: unknown key "credential.regexp"`},
		{"wrong type in the first of two", provider("regex = 1\n[[credential]]\nregex = 'abc'"), `f.toml:6:1: key "credential.regex": a whole number: want a string`},
		{"credential without an id", "id = 'acme'\nname = 'Acme'\n[[credential]]", `credential "": id: want lower-case words joined by hyphens`},
		{"credential without a name", "id = 'acme'\nname = 'Acme'\n[[credential]]\nid = 'key'", `credential "key": name is missing`},
		{"credential twice", provider("regex = 'acme_[a-z]+'\n[[credential]]\nid = 'key'\nname = 'x'\nregex = 'acme_[a-z]+'"), `credential "key" is there twice`},
		{"nothing to look for", provider(""), `credential "key": regex, or near and value, is missing`},
		{"near without value", provider("near = ['acme key']"), `credential "key": near and value go together`},
		{"value without near", provider("value = '[a-z]{20}'"), `credential "key": near and value go together`},
		{"near and regex", provider("near = ['acme key']\nvalue = '[a-z]{20}'\nregex = 'acme'"), `credential "key": regex excludes near and value`},
		{"detector and regex", provider("detector = 'assigned-password'\nregex = 'acme'"), `credential "key": detector excludes regex, near, value and keywords`},
		{"detector and keywords", provider("detector = 'assigned-password'\nkeywords = ['acme']"), `credential "key": detector excludes regex, near, value and keywords`},
		{"no keyword to derive", provider("regex = '[a-z]{40}'"), `credential "key": keywords: none given, and none of three letters or more can be derived from the regex`},
		{"one branch without a keyword", provider("regex = '(?:acme|[a-z]{4})_[0-9]{20}'"), `credential "key": keywords: none given, and none of three letters or more can be derived from the regex`},
		{"short keyword", provider("regex = 'ac_[a-z]{20}'\nkeywords = ['ac']"), `credential "key": keyword "ac": want at least three ASCII characters`},
		{"keyword beyond ASCII", provider("regex = 'acmé[a-z]{20}'\nkeywords = ['acmé']"), `credential "key": keyword "acmé": want at least three ASCII characters`},
		{"broken regex without keywords", provider("regex = 'acme_(['"), "credential \"key\": regex: error parsing regexp: missing closing ]: `[`; want a regular expression of RE2"},
		{"checksum", provider("regex = 'acme_[a-z]{20}'\nchecksum = 'crc-16'"), `credential "key": checksum "crc-16": want one of `},
		{"part without a name", provider("regex = 'acme_[a-z]{20}'\n[[credential.part]]\ncredential = 'acme-id'"), `credential "key": a part needs name, and credential or regex`},
		{"part without a credential", provider("regex = 'acme_[a-z]{20}'\n[[credential.part]]\nname = 'id'"), `credential "key": a part needs name, and credential or regex`},
		{"allowlist of nothing", provider("regex = 'acme_[a-z]{20}'\n[[credential.allow]]\nreason = 'why'"), `credential "key": an allowlist needs paths, regexes or stopwords`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadProvider("f.toml", []byte(tt.text))
			if err == nil {
				t.Fatal("no error")
			}
			want := tt.want
			if !strings.HasPrefix(want, "f.toml:") {
				want = "f.toml: " + want
			}
			// The list of checksums grows; all else is compared whole.
			if got := err.Error(); got != want && !(strings.HasSuffix(want, " ") && strings.HasPrefix(got, want)) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestShapeErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"regex", "regex = 'acme_(['\nkeywords = ['acme_']", "rule acme-key: error parsing regexp: missing closing ]: `[`"},
		{"value", "near = ['acme key']\nvalue = 'a{2,1}'", "rule acme-key: error parsing regexp: invalid repeat count: `{2,1}`"},
		{"path", "regex = 'acme_[a-z]{20}'\npath = '('", "rule acme-key: path: error parsing regexp: missing closing ): `(`"},
		{"path of an allowlist", "regex = 'acme_[a-z]{20}'\n[[credential.allow]]\npaths = ['(']", "rule acme-key: allow: error parsing regexp: missing closing ): `(`"},
		{"regex of an allowlist", "regex = 'acme_[a-z]{20}'\n[[credential.allow]]\nregexes = ['a**']", "rule acme-key: allow: error parsing regexp: invalid nested repetition operator: `**`"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := ReadProvider("f.toml", []byte(provider(tt.text)))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second call returns what the first found
				if _, err := p.Rules[0].Shape(); err == nil || err.Error() != tt.want {
					t.Errorf("got  %v\nwant %s", err, tt.want)
				}
			}
		})
	}
}

func TestReadProviderDefaults(t *testing.T) {
	p, err := ReadProvider("f.toml", []byte(provider("regex = 'ACME_[a-z]{20}'\n"+
		"[[credential]]\nid = 'near'\nname = 'n'\nnear = ['acme api token', 'acme']\nvalue = '[a-z]{20}'\n"+
		"[[credential]]\nid = 'public'\nname = 'p'\nregex = 'x'\nkeywords = ['Acme_Pub']\npublishable = true\nseverity = 'critical'\nconfidence = 'low'\n"+
		"[[credential.part]]\nname = 'id'\ncredential = 'acme-key'\n"+
		"[[credential.allow]]\nstopwords = ['Sample']\n")))
	if err != nil {
		t.Fatal(err)
	}
	if p.Severity != High || !reflect.DeepEqual(p.OWASP, []string{"NHI2:2025"}) || p.Identity != EitherIdentity {
		t.Errorf("provider %s, %v, %s: want high, [NHI2:2025], either", p.Severity, p.OWASP, p.Identity)
	}
	tests := []struct {
		id         string
		keywords   []string
		severity   Severity
		confidence Confidence
		near       bool
	}{
		{"acme-key", []string{"acme_"}, High, Certain, false},
		{"acme-near", []string{"token", "acme"}, High, Likely, true},
		{"acme-public", []string{"acme_pub"}, Info, Doubtful, false},
	}
	for i, tt := range tests {
		r := p.Rules[i]
		if r.ID != tt.id || !reflect.DeepEqual(r.Keywords, tt.keywords) || r.Severity != tt.severity || r.Confidence != tt.confidence || (len(r.Near) > 0) != tt.near {
			t.Errorf("got %s %v %s %s near=%t\nwant %+v", r.ID, r.Keywords, r.Severity, r.Confidence, len(r.Near) > 0, tt)
		}
	}
	if got, want := p.Rules[2].Parts, []Part{{"id", "acme-key", "", 1, false}}; !reflect.DeepEqual(got, want) {
		t.Errorf("parts %v, want %v", got, want)
	}
}

func TestLiterals(t *testing.T) {
	tests := []struct {
		name, pattern string
		want          []string
	}{
		{"prefix", `\bACME_[a-z]+`, []string{"acme_"}},
		{"longest of two", `abc[0-9]longer`, []string{"longer"}},
		{"any of a choice", `(?:foobar|bazqux)[0-9]{9}`, []string{"foobar", "bazqux"}},
		{"within a group and a repeat", `(abcd){2,}`, []string{"abcd"}},
		{"within a plus", `(?:abcd)+`, []string{"abcd"}},
		{"optional does not count", `(?:abcd)?[0-9]+`, nil},
		{"repeat from none does not count", `(?:abcd){0,2}[0-9]+`, nil},
		{"too short", `ab[0-9]+`, nil},
		{"beyond ASCII", `café[0-9]+`, nil},
		{"a choice with an empty branch", `(?:abcd|)[0-9]`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := literals(tt.pattern)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("literals = %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	var s Severity
	var c Confidence
	var k Identity
	tests := []struct {
		name, text string
		into       interface{ UnmarshalText([]byte) error }
		want       string // error
	}{
		{"severity", "critical", &s, ""},
		{"confidence", "high", &c, ""},
		{"identity", "person", &k, ""},
		{"no severity", "", &s, `severity "": want one of info, low, medium, high, critical`},
		{"no such confidence", "certain", &c, `confidence "certain": want one of low, medium, high`},
		{"no such identity", "bot", &k, `identity "bot": want one of either, machine, person`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := tt.into.UnmarshalText([]byte(tt.text)); err != nil {
				got = err.Error()
			} else if back, err := tt.into.(interface{ MarshalText() ([]byte, error) }).MarshalText(); err != nil || string(back) != tt.text {
				t.Errorf("written again: %q, %v; want %q", back, err, tt.text)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzReadProvider(f *testing.F) {
	f.Add([]byte(provider("regex = 'acme_[a-z]{20}'\nentropy = 3.5\n[[credential.allow]]\nstopwords = ['x']")))
	f.Add([]byte(provider("near = ['acme key']\nvalue = '[a-z]{20}'\n[[credential.part]]\nname = 'id'\ncredential = 'x'")))
	f.Add([]byte("[[credential]]\nid = '''\n[[credential]]\n'''"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ReadProvider("f.toml", data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.toml:") {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		for _, r := range p.Rules {
			if r.Detector == "" && len(r.Keywords) == 0 {
				t.Errorf("rule %s has no keyword", r.ID)
			}
		}
	})
}
