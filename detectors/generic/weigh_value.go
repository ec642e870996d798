package generic

import (
	"bytes"
	"math"
)

// commonPasswords are passwords that are tried first everywhere, and words that stand
// for one.
var commonPasswords = words(`123456 12345678 123456789 1234567890 12345 1234 123 111111 000000 123123 654321 password password1 passw0rd pass pass123 passwd p@ssw0rd
	admin admin123 administrator root toor guest test test123 testing demo user changeme letmein welcome welcome1 monkey dragon master qwerty qwerty123
	abc123 abcd1234 iloveyou secret secret1 s3cret s3cr3t default foo bar baz foobar hello world helloworld postgres mysql oracle redis mongo sa system manager
	tiger scott public private sesame opensesame hunter2 correct wrong invalid valid good bad old new token key value string example sample temp tmp
	pw pwd pswd mypass mypassword mysecret newpass newpassword oldpassword topsecret supersecret asdf asdfasdf zxcvbn xxx xxxx yyy zzz aaa bbb ccc abc abcdef`)

// weighShape says what a value is made of.
func weighShape(x *[evidenceCount]float32, v []byte) {
	var lowers, uppers, digits, signs, blanks, foreign int
	var classes [4]bool
	var runDigit, runLetter, runSame, d, l, same, changes, steps, unique int
	var seen [256]bool
	kindBefore := -1
	for i, c := range v {
		kind := 3
		switch {
		case isLower(c):
			lowers++
			kind = 0
		case isUpper(c):
			uppers++
			kind = 1
		case isDigit(c):
			digits++
			kind = 2
		case is(c, blank):
			blanks++
		case c >= 0x80:
			foreign++
		default:
			signs++
		}
		if kind < 3 || c > ' ' && c < 0x80 {
			classes[kind] = true
		}
		d, l = next(d, kind == 2), next(l, kind < 2)
		same = next(same, i > 0 && v[i-1] == c)
		runDigit, runLetter, runSame = max(runDigit, d), max(runLetter, l), max(runSame, same+1)
		if i > 0 {
			if kind != kindBefore {
				changes++
			}
			if step := int(c) - int(v[i-1]); step == 1 || step == -1 {
				steps++
			}
		}
		kindBefore = kind
		if !seen[c] {
			seen[c] = true
			unique++
		}
		switch c {
		case '.':
			x[valueDots]++
		case '/':
			x[valueSlashes]++
		case '-':
			x[valueHyphens]++
		case '_':
			x[valueUnderscores]++
		case ':':
			x[valueColons]++
		case '\\':
			x[valueBackslashes]++
		case '(', ')', '[', ']', '{', '}', '<', '>':
			x[valueBrackets]++
		}
	}
	n := len(v)
	x[valueLength] = float32(n)
	x[valueLower], x[valueUpper], x[valueDigit] = share(lowers, n), share(uppers, n), share(digits, n)
	x[valueSign], x[valueBlank], x[valueForeign] = share(signs, n), share(blanks, n), share(foreign, n)
	for _, c := range classes {
		x[valueClasses] += flag(c)
	}
	h := Entropy(v)
	x[valueEntropy] = float32(h)
	if n > 1 {
		x[valueSpread] = float32(h / math.Log2(float64(min(n, 64))))
	}
	x[valueUnique], x[valueChanges] = share(unique, n), share(changes, n-1)
	x[valueRunDigit], x[valueRunLetter], x[valueRunSame] = float32(runDigit), float32(runLetter), float32(runSame)
	x[valueSequence] = share(steps, n-1)
	if n > 0 {
		x[valueEndsDigit], x[valueStartsUpper] = flag(isDigit(v[n-1])), flag(isUpper(v[0]))
	}
	weighCoding(x, v)
	weighWords(x, v)
}

func next(run int, goesOn bool) int {
	if goesOn {
		return run + 1
	}
	return 0
}

// weighCoding says in which alphabet a value is written.
func weighCoding(x *[evidenceCount]float32, v []byte) {
	hex := len(v) >= 8 && allHex(v)
	x[valueHex] = flag(hex)
	x[valueHexEven] = flag(hex && (len(v) == 16 || len(v) == 24 || len(v)%32 == 0 || len(v) == 40 || len(v) == 48))
	body := bytes.TrimRight(v, "=")
	x[valueBase64] = flag(len(v) >= 8 && allOf(body, func(c byte) bool {
		return is(c, letter|digit) || c == '+' || c == '/' || c == '-' || c == '_'
	}))
	x[valuePadded] = flag(len(body) < len(v))
	x[valueUUID] = flag(isUUID(v))
}

// weighWords says how much of a value is words.
func weighWords(x *[evidenceCount]float32, v []byte) {
	x[valueWords] = float32(wordShare(v))
	x[valueLeft] = float32(leftOver(v))
	if len(v) <= 16 {
		var store [16]byte
		x[valueCommon] = flag(commonPasswords.has(appendLower(store[:0], v)))
	}
	x[valueLeet] = flag(spellsPassword(v))
}
