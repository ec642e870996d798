package checksum

import (
	"crypto/sha256"
	_ "embed"
	"math/rand/v2"
	"strings"
	"sync"
)

// bip39Text is BIP-39's list of English words, one a line, each of which stands for its
// number in 11 bits: https://github.com/bitcoin/bips/blob/master/bip-0039/english.txt
//
//go:embed bip39.txt
var bip39Text string

var bip39Numbers = sync.OnceValue(func() map[string]int {
	numbers := make(map[string]int, 2048)
	for _, w := range strings.Fields(bip39Text) {
		numbers[w] = len(numbers)
	}
	return numbers
})

// PhraseWord returns the number of a word of recovery phrases (BIP-39, English), from 0;
// ok is false if word is none.
func PhraseWord(word []byte) (number int, ok bool) {
	number, ok = bip39Numbers()[string(word)]
	return number, ok
}

// PhraseEntropy returns what the words of a recovery phrase stand for, by their numbers,
// and whether there are 12, 15, 18, 21 or 24 of them and their checksum holds: the last
// bits are the first of the SHA-256 of the rest.
func PhraseEntropy(words []int) (entropy []byte, ok bool) {
	if len(words) < 12 || len(words) > 24 || len(words)%3 != 0 {
		return nil, false
	}
	all := make([]byte, (len(words)*11+7)/8)
	for i, w := range words {
		putWord(all, i, w)
	}
	size, bits := len(words)*4/3, len(words)/3 // bytes of entropy, bits of checksum
	sum := sha256.Sum256(all[:size])
	return all[:size], all[size]>>(8-bits) == sum[0]>>(8-bits)
}

// putWord writes the 11 bits of the i-th word.
func putWord(to []byte, i, number int) {
	for b := range 11 {
		bit := i*11 + b
		to[bit/8] |= byte(number>>(10-b)&1) << (7 - bit%8)
	}
}

func validBIP39(phrase string) bool {
	var numbers []int
	for _, w := range strings.Fields(phrase) {
		n, ok := PhraseWord([]byte(w))
		if !ok {
			return false
		}
		numbers = append(numbers, n)
	}
	_, ok := PhraseEntropy(numbers)
	return ok
}

// makeBIP39 returns a phrase of twelve words behind the prefix.
func makeBIP39(r *rand.Rand, prefix string) string {
	list := strings.Fields(bip39Text)
	numbers := make([]int, 12)
	for i := range numbers {
		numbers[i] = r.IntN(len(list))
	}
	// The last word ends with four bits of checksum: one of sixteen is right.
	for n := numbers[11] &^ 15; ; n++ {
		numbers[11] = n
		if _, ok := PhraseEntropy(numbers); ok {
			break
		}
	}
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = list[n]
	}
	return prefix + strings.Join(words, " ")
}
