package checksum

import (
	"math/rand/v2"
	"strings"
)

// validXORBase62 is the scheme of crates.io's tokens of trusted publishing:
// behind the prefix's last underscore, the last character is the exclusive or of
// the bytes before it, modulo 62. By chance it holds once in 62 times.
// https://github.com/rust-lang/crates.io/blob/main/crates/crates_io_trustpub/src/access_token.rs
func validXORBase62(token string) bool {
	body := token[strings.LastIndexByte(token, '_')+1:]
	n := len(body) - 1
	return n > 0 && xor(body[:n]) == body[n]
}

func makeXORBase62(r *rand.Rand, prefix string) string {
	body := random(r, digitsLast, 31)
	return prefix + body + string(xor(body))
}

func xor(s string) byte {
	var sum byte
	for i := range len(s) {
		sum ^= s[i]
	}
	return digitsLast[int(sum)%len(digitsLast)]
}
