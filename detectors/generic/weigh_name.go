package generic

// telling is what kind of secret a word of a name, which means m, speaks of.
func telling(word []byte, m meaning) strengthOf {
	switch string(word) {
	case "key", "keys":
		return ofKey
	case "auth", "authorization", "credential", "credentials", "creds", "cred":
		return ofAuth
	case "secret", "secrets":
		return ofSecret
	case "token", "tokens":
		return ofToken
	case "seed", "mnemonic":
		return ofKey
	}
	switch {
	case isPasswordWord(word, m):
		return ofPassword
	case m&tokenWord != 0:
		return ofSecret
	}
	for _, w := range tokenTails() {
		if len(word) > len(w) && string(word[len(word)-len(w):]) == w {
			return ofSecret
		}
	}
	for _, tail := range [...]string{"token", "secret", "apikey"} {
		if len(word) > len(tail) && string(word[len(word)-len(tail):]) == tail {
			return ofToken
		}
	}
	if len(word) > 3 && len(word) <= 12 && string(word[len(word)-3:]) == "key" && lexicon()[string(word[:len(word)-3])]&keyQualifier != 0 {
		return ofKey
	}
	return ofNothing
}

// strengthOf is what a word of a name speaks of.
type strengthOf uint8

const (
	ofNothing strengthOf = iota
	ofPassword
	ofToken
	ofSecret
	ofKey
	ofAuth
)

// isPasswordWord reports whether a word, lower case, which means m, is one for
// passwords: alone, or at the end of another.
func isPasswordWord(word []byte, m meaning) bool {
	if m&passwordWord != 0 {
		return true
	}
	if m&passEnglish != 0 {
		return false
	}
	for _, w := range passwordTails() {
		n := len(word) - len(w)
		if n > 0 && string(word[n:]) == w && (w != "pass" || lexicon()[string(word[:n])]&passOwner != 0) {
			return true
		}
	}
	return false
}

// weighName says what a name says of its value.
func weighName(x *[evidenceCount]float32, n *named) {
	if len(n.name) == 0 {
		x[nameNone] = 1
		return
	}
	x[nameParts] = float32(len(n.words))
	x[nameLength] = float32(len(n.name))
	weighCase(x, n.name)
	if len(n.words) == 0 {
		return
	}
	first := string(n.words[0].text)
	x[nameSets] = flag(first == "set" || first == "with" || first == "add" || first == "use")
	at := -1
	for i, w := range n.words {
		if w.tells != ofNothing {
			at = i
		}
		switch w.tells {
		case ofPassword:
			x[namePassword] = 1
		case ofToken:
			x[nameToken] = 1
		case ofSecret:
			x[nameSecret] = 1
		case ofKey:
			x[nameKey] = 1
			if n.qualified(i) {
				x[nameQualified] = 1
			}
		}
		x[namePublic] += flag(w.means&publicWord != 0)
		x[nameHarmless] += flag(w.means&harmless != 0)
		x[nameTest] += flag(w.means&testWord != 0)
	}
	x[nameAfter] = float32(len(n.words) - 1 - at)
	x[nameAlone] = flag(len(n.words) == 1 && at == 0)
	weighLast(x, n.last())
}

// weighLast says what the last word of a name says of its value.
func weighLast(x *[evidenceCount]float32, w *word) {
	switch w.tells {
	case ofPassword:
		x[nameLastPassword] = 1
	case ofToken, ofSecret:
		x[nameLastToken] = 1
	case ofKey:
		x[nameLastKey] = 1
	case ofAuth:
		x[nameLastAuth] = 1
	}
	x[nameIdentity] = flag(w.means&identityWord != 0)
	x[namePlace] = flag(w.means&placeWord != 0)
	x[nameKind] = flag(w.means&kindWord != 0)
	x[nameMoment] = flag(w.means&momentWord != 0)
	x[nameMessage] = flag(w.means&messageWord != 0)
	x[nameDigest] = flag(w.means&digestWord != 0)
}

// weighCase says how a name is written.
func weighCase(x *[evidenceCount]float32, name []byte) {
	var hasLower, hasUpper, hasDigits, hasDot bool
	for _, c := range name {
		switch {
		case isLower(c):
			hasLower = true
		case isUpper(c):
			hasUpper = true
		case isDigit(c):
			hasDigits = true
		case c == '.':
			hasDot = true
		}
	}
	x[nameUpper] = flag(hasUpper && !hasLower)
	x[nameCamel] = flag(hasUpper && hasLower)
	x[nameDigits] = flag(hasDigits)
	x[nameSelector] = flag(hasDot)
	x[nameDollar] = flag(name[0] == '$')
}
