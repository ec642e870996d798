// Package generic reads secrets that no issuer gave a shape: passwords, keys
// and tokens in assignments, URLs and headers. Its readers are hand-written,
// because they run at every "key" and "token" of a history: most hits must be
// refused within nanoseconds, before anything is split or measured.
//
// A reader starts from a keyword that the prefilter found, reads the name round
// it, the operator behind it and the value, and judges name and value together.
package generic

import (
	"github.com/leakguard/leakguard/detectors/rules"
)

// Reader is one of the hand-written detectors.
type Reader uint8

// The readers. A provider file names them in its key "detector".
const (
	None     Reader = iota
	Password        // "assigned-password": a name such as DB_PASSWORD and its value
	Token           // "assigned-secret": a name such as api_key, secret or token
	URL             // "url-credentials": scheme://user:password@host
	Header          // "authorization": Authorization headers, curl -u
	Command         // "command-password": mysql -pVALUE, docker login -p VALUE
	Call            // "call-argument": getConnection(url, "user", "VALUE")
	Declared        // "declared-value": the default or value of what is declared by its name
	Passfile        // "password-file": lines of .pgpass and of Postfix's maps
	Cookie          // "session-cookie": cookies that keep somebody logged in
	JWK             // "private-jwk": private and symmetric JSON Web Keys
	Mnemonic        // "recovery-phrase": the words of a wallet (BIP-39)
)

var readers = []struct {
	name     string
	keywords []string
}{
	None:     {},
	Password: {"assigned-password", []string{"pass", "pwd", "_pw", "psw", "psk", "identified by"}},
	Token:    {"assigned-secret", []string{"secret", "token", "key", "credential", "auth", "seed", "mnemonic"}},
	URL:      {"url-credentials", []string{"://", "@tcp("}},
	Header:   {"authorization", []string{"bearer ", "basic ", "authorization", "curl "}},
	Command: {"command-password", []string{"mysql ", "mysqldump ", "mysqladmin ", "mariadb ", "redis-cli ", "login ", "sqlcmd ", "mongo ", "mongosh ", "mongodump ", "mongorestore ",
		"ldapsearch ", "ldapadd ", "ldapmodify ", "htpasswd ", "smbclient ", "lftp ", "net user ", "net use ", "zip ", "7z ", "plink ", "pscp ", "psexec ", "rabbitmqctl ",
		"mosquitto_pub ", "mosquitto_sub ", "cqlsh ", "securestring ", "chpasswd", "password-stdin", "sudo -s", "sqlplus ", ":oracle:"}},
	Call: {"call-argument", []string{"mysqli(", "pdo(", "getconnection(", "networkcredential(", "connect(", "passwordauthentication(", "credentials(", "credentials.basic(",
		"auth(", "auth=(", "login(", "ldap_bind(", "simple_bind_s(", "simple_bind(", "imap_open(", "auth_password(", "userpassword("}},
	Declared: {"declared-value", []string{"variable \"", "\"sensitive\": true", "\"parametervalue\"", "default: "}},
	Passfile: {"password-file", []string{":5432:", ":5433:", ":6432:", ":*:*:", "]:587 ", "]:465 ", "]:25 "}},
	Cookie:   {"session-cookie", []string{"cookie", "sessid", "sessionid", "connect.sid"}},
	JWK:      {"private-jwk", []string{"kty"}},
	Mnemonic: {"recovery-phrase", []string{"mnemonic", "seed", "phrase", "recovery"}},
}

// ReaderOf returns the reader of that name, or None.
func ReaderOf(name string) Reader {
	for r := range readers {
		if r > 0 && readers[r].name == name {
			return Reader(r)
		}
	}
	return None
}

// Keywords are what wakes a reader, lower case.
func Keywords(r Reader) []string { return readers[r].keywords }

