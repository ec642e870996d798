package pullrequest

import (
	"strings"
	"testing"
	"unicode"
)

// run is what GitHub's runner obeys in a step's output, by the rules of
// src/Runner.Common/ActionCommand.cs and src/Runner.Worker/ActionCommandManager.cs in
// actions/runner: each line is tried as a command of the form ::name k=v,…::data at
// its start, then as one of the form ##[name k=v;…]data anywhere in it. Between a
// stop-commands and its token nothing is obeyed.
//
// The runner compares in the manner of a language, which may pass over characters
// that are not seen: a line is tried with and without them.
func run(output string) []obeyed {
	var got []obeyed
	token := ""
	for _, line := range strings.FieldsFunc(output, func(r rune) bool { return r == '\n' || r == '\r' }) {
		c, ok := parseLine(line, token)
		if !ok {
			c, ok = parseLine(strings.Map(seen, line), token)
		}
		switch {
		case !ok:
		case token != "" && strings.EqualFold(c.name, token):
			token = ""
			c.name = "resume"
			got = append(got, c)
		case token != "":
		default:
			if c.name == "stop-commands" {
				token = c.data
			}
			got = append(got, c)
		}
	}
	return got
}

// obeyed is a command as the runner understands it.
type obeyed struct {
	name  string
	props map[string]string
	data  string
}

// seen leaves out what a comparison may pass over.
func seen(r rune) rune {
	if unicode.In(r, unicode.Cf, unicode.Mn, unicode.Other_Default_Ignorable_Code_Point) || unicode.IsControl(r) && r != '\t' {
		return -1
	}
	return r
}

func parseLine(line, token string) (obeyed, bool) {
	if rest, ok := strings.CutPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::"); ok {
		if head, data, ok := strings.Cut(rest, "::"); ok {
			if c, ok := parseHead(head, ",", token, strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")); ok {
				c.data = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(data)
				return c, true
			}
		}
	}
	if _, rest, ok := strings.Cut(line, "##["); ok {
		if head, data, ok := strings.Cut(rest, "]"); ok {
			unescape := strings.NewReplacer("%3B", ";", "%0D", "\r", "%0A", "\n", "%5D", "]", "%25", "%")
			c, ok := parseHead(head, ";", token, unescape)
			c.data = unescape.Replace(data)
			return c, ok
		}
	}
	return obeyed{}, false
}

func parseHead(head, separator, token string, unescape *strings.Replacer) (obeyed, bool) {
	name, props, _ := strings.Cut(head, " ")
	c := obeyed{name: strings.ToLower(name), props: map[string]string{}}
	switch c.name {
	case "add-mask", "add-matcher", "remove-matcher", "add-path", "set-env", "set-output", "save-state", "debug", "echo",
		"error", "warning", "notice", "group", "endgroup", "stop-commands", "internal-set-repo-path":
	default:
		if token == "" || !strings.EqualFold(name, token) {
			return obeyed{}, false
		}
	}
	for pair := range strings.SplitSeq(strings.TrimSpace(props), separator) {
		if key, value, ok := strings.Cut(pair, "="); ok && key != "" && value != "" {
			c.props[key] = unescape.Replace(value)
		}
	}
	return c, true
}

// The parser sees what the runner would obey, so that a test that finds nothing
// with it has found something out.
func TestRunner(t *testing.T) {
	for _, tt := range []struct {
		name, output string
		want         []string
	}{
		{"at the start", "::error file=a,line=1::x", []string{"error"}},
		{"after white space", " \t\u00a0::set-output name=a::b", []string{"set-output"}},
		{"after a carriage return", "x\r::add-path::/x", []string{"add-path"}},
		{"in another case", "::ADD-PATH::/x", []string{"add-path"}},
		{"later in a line", "x ::error::y", nil},
		{"the other form, anywhere", "x ##[add-path]/x", []string{"add-path"}},
		{"hidden characters", "#\u200b#\ufe0f[add-path]/x", []string{"add-path"}},
		{"unknown", "::hello::x\n##[hello]x", nil},
		{"stopped", "::stop-commands::t0k\n::error::x\n##[error]x\n##[T0K]\n::error::y", []string{"stop-commands", "resume", "error"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := names(run(tt.output)); strings.Join(got, " ") != strings.Join(tt.want, " ") {
				t.Errorf("obeyed %q, want %q", got, tt.want)
			}
		})
	}
}

func names(list []obeyed) []string {
	var all []string
	for _, c := range list {
		all = append(all, c.name)
	}
	return all
}
