package fakegithub

import "strings"

// RepositoryJSON is a repository of an organisation, with all that GitHub says of one
// that is asked for by its name.
func RepositoryJSON(name string) map[string]any {
	const day = "2026-03-04T05:06:07Z"
	o := (&Server{URL: "https://api.github.example/"}).makeRepo(name)
	for _, of := range strings.Fields("clone git mirror ssh svn") {
		o[of+"_url"] = "https://github.example/" + name
	}
	for _, of := range strings.Fields("forks forks_count network_count open_issues open_issues_count size stargazers_count subscribers_count watchers watchers_count") {
		o[of] = 0
	}
	for _, of := range strings.Fields("archived disabled has_issues has_projects has_wiki has_pages has_discussions") {
		o[of] = false
	}
	for _, of := range strings.Fields("created_at updated_at pushed_at") {
		o[of] = day
	}
	o["homepage"], o["language"], o["license"], o["default_branch"] = nil, nil, nil, "main"
	return o
}

// OrganizationJSON is an organisation, with all that GitHub says of one.
func OrganizationJSON(login string) map[string]any {
	const day = "2026-03-04T05:06:07Z"
	o := object{"login": login, "id": 1, "node_id": "O", "type": "Organization", "description": "", "archived_at": nil}
	for _, of := range strings.Fields("repos events hooks issues members public_members avatar html") {
		o[of+"_url"] = "https://github.example/" + login
	}
	o["url"] = "https://api.github.example/orgs/" + login
	for _, of := range strings.Fields("public_repos public_gists followers following") {
		o[of] = 0
	}
	o["has_organization_projects"], o["has_repository_projects"] = false, false
	o["created_at"], o["updated_at"] = day, day
	return o
}
