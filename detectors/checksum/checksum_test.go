package checksum

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The vectors are those that the issuers publish. They are put together here, so
// that this file holds no token.
func TestVectors(t *testing.T) {
	tests := []struct {
		name, scheme, token string
		want                bool
	}{
		{"GitHub's own example", "crc32-base62", "ghp_" + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq17", true},
		{"without a prefix", "crc32-base62", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq17", true},
		{"prefix of two words", "crc32-base62", "acme_pat_" + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq17", true},
		{"checksum without its leading 0", "crc32-base62", "ghp_" + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "mLq17", false},
		{"other body", "crc32-base62", "ghp_" + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkK" + "0mLq17", false},
		{"checksum alone", "crc32-base62", "ghp_" + "000000", false},
		{"nothing behind the prefix", "crc32-base62", "ghp_", false},
		{"nothing", "crc32-base62", "", false},

		{"GitLab's own example", "crc32-base36", "glpat-" + "AAECAwQFBgcICQoLDA0OD2M6MQpvOjEH" + ".01.0w" + "0r7m9mc", true},
		{"other prefix", "crc32-base36", "gldt-" + "AAECAwQFBgcICQoLDA0OD2M6MQpvOjEH" + ".01.0w" + "0r7m9mc", false},
		{"other length", "crc32-base36", "glpat-" + "AAECAwQFBgcICQoLDA0OD2M6MQpvOjEH" + ".01.0x" + "0r7m9mc", false},
		{"checksum alone", "crc32-base36", "0000000", false},
		{"nothing", "crc32-base36", "", false},

		{"check value of the CRC catalogue", "crc32-hex", "123456789" + "cbf43926", true},
		{"in capitals", "crc32-hex", "123456789" + "CBF43926", false},
		{"nothing", "crc32-hex", "", false},

		{"a seed of NATS' own documentation", "nkey-seed", "SUAC" + "SSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY", true},
		{"one letter off", "nkey-seed", "SUAC" + "SSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VZ", false},
		{"nothing", "nkey-seed", "", false},

		{"crates.io's own test", "xor-base62", "cio_tp_" + strings.Repeat("0", 31) + "w", true},
		{"crates.io's example", "xor-base62", "cio_tp_" + "gGK6jurSwKyl9V3" + "Az19z7YEFQI9aoOO" + "d", true},
		{"other checksum", "xor-base62", "cio_tp_" + strings.Repeat("0", 31) + "0", false},
		{"one character", "xor-base62", "cio_tp_w", false},
		{"nothing", "xor-base62", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.scheme+"/"+tt.name, func(t *testing.T) {
			if got := Valid(tt.scheme, tt.token); got != tt.want {
				t.Errorf("valid %t, want %t", got, tt.want)
			}
		})
	}
}

func TestMadeTokensHold(t *testing.T) {
	for _, scheme := range Names() {
		t.Run(scheme, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 1))
			for i := range 200 {
				if !Valid(scheme, Make(scheme, r, "")) {
					t.Fatalf("token %d does not hold", i)
				}
			}
		})
	}
}

// A checksum must notice every single wrong character behind the prefix.
func TestOneWrongCharacter(t *testing.T) {
	tests := []struct {
		scheme, prefix, alphabet string
		unseen                   float64 // share of changes that may pass by chance
	}{
		{"crc32-base62", "ghp_", digitsFirst, 0},
		{"crc32-base36", "glpat-", base36, 0},
		{"crc32-hex", "packagist_out_", hexadecimal, 0},
		{"nkey-seed", "S", base32Letters, 0.01},
		{"xor-base62", "cio_tp_", digitsLast, 0.05},
	}
	for _, tt := range tests {
		t.Run(tt.scheme, func(t *testing.T) {
			r := rand.New(rand.NewPCG(2, 2))
			changes, passed := 0, 0
			for range 20 {
				token := Make(tt.scheme, r, tt.prefix)
				for i := len(tt.prefix); i < len(token); i++ {
					b := []byte(token)
					if b[i] = tt.alphabet[r.IntN(len(tt.alphabet))]; b[i] == token[i] {
						continue
					}
					changes++
					if Valid(tt.scheme, string(b)) {
						passed++
					}
				}
			}
			if float64(passed) > tt.unseen*float64(changes) {
				t.Errorf("%d of %d changes pass", passed, changes)
			}
		})
	}
}

func TestNames(t *testing.T) {
	names := Names()
	if !slices.IsSorted(names) || len(names) != len(schemes) {
		t.Errorf("Names = %q", names)
	}
	for _, n := range names {
		if !Known(n) {
			t.Errorf("%s is not known", n)
		}
	}
	if Known("") || Known("crc-16") {
		t.Error("a scheme is known that there is not")
	}
}

func TestNumber(t *testing.T) {
	tests := []struct {
		n        uint32
		alphabet string
		digits   int
		want     string
	}{
		{0, base36, 7, "0000000"},
		{35, base36, 2, "0z"},
		{1<<32 - 1, base36, crc32InBase36, "1z141z3"},
		{1<<32 - 1, digitsFirst, crc32InBase62, "4gfFC3"},
		{1<<32 - 1, hexadecimal, crc32InHex, "ffffffff"},
	}
	for _, tt := range tests {
		if got := number(tt.n, tt.alphabet, tt.digits); got != tt.want {
			t.Errorf("number(%d, base %d) = %q, want %q", tt.n, len(tt.alphabet), got, tt.want)
		}
	}
}

func FuzzValid(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, scheme := range Names() {
		f.Add(Make(scheme, r, ""))
	}
	f.Add("")
	f.Add("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END")
	f.Fuzz(func(t *testing.T, token string) {
		for _, scheme := range Names() {
			if Valid(scheme, token) && len(token) < 2 {
				t.Errorf("%s: %q holds", scheme, token)
			}
		}
	})
}
