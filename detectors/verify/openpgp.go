package verify

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Tags of OpenPGP packets (RFC 9580, section 5).
const (
	pgpSecretKey    = 5
	pgpSecretSubkey = 7
	pgpUserID       = 13
)

// readOpenPGP reads a transferable secret key (RFC 9580, section 10.2). It is
// encrypted if all of its keys are.
func readOpenPGP(b []byte) (*privateKey, bool) {
	var k *privateKey
	for len(b) > 0 {
		tag, body, rest, ok := pgpPacket(b)
		if !ok {
			break
		}
		b = rest
		switch tag {
		case pgpSecretKey, pgpSecretSubkey:
			one, ok := pgpKey(body)
			switch {
			case !ok:
			case k == nil:
				k = one
			default:
				k.encrypted = k.encrypted && one.encrypted
			}
		case pgpUserID:
			if k != nil && k.name == "" {
				k.name = string(body)
			}
		}
	}
	return k, k != nil
}

// pgpPacket cuts off a packet (RFC 9580, section 4.2).
func pgpPacket(b []byte) (tag int, body, rest []byte, ok bool) {
	head, b := int(b[0]), b[1:]
	width := 0 // of the length, in bytes
	switch {
	case head&0xc0 == 0x80: // the old form
		tag, width = head>>2&15, 1<<(head&3)
		if width == 8 { // the rest of the file
			return tag, b, nil, true
		}
	case head&0xc0 == 0xc0:
		tag = head & 63
		switch {
		case len(b) > 0 && b[0] < 192:
			width = 1
		case len(b) > 1 && b[0] < 224:
			n := (int(b[0])-192)<<8 + int(b[1]) + 192
			return tag, b[2:][:min(n, len(b)-2)], b[2:][min(n, len(b)-2):], n <= len(b)-2
		case len(b) > 0 && b[0] == 255:
			b, width = b[1:], 4
		default: // in pieces: keys are not
			return 0, nil, nil, false
		}
	default:
		return 0, nil, nil, false
	}
	if len(b) < width {
		return 0, nil, nil, false
	}
	var n uint64
	for _, c := range b[:width] {
		n = n<<8 | uint64(c)
	}
	if b = b[width:]; n > uint64(len(b)) {
		return 0, nil, nil, false
	}
	return tag, b[:n], b[n:], true
}

// pgpKey reads a secret key or subkey (RFC 9580, section 5.5.3) of version 4 or 6.
func pgpKey(b []byte) (*privateKey, bool) {
	if len(b) < 11 || b[0] != 4 && b[0] != 6 {
		return nil, false
	}
	algorithm, head := b[5], 6
	if b[0] == 6 {
		head = 10
	}
	size, ok := pgpPublicSize(algorithm, b[head:])
	if !ok || head+size >= len(b) {
		return nil, false
	}
	public, private := b[:head+size], b[head+size:]
	k := &privateKey{
		kind: "OpenPGP key, " + pgpAlgorithm(algorithm), encrypted: private[0] != 0,
		created: time.Unix(int64(binary.BigEndian.Uint32(b[1:])), 0).UTC(),
	}
	if algorithm <= 3 {
		k.kind += fmt.Sprintf(" of %d bits", binary.BigEndian.Uint16(b[head:]))
	}
	var id []byte
	if b[0] == 4 {
		sum := sha1.Sum(append([]byte{0x99, byte(len(public) >> 8), byte(len(public))}, public...))
		id = sum[:]
	} else {
		sum := sha256.Sum256(append(binary.BigEndian.AppendUint32([]byte{0x9b}, uint32(len(public))), public...))
		id = sum[:]
	}
	k.id = strings.ToUpper(hex.EncodeToString(id))
	return k, true
}

// pgpPublicSize is how many bytes the public numbers of a key take at the beginning
// of b (RFC 9580, section 5.5.5).
func pgpPublicSize(algorithm byte, b []byte) (int, bool) {
	oid, numbers, kdf := false, 0, false
	switch algorithm {
	case 1, 2, 3:
		numbers = 2
	case 16:
		numbers = 3
	case 17:
		numbers = 4
	case 18:
		oid, numbers, kdf = true, 1, true
	case 19, 22:
		oid, numbers = true, 1
	case 25, 27:
		return 32, len(b) > 32
	case 26:
		return 56, len(b) > 56
	case 28:
		return 57, len(b) > 57
	default:
		return 0, false
	}
	at := 0
	if oid && len(b) > 0 {
		at = 1 + int(b[0])
	}
	for range numbers {
		if at+2 > len(b) {
			return 0, false
		}
		at += 2 + (int(binary.BigEndian.Uint16(b[at:]))+7)/8
	}
	if kdf && at < len(b) {
		at += 1 + int(b[at])
	}
	return at, at < len(b)
}

func pgpAlgorithm(algorithm byte) string {
	switch algorithm {
	case 1, 2, 3:
		return "RSA"
	case 16:
		return "ElGamal"
	case 17:
		return "DSA"
	case 18:
		return "ECDH"
	case 19:
		return "ECDSA"
	case 22, 27:
		return "EdDSA"
	case 25, 26:
		return "X25519 or X448"
	case 28:
		return "Ed448"
	}
	return fmt.Sprintf("algorithm %d", algorithm)
}
