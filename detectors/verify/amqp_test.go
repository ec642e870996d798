package verify_test

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/verify"
)

// amqpBroker speaks the opening of AMQP 0-9-1 as RabbitMQ does.
type amqpBroker struct {
	user, password string
	mechanisms     string
	host           string // the virtual host that the user may use
	refusal        string // instead of RabbitMQ's
	mute           bool   // hangs up instead of refusing in words
}

func amqpMethod(class, method uint16, args string) []byte {
	payload := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, class), method)
	payload = append(payload, args...)
	frame := binary.BigEndian.AppendUint32([]byte{1, 0, 0}, uint32(len(payload)))
	return append(append(frame, payload...), 0xce)
}

func amqpLongText(s string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(s)))) + s
}

func amqpShortText(s string) string { return string([]byte{byte(len(s))}) + s }

func amqpClosing(code uint16, text string) []byte {
	return amqpMethod(10, 50, string(binary.BigEndian.AppendUint16(nil, code))+amqpShortText(text)+"\x00\x00\x00\x00")
}

// read returns the arguments of the next method, which must be the one of a class
// and a number.
func (b *amqpBroker) read(conn net.Conn, class, method uint16) (string, bool) {
	var head [7]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return "", false
	}
	frame := make([]byte, binary.BigEndian.Uint32(head[3:])+1)
	if _, err := io.ReadFull(conn, frame); err != nil || frame[len(frame)-1] != 0xce {
		return "", false
	}
	ok := binary.BigEndian.Uint16(frame) == class && binary.BigEndian.Uint16(frame[2:]) == method
	return string(frame[4 : len(frame)-1]), ok
}

func (b *amqpBroker) serve(conn net.Conn) {
	header := make([]byte, 8)
	if _, err := io.ReadFull(conn, header); err != nil || !bytes.Equal(header, []byte("AMQP\x00\x00\x09\x01")) {
		return
	}
	properties := amqpShortText("product") + "S" + amqpLongText("RabbitMQ")
	conn.Write(amqpMethod(10, 10, "\x00\x09"+amqpLongText(properties)+amqpLongText(b.mechanisms)+amqpLongText("en_US")))
	args, ok := b.read(conn, 10, 11)
	if !ok {
		return
	}
	if !strings.Contains(args, amqpShortText("PLAIN")+amqpLongText("\x00"+b.user+"\x00"+b.password)+amqpShortText("en_US")) {
		if !b.mute && strings.Contains(args, amqpShortText("authentication_failure_close")+"t\x01") {
			conn.Write(amqpClosing(403, b.refusal))
			hang(conn)
		}
		return
	}
	conn.Write(amqpMethod(10, 30, "\x07\xff\x00\x02\x00\x00\x00\x3c"))
	if args, ok := b.read(conn, 10, 31); !ok || len(args) != 8 {
		return
	}
	conn.Write([]byte{8, 0, 0, 0, 0, 0, 0, 0xce}) // a heartbeat
	args, ok = b.read(conn, 10, 40)
	switch {
	case !ok:
		return
	case strings.HasPrefix(args, amqpShortText(b.host)):
		conn.Write(amqpMethod(10, 41, "\x00"))
		b.read(conn, 10, 50)
		conn.Write(amqpMethod(10, 51, ""))
	default:
		conn.Write(amqpClosing(530, "NOT_ALLOWED - access to vhost refused for user '"+b.user+"'"))
		b.read(conn, 10, 51)
	}
}

// amqpRefusal is what RabbitMQ answers to a wrong password.
const amqpRefusal = "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile."

func TestAMQP(t *testing.T) {
	secret, wrong := password(t), password(t)
	rabbit := amqpBroker{user: "app", password: secret, mechanisms: "AMQPLAIN PLAIN", host: "/", refusal: amqpRefusal}
	with := func(change func(*amqpBroker)) *amqpBroker { b := rabbit; change(&b); return &b }
	tests := []struct {
		name, user, password, rest string
		broker                     *amqpBroker
		want                       verify.State
		word                       string // of reason or evidence
	}{
		{"right", "app", secret, "", &rabbit, verify.Live, "virtual host is open"},
		{"virtual host", "app", secret, "/%2F", &rabbit, verify.Live, "virtual host is open"},
		{"another virtual host", "app", secret, "/orders", &rabbit, verify.Live, "530"},
		{"wrong", "app", wrong, "", &rabbit, verify.Dead, "403"},
		{"another user", "root", secret, "", &rabbit, verify.Dead, "403"},
		{"guest of this machine", "guest", wrong, "", &rabbit, verify.Dead, "403"},
		{"refused without a word", "app", wrong, "", with(func(b *amqpBroker) { b.mute = true }), verify.Unknown, "breaks off"},
		{"refused in other words", "app", wrong, "", with(func(b *amqpBroker) { b.refusal = "ACCESS_REFUSED - too many connections" }), verify.Unknown, "403"},
		{"no passwords", "app", secret, "", with(func(b *amqpBroker) { b.mechanisms = "EXTERNAL" }), verify.Unknown, "EXTERNAL"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := askAt(t, "amqp://"+test.user+":"+test.password+"@"+serve(t, test.broker.serve)+test.rest, nil)
			wantState(t, v, test.want)
			expect(t, v, test.want, test.word)
			if v.State == verify.Live && v.Identity.Name != "app" {
				t.Errorf("the identity is %q, want app", v.Identity.Name)
			}
		})
	}
	t.Run("cut off", func(t *testing.T) {
		testCut(t, serve(t, rabbit.serve), func(at, password string) string { return "amqp://app:" + password + "@" + at }, secret, wrong)
	})
	t.Run("rotated", func(t *testing.T) {
		b := with(func(b *amqpBroker) { b.password = wrong })
		wantState(t, askAt(t, "amqp://app:"+secret+"@"+serve(t, b.serve), nil), verify.Dead)
	})
}

// TestAMQPS: over TLS a password goes over a public network too, to the server that
// is meant.
func TestAMQPS(t *testing.T) {
	secret := password(t)
	roots, config := authority(t)
	ours := &tls.Config{Certificates: []tls.Certificate{signedFor(t, roots, "mail.acme.test")}}
	broker := amqpBroker{user: "guest", password: secret, mechanisms: "PLAIN", host: "/", refusal: amqpRefusal}
	at := func(config *tls.Config) string {
		return serve(t, func(conn net.Conn) { broker.serve(tls.Server(conn, config)) })
	}
	for _, test := range []struct {
		name, password, server string
		want                   verify.State
		word                   string
	}{
		{"right", secret, at(ours), verify.Live, "virtual host is open"},
		{"guest from another machine", password(t), at(ours), verify.Unknown, "guest"},
		{"another server's certificate", secret, at(config), verify.Unknown, "TLS"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := askAt(t, "amqps://guest:"+test.password+"@mail.acme.test", func(o *verify.Options) {
				*o = elsewhere(test.server)
				o.Roots = roots
			})
			wantState(t, v, test.want)
			expect(t, v, test.want, test.word)
		})
	}
}
