package document

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
)

// flows are the TCP connections of a capture, each direction a flow.
type flows struct {
	all     []*flow
	open    map[[2]netip.AddrPort]*flow
	unknown []uint32 // types of links whose packets are not read
}

// flow is what one end of a connection sent to the other.
type flow struct {
	from, to netip.AddrPort
	first    uint32 // sequence number of the first byte
	segments []segment
}

type segment struct {
	at   int32 // behind the flow's first byte
	data []byte
}

func newFlows() *flows { return &flows{open: map[[2]netip.AddrPort]*flow{}} }

// noLink is the type of the link of an interface that a capture does not name.
const noLink = 0xffff_ffff

// The numbers of protocols in IP (https://www.iana.org/assignments/protocol-numbers).
const (
	protocolHopByHop     = 0
	protocolTCP          = 6
	protocolRouting      = 43
	protocolFragment     = 44
	protocolDestinations = 60
)

// packet takes in a packet of a link, whose types are those of
// https://www.tcpdump.org/linktypes.html.
func (s *flows) packet(link uint32, p []byte) {
	header := 0
	switch link {
	case 0, 108: // loopback, with the family
		header = 4
	case 1:
		header = ethernetHeader(p)
	case 12, 14, 101, 228, 229: // IP itself
	case 113: // Linux, cooked
		header = 16
	case 276: // the same, version 2
		header = 20
	default:
		if !slices.Contains(s.unknown, link) {
			s.unknown = append(s.unknown, link)
		}
		return
	}
	if len(p) <= header {
		return
	}
	switch p = p[header:]; p[0] >> 4 {
	case 4:
		s.ipv4(p)
	case 6:
		s.ipv6(p)
	}
}

// ethernetHeader is how long the header of a frame is, with tags of VLANs.
func ethernetHeader(p []byte) int {
	at := 12
	for at+2 <= len(p) && (binary.BigEndian.Uint16(p[at:]) == 0x8100 || binary.BigEndian.Uint16(p[at:]) == 0x88a8) {
		at += 4
	}
	return at + 2
}

// ipv4 takes in a packet (RFC 791). Only the first fragment of one is.
func (s *flows) ipv4(p []byte) {
	if len(p) < 20 {
		return
	}
	header, total := int(p[0]&0xf)*4, int(binary.BigEndian.Uint16(p[2:]))
	if total == 0 { // left to the network card
		total = len(p)
	}
	offset := binary.BigEndian.Uint16(p[6:]) & 0x1fff
	if header < 20 || header > total || p[9] != protocolTCP || offset != 0 {
		return
	}
	src, dst := netip.AddrFrom4([4]byte(p[12:])), netip.AddrFrom4([4]byte(p[16:]))
	p = p[:min(len(p), total)]
	s.tcp(src, dst, p[min(len(p), header):])
}

// ipv6 takes in a packet (RFC 8200). Only the first fragment of one is.
func (s *flows) ipv6(p []byte) {
	const header = 40
	if len(p) < header {
		return
	}
	src, dst := netip.AddrFrom16([16]byte(p[8:])), netip.AddrFrom16([16]byte(p[24:]))
	next, size := p[6], int(binary.BigEndian.Uint16(p[4:]))
	p = p[header:]
	if size > 0 {
		p = p[:min(len(p), size)]
	}
	for len(p) >= 8 {
		length := 8 * (1 + int(p[1]))
		switch next {
		case protocolTCP:
			s.tcp(src, dst, p)
			return
		case protocolFragment:
			length = 8
			if binary.BigEndian.Uint16(p[2:])>>3 != 0 {
				return
			}
		case protocolHopByHop, protocolRouting, protocolDestinations:
		default:
			return
		}
		next, p = p[0], p[min(len(p), length):]
	}
}

// tcp takes in a segment (RFC 9293). A connection that begins anew between the
// same ports is a flow of its own.
func (s *flows) tcp(src, dst netip.Addr, p []byte) {
	if len(p) < 20 {
		return
	}
	ends := [2]netip.AddrPort{
		netip.AddrPortFrom(src, binary.BigEndian.Uint16(p)), netip.AddrPortFrom(dst, binary.BigEndian.Uint16(p[2:])),
	}
	sequence, begins := binary.BigEndian.Uint32(p[4:]), p[13]&2 != 0
	data := p[min(len(p), int(p[12]>>4)*4):]
	if begins {
		sequence++
	}
	f := s.open[ends]
	if f == nil || begins && f.first != sequence {
		f = &flow{from: ends[0], to: ends[1], first: sequence}
		s.open[ends] = f
		s.all = append(s.all, f)
	}
	if len(data) > 0 {
		f.segments = append(f.segments, segment{int32(sequence - f.first), data})
	}
}

// flow hands out what was sent in a flow, and the bodies of HTTP in it that are
// not as they look. What the capture lacks is a line end.
func (d *reading) flow(f *flow) error {
	if len(f.segments) == 0 {
		return nil
	}
	slices.SortStableFunc(f.segments, func(a, b segment) int { return cmp.Compare(a.at, b.at) })
	var stream []byte
	next := int64(f.segments[0].at)
	for _, s := range f.segments {
		at := int64(s.at)
		if at > next {
			stream = append(stream, '\n')
			next = at
		}
		if again := next - at; again < int64(len(s.data)) {
			stream = append(stream, s.data[again:]...)
			next += int64(len(s.data)) - again
		}
	}
	part := fmt.Sprintf("flow %s > %s", f.from, f.to)
	if len(f.segments) > 1 {
		if err := d.hand(part, stream); err != nil {
			return err
		}
	}
	return d.httpBodies(part, stream)
}
