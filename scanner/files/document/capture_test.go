package document

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

var (
	client = netip.MustParseAddrPort("10.0.0.1:5555")
	server = netip.MustParseAddrPort("10.0.0.2:80")
)

// ip is a packet of TCP, by the version of the addresses.
func ip(from, to netip.AddrPort, sequence uint32, flags byte, data string) []byte {
	tcp := binary.BigEndian.AppendUint16(nil, from.Port())
	tcp = binary.BigEndian.AppendUint16(tcp, to.Port())
	tcp = binary.BigEndian.AppendUint32(tcp, sequence)
	tcp = append(tcp, 0, 0, 0, 0, 5<<4, flags, 0, 0, 0, 0, 0, 0)
	tcp = append(tcp, data...)
	var p []byte
	if from.Addr().Is4() {
		p = append(p, 0x45, 0)
		p = binary.BigEndian.AppendUint16(p, uint16(20+len(tcp)))
		p = append(p, 0, 0, 0, 0, 64, protocolTCP, 0, 0)
	} else {
		p = append(p, 0x60, 0, 0, 0)
		p = binary.BigEndian.AppendUint16(p, uint16(8+len(tcp)))
		p = append(p, protocolDestinations, 64)
	}
	p = append(append(p, from.Addr().AsSlice()...), to.Addr().AsSlice()...)
	if from.Addr().Is6() {
		p = append(p, protocolTCP, 0, 0, 0, 0, 0, 0, 0)
	}
	return append(p, tcp...)
}

// makePcap is a capture of frames in the format of pcap.
func makePcap(order binary.AppendByteOrder, link uint32, frames ...[]byte) []byte {
	b := order.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, make([]byte, 16)...)
	b = order.AppendUint32(b, link)
	for _, f := range frames {
		b = append(b, make([]byte, 8)...)
		b = order.AppendUint32(b, uint32(len(f)))
		b = append(order.AppendUint32(b, uint32(len(f))), f...)
	}
	return b
}

// makePcapng is the same in the format of pcapng, with the secrets of TLS.
func makePcapng(link uint16, secrets string, frames ...[]byte) []byte {
	o := binary.LittleEndian
	block := func(typ uint32, body []byte) []byte {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		b := o.AppendUint32(o.AppendUint32(nil, typ), uint32(12+len(body)))
		return o.AppendUint32(append(b, body...), uint32(12+len(body)))
	}
	b := block(0x0a0d0d0a, append(o.AppendUint32(nil, 0x1a2b3c4d), 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255))
	b = append(b, block(1, append(o.AppendUint16(nil, link), 0, 0, 0, 0, 0, 0))...)
	b = append(b, block(10, append(o.AppendUint32([]byte("KSLT"), uint32(len(secrets))), secrets...))...)
	for _, f := range frames {
		body := o.AppendUint32(make([]byte, 12), uint32(len(f)))
		body = append(o.AppendUint32(body, uint32(len(f))), f...)
		b = append(b, block(6, body)...)
	}
	return b
}

