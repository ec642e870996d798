package verify

import (
	"crypto/tls"
	"net"
	"net/netip"
)

// secured is how a server of a protocol other than HTTP proves that it is host.
func (a *Asker) secured(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: a.engine.opts.Roots, MinVersion: tls.VersionTLS12}
}

// inClear reports whether a password may cross a connection that nothing
// encrypts: one to this machine, or to a network that the configuration lists.
func (a *Asker) inClear(conn net.Conn) bool {
	peer, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return false
	}
	address := peer.Addr().WithZone("").Unmap()
	for _, network := range a.engine.opts.Networks {
		if network.Contains(address) {
			return true
		}
	}
	return address.IsLoopback()
}
