package generic

import (
	"crypto/sha256"
	"encoding/hex"
)

// published reports whether v is one of the keys and phrases that everybody knows,
// because a standard or a tool shows it. They are told by the first eight bytes of
// their SHA-256: none of them stands here.
func published(v []byte) bool {
	sum := sha256.Sum256(v)
	switch hex.EncodeToString(sum[:8]) {
	// The entropy of phrases: test vectors of BIP-39, and what Ganache and Truffle begin with.
	case "005b30a3ab171b8c", "074ae1f8e7121aeb", "1405e8392df14cd0", "2165f0aafe44e727", "27a01e66fd84a32d",
		"29a8b34689f15991", "49b7719c0dff6d00", "6747c8aee315c1b0", "678f18046af8743a", "69b6509a79cef595",
		"6b6cc2618ae191e3", "8027ca22ba400f88", "83acd6729bc00657", "85cee1dfe99969ec", "a209c1acb3397f89",
		"a98ed335f345b0a8", "b809dcd7ab5a0e83", "c60dab48e4856285", "e621d5d4472f3a42", "eb545d6f460d0225",
		"eea6dc56e3a0187b", "eff8ddfae2b78af2", "f169600e719875a8", "fa7236222e6742f6":
		return true
	// Private members of keys: RFC 7515 appendix A, RFC 7517 appendix A, RFC 8037 appendix A.
	case "190edf59d5736c3b", "2e4ff57e9c832eda", "57afc11665beb68d", "5ccf2edb4f070f0b", "8b1b17a9740c068a",
		"a45404ae333dd955", "ecaa6793a6374193", "f8123081a22e5c00":
		return true
	}
	return false
}
