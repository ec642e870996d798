package verify

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
)

// ParseEndpoint reads an endpoint of a configuration: the address of a server of
// one's own that is asked instead of an issuer's.
func ParseEndpoint(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Host == "", u.User != nil, u.RawQuery != "", u.Fragment != "":
		return nil, fmt.Errorf("endpoint %q: want an address such as https://github.acme.com/api/v3", text)
	case u.Scheme == "https", u.Scheme == "tcp":
		return u, nil
	case u.Scheme == "http":
		// A secret never crosses a network in clear.
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && a.IsLoopback() || u.Hostname() == "localhost" {
			return u, nil
		}
		return nil, fmt.Errorf("endpoint %q: http only to this machine; want https", text)
	}
	return nil, fmt.Errorf("endpoint %q: want https", text)
}

// destination decides where a request for u goes: to an endpoint that the
// configuration gives for its host, or to u itself if that is a host of the issuer.
func (a *Asker) destination(u *url.URL) (*url.URL, error) {
	host := strings.ToLower(u.Hostname())
	theirs := slices.ContainsFunc(a.hosts, func(p string) bool { return matchHost(p, host) })
	if !theirs && !(a.named && slices.ContainsFunc(a.engine.textHosts, func(p string) bool { return matchHost(p, host) })) {
		return nil, &errHost{u.Hostname(), a.named}
	}
	if list := a.engine.endpointsOf(host); len(list) > 0 {
		return moved(u, list[min(a.choice, len(list)-1)]), nil
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "tcp":
		return nil, fmt.Errorf("%s is not asked over %s", u.Hostname(), u.Scheme)
	case u.Scheme == "https" && u.Port() != "" && u.Port() != "443" && theirs:
		return nil, fmt.Errorf("%s is not asked at port %s", u.Hostname(), u.Port())
	}
	return u, nil
}

// moved is u at another server: the path of base, then its own.
func moved(u, base *url.URL) *url.URL {
	to := *u
	to.Scheme, to.Host = base.Scheme, base.Host
	if base.Path != "" && base.Path != "/" {
		to.RawPath = path.Clean(base.EscapedPath()) + u.EscapedPath()
		to.Path = path.Clean(base.Path) + u.Path
	}
	return &to
}

// matchHost reports whether a host is the one of a pattern; "*." at its beginning
// stands for one or more labels.
func matchHost(pattern, host string) bool {
	pattern = strings.ToLower(pattern)
	if suffix, ok := strings.CutPrefix(pattern, "*"); ok && strings.HasPrefix(suffix, ".") {
		return len(host) > len(suffix) && strings.HasSuffix(host, suffix) && host[0] != '.'
	}
	return pattern == host
}

// address is the host and port of a URL.
func address(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "http":
		port = "80"
	default:
		port = "443"
	}
	return net.JoinHostPort(u.Hostname(), port)
}
