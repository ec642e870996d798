package generic

import "math"

// Entropy is Shannon's entropy of the bytes of s, in bits a byte
// (C. Shannon: A Mathematical Theory of Communication, 1948).
func Entropy(s []byte) float64 {
	if len(s) == 0 {
		return 0
	}
	var count [256]int
	for _, c := range s {
		count[c]++
	}
	h, n := 0.0, float64(len(s))
	for _, k := range count {
		if k > 0 {
			p := float64(k) / n
			h -= p * math.Log2(p)
		}
	}
	return h
}
