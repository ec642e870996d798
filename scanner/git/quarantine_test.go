package git

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSplitDirs(t *testing.T) {
	sep := string(filepath.ListSeparator)
	for _, c := range []struct {
		name, list string
		want       []string // nil: an error, unless the list is empty
	}{
		{"none", "", nil},
		{"one", "/srv/a", []string{"/srv/a"}},
		{"two", "/srv/a" + sep + "b", []string{"/srv/a", "b"}},
		{"empty between", "/srv/a" + sep + sep + "b", []string{"/srv/a", "b"}},
		{"separator in one", `"/srv/a` + sep + `b"` + sep + "c", []string{"/srv/a" + sep + "b", "c"}},
		{"quote and octal", `"a\"b\303\274"`, []string{"a\"bü"}},
		{"quote not closed", `"/srv/a`, nil},
		{"bad escape", `"\q"`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := splitDirs(c.list)
			if !slices.Equal(got, c.want) || (err != nil) != (c.want == nil && c.list != "") {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestMessageClean(t *testing.T) {
	const text = "subject\n# comment\n; other\n# ------------------------ >8 ------------------------\ndiff\n"
	for _, c := range []struct {
		name  string
		rules messageRules
		want  string
	}{
		{"edited", messageRules{"#", true}, "subject\n\n; other\n"},
		{"another character", messageRules{";", true}, strings.Replace(text, "; other", "", 1)},
		{"character not known", messageRules{"", true}, "subject\n# comment\n; other\n"},
		{"not edited", messageRules{}, text},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(c.rules.clean([]byte(text))); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
