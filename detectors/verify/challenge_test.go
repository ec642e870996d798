package verify

import (
	"net/http"
	"reflect"
	"testing"
)

func TestChallenges(t *testing.T) {
	type params = map[string]string
	tests := []struct {
		name    string
		headers []string
		want    []challenge
	}{
		{"none", nil, nil},
		{"a scheme alone", []string{"Negotiate"}, []challenge{{"negotiate", params{}}}},
		{"a quoted realm", []string{`Basic realm="Git, of Acme"`}, []challenge{{"basic", params{"realm": "Git, of Acme"}}}},
		{"escapes", []string{`Basic realm="say \"hi\""`}, []challenge{{"basic", params{"realm": `say "hi"`}}}},
		{"a token for a value", []string{"Basic realm=git"}, []challenge{{"basic", params{"realm": "git"}}}},
		{"blanks round the sign", []string{`BASIC Realm = "git"`}, []challenge{{"basic", params{"realm": "git"}}}},
		{"several parameters", []string{`Bearer realm="https://auth.acme.dev/token",service="registry.acme.dev", scope="a:b:c,d"`},
			[]challenge{{"bearer", params{"realm": "https://auth.acme.dev/token", "service": "registry.acme.dev", "scope": "a:b:c,d"}}}},
		{"several in one header", []string{`Bearer realm="a", Basic realm="b"`}, []challenge{{"bearer", params{"realm": "a"}}, {"basic", params{"realm": "b"}}}},
		{"several headers", []string{`Bearer x=1`, `Basic realm="b"`}, []challenge{{"bearer", params{"x": "1"}}, {"basic", params{"realm": "b"}}}},
		{"a parameter of no scheme", []string{`realm="b"`, `Basic realm="c"`}, []challenge{{"basic", params{"realm": "c"}}}},
		{"a quote that does not end", []string{`Basic realm="b`}, []challenge{{"basic", params{"realm": "b"}}}},
		{"no grammar", []string{`="b", "c"`}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := challenges(http.Header{"Www-Authenticate": test.headers}); !reflect.DeepEqual(got, test.want) {
				t.Errorf("read %v, want %v", got, test.want)
			}
		})
	}
}

func FuzzChallenges(f *testing.F) {
	f.Add(`Bearer realm="a\"", service=b, Basic`)
	f.Add(`= = ,"",`)
	f.Fuzz(func(t *testing.T, header string) {
		for _, c := range challenges(http.Header{"Www-Authenticate": {header}}) {
			if c.scheme == "" {
				t.Errorf("a challenge of no scheme in %q", header)
			}
		}
	})
}

func TestRefusedAgain(t *testing.T) {
	answer := func(status int, challenge string) *Answer {
		h := http.Header{}
		if challenge != "" {
			h.Set("WWW-Authenticate", challenge)
		}
		return &Answer{Status: status, Header: h}
	}
	const git, other = `Basic realm="git"`, `Basic realm="proxy"`
	tests := []struct {
		name          string
		without, with *Answer
		want          bool
	}{
		{"the same realm twice", answer(401, git), answer(401, git), true},
		{"another realm", answer(401, git), answer(401, other), false},
		{"another scheme would do", answer(401, git), answer(401, `Negotiate, `+git), false},
		{"a bare 401", answer(401, git), answer(401, ""), false},
		{"a challenge with 403", answer(401, git), answer(403, git), false},
		{"no challenge before", answer(401, ""), answer(401, git), false},
		{"no realm", answer(401, "Basic"), answer(401, "Basic"), false},
		{"another scheme", answer(401, `Bearer realm="git"`), answer(401, `Bearer realm="git"`), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := refusedAgain(test.without, test.with); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}
