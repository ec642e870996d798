package fakegithub

import (
	"fmt"
	"hash/fnv"
	"net/url"
	"strings"
	"time"
)

const web = "https://github.example/"

// repoJSON is a repository, with all that a full one must have.
func (s *Issues) repoJSON(r *repo) object {
	owner, short, _ := strings.Cut(r.name, "/")
	at := stamp(time.Unix(0, 0))
	visibility := orElse(r.Visibility, "private")
	o := object{
		"id": r.id, "node_id": "R", "name": short, "full_name": r.name, "owner": s.userJSON(owner),
		"private": visibility != "public", "visibility": visibility, "archived": r.Archived, "disabled": false,
		"has_issues": !r.NoIssues, "has_projects": false, "has_wiki": false, "has_pages": false, "has_discussions": false,
		"description": nil, "fork": false, "homepage": nil, "language": nil, "license": nil, "default_branch": "main", "size": 1,
		"html_url": web + r.name, "url": s.URL + "repos/" + r.name, "mirror_url": nil,
		"created_at": at, "updated_at": at, "pushed_at": at,
		"permissions": object{"admin": false, "maintain": false, "push": !r.ReadOnly, "triage": !r.ReadOnly, "pull": true},
	}
	for _, of := range strings.Fields("forks forks_count open_issues open_issues_count stargazers_count watchers watchers_count network_count subscribers_count") {
		o[of] = 0
	}
	for _, of := range strings.Fields(`archive assignees blobs branches clone collaborators comments commits compare contents contributors
		deployments downloads events forks git git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels languages
		merges milestones notifications pulls releases ssh stargazers statuses subscribers subscription svn tags teams trees`) {
		o[of+"_url"] = web + r.name + "/" + of
	}
	return o
}

func (s *Issues) userJSON(login string) object {
	o := object{"login": login, "id": number(login), "node_id": "U", "gravatar_id": "", "type": "User", "site_admin": false, "html_url": web + login, "url": s.URL + "users/" + url.PathEscape(login)}
	for _, of := range strings.Fields("avatar events followers following gists organizations received_events repos starred subscriptions") {
		o[of+"_url"] = web + url.PathEscape(login) + "/" + of
	}
	return o
}

func (s *Issues) labelJSON(r *repo, name string) object {
	return object{
		"id": number(name), "node_id": "L", "name": name, "description": nil, "color": "ededed", "default": false,
		"url": s.URL + "repos/" + r.name + "/labels/" + url.PathEscape(name),
	}
}

// number is some id of something that has a name.
func number(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return h.Sum32()
}

func (s *Issues) issueJSON(r *repo, i *Issue) object {
	base := fmt.Sprintf("%srepos/%s/issues/%d", s.URL, r.name, i.Number)
	o := object{
		"id": i.Number, "node_id": "I", "number": i.Number, "title": i.Title, "body": i.Body, "user": s.userJSON("leakguard"),
		"state": "open", "state_reason": nil, "locked": false, "comments": len(i.Comments), "milestone": nil, "closed_at": nil,
		"assignee": nil, "created_at": stamp(i.Created), "updated_at": stamp(i.Created), "author_association": "MEMBER",
		"html_url": fmt.Sprintf("%s%s/issues/%d", web, r.name, i.Number), "url": base, "repository_url": s.URL + "repos/" + r.name,
		"labels_url": base + "/labels{/name}", "comments_url": base + "/comments", "events_url": base + "/events",
	}
	if i.Closed {
		o["state"], o["closed_at"] = "closed", stamp(i.Created)
	}
	if i.Reason != "" {
		o["state_reason"] = i.Reason
	}
	if i.Pull {
		o["pull_request"] = object{"diff_url": nil, "html_url": nil, "patch_url": nil, "url": nil}
	}
	labels, assignees := []any{}, []any{}
	for _, name := range i.Labels {
		labels = append(labels, s.labelJSON(r, name))
	}
	for _, login := range i.Assignees {
		assignees = append(assignees, s.userJSON(login))
		o["assignee"] = assignees[0]
	}
	o["labels"], o["assignees"] = labels, assignees
	return o
}

// commentsJSON are the comments since a time.
func (s *Issues) commentsJSON(r *repo, i *Issue, since string) []any {
	from, _ := time.Parse(time.RFC3339, since) // none: since ever
	all := []any{}
	for n := range i.Comments {
		if !i.commented[n].Before(from) {
			all = append(all, s.commentJSON(r, i, n))
		}
	}
	return all
}

func (s *Issues) commentJSON(r *repo, i *Issue, n int) object {
	at, issue := stamp(i.commented[n]), fmt.Sprintf("repos/%s/issues/%d", r.name, i.Number)
	return object{
		"id": n + 1, "node_id": "C", "body": i.Comments[n], "user": s.userJSON("leakguard"), "author_association": "MEMBER",
		"url": s.URL + issue + "/comments/1", "html_url": web + issue + "#issuecomment-1", "issue_url": s.URL + issue, "created_at": at, "updated_at": at,
	}
}