func TestCapture(t *testing.T) {
	const syn, ack = 2, 16
	ethernet := func(p []byte) []byte { return append(append(make([]byte, 12), 0x81, 0, 0, 1, 8, 0), p...) }
	out := func(sequence uint32, data string) []byte { return ip(client, server, sequence, ack, data) }
	v6 := netip.MustParseAddrPort("[2001:db8::1]:443")
	for name, tt := range map[string]struct {
		data []byte
		want []string
	}{
		"Ethernet with VLAN": {makePcap(binary.LittleEndian, 1, ethernet(out(100, "to")), ethernet(out(102, "ken"))),
			[]string{"flow 10.0.0.1:5555 > 10.0.0.2:80: token"}},
		"out of order, again, overlapping": {makePcap(binary.BigEndian, 101, out(102, "ken"), out(100, "tok"), out(100, "tok")),
			[]string{"flow 10.0.0.1:5555 > 10.0.0.2:80: token"}},
		"numbers wrap": {makePcap(binary.BigEndian, 101, ip(client, server, 0xffff_fffd, syn, ""), out(0xffff_fffe, "to"), out(0, "ken")),
			[]string{"flow 10.0.0.1:5555 > 10.0.0.2:80: token"}},
		"a packet is lacking": {makePcap(binary.BigEndian, 101, out(100, "to"), out(105, "ken")),
			[]string{"flow 10.0.0.1:5555 > 10.0.0.2:80: to\nken"}},
		"both directions": {makePcap(binary.BigEndian, 101, out(1, "a"), ip(server, client, 1, ack, "c"), out(2, "b"), ip(server, client, 2, ack, "d")),
			[]string{"flow 10.0.0.1:5555 > 10.0.0.2:80: ab", "flow 10.0.0.2:80 > 10.0.0.1:5555: cd"}},
		"ports used again": {makePcap(binary.BigEndian, 101, ip(client, server, 1, syn, ""), out(2, "a"), out(3, "b"), ip(client, server, 90, syn, ""), out(91, "c"), out(92, "d")),
			[]string{"flow 10.0.0.1:5555 > 10.0.0.2:80: ab", "flow 10.0.0.1:5555 > 10.0.0.2:80: cd"}},
		"one packet": {makePcap(binary.BigEndian, 101, out(1, "shown as it is")), nil},
		"IPv6": {makePcap(binary.BigEndian, 101, ip(v6, v6, 1, ack, "to"), ip(v6, v6, 3, ack, "ken")),
			[]string{"flow [2001:db8::1]:443 > [2001:db8::1]:443: token"}},
		"pcapng": {makePcapng(101, "CLIENT_RANDOM a b", out(100, "to"), out(102, "ken")),
			[]string{"decryption secrets: CLIENT_RANDOM a b", "flow 10.0.0.1:5555 > 10.0.0.2:80: token"}},
		"other network":   {makePcap(binary.BigEndian, 147, []byte("frame")), []string{" lost: a network of link type 147 is not supported"}},
		"cut off":         {makePcap(binary.BigEndian, 101, out(1, "to"), out(3, "kens"))[:24+16+42+16+43], []string{"flow 10.0.0.1:5555 > 10.0.0.2:80: token"}},
		"cut off, pcapng": {makePcapng(101, "a", out(1, "to"), out(3, "ken"), out(6, "x"))[:28+20+24+76+76+30], []string{"decryption secrets: a", "flow 10.0.0.1:5555 > 10.0.0.2:80: token"}},
		"hostile length":  {append(makePcap(binary.BigEndian, 101), bytes.Repeat([]byte{0xff}, 16)...), nil},
		"short header":    {makePcap(binary.BigEndian, 101)[:12], []string{"error: its header is damaged"}},
		"another file":    {[]byte("\x0a\x0d\x0d\x0a and other things"), []string{"error: its header is damaged"}},
		"damaged block":   {append(makePcapng(101, "a"), make([]byte, 12)...), []string{"decryption secrets: a", "error: a block of it is damaged"}},
	} {
		t.Run(name, func(t *testing.T) {
			if k := Of(tt.data, ""); k != Capture && name != "another file" {
				t.Errorf("taken for %q", k)
			}
			readAll(t, Capture, tt.data).want(t, tt.want...)
		})
	}
}

func TestCaptureHTTP(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte("packed"))
	z.Close()
	part := "flow 10.0.0.1:5555 > 10.0.0.2:80, body "
	for name, tt := range map[string]struct {
		stream string
		want   []string
	}{
		"chunked": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nto\r\n3\r\nken\r\n0\r\n\r\n", []string{part + "1: token"}},
		"gzip, behind another": {"GET /a HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" +
			strings.Join([]string{"1a", packed.String(), "0", "", ""}, "\r\n"), []string{part + "2: packed"}},
		"cut off": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nto", []string{part + "1: to"}},
		"other encoding": {"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\na", []string{
			part + "1 lost: the content encoding br is not supported"}},
		"plain":    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", nil},
		"not HTTP": {"EHLO me\r\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			data := makePcap(binary.BigEndian, 101, ip(client, server, 1, 16, tt.stream))
			readAll(t, Capture, data).want(t, tt.want...)
		})
	}
}

func FuzzCapture(f *testing.F) {
	frames := [][]byte{ip(client, server, 1, 16, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), ip(client, server, 48, 16, "1\r\na\r\n0\r\n\r\n")}
	seed(f, makePcap(binary.BigEndian, 101, frames...), makePcapng(101, "secret", frames...), makePcap(binary.LittleEndian, 1, slices.Concat(make([]byte, 12), []byte{8, 0}, frames[0])))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, Capture, data) })
}
