package scanner

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"

	"golang.org/x/crypto/argon2"

	"github.com/leakguard/leakguard/detectors"
)

// A fingerprint names a secret by its content, never by its position, so that a
// secret that moves stays known and a new one in the same place does not pass
// for it. Its form is "lg1" and a letter for how it was made:
//
//	lg1s-<40 hex>  SHA-256 of a secret too random to be guessed
//	lg1a-<40 hex>  Argon2id of one that a dictionary might hold, so that a
//	               committed ignore file does not give passwords away
//
// The parameters are fixed by the version 1; RFC 9106 describes Argon2id, and
// OWASP's password storage cheat sheet this choice of cost.
const (
	fingerprintSalt  = "leakguard fingerprint v1"
	argonPasses      = 2
	argonMemory      = 19 << 10 // KiB
	argonThreads     = 1
	fingerprintBytes = 20
	guessableBits    = 80
)

// Fingerprint returns the fingerprint of a secret. For a guessable one it takes
// some 30 ms and 19 MiB on purpose.
func Fingerprint(secret []byte) string {
	if guessable(secret) {
		key := argon2.IDKey(secret, []byte(fingerprintSalt), argonPasses, argonMemory, argonThreads, fingerprintBytes)
		return "lg1a-" + hex.EncodeToString(key)
	}
	return digestFingerprint(secret)
}

func digestFingerprint(value []byte) string {
	sum := sha256.Sum256(append([]byte(fingerprintSalt+"\x00"), value...))
	return "lg1s-" + hex.EncodeToString(sum[:fingerprintBytes])
}

// guessable is deliberately generous: it depends on the value alone, so that the
// same value has one fingerprint whatever rule found it, and calls guessable all
// that is not plainly random.
func guessable(secret []byte) bool {
	bits := detectors.Entropy(secret) * math.Min(float64(len(secret)), 64)
	if !bytes.ContainsAny(secret, "0123456789") {
		bits /= 2 // words, perhaps
	}
	return bits < guessableBits
}
