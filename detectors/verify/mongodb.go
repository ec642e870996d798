package verify

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// verifyMongoDB logs in to a MongoDB server by SCRAM, as the specification of its
// drivers says (https://github.com/mongodb/specifications/blob/master/source/auth/auth.md),
// and asks which roles the user has.
func verifyMongoDB(ctx context.Context, ask *Asker, u *url.URL) Verdict {
	l := loginOf(ask, u, "27017")
	if l.user == "" {
		return unverifiable(noUser)
	}
	if u.Scheme != "mongodb+srv" {
		return l.mongoAt(ctx, false)
	}
	targets, err := l.mongoServers(ctx)
	if err != nil {
		return l.failed(err)
	}
	var v Verdict
	for _, target := range targets[:min(len(targets), mostMongoServers)] {
		at := *l
		at.host, at.address = target.host, net.JoinHostPort(target.host, target.port)
		if v = at.mongoAt(ctx, true); v.State != Unknown {
			break
		}
	}
	return v
}

// mostMongoServers bounds how many servers of a cluster are tried: the first that
// answers knows the user.
const mostMongoServers = 3

// hostPort is one server of a cluster.
type hostPort struct{ host, port string }

// mongoServers looks up the servers of a mongodb+srv URL. Each must be one that may
// be asked: whoever answers for the name must not lead the password elsewhere.
func (l *login) mongoServers(ctx context.Context) ([]hostPort, error) {
	if _, err := l.ask.destination(&url.URL{Scheme: "tcp", Host: l.host}); err != nil {
		return nil, err
	}
	var resolver Resolver = net.DefaultResolver
	if own := l.ask.engine.opts.Resolver; own != nil {
		resolver = own
	}
	services, ok := resolver.(interface {
		LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	})
	if !ok {
		return nil, errors.New("the resolver does not look up the servers of a cluster")
	}
	ctx, cancel := context.WithTimeout(ctx, l.ask.engine.limits.Timeout)
	defer cancel()
	_, records, err := services.LookupSRV(ctx, "mongodb", "tcp", l.host)
	if err != nil {
		return nil, err
	}
	var targets []hostPort
	for _, r := range records {
		host := strings.TrimSuffix(r.Target, ".")
		if _, err := l.ask.destination(&url.URL{Scheme: "tcp", Host: host}); err != nil {
			return nil, fmt.Errorf("%s leads to another server: %w", l.host, err)
		}
		targets = append(targets, hostPort{host, strconv.Itoa(int(r.Port))})
	}
	if len(targets) == 0 {
		return nil, fmt.Errorf("%s has no servers", l.host)
	}
	return targets, nil
}

// mongoAt asks one server. Without TLS only one in a network that the configuration
// lists is spoken with, unless the URL wants it.
func (l *login) mongoAt(ctx context.Context, wantTLS bool) Verdict {
	wantTLS = wantTLS || l.query.Get("tls") == "true" || l.query.Get("ssl") == "true"
	return l.converse(ctx, func(ctx context.Context, conn net.Conn) (Verdict, error) {
		if wantTLS || !l.ask.inClear(conn) {
			t, err := l.secure(ctx, conn)
			if err != nil {
				return Verdict{}, err
			}
			conn = t
		}
		m := &mongo{login: l, conn: conn}
		return m.talk()
	})
}

// mongo is a conversation with a MongoDB server.
type mongo struct {
	*login
	conn net.Conn
	sent uint32 // requests
}

// mongoError is an error that the server answers.
type mongoError struct {
	code       int
	name, text string
}

func (e *mongoError) Error() string {
	return fmt.Sprintf("MongoDB answers %d %s: %s", e.code, e.name, e.text)
}

// Codes of errors (https://www.mongodb.com/docs/manual/reference/error-codes/);
// mongoAtlas is what Atlas puts before its own.
const (
	mongoAuthenticationFailed = 18
	mongoNoCommand            = 59
	mongoAtlas                = 8000
)

// refuses reports whether an error refuses the user with this password.
func (e *mongoError) refuses() bool {
	return e.code == mongoAuthenticationFailed && e.name == "AuthenticationFailed" ||
		e.code == mongoAtlas && e.name == "AtlasError" && strings.HasPrefix(strings.ToLower(e.text), "bad auth")
}

// talk tries each database that the user may be one of. Only if all refuse it is
// the password refused.
func (m *mongo) talk() (Verdict, error) {
	var refusal *mongoError
	for _, source := range m.sources() {
		mechanism, err := m.hello(source)
		if err != nil {
			return answered[*mongoError](err)
		}
		err = m.authenticate(source, mechanism)
		if err == nil {
			return m.authenticated(mechanism)
		}
		if !errors.As(err, &refusal) || !refusal.refuses() {
			return answered[*mongoError](err)
		}
	}
	return dead(fmt.Sprintf("error %d, %s", refusal.code, refusal.name)), nil
}

// sources are the databases that know the user: the one that the URL names for
// that; else its database, and admin, where users are that may use several.
func (m *mongo) sources() []string {
	if source := m.query.Get("authSource"); source != "" {
		return []string{source}
	}
	if m.name == "" || m.name == "admin" {
		return []string{"admin"}
	}
	return []string{m.name, "admin"}
}

// hello asks which mechanisms the user has a secret for. Servers before 4.0 do not
// say, and know SCRAM-SHA-1 only.
func (m *mongo) hello(source string) (string, error) {
	var answer bsonDoc
	var err error
	for _, name := range []string{"hello", "isMaster"} {
		answer, err = m.run("admin", bsonDoc{{name, int32(1)}, {"saslSupportedMechs", source + "." + m.user}})
		var e *mongoError
		if !errors.As(err, &e) || e.code != mongoNoCommand {
			break
		}
	}
	if err != nil {
		return "", err
	}
	if answer.get("maxWireVersion") == nil {
		return "", errors.New("what answers is not MongoDB")
	}
	for _, f := range answer.doc("saslSupportedMechs") {
		if f.value == "SCRAM-SHA-256" {
			return "SCRAM-SHA-256", nil
		}
	}
	return "SCRAM-SHA-1", nil
}

