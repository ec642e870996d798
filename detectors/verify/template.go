package verify

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/leakguard/leakguard/detectors/rules"
)

// values are what ${name} stands for in a request: the secret, its parts, and
// variables that earlier answers set.
type values map[string]string

// errMissing is a part that a request needs and that was not found.
type errMissing struct{ name string }

func (e *errMissing) Error() string {
	return fmt.Sprintf("its %s does not stand near it", strings.ReplaceAll(e.name, "_", " "))
}

// expand replaces each ${name} in a template by its value, escaped.
func (v values) expand(template string, escape func(string) (string, error)) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "${")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", fmt.Errorf("template: ${%s is not closed", rest)
		}
		value, ok := v[name]
		if !ok {
			return "", &errMissing{name}
		}
		escaped, err := escape(value)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		b.WriteString(escaped)
		template = after
	}
}

func verbatim(s string) (string, error) { return s, nil }

func inPath(s string) (string, error) {
	if s == "." || s == ".." {
		return "", fmt.Errorf("no segment of a path")
	}
	return url.PathEscape(s), nil
}

func inQuery(s string) (string, error) { return url.QueryEscape(s), nil }

// inHost lets a value be a label, or labels, of a host name and nothing else.
func inHost(s string) (string, error) {
	if s == "" || strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		return "", fmt.Errorf("no part of a host name")
	}
	return s, nil
}

// inHeader refuses what would end a header field (RFC 9110, section 5.5).
func inHeader(s string) (string, error) {
	for _, c := range []byte(s) {
		if c < ' ' || c == 0x7f {
			return "", fmt.Errorf("a control character, which no header may have")
		}
	}
	return s, nil
}

// inJSON escapes for the inside of a JSON string.
func inJSON(s string) (string, error) {
	quoted, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	return string(quoted[1 : len(quoted)-1]), nil
}

// url builds a request's URL: each part of it is escaped in its own way, so that
// no value reaches into another part.
func (v values) url(template string) (*url.URL, error) {
	if template == "${secret}" {
		u, err := url.Parse(v["secret"])
		if err != nil || u.Scheme != "https" || u.User != nil {
			return nil, fmt.Errorf("the secret is no https URL")
		}
		return u, nil
	}
	rest := strings.TrimPrefix(template, "https://")
	i := indexOrLen(rest, "/?")
	host, err := v.expand(rest[:i], inHost)
	if err != nil {
		return nil, err
	}
	pathPart, queryPart, hasQuery := strings.Cut(rest[i:], "?")
	text, err := v.expand(pathPart, inPath)
	if err != nil {
		return nil, err
	}
	text = "https://" + host + text
	if hasQuery {
		query, err := v.expand(queryPart, inQuery)
		if err != nil {
			return nil, err
		}
		text += "?" + query
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("the URL is not one") // the error would quote it
	}
	return u, nil
}

// label describes a request without any value.
func label(r *rules.Request) string {
	if r.URL == "${secret}" {
		return r.Method + " the URL that is the secret"
	}
	masked, rest, found := strings.Cut(r.URL, "${")
	for found {
		_, rest, _ = strings.Cut(rest, "}")
		var text string
		text, rest, found = strings.Cut(rest, "${")
		masked += "***" + text
	}
	return r.Method + " " + masked
}

// body builds a request's body and its media type.
func (v values) body(r *rules.Request) (io.Reader, string, error) {
	switch {
	case r.Form != nil:
		form := url.Values{}
		for _, f := range r.Form {
			value, err := v.expand(f.Value, verbatim)
			if err != nil {
				return nil, "", err
			}
			form.Set(f.Name, value)
		}
		return strings.NewReader(form.Encode()), "application/x-www-form-urlencoded", nil
	case r.JSON != "":
		text, err := v.expand(r.JSON, inJSON)
		if err != nil {
			return nil, "", err
		}
		return strings.NewReader(text), "application/json", nil
	}
	return http.NoBody, "", nil
}
