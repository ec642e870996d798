package verify

import "net/netip"

// specialRanges are the addresses that do not lead to a public server: the IANA
// IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates),
// multicast (RFC 5771, RFC 4291), and the ranges whose addresses hold an IPv4
// address, which embedded looks into.
var specialRanges = [...]struct{ cidr, name string }{
	{"0.0.0.0/8", "this network"},
	{"10.0.0.0/8", "private"},
	{"100.64.0.0/10", "shared address space of a provider"},
	{"127.0.0.0/8", "loopback"},
	{"169.254.0.0/16", "link-local, where cloud metadata is served"},
	{"172.16.0.0/12", "private"},
	{"192.0.0.0/24", "IETF protocol assignments"},
	{"192.0.2.0/24", "documentation"},
	{"192.31.196.0/24", "AS112"},
	{"192.52.193.0/24", "AMT"},
	{"192.88.99.0/24", "6to4 relay"},
	{"192.168.0.0/16", "private"},
	{"192.175.48.0/24", "AS112"},
	{"198.18.0.0/15", "benchmarking"},
	{"198.51.100.0/24", "documentation"},
	{"203.0.113.0/24", "documentation"},
	{"224.0.0.0/4", "multicast"},
	{"240.0.0.0/4", "reserved"},
	{"168.63.129.16/32", "platform address of Azure"},
	{"::/128", "unspecified"},
	{"::1/128", "loopback"},
	{"::ffff:0:0:0/96", "IPv4-translated"},
	{"64:ff9b:1::/48", "local-use NAT64"},
	{"100::/64", "discard"},
	{"100:0:0:1::/64", "dummy prefix"},
	{"2001::/23", "IETF protocol assignments, Teredo among them"},
	{"2001:db8::/32", "documentation"},
	{"2620:4f:8000::/48", "AS112"},
	{"3fff::/20", "documentation"},
	{"5f00::/16", "segment routing"},
	{"fc00::/7", "unique local, where cloud metadata is served too"},
	{"fe80::/10", "link-local"},
	{"fec0::/10", "site-local"},
	{"ff00::/8", "multicast"},
}

// special returns what kind of address a is if it does not lead to a public
// server, or "".
func special(a netip.Addr) string {
	a = a.WithZone("").Unmap()
	for _, r := range specialRanges {
		if netip.MustParsePrefix(r.cidr).Contains(a) {
			return r.name
		}
	}
	if inner, ok := embedded(a); ok {
		return special(inner)
	}
	return ""
}

// embedded returns the IPv4 address within an IPv6 address that stands for it:
// IPv4-compatible (RFC 4291), NAT64 (RFC 6052) and 6to4 (RFC 3056). Mapped
// addresses are unmapped before.
func embedded(a netip.Addr) (netip.Addr, bool) {
	if !a.Is6() {
		return netip.Addr{}, false
	}
	b := a.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(a), netip.MustParsePrefix("::/96").Contains(a):
		return netip.AddrFrom4([4]byte(b[12:16])), true
	case netip.MustParsePrefix("2002::/16").Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	}
	return netip.Addr{}, false
}
