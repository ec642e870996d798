package checksum

import (
	"hash/crc32"
	"math/rand/v2"
	"strings"
)

// endsInCRC reports whether the last digits of token are the CRC-32 (IEEE) of
// what stands before them.
func endsInCRC(token, alphabet string, digits int) bool {
	n := len(token) - digits
	return n > 0 && crc(token[:n], alphabet, digits) == token[n:]
}

func crc(s, alphabet string, digits int) string {
	return number(crc32.ChecksumIEEE([]byte(s)), alphabet, digits)
}

// validCRC32Base62 is GitHub's and npm's scheme: behind the prefix and its
// underscore, the last six characters are the CRC-32 of those before them, in
// base 62, padded with 0.
// https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
func validCRC32Base62(token string) bool {
	return endsInCRC(token[strings.LastIndexByte(token, '_')+1:], digitsFirst, crc32InBase62)
}

func makeCRC32Base62(r *rand.Rand, prefix string) string {
	body := random(r, digitsFirst, 30)
	return prefix + body + crc(body, digitsFirst, crc32InBase62)
}

// validCRC32Base36 is the scheme of GitLab's routable tokens: the last seven
// characters are the CRC-32 of all before them, the prefix included, in base 36,
// padded with 0. Before them stand the payload, the version and the payload's
// length in base 36.
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/authn/token_field/generator/routable_token.rb
func validCRC32Base36(token string) bool { return endsInCRC(token, base36, crc32InBase36) }

func makeCRC32Base36(r *rand.Rand, prefix string) string {
	n := 32 + r.IntN(30)
	body := prefix + random(r, base64url, n) + ".01." + number(uint32(n), base36, 2)
	return body + crc(body, base36, crc32InBase36)
}

// validCRC32Hex is Private Packagist's scheme: the last eight hexadecimal digits
// are the CRC-32 of all before them, the prefix included.
// https://packagist.com/docs/composer-authentication#token-format
func validCRC32Hex(token string) bool { return endsInCRC(token, hexadecimal, crc32InHex) }

func makeCRC32Hex(r *rand.Rand, prefix string) string {
	body := prefix + random(r, hexadecimal, 60)
	return body + crc(body, hexadecimal, crc32InHex)
}