func (m *mongo) authenticate(source, mechanism string) error {
	newHash, password := sha256.New, scramPassword(m.password)
	if mechanism == "SCRAM-SHA-1" {
		digest := md5.Sum([]byte(m.user + ":mongo:" + m.password))
		newHash, password = sha1.New, hex.EncodeToString(digest[:])
	}
	s := newScram(newHash, scramName(m.user), password)
	answer, err := m.run(source, bsonDoc{
		{"saslStart", int32(1)}, {"mechanism", mechanism}, {"payload", s.first()},
		{"options", bsonDoc{{"skipEmptyExchange", true}}},
	})
	if err != nil {
		return err
	}
	proof, err := s.final(answer.bytes("payload"))
	if err != nil {
		return err
	}
	answer, err = m.proceed(source, answer, proof)
	if err != nil {
		return err
	}
	if err := s.check(answer.bytes("payload")); err != nil {
		return err
	}
	if answer.number("done") == 0 {
		answer, err = m.proceed(source, answer, []byte{})
	}
	if err == nil && answer.number("done") == 0 {
		err = errors.New("MongoDB does not finish the login")
	}
	return err
}

// proceed answers within a login.
func (m *mongo) proceed(source string, last bsonDoc, payload []byte) (bsonDoc, error) {
	return m.run(source, bsonDoc{
		{"saslContinue", int32(1)}, {"conversationId", int32(last.number("conversationId"))}, {"payload", payload},
	})
}

// authenticated asks who we are now
// (https://www.mongodb.com/docs/manual/reference/command/connectionStatus/).
func (m *mongo) authenticated(mechanism string) (Verdict, error) {
	answer, err := m.run("admin", bsonDoc{{"connectionStatus", int32(1)}})
	if err != nil {
		return answered[*mongoError](err)
	}
	info := answer.doc("authInfo")
	users := info.doc("authenticatedUsers")
	if len(users) == 0 {
		return unknown("the login by " + mechanism + " ends without a user"), nil
	}
	v := live("authenticated by " + mechanism + ", and connectionStatus names the user")
	if user, ok := users[0].value.(bsonDoc); ok {
		v.Identity.Name, v.Identity.Account = user.text("user"), user.text("db")
	}
	known := true
	for _, f := range info.doc("authenticatedUserRoles") {
		role, _ := f.value.(bsonDoc)
		v.Scopes = append(v.Scopes, role.text("role")+"@"+role.text("db"))
		access := mongoAccess(role.text("role"))
		known = known && access != ""
		if rank(access) > rank(v.Access) {
			v.Access = access
		}
	}
	if !known && v.Access == Read {
		v.Access = ""
	}
	return v, nil
}

// mongoAccess is what a role that MongoDB or Atlas defines allows
// (https://www.mongodb.com/docs/manual/reference/built-in-roles/); "" for others.
func mongoAccess(role string) Access {
	switch role {
	case "root", "__system", "dbOwner", "userAdmin", "userAdminAnyDatabase", "dbAdminAnyDatabase", "clusterAdmin", "atlasAdmin", "restore":
		return Admin
	case "readWrite", "readWriteAnyDatabase", "dbAdmin", "clusterManager", "hostManager", "enableSharding":
		return Write
	case "read", "readAnyDatabase", "clusterMonitor", "backup":
		return Read
	}
	return ""
}

const (
	mongoMessage  = 2013 // OP_MSG
	mongoHeader   = 16   // bytes before flags
	mongoPreamble = 5    // flags, and the kind of the section
)

// run sends a command in an OP_MSG and reads the answer
// (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/).
func (m *mongo) run(database string, command bsonDoc) (bsonDoc, error) {
	m.sent++
	message := make([]byte, mongoHeader+mongoPreamble)
	binary.LittleEndian.PutUint32(message[4:], m.sent)
	binary.LittleEndian.PutUint32(message[12:], mongoMessage)
	message = append(slices.Clip(command), bsonField{"$db", database}).append(message)
	binary.LittleEndian.PutUint32(message, uint32(len(message)))
	if _, err := m.conn.Write(message); err != nil {
		return nil, err
	}
	answer, err := m.receive()
	if err != nil {
		return nil, fmt.Errorf("MongoDB's answer breaks off: %w", err)
	}
	if answer.get("ok") == nil {
		return nil, errors.New("what answers is not MongoDB")
	}
	if answer.number("ok") != 1 {
		return nil, &mongoError{answer.number("code"), answer.text("codeName"), answer.text("errmsg")}
	}
	return answer, nil
}

func (m *mongo) receive() (bsonDoc, error) {
	var head [mongoHeader + mongoPreamble]byte
	if _, err := io.ReadFull(m.conn, head[:]); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(head[:])
	body := size - uint32(len(head))
	switch {
	case binary.LittleEndian.Uint32(head[12:]) != mongoMessage, head[20] != 0, size < uint32(len(head)), body > largestAnswer:
		return nil, errors.New("it is not in MongoDB's protocol")
	case binary.LittleEndian.Uint32(head[8:]) != m.sent:
		return nil, errors.New("it answers another request")
	}
	buf := make([]byte, body)
	if _, err := io.ReadFull(m.conn, buf); err != nil {
		return nil, err
	}
	return readBSON(buf, 0)
}