// Candidate is a value that stands where secrets stand.
type Candidate struct {
	Start, End           int // the value
	WholeStart, WholeEnd int // from the name to the value's end
	Name                 []byte
	Bare                 bool // not quoted

	// Verdict is what the gates say; with Scored, Score is the probability that the
	// value is a secret, 0 to 1.
	Verdict    Verdict
	Why        string // of a gate that says Never
	Score      float32
	Confidence rules.Confidence // of Score; 0: it is taken for none

	syntax syntax
}

// Verdict is what the fixed rules round the model say of a candidate.
type Verdict uint8

// The verdicts.
const (
	Scored Verdict = iota // the model decides
	Never                 // no secret whatever the model says
	Proven                // a secret by its own structure: Confidence is the reader's
)

// syntax is how a candidate is written.
type syntax struct {
	kind       kind
	operator   operator
	quote      byte // round the value; 0: none
	escaped    bool // its quotes are escaped: it lies in a string
	wrapped    bool // within a conversion: []byte("…")
	nested     bool // a member of an object that is the value of the name
	quotedName bool
	raw        bool   // in a raw string of a program, whose syntax is another
	user, host []byte // of a URL or of Basic credentials
	listed     []byte // the value is a list of numbers, of these bytes
	value      []byte // what is judged, where it is not what is written: a decoded password
}

// kind is where a value stands.
type kind uint8

const (
	assigned kind = iota // NAME = VALUE
	paired               // name: NAME, value: VALUE
	flagged              // --name VALUE
	spoken               // PASSWORD 'VALUE', IDENTIFIED BY VALUE
	argument             // ("name", "value")
	called               // setName("value")
	tagged               // <name>VALUE</name>
	bearer               // Authorization: SCHEME VALUE
	basic                // Authorization: Basic VALUE
	inURL                // scheme://user:VALUE@host
)

// operator is what stands between name and value.
type operator uint8

const (
	noOperator operator = iota
	equals              // =
	colon               // :
	walrus              // :=
	arrow               // => -> <-
	comparison          // == != ===
	otherwise           // ||= ?= ::
	comma
)

// Scanner runs the readers over one text. The zero value needs a Reset.
type Scanner struct {
	Cuts Cuts // of the levels of confidence

	text    []byte
	nul     binaryData
	done    int   // names that end at or before here were read
	jwkDone int   // and objects that may be keys
	name    named // of the candidate that is being read
	x       [evidenceCount]float32
}

// Reset starts a new text.
func (s *Scanner) Reset(text []byte) {
	*s = Scanner{Cuts: s.Cuts, text: text}
}

// At reads what stands round a keyword of reader r that ends at end, and judges it.
// Calls must come in the order of the ends. Nothing is read in binary data, where
// chance writes assignments.
func (s *Scanner) At(r Reader, end int) (Candidate, bool) {
	c, ok := s.read(r, end)
	if !ok {
		return Candidate{}, false
	}
	if c.Verdict == Scored {
		s.weigh(&c)
		c.Score = Probability(s.x[:])
		c.Confidence = s.Cuts.Level(c.Score)
	}
	return c, c.Confidence > 0
}

// Evidence is that on the candidate which At returned last, until it is called again.
func (s *Scanner) Evidence() []float32 { return s.x[:] }

func (s *Scanner) read(r Reader, end int) (c Candidate, ok bool) {
	if s.nul.round(s.text, end) {
		return c, false
	}
	switch r {
	case Password, Token:
		c, ok = s.assignment(r, end)
	case URL:
		c, ok = s.url(end)
	case Header:
		c, ok = s.header(end)
	case Command:
		c, ok = s.command(end)
	case Call:
		c, ok = s.call(end)
	case Declared:
		c, ok = s.declared(end)
	case Passfile:
		c, ok = s.passfile(end)
	case Cookie:
		c, ok = s.cookie(end)
	case JWK:
		c, ok = s.jwk(end)
	case Mnemonic:
		c, ok = s.mnemonic(end)
	}
	if ok && c.Verdict == Scored {
		c.Why = s.gate(&c)
		if c.Why != "" {
			c.Verdict = Never
		}
	}
	return c, ok
}
