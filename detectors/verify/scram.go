package verify

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// scram is the client of one login by SCRAM (RFC 5802, RFC 7677), without channel
// binding: it proves that it knows the password without sending it, and the server
// proves that it knows it too.
type scram struct {
	newHash  func() hash.Hash
	user     string // escaped by scramName where the protocol has one here
	password string // prepared
	nonce    string
	expected []byte // of the server, in its last message
}

const (
	scramHeader  = "n,," // no channel binding, no other identity
	mostScramRun = 1_000_000
)

// newScram begins a login.
func newScram(newHash func() hash.Hash, user, password string) *scram {
	return &scram{newHash: newHash, user: user, password: password, nonce: rand.Text()}
}

// scramName escapes a user's name (RFC 5802, section 5.1).
func scramName(name string) string {
	return strings.NewReplacer("=", "=3D", ",", "=2C").Replace(name)
}

func (s *scram) bare() string { return "n=" + s.user + ",r=" + s.nonce }

// first is the client's first message.
func (s *scram) first() []byte { return []byte(scramHeader + s.bare()) }

// final answers the server's first message with the proof.
func (s *scram) final(serverFirst []byte) ([]byte, error) {
	nonce, salt, rounds, err := s.challenge(string(serverFirst))
	if err != nil {
		return nil, err
	}
	salted, err := pbkdf2.Key(s.newHash, s.password, salt, rounds, s.newHash().Size())
	if err != nil {
		return nil, err
	}
	withoutProof := "c=" + base64.StdEncoding.EncodeToString([]byte(scramHeader)) + ",r=" + nonce
	message := s.bare() + "," + string(serverFirst) + "," + withoutProof
	key := s.mac(salted, "Client Key")
	h := s.newHash()
	h.Write(key)
	proof := s.mac(h.Sum(nil), message)
	for i := range proof {
		proof[i] ^= key[i]
	}
	s.expected = s.mac(s.mac(salted, "Server Key"), message)
	return []byte(withoutProof + ",p=" + base64.StdEncoding.EncodeToString(proof)), nil
}

// challenge reads the server's first message: "r=nonce,s=salt,i=rounds".
func (s *scram) challenge(text string) (nonce string, salt []byte, rounds int, err error) {
	fields := strings.Split(text, ",")
	if len(fields) < 3 {
		return "", nil, 0, errors.New("SCRAM: the server's challenge is not complete")
	}
	nonce, okNonce := strings.CutPrefix(fields[0], "r=")
	encoded, okSalt := strings.CutPrefix(fields[1], "s=")
	count, okCount := strings.CutPrefix(fields[2], "i=")
	salt, errSalt := base64.StdEncoding.DecodeString(encoded)
	rounds, errCount := strconv.Atoi(count)
	switch {
	case !okNonce || !okSalt || !okCount || errSalt != nil || errCount != nil || len(salt) == 0:
		return "", nil, 0, errors.New("SCRAM: the server's challenge is malformed")
	case len(nonce) <= len(s.nonce) || !strings.HasPrefix(nonce, s.nonce):
		return "", nil, 0, errors.New("SCRAM: the server's challenge answers another login")
	case rounds < 1 || rounds > mostScramRun:
		return "", nil, 0, fmt.Errorf("SCRAM: the server asks for %d rounds", rounds)
	}
	return nonce, salt, rounds, nil
}

// check holds the server's last message to its proof: without it anybody could
// have said yes.
func (s *scram) check(serverFinal []byte) error {
	encoded, ok := bytes.CutPrefix(serverFinal, []byte("v="))
	encoded, _, _ = bytes.Cut(encoded, []byte(","))
	proof, err := base64.StdEncoding.DecodeString(string(encoded))
	if !ok || err != nil || s.expected == nil || !hmac.Equal(proof, s.expected) {
		return errors.New("SCRAM: the server does not prove that it knows the password")
	}
	return nil
}

func (s *scram) mac(key []byte, message string) []byte {
	h := hmac.New(s.newHash, key)
	h.Write([]byte(message))
	return h.Sum(nil)
}

// scramPassword prepares a password as SASLprep does (RFC 4013): other spaces
// become spaces, what shows nothing is left out, the rest is put in form KC.
func scramPassword(password string) string {
	return norm.NFKC.String(strings.Map(func(r rune) rune {
		switch {
		case r == 0x00a0, r == 0x1680, 0x2000 <= r && r <= 0x200b, r == 0x202f, r == 0x205f, r == 0x3000:
			return ' '
		case r == 0x00ad, r == 0x034f, r == 0x1806, 0x180b <= r && r <= 0x180d, r == 0x200c, r == 0x200d,
			r == 0x2060, 0xfe00 <= r && r <= 0xfe0f, r == 0xfeff:
			return -1
		}
		return r
	}, password))
}
