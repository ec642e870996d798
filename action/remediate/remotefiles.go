package remediate

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/git"
)

// Repositories reads what GitHub knows of repositories, for OwnerOptions.
type Repositories struct {
	client *forge.Client
	host   string
}

// RepositoriesOn returns the repositories of a host, such as github.com, that a client
// of its API reads.
func RepositoriesOn(c *forge.Client, host string) *Repositories { return &Repositories{c, host} }

// path is that of something of a repository in the API.
func (r *Repositories) path(repository, of string) (string, error) {
	u, err := url.Parse(repository)
	if err != nil || !strings.EqualFold(u.Host, r.host) {
		return "", ErrNoCopy
	}
	name := strings.Trim(u.Path, "/")
	if !isProject(name) || strings.Count(name, "/") != 1 {
		return "", ErrNoCopy
	}
	return "repos/" + name + "/" + of, nil
}

// File is a Fetch of OwnerOptions. GitHub gives files of up to 1 MB this way, and
// says of larger ones that they are there.
// https://docs.github.com/en/rest/repos/contents#get-repository-content
func (r *Repositories) File(ctx context.Context, repository, path string) ([]byte, error) {
	address, err := r.path(repository, "contents/"+(&url.URL{Path: path}).EscapedPath())
	if err != nil {
		return nil, err
	}
	var file struct{ Type, Encoding, Content string }
	var answer json.RawMessage // a list, if it is a folder
	if _, err := r.client.Get(ctx, address, &answer); err != nil {
		if forge.StatusOf(err) == http.StatusNotFound {
			return nil, fs.ErrNotExist
		}
		return nil, err
	}
	switch err := json.Unmarshal(answer, &file); {
	case err != nil || file.Type != "file":
		return nil, fs.ErrNotExist
	case file.Encoding == "base64":
		return base64.StdEncoding.DecodeString(strings.ReplaceAll(file.Content, "\n", ""))
	case file.Encoding == "none":
		return nil, git.ErrTooLarge
	default:
		return nil, fmt.Errorf("%s: it is encoded as %q", path, file.Encoding)
	}
}

// Properties is one of OwnerOptions. The values of a property are one text, a list of
// them, or null.
// https://docs.github.com/en/rest/repos/custom-properties
func (r *Repositories) Properties(ctx context.Context, repository string) (map[string][]string, error) {
	address, err := r.path(repository, "properties/values")
	if err != nil {
		return nil, nil // it is not one of this host: nothing is known
	}
	var list []struct {
		Name  string `json:"property_name"`
		Value any    `json:"value"`
	}
	if _, err := r.client.Get(ctx, address, &list); err != nil {
		if status := forge.StatusOf(err); status == http.StatusNotFound || status == http.StatusForbidden {
			return nil, nil // a user's repository has none, and a token may lack the right to them
		}
		return nil, err
	}
	all := map[string][]string{}
	for _, p := range list {
		switch v := p.Value.(type) {
		case string:
			all[p.Name] = []string{v}
		case []any:
			for _, one := range v {
				if text, ok := one.(string); ok {
					all[p.Name] = append(all[p.Name], text)
				}
			}
		}
	}
	return all, nil
}
