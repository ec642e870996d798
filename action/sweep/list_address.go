package sweep

import (
	"errors"
	"net"
	"net/url"
	"strings"
	"unicode"
)

// cloneAddress reads an address that git clones: https://, ssh:// or, if file is set,
// file://. Over http only this machine is asked. Errors do not quote the address, for
// there may be a password in it.
func cloneAddress(text string, file bool) (*url.URL, error) {
	if strings.ContainsFunc(text, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsGraphic(r) || unicode.IsSpace(r) }) {
		return nil, errors.New("there is a blank or a character that cannot be seen in it; write it as %20 where it belongs there")
	}
	if !strings.Contains(text, "://") {
		return nil, errors.New("it is no address: want https://HOST/PATH, ssh://USER@HOST/PATH or file:///PATH")
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("it cannot be read as an address")
	}
	if _, password := u.User.Password(); password || u.User != nil && u.Scheme != "ssh" {
		return nil, errors.New("there is a user or a password in it: take it out, and give the token as for the API")
	}
	switch {
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("there is a query or a fragment in it, which no repository has")
	case strings.Trim(u.Path, "/") == "":
		return nil, errors.New("it names no repository")
	}
	return u, checkHost(u, file)
}

// checkHost refuses what git would reach by another way than the address says.
func checkHost(u *url.URL, file bool) error {
	host := u.Hostname()
	ip := net.ParseIP(host)
	switch {
	case u.Scheme == "file" && !file:
		return errors.New("it is of this machine's files")
	case u.Scheme == "file" && u.Host != "" && u.Host != "localhost":
		return errors.New("a file has no host: want file:///PATH")
	case u.Scheme == "file":
		return nil
	case host == "" || host[0] == '-' || strings.HasPrefix(u.User.Username(), "-"):
		return errors.New("it names no host")
	case u.Scheme == "http" && host != "localhost" && (ip == nil || !ip.IsLoopback()):
		return errors.New("others can read what goes over http: want https")
	case u.Scheme != "https" && u.Scheme != "ssh" && u.Scheme != "http":
		return errors.New("want https://, ssh:// or file://")
	}
	return nil
}
