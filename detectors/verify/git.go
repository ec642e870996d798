package verify

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
)

// verifyGit asks a Git server for the list of a repository's refs, as a clone
// begins: first without the password, then with it. Only where the server refuses
// the first and grants the second is the password what it was granted for.
// https://git-scm.com/docs/http-protocol#_smart_clients
func verifyGit(ctx context.Context, ask *Asker, u *url.URL) Verdict {
	switch {
	case !strings.HasSuffix(u.Scheme, "https"):
		return unverifiable("its URL is not https: the password is not sent in clear")
	case strings.Trim(u.Path, "/") == "":
		return unverifiable("its URL names no repository")
	}
	at := gitRefs(u)
	what := "GET https://" + u.Host + "/***/info/refs?service=git-upload-pack"
	without, err := askGit(ctx, ask, at, nil, what)
	if err != nil {
		return ask.failed(err, what)
	}
	if advertisesRefs(without) {
		v := unknown("the repository is public: nothing tells whether the password works")
		v.Endpoint = what
		return v
	}
	if _, asks := challengeOf(without, "basic"); !asks {
		return neither(without, what)
	}
	with, err := askGit(ctx, ask, at, u.User, what)
	if err != nil {
		return ask.failed(err, what)
	}
	return gitVerdict(without, with, gitUser(u.User), what)
}

// gitVerdict concludes from the answers without and with the password.
func gitVerdict(without, with *Answer, user, what string) Verdict {
	var v Verdict
	switch {
	case advertisesRefs(with):
		v = live("lists the refs of a repository that it does not list without the password")
		v.Identity.Name = user
	case refusedAgain(without, with) && wantsAnotherKind(with):
		v = unknown("refused for Git; the server says that another kind of credential, or another scope, may be wanted")
	case refusedAgain(without, with):
		v = dead("answered 401 from the realm that asked for the password")
	default:
		return neither(with, what)
	}
	v.Endpoint = what
	return v
}

// longestUser is how many bytes a user name has at most; what is longer may be a
// token that stands in its place.
const longestUser = 19

// gitUser is the name of a user, unless it is the secret or may be one.
func gitUser(user *url.Userinfo) string {
	if _, has := user.Password(); !has || len(user.Username()) > longestUser {
		return ""
	}
	return user.Username()
}

// gitRefs is where the refs of the repository at u are listed.
func gitRefs(u *url.URL) *url.URL {
	at := *u
	at.Scheme, at.User, at.Fragment, at.RawFragment = "https", nil, "", ""
	at.RawQuery = "service=git-upload-pack"
	return at.JoinPath("info", "refs")
}

func askGit(ctx context.Context, ask *Asker, at *url.URL, user *url.Userinfo, what string) (*Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, cleaned(err)
	}
	if user != nil {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	return ask.Do(req, what)
}

// advertisesRefs reports whether an answer is a Git server's list of refs: its
// media type, and the packet that begins it.
func advertisesRefs(a *Answer) bool {
	return a.Status == http.StatusOK &&
		a.Header.Get("Content-Type") == "application/x-git-upload-pack-advertisement" &&
		bytes.HasPrefix(a.Body, []byte("001e# service=git-upload-pack\n"))
}
