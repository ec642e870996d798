package verify_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/verify"
)

// scramExample is a login of the standards: RFC 5802, section 5, and RFC 7677,
// section 3.
type scramExample struct {
	name                                   string
	hash                                   func() hash.Hash
	nonce, first, challenge, proof, answer string
}

var scramExamples = []scramExample{
	{"RFC 5802", sha1.New, "fyko+d2lbbFgONRv9qkxdawL", "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
		"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
		"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="},
	{"RFC 7677", sha256.New, "rOprNGfwEbeRWgbNEkqO", "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
		"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
}

func (e scramExample) login() verify.Scram { return verify.NewScram(e.hash, "user", "pencil", e.nonce) }

func TestSCRAM(t *testing.T) {
	for _, e := range scramExamples {
		t.Run(e.name, func(t *testing.T) {
			s := e.login()
			if got := s.First(); got != e.first {
				t.Errorf("first message %q, want %q", got, e.first)
			}
			if s.Check(e.answer) == nil {
				t.Error("an answer before the proof was taken")
			}
			if got, err := s.Final(e.challenge); err != nil || got != e.proof {
				t.Errorf("final message %q (%v), want %q", got, err, e.proof)
			}
			if err := s.Check(e.answer); err != nil {
				t.Error(err)
			}
			for _, wrong := range []string{"", "v=", "e=invalid-proof", "v=AAAA" + e.answer[6:], strings.TrimPrefix(e.answer, "v=")} {
				if s.Check(wrong) == nil {
					t.Errorf("the answer %q was taken", wrong)
				}
			}
		})
	}
}

func TestSCRAMChallenges(t *testing.T) {
	e := scramExamples[1]
	for name, challenge := range map[string]string{
		"empty":            "",
		"another nonce":    "r=x" + e.challenge[3:],
		"our nonce alone":  "r=" + e.nonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"no salt":          "r=" + e.nonce + "x,s=,i=4096",
		"salt, not base64": "r=" + e.nonce + "x,s=?,i=4096",
		"no rounds":        "r=" + e.nonce + "x,s=AAAA,i=0",
		"endless rounds":   "r=" + e.nonce + "x,s=AAAA,i=2000000000",
		"extension first":  "m=x," + e.challenge,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := e.login().Final(challenge); err == nil {
				t.Error("the challenge was answered")
			}
		})
	}
}

// TestSCRAMPassword has the examples of RFC 4013, section 3.
func TestSCRAMPassword(t *testing.T) {
	for in, want := range map[string]string{
		"I\u00adX": "IX", "user": "user", "USER": "USER", "\u00aa": "a", "\u2168": "IX", "a\u00a0b": "a b",
	} {
		if got := verify.ScramPassword(in); got != want {
			t.Errorf("%+q becomes %+q, want %+q", in, got, want)
		}
	}
}
