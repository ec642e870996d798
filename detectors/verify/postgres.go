package verify

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// verifyPostgres logs in to a PostgreSQL server as its protocol says
// (https://www.postgresql.org/docs/current/protocol-flow.html) and asks one
// question about the role.
func verifyPostgres(ctx context.Context, ask *Asker, u *url.URL) Verdict {
	l := loginOf(ask, u, "5432")
	if l.user == "" {
		return unverifiable(noUser)
	}
	return l.converse(ctx, func(ctx context.Context, conn net.Conn) (Verdict, error) {
		conn, err := l.postgresTLS(ctx, conn)
		if err != nil {
			return Verdict{}, err
		}
		p := &postgres{login: l, conn: conn, front: pgproto3.NewFrontend(conn, conn)}
		p.front.SetMaxBodyLen(largestAnswer)
		return p.talk()
	})
}

// postgresTLS asks the server for TLS. Without it only a server in a network that
// the configuration lists is spoken with, unless the URL wants it.
func (l *login) postgresTLS(ctx context.Context, conn net.Conn) (net.Conn, error) {
	mode := l.query.Get("sslmode")
	request, err := (&pgproto3.SSLRequest{}).Encode(nil)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	var answer [1]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return nil, fmt.Errorf("PostgreSQL does not answer: %w", err)
	}
	switch {
	case answer[0] == 'S':
		return l.secure(ctx, conn)
	case answer[0] != 'N':
		return nil, errors.New("what answers is not PostgreSQL")
	case slices.Contains([]string{"require", "verify-ca", "verify-full"}, mode), !l.ask.inClear(conn):
		return nil, errors.New("the server has no TLS")
	}
	return conn, nil
}

// postgres is a conversation with a PostgreSQL server.
type postgres struct {
	*login
	conn  net.Conn
	front *pgproto3.Frontend
	how   string // the method by which the password was asked for; "": it was not
}

// postgresError is an error that the server answers.
type postgresError struct{ code, message string }

func (e *postgresError) Error() string {
	return fmt.Sprintf("PostgreSQL answers %s: %s", e.code, e.message)
}

// SQLSTATE codes (https://www.postgresql.org/docs/current/errcodes-appendix.html).
const (
	pgInvalidPassword = "28P01"
	pgNoDatabase      = "3D000"
	pgNoPrivilege     = "42501"
)

func (p *postgres) talk() (Verdict, error) {
	start := &pgproto3.StartupMessage{
		ProtocolVersion: pgproto3.ProtocolVersion30,
		Parameters:      map[string]string{"user": p.user, "application_name": "leakguard"},
	}
	if p.name != "" {
		start.Parameters["database"] = p.name
	}
	err := p.send(start)
	if err == nil {
		err = p.authenticate()
	}
	var refusal *postgresError
	var other *unasked
	switch {
	case errors.As(err, &refusal) && refusal.code == pgInvalidPassword && p.how != "":
		return dead("SQLSTATE 28P01, invalid_password"), nil
	case errors.As(err, &refusal):
		return unknown(refusal.Error()), nil
	case errors.As(err, &other):
		return unknown(other.reason), nil
	case err != nil:
		return Verdict{}, err
	}
	return p.authenticated()
}

// unasked is why the password was not shown to the server.
type unasked struct{ reason string }

func (e *unasked) Error() string { return e.reason }

// authenticate answers the server's challenges until it is content.
func (p *postgres) authenticate() error {
	for {
		message, err := p.receive()
		if err != nil {
			return err
		}
		switch m := message.(type) {
		case *pgproto3.AuthenticationOk:
			if p.how == "" {
				return &unasked{"the server asks for no password"}
			}
			return nil
		case *pgproto3.AuthenticationSASL:
			err = p.scram(m.AuthMechanisms)
		case *pgproto3.AuthenticationMD5Password:
			p.how = "md5"
			inner := md5.Sum([]byte(p.password + p.user))
			outer := md5.Sum(append(hex.AppendEncode(nil, inner[:]), m.Salt[:]...))
			err = p.send(&pgproto3.PasswordMessage{Password: "md5" + hex.EncodeToString(outer[:])})
		case *pgproto3.AuthenticationCleartextPassword:
			if !p.verified(p.conn) {
				return &unasked{"the server wants the password in clear, and shows no certificate that an authority signed"}
			}
			p.how = "password"
			err = p.send(&pgproto3.PasswordMessage{Password: p.password})
		case *pgproto3.NegotiateProtocolVersion, *pgproto3.NoticeResponse:
		default:
			return &unasked{fmt.Sprintf("the server does not ask for a password (%T)", m)}
		}
		if err != nil {
			return err
		}
	}
}

