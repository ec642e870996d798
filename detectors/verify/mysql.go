package verify

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// verifyMySQL logs in to a MySQL or MariaDB server and asks who it is then, and
// what it may do.
func verifyMySQL(ctx context.Context, ask *Asker, u *url.URL) Verdict {
	l := loginOf(ask, u, "3306")
	if l.user == "" {
		return unverifiable(noUser)
	}
	return l.converse(ctx, l.mysql)
}

// Errors of the server (https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html).
const mysqlAccessDenied = 1045

func (l *login) mysql(ctx context.Context, conn net.Conn) (Verdict, error) {
	connector, err := mysql.NewConnector(l.mysqlConfig(conn))
	if err != nil {
		return Verdict{}, err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	session, err := mysqlSession(ctx, db)
	var refusal *mysql.MySQLError
	switch {
	case errors.As(err, &refusal) && refusal.Number == mysqlAccessDenied:
		return dead("error 1045, ER_ACCESS_DENIED_ERROR"), nil
	case errors.As(err, &refusal):
		return unknown(fmt.Sprintf("MySQL answers %d: %s", refusal.Number, refusal.Message)), nil
	case errors.Is(err, mysql.ErrCleartextPassword):
		return unverifiable("the server wants the password in clear"), nil
	case err != nil:
		return Verdict{}, fmt.Errorf("MySQL: %w", err)
	}
	defer session.Close()
	var who string
	if err := session.QueryRowContext(ctx, "SELECT CURRENT_USER()").Scan(&who); err != nil {
		return Verdict{}, fmt.Errorf("MySQL: %w", err)
	}
	name, _, _ := strings.Cut(who, "@")
	if name == "" || name == "skip-grants user" {
		return unknown("the server asks for no password"), nil
	}
	v := live("authenticated, and CURRENT_USER() is an account")
	v.Identity.Name = who
	if lines, err := grantsOf(ctx, session); err == nil {
		v.Scopes, v.Access = readGrants(lines)
	}
	return v, nil
}

// mysqlSession opens a session. The driver trusts the lengths that stand in a
// greeting and panics where they lie: then no MySQL answers.
func mysqlSession(ctx context.Context, db *sql.DB) (session *sql.Conn, err error) {
	defer func() {
		if recover() != nil {
			session, err = nil, errors.New("the greeting is malformed")
		}
	}()
	return db.Conn(ctx)
}

// mysqlConfig speaks over conn. Without TLS only a server in a network that the
// configuration lists is spoken with, unless the URL wants it: methods that send
// the password rely on TLS.
func (l *login) mysqlConfig(conn net.Conn) *mysql.Config {
	mode := strings.ToUpper(l.query.Get("ssl-mode") + l.query.Get("sslMode") + l.query.Get("tls"))
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr = l.user, l.password, "tcp", l.address
	c.TLS = l.ask.secured(l.host)
	c.AllowFallbackToPlaintext = l.ask.inClear(conn) && !slices.Contains([]string{"REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY", "TRUE"}, mode)
	c.MaxAllowedPacket = largestAnswer
	c.Logger = &mysql.NopLogger{}
	c.CheckConnLiveness = false
	dialled := false
	c.DialFunc = func(context.Context, string, string) (net.Conn, error) {
		if dialled {
			return nil, errHungUp
		}
		dialled = true
		return conn, nil
	}
	return c
}

// mostGrants bounds how many grants are read.
const mostGrants = 200

func grantsOf(ctx context.Context, session *sql.Conn) ([]string, error) {
	rows, err := session.QueryContext(ctx, "SHOW GRANTS")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var lines []string
	for rows.Next() && len(lines) < mostGrants {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, rows.Err()
}

// readGrants reads the answer to SHOW GRANTS: the privileges with what they are
// on, and the most that they allow; "" where that is reading, but roles may allow
// more. The rest of a line, which may hold the password's hash, is dropped.
func readGrants(lines []string) (scopes []string, access Access) {
	roles := false
	for _, line := range lines {
		rest, _ := strings.CutPrefix(line, "GRANT ")
		given, _, _ := strings.Cut(rest, " TO ")
		privileges, object, found := strings.Cut(given, " ON ")
		if !found {
			roles = true
			continue
		}
		list := strings.Split(privileges, ", ")
		if slices.Equal(list, []string{"USAGE"}) || slices.Equal(list, []string{"PROXY"}) {
			continue
		}
		scopes = append(scopes, privileges+" on "+mysqlObject(object))
		if a := mysqlAccess(list, object); rank(a) > rank(access) {
			access = a
		}
	}
	if roles && access == Read {
		access = ""
	}
	return scopes, access
}

// mysqlObject names what privileges are on: "app", "app.users", or the server.
func mysqlObject(object string) string {
	if object == "*.*" {
		return "the server"
	}
	return strings.TrimSuffix(strings.ReplaceAll(object, "`", ""), ".*")
}

// mysqlAccess is the most that privileges on an object allow
// (https://dev.mysql.com/doc/refman/8.4/en/privileges-provided.html).
func mysqlAccess(privileges []string, object string) Access {
	has := func(names ...string) bool {
		return slices.ContainsFunc(privileges, func(p string) bool { return slices.Contains(names, p) })
	}
	switch {
	case object == "*.*" && has("ALL PRIVILEGES", "SUPER", "CREATE USER"):
		return Admin
	case slices.ContainsFunc(privileges, func(p string) bool {
		name, _, _ := strings.Cut(p, " (") // the columns
		return !slices.Contains([]string{"SELECT", "SHOW VIEW", "SHOW DATABASES", "USAGE"}, name)
	}):
		return Write
	}
	return Read
}
