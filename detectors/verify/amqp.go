package verify

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// verifyAMQP logs in to a broker that speaks AMQP 0-9-1
// (https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, section 2.2.4) and hangs
// up. The usual clients do not ask for the refusal in words, so that their brokers
// just hang up, which could mean anything.
func verifyAMQP(ctx context.Context, ask *Asker, u *url.URL) Verdict {
	port := "5672"
	if u.Scheme == "amqps" {
		port = "5671"
	}
	l := loginOf(ask, u, port)
	if l.user == "" {
		return unverifiable(noUser)
	}
	return l.converse(ctx, func(ctx context.Context, conn net.Conn) (Verdict, error) {
		if u.Scheme == "amqps" {
			t, err := l.secure(ctx, conn)
			if err != nil {
				return Verdict{}, err
			}
			conn = t
		} else if !l.ask.inClear(conn) {
			return l.needsTLS("use amqps://"), nil
		}
		a := &amqp{login: l, conn: conn, in: bufio.NewReader(conn)}
		return a.talk()
	})
}

// amqp is a conversation with a broker.
type amqp struct {
	*login
	conn net.Conn
	in   *bufio.Reader
}

// Methods of the class connection, as class and method.
const (
	amqpStart   = 10<<16 | 10
	amqpStartOk = 10<<16 | 11
	amqpTune    = 10<<16 | 30
	amqpTuneOk  = 10<<16 | 31
	amqpOpen    = 10<<16 | 40
	amqpOpenOk  = 10<<16 | 41
	amqpClose   = 10<<16 | 50
	amqpCloseOk = 10<<16 | 51
)

// Codes with which a broker closes a connection.
const (
	amqpSuccess       = 200
	amqpAccessRefused = 403
	amqpNotAllowed    = 530
)

// amqpRefused is a broker that closes the connection, and why.
type amqpRefused struct {
	code int
	text string
}

func (e *amqpRefused) Error() string { return fmt.Sprintf("the broker answers %d: %s", e.code, e.text) }

func (a *amqp) talk() (Verdict, error) {
	if _, err := io.WriteString(a.conn, "AMQP\x00\x00\x09\x01"); err != nil {
		return Verdict{}, err
	}
	start, err := a.receive(amqpStart)
	if err != nil {
		return answered[*amqpRefused](err)
	}
	start.octets(2) // the version
	start.long()    // what the broker says of itself
	if mechanisms := strings.Fields(start.long()); !slices.Contains(mechanisms, "PLAIN") {
		return unknown("the broker does not take passwords, but " + strings.Join(mechanisms, ", ")), nil
	}
	if err := a.send(amqpStartOk, a.startOk()); err != nil {
		return Verdict{}, err
	}
	tune, err := a.receive(amqpTune)
	var refused *amqpRefused
	if errors.As(err, &refused) {
		return a.refused(refused), nil
	}
	if err != nil {
		return Verdict{}, err
	}
	return a.accepted(tune.octets(8))
}

// startOk answers connection.start by SASL PLAIN (RFC 4616), and says that we want
// to be told of a refusal (https://www.rabbitmq.com/docs/auth-notification).
func (a *amqp) startOk() []byte {
	capabilities := append(amqpShort(nil, "authentication_failure_close"), 't', 1)
	properties := append(amqpShort(nil, "product"), 'S')
	properties = amqpLong(properties, "leakguard")
	properties = append(amqpShort(properties, "capabilities"), 'F')
	properties = amqpLong(properties, string(capabilities))
	args := amqpLong(nil, string(properties))
	args = amqpShort(args, "PLAIN")
	args = amqpLong(args, "\x00"+a.user+"\x00"+a.password)
	return amqpShort(args, "en_US")
}

// refused reads the answer to the password. RabbitMQ refuses its user guest in the
// same words if it comes from another machine.
func (a *amqp) refused(e *amqpRefused) Verdict {
	at, err := netip.ParseAddrPort(a.conn.RemoteAddr().String())
	switch {
	case e.code != amqpAccessRefused || !strings.HasPrefix(e.text, "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN"):
		return unknown(e.Error())
	case a.user == "guest" && (err != nil || !at.Addr().Unmap().IsLoopback()):
		return unknown("the broker refuses guest, which it takes from its own machine only")
	}
	return dead("403 ACCESS_REFUSED, login was refused using PLAIN")
}

