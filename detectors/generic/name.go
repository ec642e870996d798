package generic

// maxName bounds how far a name reaches from its keyword on either side.
const maxName = 64

// notSecret are last words of names whose value is about a secret and is none:
// password_file, token_url, secret_name, key_id.
var notSecret = words(`
	algorithm alias algo arn attempts attribute bits bucket button bytes callback category chars charset
	class code col column complexity config confirm confirmation cost count created creation date
	desc description dir directory disabled doc docs domain element enabled encoder
	endpoint entry env error event exists expiration expired expires expiry extension factory field fields file
	filename filter fingerprint folder form format forgot func function generator group guid handle handler helper helpers
	hash hashed hasher header headers help hint icon id identifier ids index info interval
	is issuer json kind label len length level lifetime limit link list loader location lookup
	manager map mask max message messages meta metadata method min minimum mode model modified msg name names
	namespace needed number obj object offset ok op option options order page param params parser path pattern
	perm permission placeholder plural policy position prefix process prompt property provider
	ref reference regex regexp region request required reset resolver response result role rotation
	rules schema scope scopes section selector service setting settings shape size slot sort source
	spec state status step store strategy strength suffix support table tag template time timeout timestamp title
	tooltip ttl type types unit update updated updates uri url usage user username uuid valid validation
	validator var variable ver verifier version view visible width window xpath
	changed invalid incorrect mismatch missing wrong failed failure success
`)

// harmless are words that, anywhere in a name, make it one of a harmless thing:
// public keys, cache keys, page tokens.
var harmless = words(`
	public pub publishable publickey cache cached primary foreign sort partition idempotency csrf xsrf
	csrftoken xsrftoken page paging next prev continuation cursor sync shard routing bucket map dict hash i18n
	translation locale keyboard shortcut hot hotkey translate label column row sha sha1 sha256 md5
	checksum digest integrity etag commit object bypass compass pixel registry regkey hkey
	monkey turkey hockey keyword keywords keyspace keyring keystore keyframe keyframes tokenizer tokenize lexer syntax
	oauth2 preference pref press up down code signature thumb thumbprint
	websocket bucketkey s3key objectkey mapkey datakey rowkey fieldkey
`)

// passwordWords name passwords; each also counts as the end of a longer word
// (dbpassword, userpwd), but for those of ordinary English.
var passwordWords = words(`password passwords passwd passphrase passcode pass pwd pw psw psk passw pswd passwrd passwort userpass`)

// passOwners are what stands before "pass" in one word when that is a password:
// dbpass, and not compass or minipass.
var passOwners = words(`db user smtp mysql my admin root login ftp mail redis pg postgres sql ldap http proxy ssh web auth app key cert
	keystore truststore store mongo rabbit mq amqp server client remote local system test email imap pop svc service account require`)

var passEnglish = words(`bypass compass trespass encompass surpass overpass underpass multipass subpass renderpass`)

// tokenWords are strong by themselves; keyWords only with one of keyQualifiers.
var (
	tokenWords = words(`secret secrets token apikey secretkey accesskey privatekey authkey authtoken accesstoken
		apitoken clientsecret appsecret apisecret masterkey signingkey encryptionkey servicekey credential credentials
		appkey sharedkey licensekey subscriptionkey accountkey bearertoken sessiontoken refreshtoken secretaccesskey
		authsecret jwtsecret tokensecret consumersecret`)
	keyQualifiers = words(`api access secret private auth authentication signing sign encryption encrypt master account client
		service license subscription shared consumer app application admin webhook jwt hmac crypto session storage
		security deploy cipher aes des decryption oauth`)
)

// nameStart is where the name begins that holds text[at].
func nameStart(text []byte, at int) int {
	lo := max(0, at-maxName)
	for at > lo && is(text[at-1], letter|digit|joiner) {
		at--
	}
	return at
}

// nameEnd is where the name ends that goes on at text[at].
func nameEnd(text []byte, at int) int {
	hi := min(len(text), at+maxName)
	for at < hi && is(text[at], letter|digit|joiner) {
		at++
	}
	return at
}

// split cuts a name into its words, lower case: "AWS_secretKey2" is aws, secret,
// key, 2. Words are appended to parts and lie in buf, which must have room.
func split(name []byte, buf []byte, parts [][]byte) [][]byte {
	start := len(buf)
	flush := func() {
		if len(buf) > start {
			parts = append(parts, buf[start:len(buf):len(buf)])
			start = len(buf)
		}
	}
	for i, c := range name {
		switch {
		case is(c, joiner):
			flush()
			continue
		case i > 0 && isUpper(c) && !isUpper(name[i-1]),
			i > 0 && isUpper(c) && i+1 < len(name) && isLower(name[i+1]),
			i > 0 && isDigit(c) != isDigit(name[i-1]):
			flush()
		}
		buf = append(buf, lower(c))
	}
	flush()
	return parts
}

func allDigits(s []byte) bool {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// unnumbered is the words of a name without the number at its end: password, 2.
func unnumbered(parts [][]byte) [][]byte {
	for len(parts) > 1 && allDigits(parts[len(parts)-1]) {
		parts = parts[:len(parts)-1]
	}
	return parts
}
