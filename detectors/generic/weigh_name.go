package generic

import "bytes"

var (
	identityWords = words(`id ids identifier name names namespace username user users uid guid uuid email account label alias title subject owner login handle slug realm domain tenant client group role roles scope scopes member members`)
	placeWords    = words(`file files filename path paths dir directory folder uri url urls endpoint host hostname port location address bucket store storage keystore truststore source src dest page form input link route volume mount ref reference arn env var variable variables provider service server namespace module package section table column field fields property prop attribute attr param parameter params header headers parser reader selector`)
	kindWords     = words(`type types kind mode method algorithm alg algo encoding format length len size count min max minlength maxlength limit policy strength complexity level version enabled disabled required optional allowed valid validator validation validate option options config settings setting rule rules strategy rotation pattern regex charset alphabet chars generator factory manager handler helper resolver encoder bits rounds iterations cost interval index idx order position status state flag usage spec schema model class map list set array hash table`)
	momentWords   = words(`expires expiry expiration expire ttl lifetime timeout age time timestamp date created updated changed at period days hours minutes seconds duration validity`)
	messageWords  = words(`message msg error errors err text hint help description desc info warning title label placeholder prompt tooltip caption question failed failure missing mismatch incorrect success confirm confirmation confirmed reset forgot forgotten change sent notification instructions required short long weak strong`)
	digestWords   = words(`hash hashed hashes digest digests checksum sha sha1 sha256 md5 salt salted fingerprint thumbprint encrypted crypted crypt encryption cipher signature sig sum verifier challenge nonce iv encoded`)
	publicWords   = words(`public pub publishable publickey pubkey site sitekey anon`)
	testWords     = words(`test tests testing expected expect actual invalid wrong bad incorrect fake dummy mock mocked example sample stub foo bar good correct valid another some other new old my second first`)
)

// telling is what kind of secret a word of a name speaks of.
func telling(word []byte) strengthOf {
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
	case isPasswordWord(word):
		return ofPassword
	case tokenWords.has(word):
		return ofSecret
	}
	for w := range tokenWords.list() {
		if len(w) > 5 && len(word) > len(w) && bytes.HasSuffix(word, []byte(w)) {
			return ofSecret
		}
	}
	for _, tail := range [...]string{"token", "secret", "apikey"} {
		if len(word) > len(tail) && string(word[len(word)-len(tail):]) == tail {
			return ofToken
		}
	}
	if len(word) > 3 && len(word) <= 12 && string(word[len(word)-3:]) == "key" && keyQualifiers.has(word[:len(word)-3]) {
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

// isPasswordWord reports whether a word, lower case, is one for passwords: alone, or
// at the end of another.
func isPasswordWord(word []byte) bool {
	if passwordWords.has(word) {
		return true
	}
	for w := range passwordWords.list() {
		head, ok := bytes.CutSuffix(word, []byte(w))
		if ok && len(head) > 0 && !passEnglish.has(word) && (w != "pass" || passOwners.has(head)) {
			return true
		}
	}
	return false
}

// tells reports whether a name has a word that speaks of a secret; what has none is
// not looked at any further.
func tells(name []byte) bool {
	var store [2 * maxName]byte
	var list [24][]byte
	for _, p := range split(name, store[:0], list[:0]) {
		if telling(p) != ofNothing {
			return true
		}
	}
	return false
}

// weighName says what a name says of its value.
func weighName(x *[evidenceCount]float32, name []byte) {
	if len(name) == 0 {
		x[nameNone] = 1
		return
	}
	var store [2 * maxName]byte
	var list [24][]byte
	parts := unnumbered(split(name, store[:0], list[:0]))
	x[nameParts] = float32(len(parts))
	x[nameLength] = float32(len(name))
	weighCase(x, name)
	if len(parts) == 0 {
		return
	}
	last := parts[len(parts)-1]
	first := string(parts[0])
	x[nameSets] = flag(first == "set" || first == "with" || first == "add" || first == "use")
	at := -1
	for i, p := range parts {
		t := telling(p)
		if t != ofNothing {
			at = i
		}
		switch t {
		case ofPassword:
			x[namePassword] = 1
		case ofToken:
			x[nameToken] = 1
		case ofSecret:
			x[nameSecret] = 1
		case ofKey:
			x[nameKey] = 1
			if qualified(parts[:i+1]) {
				x[nameQualified] = 1
			}
		}
		x[namePublic] += flag(publicWords.has(p))
		x[nameHarmless] += flag(harmless.has(p))
		x[nameTest] += flag(testWords.has(p))
	}
	x[nameAfter] = float32(len(parts) - 1 - at)
	x[nameAlone] = flag(len(parts) == 1 && at == 0)
	switch telling(last) {
	case ofPassword:
		x[nameLastPassword] = 1
	case ofToken, ofSecret:
		x[nameLastToken] = 1
	case ofKey:
		x[nameLastKey] = 1
	case ofAuth:
		x[nameLastAuth] = 1
	}
	x[nameIdentity] = flag(identityWords.has(last))
	x[namePlace] = flag(placeWords.has(last))
	x[nameKind] = flag(kindWords.has(last))
	x[nameMoment] = flag(momentWords.has(last))
	x[nameMessage] = flag(messageWords.has(last))
	x[nameDigest] = flag(digestWords.has(last))
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
