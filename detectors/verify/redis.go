package verify

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// verifyRedis authenticates at a Redis server
// (https://redis.io/docs/latest/commands/auth/) and asks who it is then.
func verifyRedis(ctx context.Context, ask *Asker, u *url.URL) Verdict {
	l := loginOf(ask, u, "6379")
	return l.converse(ctx, func(ctx context.Context, conn net.Conn) (Verdict, error) {
		if u.Scheme == "rediss" {
			t, err := l.secure(ctx, conn)
			if err != nil {
				return Verdict{}, err
			}
			conn = t
		} else if !l.ask.inClear(conn) {
			return l.needsTLS("use rediss://"), nil
		}
		r := &redis{login: l, conn: conn, in: bufio.NewReader(conn)}
		return r.talk()
	})
}

// redis is a conversation with a Redis server in its protocol
// (https://redis.io/docs/latest/develop/reference/protocol-spec/).
type redis struct {
	*login
	conn net.Conn
	in   *bufio.Reader
}

// redisReply is an answer: a text, or a list.
type redisReply struct {
	kind byte // '+' status, '-' error, ':' number, '$' text, '*' list
	text string
	list []redisReply
}

// talk names the user only if it is not the default one: for that one a server
// without a password says so, but only if the user is not named.
func (r *redis) talk() (Verdict, error) {
	auth := []string{"AUTH", r.user, r.password}
	if r.user == "" || r.user == "default" {
		auth = []string{"AUTH", r.password}
	}
	reply, err := r.command(auth...)
	if err != nil {
		return Verdict{}, err
	}
	if strings.HasPrefix(reply.text, "ERR wrong number of arguments") && len(auth) == 3 {
		// Before Redis 6 there were no users, and clients left the name out.
		if reply, err = r.command("AUTH", r.password); err != nil {
			return Verdict{}, err
		}
	}
	switch {
	case reply.kind == '+' && reply.text == "OK":
		return r.authenticated()
	case reply.kind != '-':
		return Verdict{}, errors.New("what answers is not Redis")
	case strings.HasPrefix(reply.text, "WRONGPASS "):
		return dead("WRONGPASS"), nil
	case reply.text == "ERR invalid password":
		return dead(reply.text), nil
	case redisOpen(reply.text):
		return unknown("the server asks for no password"), nil
	}
	return unknown("Redis answers " + reply.text), nil
}

// redisOpen reports whether an error is that of a server without a password.
func redisOpen(text string) bool {
	return text == "ERR Client sent AUTH, but no password is set" ||
		strings.HasPrefix(text, "ERR AUTH <password> called without any password configured")
}

// authenticated asks who we are now. Servers without users do not know the
// question: there OK is the answer to a password that is set.
func (r *redis) authenticated() (Verdict, error) {
	v := live("AUTH is answered OK")
	who, err := r.command("ACL", "WHOAMI")
	if err != nil {
		return Verdict{}, err
	}
	switch {
	case who.kind == '-' && strings.HasPrefix(who.text, "ERR unknown command"):
	case who.kind == '-' && strings.HasPrefix(who.text, "NOPERM "):
		v.Evidence += ", and ACL WHOAMI is not for this user"
	case who.kind == '$' && who.text != "":
		v.Identity.Name = who.text
		v.Evidence += ", ACL WHOAMI with a user"
		user, err := r.command("ACL", "GETUSER", who.text)
		if err != nil {
			return Verdict{}, err
		}
		if slices.Contains(user.field("flags"), "nopass") {
			return unknown("the server asks this user for no password"), nil
		}
		v.Scopes = redisCommands(user)
		if slices.Contains(v.Scopes, "+@all") && len(v.Scopes) == 1 {
			v.Access = Admin
		}
	default:
		return Verdict{}, errors.New("what answers is not Redis")
	}
	return v, nil
}

// field returns what stands behind a name in an answer of names and values.
func (reply redisReply) field(name string) []string {
	for i := 0; i+1 < len(reply.list); i += 2 {
		if reply.list[i].text != name {
			continue
		}
		if value := reply.list[i+1]; value.kind != '*' {
			return []string{value.text}
		}
		var values []string
		for _, v := range reply.list[i+1].list {
			values = append(values, v.text)
		}
		return values
	}
	return nil
}

// redisCommands are the commands that a user may use, such as "+@read" or "-@all".
func redisCommands(user redisReply) []string {
	return strings.Fields(strings.Join(user.field("commands"), " "))
}

// command sends a command and reads the answer.
func (r *redis) command(words ...string) (redisReply, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	if _, err := io.WriteString(r.conn, b.String()); err != nil {
		return redisReply{}, err
	}
	reply, err := readRedis(r.in, 0)
	if err != nil {
		return reply, fmt.Errorf("the answer of Redis breaks off: %w", err)
	}
	return reply, nil
}

// Bounds of an answer.
const (
	deepestRedis = 4
	longestRedis = 64 << 10 // bytes of a text
	largestRedis = 1024     // entries of a list
)

var errNotRedis = errors.New("it is not in Redis's protocol")

func readRedis(in *bufio.Reader, depth int) (redisReply, error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return redisReply{}, err
	}
	text, ok := strings.CutSuffix(string(line), "\r\n")
	if !ok || text == "" || depth > deepestRedis {
		return redisReply{}, errNotRedis
	}
	reply := redisReply{kind: text[0], text: text[1:]}
	switch reply.kind {
	case '+', '-', ':':
		return reply, nil
	case '$', '*':
	default:
		return reply, errNotRedis
	}
	n, err := strconv.Atoi(reply.text)
	switch {
	case err != nil || n < -1 || reply.kind == '*' && n > largestRedis || n > longestRedis:
		return reply, errNotRedis
	case n == -1:
		return redisReply{kind: reply.kind}, nil
	case reply.kind == '$':
		buf := make([]byte, n+len("\r\n"))
		_, err := io.ReadFull(in, buf)
		reply.text = string(buf[:n])
		return reply, err
	}
	reply.text = ""
	for range n {
		entry, err := readRedis(in, depth+1)
		if err != nil {
			return reply, err
		}
		reply.list = append(reply.list, entry)
	}
	return reply, nil
}
