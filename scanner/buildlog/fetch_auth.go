package buildlog

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/leakguard/leakguard/scanner/forge"
)

// RemoteAuth returns how the API of the named CI system is reached. The token is
// in the environment variable NAME_TOKEN (GITLAB_TOKEN, JENKINS_TOKEN,
// CIRCLE_TOKEN, TRAVIS_TOKEN, AZURE_DEVOPS_TOKEN, BUILDKITE_TOKEN or
// BITBUCKET_TOKEN), or in the file that NAME_TOKEN_FILE names; Jenkins needs
// JENKINS_USER beside it, and Bitbucket BITBUCKET_USER where the token is a
// person's. The address is that in NAME_URL, else the public service's; BaseURL
// is "" if there is neither, as on Jenkins: see RemoteAddress.
func RemoteAuth(name string, getenv func(string) string) (forge.Options, error) {
	s, err := remoteSystemNamed(name)
	if err != nil {
		return forge.Options{}, err
	}
	token, err := s.readToken(getenv)
	if err != nil {
		return forge.Options{}, err
	}
	user := getenv(s.variables + "_USER")
	if user == "" && s.needsUser {
		return forge.Options{}, fmt.Errorf("%s_USER is not set: it names the user whose token %[1]s_TOKEN is", s.variables)
	}
	o := forge.Options{
		Header:    s.header,
		Authorize: func(req *http.Request) { s.authorize(req, user, token) },
	}
	address := getenv(s.variables + "_URL")
	if address == "" && s.address == "" {
		return o, nil
	}
	o.BaseURL, err = RemoteAddress(name, address)
	return o, err
}

// RemoteAddress is the base address of the named CI system's API where the web
// address of the installation is given, as --url takes it; "" is the public
// service.
func RemoteAddress(name, address string) (string, error) {
	s, err := remoteSystemNamed(name)
	if err != nil {
		return "", err
	}
	if address == "" {
		address = s.address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", fmt.Errorf("%s: what is given as its address is none: want https://HOST/", s.title)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%s: the address of https://%s/ may hold neither user, query nor fragment", s.title, u.Host)
	}
	path := strings.Trim(u.Path, "/")
	if api := strings.Trim(s.api, "/"); path != api && !strings.HasSuffix(path, "/"+api) && api != "" {
		path = strings.Trim(path+"/"+api, "/")
	}
	u.Path = "/" + path
	if path != "" {
		u.Path += "/"
	}
	return u.String(), nil
}

func (s *remoteSystem) readToken(getenv func(string) string) (string, error) {
	variable := s.variables + "_TOKEN"
	token, from := getenv(variable), variable
	if name := getenv(variable + "_FILE"); token == "" && name != "" {
		data, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("%s_FILE: %w", variable, err)
		}
		token, from = string(data), name
	}
	token = strings.TrimSpace(token)
	switch {
	case token == "":
		return "", fmt.Errorf("no token for %s: put one into %s, or the name of a file that holds one into %[2]s_FILE; it needs %s", s.title, variable, s.permission)
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return "", fmt.Errorf("%s holds more than a token", from)
	}
	return token, nil
}

func bearer(req *http.Request, _, token string) { req.Header.Set("Authorization", "Bearer "+token) }
