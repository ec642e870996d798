package sweep

import (
	"errors"
	"fmt"

	"github.com/leakguard/leakguard/scanner/forge"
)

// GitHubEnterprise lists the repositories of all organisations of an enterprise, by the
// slug in its address. An organisation that the token may not see is a gap; the
// repositories that people own themselves are not among them. The organisations are
// asked for by GraphQL, for which a token needs the scope read:enterprise.
func GitHubEnterprise(c *forge.Client, slug string, choice Choice) Lister {
	return &githubLister{c, "enterprise " + slug, choice, func(l *githubListing) { l.enterprise(slug) }}
}

// githubGraphQL is where the API for GraphQL is, beside the REST API: on github.com
// both are at the root, on a server of one's own at /api/v3/ and /api/graphql.
const githubGraphQL = "../graphql"

// enterpriseQuery: https://docs.github.com/en/graphql/reference/objects#enterprise
const enterpriseQuery = `query($slug: String!, $after: String) {
  enterprise(slug: $slug) { organizations(first: 100, after: $after) { nodes { login } pageInfo { hasNextPage endCursor } } }
}`

// enterpriseAnswer may hold both: what could be told, and errors of the rest.
type enterpriseAnswer struct {
	Data struct {
		Enterprise struct {
			Organizations struct {
				Nodes    []*struct{ Login string }
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
	}
	Errors []struct{ Type, Message string }
}

func (l *githubListing) enterprise(slug string) {
	what := "organisations of the enterprise " + slug
	ask := forge.NewWriter(l.client, forge.WriterOptions{}) // GraphQL reads by POST
	for after, more := "", true; more; {
		variables := map[string]string{"slug": slug}
		if after != "" {
			variables["after"] = after
		}
		var answer enterpriseAnswer
		if err := ask.Post(l.ctx, githubGraphQL, map[string]any{"query": enterpriseQuery, "variables": variables}, &answer, nil); err != nil {
			l.missed(what, err)
			return
		}
		list := answer.Data.Enterprise.Organizations
		for _, e := range answer.Errors {
			l.refused(what, e.Type, e.Message)
		}
		for _, org := range list.Nodes {
			if org != nil {
				l.organisation(org.Login)
			}
		}
		if more = list.PageInfo.HasNextPage; more && list.PageInfo.EndCursor == after {
			l.missed(what, errors.New("its pages go in a circle"))
			return
		}
		after = list.PageInfo.EndCursor
	}
}

// refused is missed for an error of GraphQL, which comes with status 200.
// https://docs.github.com/en/graphql/guides/using-the-graphql-api-for-enterprise-accounts
func (l *githubListing) refused(what, kind, message string) {
	switch kind {
	case "NOT_FOUND", "FORBIDDEN", "INSUFFICIENT_SCOPES":
		l.gap(what, "GitHub says: "+message, "correct the name, or give a token of a member with the scope read:enterprise")
	default:
		l.missed(what, fmt.Errorf("GitHub says: %s", message))
	}
}
