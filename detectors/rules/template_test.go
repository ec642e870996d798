package rules

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"regexp"
	"testing"

	"github.com/leakguard/leakguard/detectors/checksum"
)

func TestExpand(t *testing.T) {
	tests := []struct{ name, template, want string }{
		{"plain", "a $ b } c", `a \$ b } c`},
		{"empty", "", ``},
		{"digit", "${digit:30}", `[0-9]{30}`},
		{"hex", "${hex:30}", `[0-9a-f]{30}`},
		{"HEX", "${HEX:30}", `[0-9A-F]{30}`},
		{"lower", "${lower:30}", `[a-z]{30}`},
		{"upper", "${upper:30}", `[A-Z]{30}`},
		{"alpha", "${alpha:30}", `[A-Za-z]{30}`},
		{"alnum", "${alnum:30}", `[0-9A-Za-z]{30}`},
		{"loweralnum", "${loweralnum:30}", `[0-9a-z]{30}`},
		{"UPPERALNUM", "${UPPERALNUM:30}", `[0-9A-Z]{30}`},
		{"base32", "${base32:30}", `[A-Z2-7]{30}`},
		{"base64", "${base64:30}", `[0-9A-Za-z+/]{30}`},
		{"base64url", "${base64url:30}", `[0-9A-Za-z_\-]{30}`},
		{"none of them", "${digit:0}", ``},
		{"range", "${digit:3-5}", `[0-9]{3,5}`},
		{"several", "a_${digit:2}-${lower:2}.", `a_[0-9]{2}-[a-z]{2}\.`},
		{"repeat", "${repeat:ab:3}", `ababab`},
		{"repeat with a colon", "${repeat:a::2}", `a:a:`},
		{"uuid", "${uuid}", `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}`},
		{"escaped", "${escaped:a\n${digit:2}\n}", `a\\n[0-9]{2}\\n`},
		{"dollar", "${dollar}{x}", `\$\{x\}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := regexp.MustCompile(`^(?:` + tt.want + `)$`)
			for seed := range uint64(50) {
				got, err := Expand(tt.template, rand.New(rand.NewPCG(seed, 0)))
				if err != nil || !want.MatchString(got) {
					t.Fatalf("Expand = %q, %v; want %s", got, err, tt.want)
				}
			}
		})
	}
}

func TestExpandEncodings(t *testing.T) {
	std := base64.StdEncoding.DecodeString
	raw := base64.RawURLEncoding.DecodeString
	tests := []struct {
		name, template, want string
		decode               []func(string) ([]byte, error)
	}{
		{"base64", "${base64of:user:${digit:4}?}", `user:[0-9]{4}\?`, []func(string) ([]byte, error){std}},
		{"base64url", "${base64urlof:user:${digit:4}?>}", `user:[0-9]{4}\?>`, []func(string) ([]byte, error){raw}},
		{"hex", "${hexof:k=${lower:3}}", `k=[a-z]{3}`, []func(string) ([]byte, error){hex.DecodeString}},
		{"twice", "${base64of:a${base64of:b${digit:1}}}", `b[0-9]`, []func(string) ([]byte, error){std, func(s string) ([]byte, error) { return std(s[1:]) }}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Expand(tt.template, rand.New(rand.NewPCG(1, 0)))
			if err != nil {
				t.Fatal(err)
			}
			for _, decode := range tt.decode {
				b, err := decode(got)
				if err != nil {
					t.Fatalf("%q: %v", got, err)
				}
				got = string(b)
			}
			if !regexp.MustCompile(`^` + tt.want + `$`).MatchString(got) {
				t.Errorf("decoded %q, want %s", got, tt.want)
			}
		})
	}
}

// Every scheme makes tokens that hold, and breaks them.
func TestExpandTokens(t *testing.T) {
	for _, scheme := range checksum.Names() {
		t.Run(scheme, func(t *testing.T) {
			for seed := range uint64(50) {
				token, err := Expand("${token:"+scheme+":}", rand.New(rand.NewPCG(seed, 0)))
				if err != nil || !checksum.Valid(scheme, token) {
					t.Fatalf("seed %d: a token that does not hold; %v", seed, err)
				}
				broken, err := Expand("${broken:"+scheme+":}", rand.New(rand.NewPCG(seed, 0)))
				if err != nil || broken == token {
					t.Fatalf("seed %d: broken is as token; %v", seed, err)
				}
			}
		})
	}
}

func TestExpandIsTheSameForOneSeed(t *testing.T) {
	const template = "${alnum:20-40}${uuid}${token:crc32-base62:x_}"
	a, errA := Expand(template, rand.New(rand.NewPCG(7, 7)))
	b, errB := Expand(template, rand.New(rand.NewPCG(7, 7)))
	c, errC := Expand(template, rand.New(rand.NewPCG(7, 8)))
	if errA != nil || errB != nil || errC != nil {
		t.Fatal(errA, errB, errC)
	}
	if a != b {
		t.Error("two texts of one seed")
	}
	if a == c {
		t.Error("one text of two seeds")
	}
}

func TestExpandErrors(t *testing.T) {
	tests := []struct{ name, template, want string }{
		{"not closed", "a ${digit:3", `template "${digit:3": ${ is not closed`},
		{"not closed within", "${base64of:${digit:3}", `template "${base64of:${digit:3}": ${ is not closed`},
		{"unknown", "${letters:3}", `template ${letters:3}: unknown name "letters"`},
		{"no name", "${}", `template ${}: unknown name ""`},
		{"no count", "${digit}", `template ${digit}: bad count ""`},
		{"negative count", "${digit:-3}", `template ${digit:-3}: bad count "-3"`},
		{"range backwards", "${digit:5-3}", `template ${digit:5-3}: bad count "5-3"`},
		{"range without an end", "${digit:5-}", `template ${digit:5-}: bad count "5-"`},
		{"huge count", "${digit:2000000}", `template ${digit:2000000}: bad count "2000000"`},
		{"huge range", "${digit:1-2000000}", `template ${digit:1-2000000}: bad count "1-2000000"`},
		{"repeat without a count", "${repeat:x}", `template ${repeat:x}: want ${repeat:TEXT:COUNT}`},
		{"repeat with a bad count", "${repeat:x:y}", `template ${repeat:x:y}: bad count`},
		{"scheme", "${token:crc-16:x}", `template ${token:crc-16:x}: no checksum scheme "crc-16"`},
		{"within", "${hexof:${nix}}", `template ${nix}: unknown name "nix"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Expand(tt.template, rand.New(rand.NewPCG(1, 0))); err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}
