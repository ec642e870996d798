package forge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// GitHubRepository is what GitHub's lists tell of a repository. It is a struct of our
// own: one custom property of another form makes the library's fail.
type GitHubRepository struct {
	FullName string    `json:"full_name"` // OWNER/NAME
	Web      string    `json:"html_url"`
	Clone    string    `json:"clone_url"`
	Private  bool      `json:"private"`
	Fork     bool      `json:"fork"`
	Archived bool      `json:"archived"`
	Disabled bool      `json:"disabled"`
	HasWiki  bool      `json:"has_wiki"`  // it may have one: the setting is on
	Size     int64     `json:"size"`      // in KiB, about
	Pushed   time.Time `json:"pushed_at"` // zero: never
	Owner    struct {
		Login string `json:"login"`
		Type  string `json:"type"` // Organization or User
	} `json:"owner"`
}

// githubMostPages bounds a list that has no end.
const githubMostPages = 10000

// GitHubRepositories calls each for every repository of the list at a path of the API,
// with its query: "orgs/acme/repos?per_page=100", "user/repos?…",
// "installation/repositories?…". It stops at the error of each, and returns it. total
// is how many the list says that there are, and 0 if it does not say.
//
// A list in the order of pushes loses the repository that is pushed to while it is
// read, for that moves to a page that was read before: sort=created&direction=asc
// keeps them in their places.
// https://docs.github.com/en/rest/repos/repos#list-organization-repositories
func (c *Client) GitHubRepositories(ctx context.Context, path string, each func(GitHubRepository) error) (total int, err error) {
	pages := 0
	err = c.Pages(ctx, path, func(data json.RawMessage) (bool, error) {
		if pages++; pages > githubMostPages {
			return false, errors.New("the list of repositories has more pages than it can have")
		}
		var page struct {
			Total        int                `json:"total_count"`
			Repositories []GitHubRepository `json:"repositories"`
		}
		var list any = &page.Repositories
		if len(data) > 0 && data[0] == '{' {
			list = &page
		}
		if err := json.Unmarshal(data, list); err != nil {
			return false, fmt.Errorf("the list of repositories is none: %w", err)
		}
		total = max(total, page.Total)
		for _, r := range page.Repositories {
			if err := each(r); err != nil {
				return false, err
			}
		}
		return true, nil
	})
	return total, err
}
