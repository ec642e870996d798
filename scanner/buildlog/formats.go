package buildlog

import (
	"slices"
	"strings"
)

// Formats lists the formats of all CI systems. Where two have as many signs in a
// log, the first is taken; Plain, the last, has none.
func Formats() []Format {
	return []Format{GitHub, GitLab, Jenkins, CircleCI, Azure, Travis, Buildkite, Bitbucket, TeamCity, Plain}
}

// Lookup returns the format of that name.
func Lookup(name string) (Format, bool) {
	all := Formats()
	i := slices.IndexFunc(all, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return all[i], true
}

// FormatNames are the names that Lookup knows, for messages: "github, plain".
func FormatNames() string {
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// recognise returns the format with most signs in the head of a log.
func recognise(head []byte) Format {
	best, most := Plain, 0
	for _, f := range Formats() {
		if f.Signs == nil {
			continue
		}
		if n := f.Signs(head); n > most {
			best, most = f, n
		}
	}
	return best
}