// accepted opens the virtual host: connection.tune comes only after the password
// was accepted, and whether its user may use that host is another question.
func (a *amqp) accepted(limits []byte) (Verdict, error) {
	if err := a.send(amqpTuneOk, limits); err != nil {
		return Verdict{}, err
	}
	host := a.name
	if host == "" {
		host = "/"
	}
	if err := a.send(amqpOpen, append(amqpShort(nil, host), 0, 0)); err != nil {
		return Verdict{}, err
	}
	v := live("the login by PLAIN is accepted, and the virtual host is open")
	_, err := a.receive(amqpOpenOk)
	var refused *amqpRefused
	switch {
	case errors.As(err, &refused) && refused.code == amqpNotAllowed:
		v.Evidence = "the login by PLAIN is accepted; then 530 NOT_ALLOWED for the virtual host"
	case err != nil:
		return answered[*amqpRefused](err)
	}
	v.Identity.Name = a.user
	a.bye(refused != nil)
	return v, nil
}

// bye closes the connection, or answers the broker that did. The verdict stands:
// no error of it matters.
func (a *amqp) bye(closed bool) {
	if closed {
		_ = a.send(amqpCloseOk, nil)
		return
	}
	args := binary.BigEndian.AppendUint16(nil, amqpSuccess)
	_ = a.send(amqpClose, append(amqpShort(args, "bye"), 0, 0, 0, 0))
}

// answered makes an error that the server answers, of type E, an unknown; any other
// is a failure.
func answered[E error](err error) (Verdict, error) {
	var answer E
	if errors.As(err, &answer) {
		return unknown(answer.Error()), nil
	}
	return Verdict{}, err
}

// largestFrame bounds a frame of the handshake, in bytes.
const largestFrame = 128 << 10

// send sends a method on channel 0.
func (a *amqp) send(method uint32, args []byte) error {
	payload := append(binary.BigEndian.AppendUint32(nil, method), args...)
	frame := binary.BigEndian.AppendUint32([]byte{1, 0, 0}, uint32(len(payload)))
	_, err := a.conn.Write(append(append(frame, payload...), 0xce))
	return err
}

// receive returns the arguments of the method that must come next; another way for
// the broker to go on is to close, an *amqpRefused.
func (a *amqp) receive(want uint32) (*amqpArgs, error) {
	for {
		var head [7]byte
		if _, err := io.ReadFull(a.in, head[:]); err != nil {
			return nil, fmt.Errorf("the broker's answer breaks off: %w", err)
		}
		size := binary.BigEndian.Uint32(head[3:])
		if head[0] == 'A' || size > largestFrame {
			return nil, errors.New("what answers does not speak AMQP 0-9-1")
		}
		frame := make([]byte, size+1)
		if _, err := io.ReadFull(a.in, frame); err != nil {
			return nil, fmt.Errorf("the broker's answer breaks off: %w", err)
		}
		if head[0] == 8 { // a heartbeat
			continue
		}
		if head[0] != 1 || size < 4 || frame[size] != 0xce {
			return nil, errors.New("what answers does not speak AMQP 0-9-1")
		}
		args := &amqpArgs{rest: frame[4:size]}
		switch method := binary.BigEndian.Uint32(frame); method {
		case want:
			return args, nil
		case amqpClose:
			code := int(binary.BigEndian.Uint16(args.octets(2)))
			return nil, &amqpRefused{code, args.short()}
		default:
			return nil, fmt.Errorf("the broker does not go on as AMQP 0-9-1 does: class %d, method %d", method>>16, method&0xffff)
		}
	}
}

// amqpArgs are the arguments of a method. What is missing is empty.
type amqpArgs struct{ rest []byte }

func (a *amqpArgs) octets(n int) []byte {
	out := make([]byte, n)
	a.rest = a.rest[copy(out, a.rest):]
	return out
}

func (a *amqpArgs) text(n int) string { return string(a.octets(min(n, len(a.rest)))) }
func (a *amqpArgs) short() string     { return a.text(int(a.octets(1)[0])) }
func (a *amqpArgs) long() string {
	return a.text(int(min(binary.BigEndian.Uint32(a.octets(4)), largestFrame)))
}

// amqpShort appends a short string: at most 255 bytes of it.
func amqpShort(b []byte, s string) []byte {
	s = s[:min(len(s), 255)]
	return append(append(b, byte(len(s))), s...)
}

// amqpLong appends a long string.
func amqpLong(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}
