package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Glob is a pattern on slash-separated paths from the root of what is scanned.
// In it * stands for any characters but a slash, ? for one of them, and ** for
// any number of folders; everything else stands for itself.
//
// A glob without a slash matches that name in every folder. Whatever matches is
// meant with all that lies in it.
type Glob struct {
	text string
	re   *regexp.Regexp
}

// NewGlob compiles a glob.
func NewGlob(text string) (Glob, error) {
	switch {
	case strings.Trim(text, "/") == "":
		return Glob{}, errors.New("the glob is empty: want a path such as vendor/** or *.min.js")
	case strings.HasPrefix(text, "!"):
		return Glob{}, fmt.Errorf("glob %q: ! is not supported; name only what is to be left out", text)
	case strings.Contains(text, `\`):
		return Glob{}, fmt.Errorf(`glob %q: \ is not supported; want / between folders`, text)
	}
	re, err := regexp.Compile(globPattern(text))
	if err != nil {
		return Glob{}, fmt.Errorf("glob %q: %w", text, err)
	}
	return Glob{text, re}, nil
}

// globPattern is the regular expression that matches what the glob does.
func globPattern(glob string) string {
	glob = strings.TrimRight(glob, "/")
	var b strings.Builder
	b.WriteString(`(?s)^`)
	if !strings.Contains(glob, "/") {
		b.WriteString(`(?:.*/)?`)
	}
	glob = strings.TrimPrefix(glob, "/")
	for i := 0; i < len(glob); {
		rest := glob[i:]
		switch {
		case strings.HasPrefix(rest, "**/") && (i == 0 || glob[i-1] == '/'):
			b.WriteString(`(?:.*/)?`)
			i += 3
		case strings.HasPrefix(rest, "**"):
			b.WriteString(`.*`)
			i += 2
		case rest[0] == '*':
			b.WriteString(`[^/]*`)
			i++
		case rest[0] == '?':
			b.WriteString(`[^/]`)
			i++
		default:
			n := strings.IndexAny(rest, "*?")
			if n < 0 {
				n = len(rest)
			}
			b.WriteString(regexp.QuoteMeta(rest[:n]))
			i += n
		}
	}
	b.WriteString(`(?:/.*)?$`)
	return b.String()
}

// Match reports whether the path, or a folder that it lies in, is meant.
func (g Glob) Match(path string) bool { return g.re.MatchString(path) }

// String is the glob as written.
func (g Glob) String() string { return g.text }

// UnmarshalTOML reads the glob.
func (g *Glob) UnmarshalTOML(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("%#v: want a string", v)
	}
	var err error
	*g, err = NewGlob(text)
	return err
}
