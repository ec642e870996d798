package remediate

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/scanner"
)

// use is one repository that holds a secret.
type use struct {
	address string // as in the occurrences; "": not known
	host    string // of a web address
	name    string // "owner/name", or of a clone without a remote its folder's name
	places  []*ledger.Occurrence
	paths   []string // of files in it; those that HEAD still has come first
}

// usesOf groups the occurrences of a secret by repository, in their order. A secret
// without any has one use, of which nothing is known.
func usesOf(h *ledger.History) []use {
	var uses []use
	at := map[string]int{}
	for i := range h.Occurrences {
		o := &h.Occurrences[i]
		n, known := at[o.Repository]
		if !known {
			n = len(uses)
			at[o.Repository] = n
			host, name := repositoryName(o.Repository)
			uses = append(uses, use{address: o.Repository, host: host, name: name})
		}
		uses[n].places = append(uses[n].places, o)
	}
	if len(uses) > 1 { // what lies in no repository tells nothing beside what does
		uses = slices.DeleteFunc(uses, func(u use) bool { return u.address == "" })
	}
	for i := range uses {
		uses[i].paths = pathsOf(uses[i].places)
	}
	if len(uses) == 0 {
		return []use{{}}
	}
	return uses
}

// repositoryName takes the address of a repository apart. A path of this machine
// has no host, and is called by its last element.
func repositoryName(address string) (host, name string) {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return strings.ToLower(u.Host), strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git")
	}
	if strings.HasPrefix(address, "/") || strings.Contains(address, ":/") {
		return "", path.Base(address)
	}
	return "", address
}

// pathsOf are the files of occurrences, each once.
func pathsOf(places []*ledger.Occurrence) []string {
	var current, old []string
	known := map[string]bool{}
	for _, o := range places {
		name, _, _ := strings.Cut(o.Path, "!") // the archive, not its member
		if name == "" || o.Kind == scanner.InLog || known[name] {
			continue
		}
		known[name] = true
		if o.Kind == scanner.InGit && !o.InHead {
			old = append(old, name)
		} else {
			current = append(current, name)
		}
	}
	return append(current, old...)
}

// title is how the repository is called in evidence.
func (u *use) title() string {
	if name := plain(u.name); name != "" {
		return name
	}
	return "an unknown repository"
}

// organisation is the part of the name that teams belong to: "acme" of acme/shop.
func (u *use) organisation() string {
	if org := path.Dir(u.name); u.host != "" && org != "." {
		return org
	}
	return ""
}

func (u *use) onGitHub() bool { return strings.Contains(u.host, "github") }
func (u *use) onGitLab() bool { return strings.Contains(u.host, "gitlab") }
