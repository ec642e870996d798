package forge

import (
	"context"
	"encoding/json"
	"time"
)

// GitHubSecret is what GitHub tells of a secret that it keeps: all but its value.
type GitHubSecret struct {
	Name    string    `json:"name"`
	Created time.Time `json:"created_at"`
	Updated time.Time `json:"updated_at"` // when its value was last set
}

// GitHubSecrets lists the secrets at a path of the API such as
// "repos/acme/web/actions/secrets". What was read before an error comes with it.
// https://docs.github.com/en/rest/actions/secrets
func (c *Client) GitHubSecrets(ctx context.Context, path string) ([]GitHubSecret, error) {
	var all []GitHubSecret
	err := c.Pages(ctx, path+"?per_page=100", func(data json.RawMessage) (bool, error) {
		var page struct {
			Secrets []GitHubSecret `json:"secrets"`
		}
		err := json.Unmarshal(data, &page)
		all = append(all, page.Secrets...)
		return true, err
	})
	return all, err
}
