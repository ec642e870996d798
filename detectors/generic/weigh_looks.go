package generic

import "bytes"

// fieldWords are words of the names of fields that hold secrets.
var fieldWords = newPhrases([]string{"password", "passwd", "secret", "token", "key", "credential", "auth"})

// weighLooks says what a value could be other than a secret.
func weighLooks(x *[evidenceCount]float32, name, v []byte) {
	ref := allReference(v)
	x[looksIdentifier] = flag(ref && bytes.IndexByte(v, '.') < 0 && bytes.IndexByte(v, '-') < 0)
	x[looksConstant] = flag(constantName(v))
	x[looksCamel] = flag(camel(v))
	x[looksSelector] = flag(ref && bytes.IndexByte(v, '.') > 0)
	x[looksPath] = flag(isPath(v))
	at := bytes.IndexByte(v, '@')
	x[looksMail] = flag(at > 0 && at < len(v)-3 && bytes.IndexByte(v[at:], '.') > 0)
	x[looksHost] = flag(looksLikeHost(v))
	x[looksVersion] = flag(allOf(v, func(c byte) bool {
		return isDigit(c) || c == '.' || c == '-' || c == ':' || c == '/' || c == 'v' || c == 'T' || c == 'Z'
	}))
	words := bytes.Count(v, []byte{' '})
	x[looksSentence] = flag(words >= 2 && wordShare(v) > 0.5)
	x[looksTitle] = flag(words >= 1 && isUpper(v[0]) && !hasDigit(v))
	x[looksPasswordHash] = flag(isHash(v))
	x[looksEncodedWords] = flag(len(v) >= 8 && encodedWords(v))
	x[looksNumber] = flag(allDigits(v))
	var stores [2][maxBare]byte
	a, b := appendSquashed(stores[0][:0], name), appendSquashed(stores[1][:0], v)
	if len(a) > 0 && len(b) > 0 {
		x[looksName] = flag(bytes.Contains(a, b) || bytes.Contains(b, a))
		x[looksEcho] = share(common(a, b), len(b))
	}
	x[looksField] = flag(fieldWords.in(v) != 0)
	x[looksPublic] = flag(bytes.HasPrefix(v, []byte("ssh-")) || bytes.HasPrefix(v, []byte("MII")) || bytes.HasPrefix(v, []byte("-----BEGIN PUB")) || bytes.HasPrefix(v, []byte("AAAAB3")) || bytes.HasPrefix(v, []byte("ecdsa-")) || bytes.HasPrefix(v, []byte("pk_")))
}

// camel reports whether v is an identifier in camel case: letters alone, a capital
// behind a small letter.
func camel(v []byte) bool {
	hump := false
	for i, c := range v {
		if !is(c, letter) {
			return false
		}
		hump = hump || i > 0 && isUpper(c) && isLower(v[i-1])
	}
	return hump
}

func looksLikeHost(v []byte) bool {
	if bytes.IndexByte(v, '.') <= 0 || len(v) < 6 {
		return false
	}
	tail := v[bytes.LastIndexByte(v, '.')+1:]
	return len(tail) >= 2 && len(tail) <= 6 && allOf(tail, isLower) && allOf(v, func(c byte) bool { return is(c, letter|digit) || c == '.' || c == '-' })
}

// common is the length of the longest run of bytes that two short texts share.
func common(a, b []byte) int {
	a, b = a[:min(len(a), 48)], b[:min(len(b), 48)]
	best := 0
	var row [49]int
	for i := range a {
		diagonal := 0
		for j := range b {
			above := row[j+1]
			if a[i] == b[j] {
				row[j+1] = diagonal + 1
				best = max(best, row[j+1])
			} else {
				row[j+1] = 0
			}
			diagonal = above
		}
	}
	return best
}
