package generic

import (
	"strings"
	"sync"
)

// meaning is what a word of a name may mean, as bits.
type meaning uint32

const (
	// notSecret are last words of names whose value is about a secret and is none:
	// password_file, token_url, secret_name, key_id.
	notSecret meaning = 1 << iota
	// harmless are words that, anywhere in a name, make it one of a harmless thing:
	// public keys, cache keys, page tokens.
	harmless
	// passwordWord names passwords; each also counts as the end of a longer word
	// (dbpassword, userpwd), but for those of ordinary English.
	passwordWord
	// passOwner stands before "pass" in one word when that is a password: dbpass, and
	// not compass or minipass.
	passOwner
	passEnglish
	// passBehind stands behind "pass" where the two are a password.
	passBehind
	// tokenWord is strong by itself; "key" only behind a keyQualifier.
	tokenWord
	keyQualifier
	// signing and sealing say what a key does, or was done to it.
	signing
	sealing
	// What the last word says of the value, and any word of the whole name.
	identityWord
	placeWord
	kindWord
	momentWord
	messageWord
	digestWord
	publicWord
	testWord
)

// meant lists the words that have a meaning.
var meant = []struct {
	meaning meaning
	words   string
}{
	{notSecret, `hostname userfile backend stdin verify detail details enable disable algorithm alias algo arn attempts attribute bits bucket button bytes callback category chars charset class code
		col column complexity config confirm cost count created creation date desc description dir
		directory disabled doc docs domain element enabled encoder endpoint entry env error event exists expiration
		expired expires expiry extension factory field fields file filename filter fingerprint folder form format
		forgot func function generator group guid handle handler helper helpers hash hashed hasher header headers help
		hint icon id identifier ids index info interval is issuer json kind label len length level lifetime limit link
		list loader location lookup manager map mask max message messages meta metadata method min minimum mode model
		modified msg name names namespace needed number obj object offset ok op option options order page param params
		parser path pattern perm permission placeholder plural policy position prefix process prompt property provider
		ref reference regex regexp region request required reset resolver response result role rotation rules schema
		scope scopes section selector service setting settings shape size slot sort source spec state status step store
		strategy strength suffix support table tag template time timeout timestamp title tooltip ttl type types unit
		update updated updates uri url usage user username uuid valid validation validator var variable ver verifier
		version view visible width window xpath changed invalid incorrect mismatch missing wrong failed failure success`},
	{harmless, `md crc badge public pub publishable publickey cache cached primary foreign sort partition idempotency csrf xsrf csrftoken
		xsrftoken page paging next prev continuation cursor sync shard routing bucket map dict hash i18n translation
		locale keyboard shortcut hot hotkey translate label column row sha sha1 sha256 md5 checksum digest integrity
		etag commit object bypass compass pixel registry regkey hkey monkey turkey hockey keyword keywords keyspace
		keyring keystore keyframe keyframes tokenizer tokenize lexer syntax oauth2 preference pref press up down code
		signature thumb thumbprint websocket bucketkey s3key objectkey mapkey datakey rowkey fieldkey`},
	{passwordWord, `password passwords passwd passphrase passcode pass pwd pw psw psk passw pswd passwrd passwort userpass`},
	{passOwner, `db user smtp mysql my admin root login ftp mail redis pg postgres sql ldap http proxy ssh web auth app key cert
		keystore truststore store mongo rabbit mq amqp server client remote local system test email imap pop svc
		service account require`},
	{passEnglish, `bypass compass trespass encompass surpass overpass underpass multipass subpass renderpass`},
	{passBehind, `word words phrase code wd key hash file prod dev test staging db root admin user`},
	{tokenWord, `secret secrets token apikey secretkey accesskey privatekey authkey authtoken accesstoken apitoken clientsecret
		appsecret apisecret masterkey signingkey encryptionkey servicekey credential credentials appkey sharedkey
		licensekey subscriptionkey accountkey bearertoken sessiontoken refreshtoken secretaccesskey authsecret
		jwtsecret tokensecret consumersecret`},
	{keyQualifier, `api access secret private auth authentication signing sign encryption encrypt master account client service
		license subscription shared consumer app application admin webhook jwt hmac crypto session storage security
		deploy cipher aes des decryption oauth`},
	{signing, `sign signing signed signkey signingkey gpg pgp`},
	{sealing, `encrypted wrapped sealed`},
	{identityWord, `id ids identifier name names namespace username user users uid guid uuid email account label alias title
		subject owner login handle slug realm domain tenant client group role roles scope scopes member members`},
	{placeWord, `file files filename path paths dir directory folder uri url urls endpoint host hostname port location address
		bucket store storage keystore truststore source src dest page form input link route volume mount ref reference
		arn env var variable variables provider service server namespace module package section table column field
		fields property prop attribute attr param parameter params header headers parser reader selector`},
	{kindWord, `type types kind mode method algorithm alg algo encoding format length len size count min max minlength
		maxlength limit policy strength complexity level version enabled disabled required optional allowed valid
		validator validation validate option options config settings setting rule rules strategy rotation pattern regex
		charset alphabet chars generator factory manager handler helper resolver encoder bits rounds iterations cost
		interval index idx order position status state flag usage spec schema model class map list set array hash table`},
	{momentWord, `expires expiry expiration expire ttl lifetime timeout age time timestamp date created updated changed at period
		days hours minutes seconds duration validity`},
	{messageWord, `message msg error errors err text hint help description desc info warning title label placeholder prompt
		tooltip caption question failed failure missing mismatch incorrect success confirm confirmation confirmed reset
		forgot forgotten change sent notification instructions required short long weak strong`},
	{digestWord, `hash hashed hashes digest digests checksum sha sha1 sha256 md5 salt salted fingerprint thumbprint encrypted
		crypted crypt encryption cipher signature sig sum verifier challenge nonce iv encoded`},
	{publicWord, `public pub publishable publickey pubkey site sitekey anon`},
	{testWord, `test tests testing expected expect actual invalid wrong bad incorrect fake dummy mock mocked example sample
		stub foo bar good correct valid another some other new old my second first`},
}

// lexicon is what each word means, made when first asked, so that a program that meets
// no keyword does not pay for it.
var lexicon = sync.OnceValue(func() map[string]meaning {
	all := make(map[string]meaning, 1024)
	for _, m := range meant {
		for _, w := range strings.Fields(m.words) {
			all[w] |= m.meaning
		}
	}
	return all
})

// tails are the words of a meaning, for those that end in one.
func tails(of meaning, longerThan int) func() []string {
	return sync.OnceValue(func() (words []string) {
		for _, m := range meant {
			if m.meaning != of {
				continue
			}
			for _, w := range strings.Fields(m.words) {
				if len(w) > longerThan {
					words = append(words, w)
				}
			}
		}
		return words
	})
}

var (
	passwordTails = tails(passwordWord, 0)
	tokenTails    = tails(tokenWord, 5)
)
