package verify

import (
	"context"
	"net/http"
	"strings"

	"github.com/leakguard/leakguard/detectors/rules"
)

// build makes the HTTP request of a template.
func (v values) build(ctx context.Context, r *rules.Request) (*http.Request, error) {
	u, err := v.url(r.URL)
	if err != nil {
		return nil, err
	}
	body, kind, err := v.body(r)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, "https://placeholder.invalid/", body)
	if err != nil {
		return nil, err
	}
	req.URL = u
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for _, f := range r.Headers {
		value, err := v.expand(f.Value, inHeader)
		if err != nil {
			return nil, err
		}
		req.Header.Set(f.Name, value)
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	return req, v.authorize(req, r)
}

func (v values) authorize(req *http.Request, r *rules.Request) error {
	switch {
	case r.Bearer != "":
		token, err := v.expand(r.Bearer, inHeader)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	case r.Basic != nil:
		user, err := v.expand(r.Basic[0], verbatim)
		if err != nil {
			return err
		}
		password, err := v.expand(r.Basic[1], verbatim)
		if err != nil {
			return err
		}
		req.SetBasicAuth(user, password)
	}
	return nil
}

// valuesOf are the values that a credential gives to templates.
func valuesOf(c *Credential) values {
	v := values{"secret": strings.TrimSpace(c.Value)}
	for name, all := range c.Parts {
		if len(all) > 0 {
			v[name] = all[0]
		}
	}
	return v
}
