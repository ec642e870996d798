package verify

// JWTIn is the signed token in a value.
func JWTIn(value string) string { return jwtIn(value) }

// SignedBy reports whether one of the keys of a key set that fit a header made a
// signature.
func SignedBy(set []byte, alg, kid, signed string, signature []byte) bool {
	keys, err := readKeySet(set)
	if err != nil || methodOf(alg) == nil {
		return false
	}
	for _, key := range keys.candidates(alg, kid) {
		if methodOf(alg).Verify(signed, signature, key) == nil {
			return true
		}
	}
	return false
}
