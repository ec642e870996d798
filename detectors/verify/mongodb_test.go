package verify_test

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/leakguard/leakguard/detectors/verify"
)

// mongoServer is a server that speaks as much of MongoDB's protocol as a login
// needs, and checks the proofs.
type mongoServer struct {
	users map[string]mongoUser // by database.name
	old   bool                 // knows neither hello nor who uses which mechanism
	atlas bool                 // refuses as Atlas does
	fail  map[string]bson.D    // answers to commands, instead
}

type mongoUser struct {
	password  string
	mechanism string
	roles     []string
}

// mongoLogin is a login on a connection.
type mongoLogin struct {
	user, db  string
	known     mongoUser
	newHash   func() hash.Hash
	bare      string
	challenge string
	salted    []byte
	done      bool
}

func (s *mongoServer) serve(conn net.Conn) {
	var login mongoLogin
	for {
		var head [21]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return
		}
		body := make([]byte, binary.LittleEndian.Uint32(head[:])-uint32(len(head)))
		if _, err := io.ReadFull(conn, body); err != nil {
			return
		}
		elements, err := bson.Raw(body).Elements()
		if err != nil || binary.LittleEndian.Uint32(head[12:]) != 2013 {
			return
		}
		name := elements[0].Key()
		answer, replaced := s.fail[name]
		if !replaced {
			answer = s.answer(&login, name, bson.Raw(body))
		}
		raw, err := bson.Marshal(answer)
		if err != nil {
			return
		}
		reply := make([]byte, 21, 21+len(raw))
		binary.LittleEndian.PutUint32(reply, uint32(21+len(raw)))
		copy(reply[8:12], head[4:8])
		binary.LittleEndian.PutUint32(reply[12:], 2013)
		conn.Write(append(reply, raw...))
	}
}

func mongoFailure(code int32, name, text string) bson.D {
	return bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: text}, {Key: "code", Value: code}, {Key: "codeName", Value: name}}
}

func (s *mongoServer) refusal() bson.D {
	if s.atlas {
		return mongoFailure(8000, "AtlasError", "bad auth : authentication failed")
	}
	return mongoFailure(18, "AuthenticationFailed", "Authentication failed.")
}

func (s *mongoServer) answer(l *mongoLogin, name string, command bson.Raw) bson.D {
	text := func(key string) string { v, _ := command.Lookup(key).StringValueOK(); return v }
	_, payload, _ := command.Lookup("payload").BinaryOK()
	switch {
	case name == "hello" && !s.old, name == "isMaster":
		answer := bson.D{{Key: "maxWireVersion", Value: int32(21)}, {Key: "localTime", Value: time.Now()}, {Key: "ok", Value: 1.0}}
		if u, ok := s.users[text("saslSupportedMechs")]; ok && !s.old {
			answer = append(answer, bson.E{Key: "saslSupportedMechs", Value: bson.A{u.mechanism}})
		}
		return answer
	case name == "saslStart":
		return s.start(l, text("$db"), text("mechanism"), string(payload))
	case name == "saslContinue" && !l.done:
		return s.proceed(l, string(payload))
	case name == "saslContinue":
		return bson.D{{Key: "conversationId", Value: int32(1)}, {Key: "done", Value: true}, {Key: "payload", Value: []byte{}}, {Key: "ok", Value: 1.0}}
	case name == "connectionStatus":
		users, roles := bson.A{}, bson.A{}
		if l.done {
			users = append(users, bson.D{{Key: "user", Value: l.user}, {Key: "db", Value: l.db}})
		}
		for _, r := range l.known.roles {
			roles = append(roles, bson.D{{Key: "role", Value: r}, {Key: "db", Value: "app"}})
		}
		return bson.D{{Key: "authInfo", Value: bson.D{{Key: "authenticatedUsers", Value: users}, {Key: "authenticatedUserRoles", Value: roles}}}, {Key: "ok", Value: 1.0}}
	}
	return mongoFailure(59, "CommandNotFound", "no such command: '"+name+"'")
}

