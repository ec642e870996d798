package offboard

import (
	"net/url"
	"strings"
)

// address is by what the ledger knows a repository.
type address struct {
	host  string   // of its web address; "": not known, any
	names []string // OWNER/NAME, now and before
}

// is reports whether an occurrence's repository is the one of the address.
func (a address) is(repository string) bool {
	host, name := split(repository)
	if name == "" || host != "" && a.host != "" && !strings.EqualFold(host, a.host) {
		return false
	}
	for _, n := range a.names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// split takes host and OWNER/NAME out of what an occurrence says of its repository:
// a web address, or the name alone. A folder has neither.
func split(repository string) (host, name string) {
	if !strings.Contains(repository, "://") {
		if isName(repository) {
			return "", repository
		}
		return "", ""
	}
	u, err := url.Parse(repository)
	if err != nil {
		return "", ""
	}
	return u.Host, strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git")
}

// hostOf is the host of a web address, or "".
func hostOf(web string) string {
	u, err := url.Parse(web)
	if err != nil {
		return ""
	}
	return u.Host
}
