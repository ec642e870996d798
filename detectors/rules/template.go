package rules

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/leakguard/leakguard/detectors/checksum"
)

// alphabets are the classes of a template: ${alnum:24}.
var alphabets = map[string]string{
	"digit":      "0123456789",
	"hex":        "0123456789abcdef",
	"HEX":        "0123456789ABCDEF",
	"lower":      "abcdefghijklmnopqrstuvwxyz",
	"upper":      "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	"alpha":      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
	"alnum":      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
	"loweralnum": "0123456789abcdefghijklmnopqrstuvwxyz",
	"UPPERALNUM": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	"base32":     "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
	"base64":     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	"base64url":  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
}

// Expand turns an example template into text, so that no file of ours holds
// anything that looks like a secret. Where ${…} stands:
//
//	${alnum:24}            24 random characters; alphabets: digit hex HEX lower
//	                       upper alpha alnum loweralnum UPPERALNUM base32 base64 base64url
//	${alnum:20-40}         a random number of them
//	${repeat:x:36}         the text x, 36 times
//	${uuid}                a random UUID in lower case
//	${token:SCHEME:PREFIX} a token whose checksum holds (package checksum)
//	${broken:SCHEME:PREFIX} the same with one character changed
//	${base64of:TEXT}       TEXT, which may hold further ${…}, encoded; also
//	                       ${hexof:…} and ${base64urlof:…} (no padding)
//	${escaped:TEXT}        TEXT, which may hold further ${…}, with \n for each line end
//	${dollar}              a dollar sign
func Expand(template string, r *rand.Rand) (string, error) {
	var out strings.Builder
	for {
		i := strings.Index(template, "${")
		if i < 0 {
			out.WriteString(template)
			return out.String(), nil
		}
		out.WriteString(template[:i])
		end := closing(template[i+2:])
		if end < 0 {
			return "", fmt.Errorf("template %q: ${ is not closed", template[i:])
		}
		s, err := expandOne(template[i+2:i+2+end], r)
		if err != nil {
			return "", err
		}
		out.WriteString(s)
		template = template[i+2+end+1:]
	}
}

// closing finds the } that closes an open ${, over nested ones.
func closing(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "${"):
			depth++
		case s[i] == '}':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}

func expandOne(expr string, r *rand.Rand) (string, error) {
	name, args, _ := strings.Cut(expr, ":")
	if abc, ok := alphabets[name]; ok {
		n, err := count(args, r)
		if err != nil {
			return "", fmt.Errorf("template ${%s}: %w", expr, err)
		}
		b := make([]byte, n)
		for i := range b {
			b[i] = abc[r.IntN(len(abc))]
		}
		return string(b), nil
	}
	switch name {
	case "dollar":
		return "$", nil
	case "uuid":
		return uuid(r), nil
	case "repeat":
		i := strings.LastIndexByte(args, ':')
		if i < 0 {
			return "", fmt.Errorf("template ${%s}: want ${repeat:TEXT:COUNT}", expr)
		}
		n, err := strconv.Atoi(args[i+1:])
		if err != nil || n < 0 || n > 1<<20 {
			return "", fmt.Errorf("template ${%s}: bad count", expr)
		}
		return strings.Repeat(args[:i], n), nil
	case "token", "broken":
		scheme, prefix, _ := strings.Cut(args, ":")
		if !checksum.Known(scheme) {
			return "", fmt.Errorf("template ${%s}: no checksum scheme %q", expr, scheme)
		}
		tok := checksum.Make(scheme, r, prefix)
		if name == "broken" {
			tok = breakToken(tok)
		}
		return tok, nil
	case "base64of", "base64urlof", "hexof", "escaped":
		inner, err := Expand(args, r)
		if err != nil {
			return "", err
		}
		switch name {
		case "hexof":
			return hex.EncodeToString([]byte(inner)), nil
		case "base64urlof":
			return base64.RawURLEncoding.EncodeToString([]byte(inner)), nil
		case "escaped":
			return strings.ReplaceAll(inner, "\n", `\n`), nil
		}
		return base64.StdEncoding.EncodeToString([]byte(inner)), nil
	}
	return "", fmt.Errorf("template ${%s}: unknown name %q", expr, name)
}

// uuid is a random UUID of version 4 (RFC 9562).
func uuid(r *rand.Rand) string {
	const hexDigits = "0123456789abcdef"
	b := []byte("xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx")
	for i, c := range b {
		if c == 'x' {
			b[i] = hexDigits[r.IntN(len(hexDigits))]
		}
	}
	return string(b)
}

// breakToken changes the last character, which belongs to the checksum, into
// another one that every alphabet has.
func breakToken(tok string) string {
	b := []byte(tok)
	last := len(b) - 1
	if b[last] == '0' {
		b[last] = '1'
	} else {
		b[last] = '0'
	}
	return string(b)
}

func count(s string, r *rand.Rand) (int, error) {
	lo, hi, ranged := strings.Cut(s, "-")
	n, err := strconv.Atoi(lo)
	if err != nil || n < 0 || n > 1<<20 {
		return 0, fmt.Errorf("bad count %q", s)
	}
	if !ranged {
		return n, nil
	}
	m, err := strconv.Atoi(hi)
	if err != nil || m < n || m > 1<<20 {
		return 0, fmt.Errorf("bad count %q", s)
	}
	return n + r.IntN(m-n+1), nil
}