func (p *postgres) scram(mechanisms []string) error {
	if !slices.Contains(mechanisms, "SCRAM-SHA-256") {
		return &unasked{"the server does not ask for a password, but for " + strings.Join(mechanisms, ", ")}
	}
	// The name is that of the start, so that it is empty here.
	s := newScram(sha256.New, "", scramPassword(p.password))
	if err := p.send(&pgproto3.SASLInitialResponse{AuthMechanism: "SCRAM-SHA-256", Data: s.first()}); err != nil {
		return err
	}
	message, err := p.receive()
	if err != nil {
		return err
	}
	challenge, ok := message.(*pgproto3.AuthenticationSASLContinue)
	if !ok {
		return errors.New("SCRAM: PostgreSQL sends no challenge")
	}
	proof, err := s.final(challenge.Data)
	if err != nil {
		return err
	}
	p.how = "SCRAM-SHA-256"
	if err := p.send(&pgproto3.SASLResponse{Data: proof}); err != nil {
		return err
	}
	if message, err = p.receive(); err != nil {
		return err
	}
	last, ok := message.(*pgproto3.AuthenticationSASLFinal)
	if !ok {
		return errors.New("SCRAM: PostgreSQL does not finish")
	}
	return s.check(last.Data)
}

// authenticated waits until the session is ready. That the URL's database does not
// exist, or is not for this role, is found out only then.
func (p *postgres) authenticated() (Verdict, error) {
	v := live("authenticated by " + p.how)
	v.Identity.Name = p.user
	for {
		message, err := p.receive()
		var refusal *postgresError
		if errors.As(err, &refusal) {
			if refusal.code == pgNoDatabase || refusal.code == pgNoPrivilege {
				v.Evidence += "; then " + refusal.code + " for the database of the URL"
				return v, nil
			}
			return unknown(refusal.Error()), nil
		}
		if err != nil {
			return Verdict{}, err
		}
		if _, ok := message.(*pgproto3.ReadyForQuery); ok {
			v.Evidence += ", and the session is ready"
			// What fails from here on takes nothing from the verdict.
			if row, err := p.firstRow(aboutRole); err == nil && len(row) == 3 {
				v.tellRole(row)
			}
			_ = p.send(&pgproto3.Terminate{})
			return v, nil
		}
	}
}

// aboutRole asks for the role's name, its powers, and until when its password is
// valid (https://www.postgresql.org/docs/current/view-pg-roles.html).
const aboutRole = `SELECT rolname,
 concat_ws(' ', CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolcreaterole THEN 'createrole' END,
  CASE WHEN rolcreatedb THEN 'createdb' END, CASE WHEN rolreplication THEN 'replication' END,
  CASE WHEN rolbypassrls THEN 'bypassrls' END),
 CASE WHEN isfinite(rolvaliduntil) THEN to_char(rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') ELSE '' END
FROM pg_catalog.pg_roles WHERE rolname = session_user`

func (v *Verdict) tellRole(row []string) {
	v.Identity.Name = row[0]
	v.Scopes = strings.Fields(row[1])
	if slices.Contains(v.Scopes, "superuser") || slices.Contains(v.Scopes, "createrole") {
		v.Access = Admin
	}
	v.Expires, _ = time.Parse(time.RFC3339, row[2])
}

// firstRow returns the first row of an answer.
func (p *postgres) firstRow(query string) ([]string, error) {
	if err := p.send(&pgproto3.Query{String: query}); err != nil {
		return nil, err
	}
	var row []string
	for {
		message, err := p.receive()
		if err != nil {
			return nil, err
		}
		switch m := message.(type) {
		case *pgproto3.DataRow:
			if row == nil {
				for _, value := range m.Values {
					row = append(row, string(value))
				}
			}
		case *pgproto3.ReadyForQuery:
			return row, nil
		}
	}
}

func (p *postgres) send(message pgproto3.FrontendMessage) error {
	p.front.Send(message)
	return p.front.Flush()
}

// receive returns the next message; an error that the server answers is a
// *postgresError.
func (p *postgres) receive() (pgproto3.BackendMessage, error) {
	message, err := p.front.Receive()
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL's answer breaks off: %w", err)
	}
	if e, ok := message.(*pgproto3.ErrorResponse); ok {
		return nil, &postgresError{e.Code, e.Message}
	}
	return message, nil
}