// start answers the client's first message (RFC 5802, section 5).
func (s *mongoServer) start(l *mongoLogin, db, mechanism, first string) bson.D {
	bare, ok := strings.CutPrefix(first, "n,,")
	name, nonce, okNonce := strings.Cut(bare, ",r=")
	name, okName := strings.CutPrefix(name, "n=")
	name = strings.NewReplacer("=2C", ",", "=3D", "=").Replace(name)
	u, known := s.users[db+"."+name]
	if !ok || !okNonce || !okName || !known || u.mechanism != mechanism {
		return s.refusal()
	}
	*l = mongoLogin{user: name, db: db, known: u, newHash: sha256.New, bare: bare}
	prepared := u.password
	if mechanism == "SCRAM-SHA-1" {
		digest := md5.Sum([]byte(name + ":mongo:" + u.password))
		l.newHash, prepared = sha1.New, hex.EncodeToString(digest[:])
	}
	salt := make([]byte, 16)
	rand.Read(salt)
	l.salted, _ = pbkdf2.Key(l.newHash, prepared, salt, 4096, l.newHash().Size())
	l.challenge = fmt.Sprintf("r=%s%s,s=%s,i=4096", nonce, rand.Text(), base64.StdEncoding.EncodeToString(salt))
	return bson.D{{Key: "conversationId", Value: int32(1)}, {Key: "done", Value: false}, {Key: "payload", Value: []byte(l.challenge)}, {Key: "ok", Value: 1.0}}
}

// proceed checks the client's proof and gives the server's.
func (s *mongoServer) proceed(l *mongoLogin, final string) bson.D {
	withoutProof, encoded, _ := strings.Cut(final, ",p=")
	proof, _ := base64.StdEncoding.DecodeString(encoded)
	message := l.bare + "," + l.challenge + "," + withoutProof
	mac := func(key []byte, text string) []byte {
		h := hmac.New(l.newHash, key)
		io.WriteString(h, text)
		return h.Sum(nil)
	}
	key := mac(l.salted, "Client Key")
	h := l.newHash()
	h.Write(key)
	want := mac(h.Sum(nil), message)
	for i := range want {
		want[i] ^= key[i]
	}
	nonce, _, _ := strings.Cut(l.challenge, ",")
	if !hmac.Equal(proof, want) || !strings.HasSuffix(withoutProof, ","+nonce) {
		return s.refusal()
	}
	l.done = true
	last := "v=" + base64.StdEncoding.EncodeToString(mac(mac(l.salted, "Server Key"), message))
	return bson.D{{Key: "conversationId", Value: int32(1)}, {Key: "done", Value: !s.old}, {Key: "payload", Value: []byte(last)}, {Key: "ok", Value: 1.0}}
}

func TestMongoDB(t *testing.T) {
	secret := password(t)
	users := map[string]mongoUser{
		"admin.app":    {secret, "SCRAM-SHA-256", []string{"readWrite"}},
		"app.local":    {secret, "SCRAM-SHA-256", []string{"read"}},
		"admin.boss":   {secret, "SCRAM-SHA-1", []string{"read", "root"}},
		"admin.custom": {secret, "SCRAM-SHA-256", []string{"read", "ours"}},
	}
	server := serve(t, (&mongoServer{users: users}).serve)
	oldServer := serve(t, (&mongoServer{users: users, old: true}).serve)
	atlas := serve(t, (&mongoServer{users: users, atlas: true}).serve)
	at := func(user, password, server, rest string) string {
		return "mongodb://" + user + ":" + password + "@" + server + rest
	}
	tests := []struct {
		name, url string
		want      verify.State
		user      string
		access    verify.Access
		word      string // of reason or evidence
	}{
		{"user of admin", at("app", secret, server, "/?authSource=admin"), verify.Live, "app@admin", verify.Write, "SCRAM-SHA-256"},
		{"user of admin, unsaid", at("app", secret, server, "/app"), verify.Live, "app@admin", verify.Write, ""},
		{"user of the database", at("local", secret, server, "/app"), verify.Live, "local@app", verify.Read, ""},
		{"SCRAM-SHA-1", at("boss", secret, server, ""), verify.Live, "boss@admin", verify.Admin, "SCRAM-SHA-1"},
		{"a role of their own", at("custom", secret, server, ""), verify.Live, "custom@admin", "", ""},
		{"old server", at("boss", secret, oldServer, ""), verify.Live, "boss@admin", verify.Admin, "SCRAM-SHA-1"},
		{"wrong", at("app", password(t), server, "/app"), verify.Dead, "", "", "error 18, AuthenticationFailed"},
		{"wrong, SCRAM-SHA-1", at("boss", password(t), server, ""), verify.Dead, "", "", "18"},
		{"user of another database", at("local", secret, server, "/?authSource=admin"), verify.Dead, "", "", "18"},
		{"wrong at Atlas", at("app", password(t), atlas, ""), verify.Dead, "", "", "error 8000, AtlasError"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := askAt(t, test.url, nil)
			wantState(t, v, test.want)
			expect(t, v, test.want, test.word)
			if got := strings.TrimSuffix(v.Identity.Name+"@"+v.Identity.Account, "@"); got != test.user || v.Access != test.access {
				t.Errorf("user %q, access %q, scopes %v: want %q, %q", got, v.Access, v.Scopes, test.user, test.access)
			}
		})
	}
	t.Run("cut off", func(t *testing.T) {
		testCut(t, server, func(at, password string) string { return "mongodb://app:" + password + "@" + at }, secret, password(t))
	})
	t.Run("rotated", func(t *testing.T) {
		users["admin.app"] = mongoUser{password(t), "SCRAM-SHA-256", nil}
		wantState(t, askAt(t, at("app", secret, server, ""), nil), verify.Dead)
	})
}

