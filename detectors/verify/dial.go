package verify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Resolver looks names up. *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// dialer connects to public addresses, and to those of special ranges that the
// user named. A name is looked up once, each of its addresses is checked, and the
// connection goes to an address that was checked: no second answer of a name
// server can lead elsewhere.
type dialer struct {
	resolver  Resolver
	networks  []netip.Prefix  // special ranges that are allowed
	endpoints map[string]bool // host:port of configured endpoints
	connect   func(ctx context.Context, network, address string) (net.Conn, error)
	timeout   time.Duration
}

// errOffline is what every connection meets under Options.Offline.
var errOffline = errors.New("the network is switched off (--offline)")

// refusedAddress is an address that nothing is sent to.
type refusedAddress struct{ host, kind string }

func (e *refusedAddress) Error() string {
	return fmt.Sprintf("%s has an address that is not asked: %s", e.host, e.kind)
}

func (e *refusedAddress) Fix() string {
	return "if the server is yours, list its network in verify.networks"
}

// dial connects to host:port over TCP. An endpoint that the user's configuration
// gives may lie anywhere.
func (d *dialer) dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	addresses, err := d.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, a := range addresses {
		if kind := special(a); kind != "" && !d.endpoints[address] && !d.allowed(a) {
			return nil, &refusedAddress{host, kind}
		}
	}
	var failed error
	for _, a := range addresses {
		conn, err := d.connect(ctx, "tcp", net.JoinHostPort(a.String(), port))
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

func (d *dialer) allowed(a netip.Addr) bool {
	a = a.WithZone("").Unmap()
	return slices.ContainsFunc(d.networks, func(p netip.Prefix) bool { return p.Contains(a) })
}

// mostAddresses bounds how many addresses of a name are tried.
const mostAddresses = 8

// addresses are those of a host.
func (d *dialer) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		if a.Zone() != "" {
			return nil, &refusedAddress{host, "it is bound to a network interface"}
		}
		return []netip.Addr{a}, nil
	}
	if looksNumeric(host) {
		return nil, &refusedAddress{host, "an IP address in a form of its own"}
	}
	all, err := d.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no address", host)
	}
	// The connection is made to what was checked: an address without its zone.
	for i := range all {
		all[i] = all[i].WithZone("").Unmap()
	}
	return all[:min(len(all), mostAddresses)], nil
}

// looksNumeric reports whether the last label of a host is a number, in any base:
// some resolvers take "2130706433", "0177.0.0.1" or "0x7f.1" for an address. A
// domain has no such label (RFC 3696, section 2; the URL standard's "ends in a
// number").
func looksNumeric(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return last == "" || strings.Trim(last, "0123456789") == ""
}
