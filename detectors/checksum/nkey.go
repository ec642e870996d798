package checksum

import (
	"encoding/base32"
	"encoding/binary"
	"math/rand/v2"
)

// A seed of NATS' NKEYs (github.com/nats-io/nkeys): in base 32, two bytes that say
// that it is a seed and of what, the 32 bytes of an Ed25519 seed, and the CRC-16 of
// all before it, least byte first.
const (
	nkeySeed      = 18 << 3 // the five highest bits of the first byte: S
	nkeySeedBytes = 2 + 32 + 2
)

// nkeyKinds are what a seed may be of: account, cluster, operator, server, user and
// curve, as the second letter shows them.
var nkeyKinds = []byte{0 << 3, 2 << 3, 14 << 3, 13 << 3, 20 << 3, 23 << 3}

var nkeyEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

func validNKeySeed(token string) bool {
	raw, err := nkeyEncoding.DecodeString(token)
	if err != nil || len(raw) != nkeySeedBytes || raw[0]&^7 != nkeySeed {
		return false
	}
	return binary.LittleEndian.Uint16(raw[nkeySeedBytes-2:]) == crc16(raw[:nkeySeedBytes-2]) && nkeyEncoding.EncodeToString(raw) == token
}

func makeNKeySeed(r *rand.Rand, _ string) string {
	raw := make([]byte, nkeySeedBytes)
	for i := range raw {
		raw[i] = byte(r.Uint32())
	}
	kind := nkeyKinds[r.IntN(len(nkeyKinds))]
	raw[0], raw[1] = nkeySeed|kind>>5, kind&31<<3
	binary.LittleEndian.PutUint16(raw[nkeySeedBytes-2:], crc16(raw[:nkeySeedBytes-2]))
	return nkeyEncoding.EncodeToString(raw)
}

// crc16 is CRC-16/XMODEM: polynomial 0x1021, beginning with 0.
func crc16(data []byte) (crc uint16) {
	for _, b := range data {
		crc ^= uint16(b) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}