// TestMongoDBAnswers: other errors, and a yes without a proof, tell nothing of the
// password.
func TestMongoDBAnswers(t *testing.T) {
	secret := password(t)
	ok := func(payload string) bson.D {
		return bson.D{{Key: "conversationId", Value: int32(1)}, {Key: "done", Value: true}, {Key: "payload", Value: []byte(payload)}, {Key: "ok", Value: 1.0}}
	}
	for name, fail := range map[string]map[string]bson.D{
		"mechanism not available": {"saslStart": mongoFailure(334, "MechanismUnavailable", "Unsupported mechanism")},
		"shutting down":           {"hello": mongoFailure(91, "ShutdownInProgress", "The server is in quiesce mode")},
		"Atlas, another error":    {"saslStart": mongoFailure(8000, "AtlasError", "connection limit reached")},
		"code alone":              {"saslStart": mongoFailure(18, "", "no")},
		"yes at once":             {"saslStart": ok("")},
		"yes without a proof":     {"saslContinue": ok("v=AAAA")},
		"nobody in the end":       {"connectionStatus": {{Key: "authInfo", Value: bson.D{}}, {Key: "ok", Value: 1.0}}},
		"not of MongoDB":          {"hello": {{Key: "ok", Value: 1.0}}},
		"neither yes nor no":      {"hello": {{Key: "maxWireVersion", Value: int32(21)}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &mongoServer{users: map[string]mongoUser{"admin.app": {secret, "SCRAM-SHA-256", nil}}, fail: fail}
			wantState(t, askAt(t, "mongodb://app:"+secret+"@"+serve(t, s.serve), nil), verify.Unknown)
		})
	}
}

// services answers for the servers of a cluster.
type services struct {
	resolverTo
	records []*net.SRV
}

func (s services) LookupSRV(context.Context, string, string, string) (string, []*net.SRV, error) {
	return "", s.records, nil
}

// TestMongoDBService: a mongodb+srv URL leads to servers that may be asked, or
// nowhere.
func TestMongoDBService(t *testing.T) {
	secret := password(t)
	roots, config := authority(t)
	config.Certificates = append(config.Certificates, signedFor(t, roots, "one.cluster.acme.test"))
	s := &mongoServer{users: map[string]mongoUser{"admin.app": {secret, "SCRAM-SHA-256", []string{"atlasAdmin"}}}}
	server := serve(t, func(conn net.Conn) { s.serve(tls.Server(conn, config)) })
	port := netip.MustParseAddrPort(server).Port()
	for _, test := range []struct {
		name    string
		targets []string
		want    verify.State
		word    string
	}{
		{"all are listed", []string{"one.cluster.acme.test."}, verify.Live, "SCRAM-SHA-256"},
		{"the first has another certificate", []string{"two.cluster.acme.test.", "one.cluster.acme.test."}, verify.Live, ""},
		{"one is not listed", []string{"one.cluster.acme.test.", "db.evil.test."}, verify.Unverifiable, "db.evil.test"},
		{"none", nil, verify.Unknown, "no servers"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := askAt(t, "mongodb+srv://app:"+secret+"@cluster.acme.test/app", func(o *verify.Options) {
				*o = elsewhere(server)
				o.Hosts, o.Roots = []string{"cluster.acme.test", "*.cluster.acme.test"}, roots
				found := services{resolverTo: resolverTo{netip.MustParseAddr("8.8.4.4")}}
				for _, target := range test.targets {
					found.records = append(found.records, &net.SRV{Target: target, Port: port})
				}
				o.Resolver = found
			})
			expect(t, v, test.want, test.word)
		})
	}
}

// signedFor is a certificate for a host, which signs for itself and which
// roots trust from now on.
func signedFor(t *testing.T, roots *x509.CertPool, host string) tls.Certificate {
	t.Helper()
	key := newECKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, DNSNames: []string{host},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
