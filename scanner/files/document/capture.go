package document

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// captureFile is a reader of packets, in one of two formats.
type captureFile struct {
	data  []byte
	order binary.ByteOrder
	flows *flows
}

var (
	errCaptureBlock  = errors.New("a block of it is damaged")
	errCaptureHeader = errors.New("its header is damaged")
)

// isCapture reports whether head begins a capture in the format of pcap or of
// pcapng.
func isCapture(head []byte) bool {
	_, order := pcapOrder(head)
	return order != nil || sectionOrder(head) != nil
}

// capture hands out what TCP carried in a packet capture, of each flow in order:
// "flow 10.0.0.1:5555 > 10.0.0.2:80". A flow of one packet is not: the document
// shows it itself.
func (d *reading) capture() error {
	data, err := d.all()
	if err != nil {
		return err
	}
	c := &captureFile{data: data, flows: newFlows()}
	damage := c.read(d)
	if damage == errStopped {
		return damage
	}
	for _, f := range c.flows.all {
		if err := d.flow(f); err != nil {
			return err
		}
	}
	for _, link := range c.flows.unknown {
		if err := d.miss("", Unsupported(fmt.Sprintf("a network of link type %d", link))); err != nil {
			return err
		}
	}
	return damage
}

func (c *captureFile) read(d *reading) error {
	if link, order := pcapOrder(c.data); order != nil {
		c.order = order
		return c.pcap(link)
	}
	if c.order = sectionOrder(c.data); c.order == nil {
		return errCaptureHeader
	}
	return c.pcapng(d)
}

// pcapOrder is the byte order of a capture in the format of pcap, whose header
// data begins with, and its type of link; nil if it is none:
// https://datatracker.ietf.org/doc/html/draft-ietf-opsawg-pcap.
func pcapOrder(data []byte) (link uint32, order binary.ByteOrder) {
	const micro, nano = 0xa1b2c3d4, 0xa1b23c4d // seconds' fractions
	if len(data) < 4 {
		return 0, nil
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if magic := order.Uint32(data); magic == micro || magic == nano {
			if len(data) >= pcapHeader {
				link = order.Uint32(data[20:]) & 0x0fff_ffff
			}
			return link, order
		}
	}
	return 0, nil
}

const pcapHeader = 24

func (c *captureFile) pcap(link uint32) error {
	if len(c.data) < pcapHeader {
		return errCaptureHeader
	}
	const recordHeader = 16 // two of time, length here, length as it was
	for rest := c.data[pcapHeader:]; len(rest) > 0; {
		if len(rest) < recordHeader {
			return nil // cut off, as by stopping the program that wrote it
		}
		packet := c.captured(rest[recordHeader:], rest[8:])
		c.flows.packet(link, packet)
		rest = rest[recordHeader+len(packet):]
	}
	return nil
}

// sectionOrder is the byte order of a section of a capture in the format of
// pcapng, whose header data begins with; nil if it does not:
// https://datatracker.ietf.org/doc/html/draft-ietf-opsawg-pcapng.
func sectionOrder(data []byte) binary.ByteOrder {
	const magic = 0x1a2b3c4d
	if len(data) < 12 || string(data[:4]) != "\n\r\r\n" {
		return nil
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if order.Uint32(data[8:]) == magic {
			return order
		}
	}
	return nil
}

func (c *captureFile) pcapng(d *reading) error {
	const section, interfaces, oldPacket, simplePacket, packet, secrets = 0x0a0d0d0a, 1, 2, 3, 6, 10
	var links []uint32 // of the section's interfaces
	link := func(i uint32) uint32 {
		if uint64(i) >= uint64(len(links)) {
			return noLink
		}
		return links[i]
	}
	for rest := c.data; len(rest) > 0; {
		if order := sectionOrder(rest); order != nil {
			c.order, links = order, nil
		}
		if len(rest) < 12 {
			return nil // cut off
		}
		typ, size := c.order.Uint32(rest), uint64(c.order.Uint32(rest[4:]))
		if size < 12 {
			return errCaptureBlock
		}
		body := rest[8:min(uint64(len(rest)), size-4)]
		rest = rest[min(uint64(len(rest)), size):]
		switch {
		case typ == interfaces && len(body) >= 2:
			links = append(links, uint32(c.order.Uint16(body)))
		case typ == packet && len(body) >= 20:
			c.flows.packet(link(c.order.Uint32(body)), c.captured(body[20:], body[12:]))
		case typ == oldPacket && len(body) >= 20:
			c.flows.packet(link(uint32(c.order.Uint16(body))), c.captured(body[20:], body[12:]))
		case typ == simplePacket && len(body) >= 4:
			c.flows.packet(link(0), c.captured(body[4:], body))
		case typ == secrets && len(body) >= 8:
			if err := d.hand("decryption secrets", c.captured(body[8:], body[4:])); err != nil {
				return err
			}
		}
	}
	return nil
}

// captured is the data with which body begins, as long as size says at most.
func (c *captureFile) captured(body, size []byte) []byte {
	return body[:min(uint64(len(body)), uint64(c.order.Uint32(size)))]
}
