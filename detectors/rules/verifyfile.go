package rules

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// The form of [[verify]] and [[revoke]] in a provider file: see docs/providers.md.
type (
	verifyFile struct {
		Credentials  []string      `toml:"credentials"`
		Docs         string        `toml:"docs"`
		Verifier     string        `toml:"verifier"`
		Hosts        []string      `toml:"hosts"`
		HostFromText bool          `toml:"host-from-text"`
		Admin        []string      `toml:"admin"`
		Write        []string      `toml:"write"`
		Read         []string      `toml:"read"`
		Request      []requestFile `toml:"request"`
		Answer       []answerFile  `toml:"answer"`
	}
	revokeFile struct {
		Credentials  []string      `toml:"credentials"`
		Docs         string        `toml:"docs"`
		Effect       string        `toml:"effect"`
		Verifier     string        `toml:"verifier"`
		Hosts        []string      `toml:"hosts"`
		HostFromText bool          `toml:"host-from-text"`
		Request      []requestFile `toml:"request"`
	}
	requestFile struct {
		Method string            `toml:"method"`
		URL    string            `toml:"url"`
		Header map[string]string `toml:"header"`
		Bearer string            `toml:"bearer"`
		Basic  []string          `toml:"basic"`
		Form   map[string]string `toml:"form"`
		JSON   string            `toml:"json"`
		Live   string            `toml:"live"`
		Dead   string            `toml:"dead"`
		Next   string            `toml:"next"`
		Done   string            `toml:"done"`
		Set    map[string]string `toml:"set"`
		Take   map[string]string `toml:"take"`
	}
	answerFile struct {
		Credential string            `toml:"credential"`
		Verdict    string            `toml:"verdict"`
		Name       string            `toml:"name"`
		ID         string            `toml:"id"`
		Access     string            `toml:"access"`
		Status     int               `toml:"status"`
		Header     map[string]string `toml:"header"`
		Body       string            `toml:"body"`
		Reply      []replyFile       `toml:"reply"`
	}
	replyFile struct {
		Status int               `toml:"status"`
		Header map[string]string `toml:"header"`
		Body   string            `toml:"body"`
	}
)

// fields lists a table in the order of its keys.
func fields(table map[string]string) []Field {
	var out []Field
	for _, name := range slices.Sorted(maps.Keys(table)) {
		out = append(out, Field{name, table[name]})
	}
	return out
}

// covered turns credential ids into the ids of rules of p that no other section
// of the same kind has taken.
func covered(p *Provider, credentials []string, taken map[string]bool) ([]string, error) {
	if len(credentials) == 0 {
		return nil, errors.New("credentials: name those that it is for")
	}
	var ids []string
	for _, c := range credentials {
		id := p.ID + "-" + c
		if !slices.ContainsFunc(p.Rules, func(r *Rule) bool { return r.ID == id }) {
			return nil, fmt.Errorf("credentials: the file has no credential %q", c)
		}
		if taken[id] {
			return nil, fmt.Errorf("credentials: %q is in two sections", c)
		}
		taken[id] = true
		ids = append(ids, id)
	}
	return ids, nil
}

func (f *verifyFile) verify(p *Provider, taken map[string]bool) (Verify, error) {
	v := Verify{
		Docs: f.Docs, Verifier: f.Verifier, Hosts: f.Hosts, HostFromText: f.HostFromText,
		Admin: f.Admin, Write: f.Write, Read: f.Read,
	}
	var err error
	if v.Rules, err = covered(p, f.Credentials, taken); err != nil {
		return v, err
	}
	if v.Requests, err = requests(f.Verifier, f.Request); err != nil {
		return v, err
	}
	if n := len(v.Requests); n > 0 && !slices.ContainsFunc(v.Requests, func(r Request) bool { return r.Live != "" }) {
		return v, errors.New("request: none has a condition live")
	}
	for _, a := range f.Answer {
		answer, err := a.answer(p)
		if err != nil {
			return v, fmt.Errorf("answer: %w", err)
		}
		v.Answers = append(v.Answers, answer)
	}
	return v, nil
}

func (f *revokeFile) revoke(p *Provider, taken map[string]bool) (Revoke, error) {
	r := Revoke{Docs: f.Docs, Effect: f.Effect, Verifier: f.Verifier, Hosts: f.Hosts, HostFromText: f.HostFromText}
	var err error
	if r.Rules, err = covered(p, f.Credentials, taken); err != nil {
		return r, err
	}
	if r.Requests, err = requests(f.Verifier, f.Request); err != nil {
		return r, err
	}
	if n := len(r.Requests); n > 0 && r.Requests[n-1].Done == "" {
		return r, errors.New("request: the last has no condition done")
	}
	return r, nil
}

func requests(verifier string, files []requestFile) ([]Request, error) {
	if (verifier == "") == (len(files) == 0) {
		return nil, errors.New("want either a verifier or at least one request")
	}
	var out []Request
	for _, f := range files {
		r, err := f.request()
		if err != nil {
			return nil, fmt.Errorf("request %q: %w", f.URL, err)
		}
		out = append(out, r)
	}
	return out, nil
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

func (f *requestFile) request() (Request, error) {
	r := Request{
		Method: f.Method, URL: f.URL, Headers: fields(f.Header), Bearer: f.Bearer, Basic: f.Basic,
		Form: fields(f.Form), JSON: f.JSON, Live: f.Live, Dead: f.Dead, Next: f.Next, Done: f.Done,
		Set: fields(f.Set), Take: fields(f.Take),
	}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	switch {
	case !slices.Contains(methods, r.Method):
		return r, fmt.Errorf("method %q: want one of %s", r.Method, strings.Join(methods, ", "))
	case !strings.HasPrefix(r.URL, "https://") && r.URL != "${secret}":
		return r, errors.New("url: want one that begins with https://, or ${secret} where that is the URL")
	case r.Basic != nil && len(r.Basic) != 2:
		return r, errors.New("basic: want user and password")
	case r.Basic != nil && r.Bearer != "":
		return r, errors.New("basic excludes bearer")
	case r.Form != nil && r.JSON != "":
		return r, errors.New("form excludes json")
	}
	for _, t := range r.Take {
		if !slices.Contains(Taken, t.Name) {
			return r, fmt.Errorf("take: %q: want one of %s", t.Name, strings.Join(Taken, ", "))
		}
	}
	return r, nil
}

func (f *answerFile) answer(p *Provider) (Answer, error) {
	a := Answer{Verdict: f.Verdict, Name: f.Name, ID: f.ID, Access: f.Access}
	if f.Credential != "" {
		a.Rule = p.ID + "-" + f.Credential
	}
	if !slices.Contains([]string{"live", "dead", "unknown"}, f.Verdict) {
		return a, fmt.Errorf("verdict %q: want live, dead or unknown", f.Verdict)
	}
	if (f.Status == 0) == (len(f.Reply) == 0) {
		return a, errors.New("want either a status or replies")
	}
	replies := f.Reply
	if f.Status != 0 {
		replies = []replyFile{{f.Status, f.Header, f.Body}}
	}
	for _, r := range replies {
		a.Replies = append(a.Replies, Reply{r.Status, fields(r.Header), r.Body})
	}
	return a, nil
}
