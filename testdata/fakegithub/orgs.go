package fakegithub

import (
	"maps"
	"net/http"
	"strings"
	"testing"
)

// Orgs is a GitHub for tests that lists the repositories of organisations and users.
// Its fields are set before it is asked.
type Orgs struct {
	*Server
	Accounts map[string]*Account
	Viewer   string          // whose the token is; "": no person's
	Refuse   map[string]int  // the status that is answered for a path: "/orgs/acme"
	Selected []object        // what the token's installation was given; nil: it is of none
	Missing  int             // how many of these are counted and not listed
	Sorts    map[string]bool // the orders that lists were asked for in
}

// Account is an organisation or a user.
type Account struct {
	Repositories []object // in the order in which they were made; see Listed
	Gists        []object // see Gist
	Unseen       int      // private repositories that are counted and not listed
}

// NewOrgs starts a server that lives as long as the test.
func NewOrgs(t testing.TB) *Orgs {
	o := &Orgs{Server: New(t), Accounts: map[string]*Account{}, Refuse: map[string]int{}, Sorts: map[string]bool{}}
	o.Intercept = o.serve
	return o
}

// Listed is a repository in a list, with some of its fields set.
func Listed(name string, fields map[string]any) map[string]any {
	o := RepositoryJSON(name)
	o["private"], o["has_downloads"], o["clone_url"] = false, true, "https://github.example/"+name+".git"
	maps.Copy(o, fields)
	return o
}

// Gist is a gist of an owner.
func Gist(owner, id string, public bool) map[string]any {
	web := "https://gist.github.example/"
	o := object{"id": id, "node_id": "G", "public": public, "description": "", "comments": 0, "user": nil, "files": object{}, "created_at": "2026-03-04T05:06:07Z", "updated_at": "2026-03-04T05:06:07Z"}
	for _, of := range []string{"url", "forks_url", "commits_url", "comments_url"} {
		o[of] = "https://api.github.example/gists/" + id
	}
	o["git_pull_url"], o["git_push_url"], o["html_url"] = web+id+".git", web+id+".git", web+owner+"/"+id
	o["owner"] = (&Server{URL: "https://api.github.example/"}).ownerJSON(owner)
	return o
}

// serve answers a request to the API; a path that is not there goes on to the server.
func (o *Orgs) serve(w http.ResponseWriter, r *http.Request) bool {
	if status := o.Refuse[r.URL.Path]; status != 0 {
		o.refuse(w, status)
		return true
	}
	o.mu.Lock()
	o.Sorts[r.URL.Query().Get("sort")] = true
	o.mu.Unlock()
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.URL.Path == "/user" && o.Viewer == "":
		o.refuse(w, http.StatusForbidden)
	case r.URL.Path == "/user":
		o.answer(w, r, o.viewer())
	case r.URL.Path == "/installation/repositories" && o.Selected != nil:
		o.answer(w, r, object{"total_count": len(o.Selected) + o.Missing, "repositories": o.page(w, r, anys(o.Selected))})
	case parts[0] == "user" && len(parts) == 2 && parts[1] == "repos":
		o.answer(w, r, o.page(w, r, anys(o.Accounts[o.Viewer].Repositories)))
	case parts[0] == "gists":
		o.answer(w, r, o.page(w, r, anys(o.Accounts[o.Viewer].Gists)))
	case (parts[0] == "orgs" || parts[0] == "users") && len(parts) > 1 && o.Accounts[parts[1]] != nil:
		o.account(w, r, parts)
	default:
		return false
	}
	return true
}

func (o *Orgs) account(w http.ResponseWriter, r *http.Request, parts []string) {
	a := o.Accounts[parts[1]]
	switch strings.Join(append([]string{parts[0]}, parts[2:]...), "/") {
	case "orgs":
		o.answer(w, r, o.organization(parts[1]))
	case "orgs/repos":
		o.answer(w, r, o.page(w, r, anys(a.Repositories)))
	case "users/repos":
		o.answer(w, r, o.page(w, r, anys(public(a.Repositories, "private", false))))
	case "users/gists":
		o.answer(w, r, o.page(w, r, anys(public(a.Gists, "public", true))))
	default:
		o.refuse(w, http.StatusNotFound)
	}
}

func (o *Orgs) organization(login string) object {
	a := o.Accounts[login]
	org := OrganizationJSON(login)
	open := len(public(a.Repositories, "private", false))
	org["public_repos"], org["owned_private_repos"] = open, len(a.Repositories)-open+a.Unseen
	return org
}

func (o *Orgs) viewer() object {
	a := o.Accounts[o.Viewer]
	u := o.ownerJSON(o.Viewer)
	open := len(public(a.Repositories, "private", false))
	for _, of := range strings.Fields("public_gists followers following private_gists collaborators disk_usage") {
		u[of] = 0
	}
	for _, of := range strings.Fields("bio blog company email hireable location name") {
		u[of] = nil
	}
	u["public_repos"], u["owned_private_repos"], u["total_private_repos"] = open, len(a.Repositories)-open+a.Unseen, 0
	u["created_at"], u["updated_at"], u["type"], u["two_factor_authentication"] = "2026-03-04T05:06:07Z", "2026-03-04T05:06:07Z", "User", true
	return u
}

// public are those of which a field is so.
func public(all []object, field string, is bool) []object {
	var some []object
	for _, o := range all {
		if o[field] == is {
			some = append(some, o)
		}
	}
	return some
}

func anys(all []object) []any {
	list := make([]any, len(all))
	for i, o := range all {
		list[i] = o
	}
	return list
}
