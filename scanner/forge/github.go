package forge

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// GitHubAPI is the address of the API of github.com.
const GitHubAPI = "https://api.github.com/"

// githubVersion is the version of the API that is asked for.
// https://docs.github.com/en/rest/about-the-rest-api/api-versions
const githubVersion = "2022-11-28"

// githubWait is how long a client waits when GitHub says so. Its primary rate
// limit is reset every hour.
const githubWait = 65 * time.Minute

const (
	githubHeaderTimeout = 30 * time.Second
	githubPatience      = 15 * time.Minute
)

// GitHubOptions settle how NewGitHub finds the API and who asks.
type GitHubOptions struct {
	// URL is of the API; "" is what GITHUB_API_URL says, else GitHubAPI. GitHub
	// Enterprise Server has it at https://HOST/api/v3/.
	URL string

	// TokenFile holds the token on its first line; "" takes it from the
	// environment variable GH_TOKEN, else GITHUB_TOKEN. Without any, only what is
	// public can be read, and of that no logs.
	TokenFile string

	Getenv func(string) string // nil: os.Getenv

	// Patience bounds how long one answer may take to its end; 0: 15 minutes.
	Patience time.Duration

	Budget  *Budget // as in Options
	Account string  // as in Options

	// The following are as in Options; tests set them.
	Rate  rate.Limit
	Sleep func(context.Context, time.Duration) error
	Now   func() time.Time
}

// NewGitHub returns a client of the REST API of GitHub.
func NewGitHub(o GitHubOptions) (*Client, error) {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	base := cmp.Or(o.URL, o.Getenv("GITHUB_API_URL"), GitHubAPI)
	token, err := ReadToken(o.TokenFile, o.Getenv, "GH_TOKEN", "GITHUB_TOKEN")
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = githubHeaderTimeout
	opts := Options{
		BaseURL: base,
		Header: http.Header{
			"Accept":               {"application/vnd.github+json"},
			"X-Github-Api-Version": {githubVersion},
		},
		MaxWait:   githubWait,
		Transport: &patient{transport, cmp.Or(o.Patience, githubPatience)},
		Budget:    o.Budget,
		Account:   o.Account,
		Rate:      o.Rate,
		Sleep:     o.Sleep,
		Now:       o.Now,
	}
	if token != "" {
		if err := private(base); err != nil {
			return nil, err
		}
		opts.Authorize = func(req *http.Request) { req.Header.Set("Authorization", "Bearer "+token) }
	}
	return New(opts)
}

// Host is the host of the API, with its port if that is given.
func (c *Client) Host() string { return c.base.Host }

// ReadToken reads a token: from the first line of a file, or, if that is "", from the
// first of the environment variables that is set; without any it is "". Errors never
// quote it.
func ReadToken(file string, getenv func(string) string, variables ...string) (string, error) {
	var token, from string
	for _, from = range variables {
		if token = getenv(from); token != "" {
			break
		}
	}
	if file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("the token's file: %w", err)
		}
		line, _, _ := bytes.Cut(data, []byte{'\n'})
		token, from = strings.TrimSpace(string(line)), file
		if token == "" {
			return "", fmt.Errorf("%s holds no token on its first line", from)
		}
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("%s holds no token: there are blanks or other odd characters in it", from)
	}
	return token, nil
}

// private is an error unless what is sent to base cannot be read on the way.
func private(base string) error {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" {
		return nil // New says what is wrong with it
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return errors.New("a token is not sent over http, where others can read it: give an https address")
}
