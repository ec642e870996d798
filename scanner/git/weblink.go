package git

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// scpLike is git's short form of an SSH address: user@host:path.
var scpLike = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:[\w.\-]+@)?([\w.\-]+):([^/].*)$`) })

// webAddress turns a remote's URL into the address of its web page; user names
// and passwords are left out. It returns "" for what has none.
func webAddress(remote string) string {
	host, path := "", ""
	if u, err := url.Parse(remote); err == nil && u.Host != "" {
		switch u.Scheme {
		case "http", "https", "ssh", "git":
			host, path = u.Hostname(), u.Path
			if u.Port() != "" && strings.HasPrefix(u.Scheme, "http") {
				host = u.Host
			}
		default:
			return ""
		}
	} else if m := scpLike().FindStringSubmatch(remote); m != nil && !strings.Contains(remote, "::") && !strings.Contains(remote, "://") && len(m[1]) > 1 {
		host, path = m[1], m[2]
	} else {
		return ""
	}
	path = strings.TrimSuffix(strings.Trim(path, "/"), ".git")
	if host == "" || path == "" {
		return ""
	}
	return "https://" + host + "/" + path
}

// webLink is the page that shows a line of a file at a commit, in the manner of
// the forge that the address is of; "" if that is not known.
func webLink(web, commit, path string, line int) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(web, "https://"), "/")
	file := (&url.URL{Path: path}).EscapedPath()
	switch {
	case web == "":
		return ""
	case path == "":
		if strings.Contains(host, "gitlab") {
			return web + "/-/commit/" + commit
		}
		if strings.Contains(host, "github") || strings.Contains(host, "gitea") || host == "codeberg.org" {
			return web + "/commit/" + commit
		}
	case strings.Contains(host, "github"):
		return fmt.Sprintf("%s/blob/%s/%s#L%d", web, commit, file, line)
	case strings.Contains(host, "gitlab"):
		return fmt.Sprintf("%s/-/blob/%s/%s#L%d", web, commit, file, line)
	case host == "bitbucket.org":
		return fmt.Sprintf("%s/src/%s/%s#lines-%d", web, commit, file, line)
	case strings.Contains(host, "gitea"), host == "codeberg.org":
		return fmt.Sprintf("%s/src/commit/%s/%s#L%d", web, commit, file, line)
	}
	return ""
}
