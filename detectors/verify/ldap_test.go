package verify_test

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/leakguard/leakguard/detectors/verify"
)

// directory is a directory server that knows one name.
type directory struct {
	tls        *tls.Config // nil: it refuses StartTLS
	atOnce     bool        // TLS from the beginning
	name, pass string
	code       int    // of the result of a bind with another password
	diagnostic string // of it
	policy     int    // the error of the password policy control that comes with it; -1: none
	whoami     string // "-": it does not have the question
	clear      chan<- string
}

const (
	startTLSRequest = "1.3.6.1.4.1.1466.20037"
	success         = ldap.LDAPResultSuccess
)

func (d directory) answer(conn net.Conn) {
	encrypted := d.atOnce
	if d.atOnce {
		conn = tls.Server(conn, d.tls)
	}
	for {
		message, err := ber.ReadPacket(conn)
		if err != nil || len(message.Children) < 2 {
			return
		}
		id, request := message.Children[0].Value.(int64), message.Children[1]
		switch request.Tag {
		case ldap.ApplicationBindRequest:
			if !encrypted && d.clear != nil {
				d.clear <- "bind"
			}
			name, pass := request.Children[1].Value.(string), request.Children[2].Data.String()
			if name == d.name && pass == d.pass {
				send(conn, id, ldap.ApplicationBindResponse, success, "", "", -1)
			} else {
				send(conn, id, ldap.ApplicationBindResponse, d.code, d.diagnostic, "", d.policy)
			}
		case ldap.ApplicationExtendedRequest:
			switch oid := request.Children[0].Data.String(); {
			case oid == startTLSRequest && d.tls != nil && !encrypted:
				send(conn, id, ldap.ApplicationExtendedResponse, success, "", "", -1)
				conn, encrypted = tls.Server(conn, d.tls), true
			case oid == ldap.ControlTypeWhoAmI && d.whoami != "-":
				send(conn, id, ldap.ApplicationExtendedResponse, success, "", d.whoami, -1)
			default:
				send(conn, id, ldap.ApplicationExtendedResponse, ldap.LDAPResultProtocolError, "unsupported", "", -1)
			}
		default:
			return
		}
	}
}

// send writes a message with a result (RFC 4511, section 4.1.9).
func send(conn net.Conn, id int64, tag ber.Tag, code int, diagnostic, value string, policy int) {
	message := ber.NewSequence("")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	response := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	response.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	response.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "", ""))
	response.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, diagnostic, ""))
	if value != "" {
		response.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 11, value, ""))
	}
	message.AppendChild(response)
	if policy >= 0 {
		control := ber.NewSequence("")
		control.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, ldap.ControlTypeBeheraPasswordPolicy, ""))
		inner := ber.NewSequence("")
		inner.AppendChild(ber.NewInteger(ber.ClassContext, ber.TypePrimitive, 1, policy, ""))
		control.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, string(inner.Bytes()), ""))
		controls := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		controls.AppendChild(control)
		message.AppendChild(controls)
	}
	conn.Write(message.Bytes())
}

func TestLDAP(t *testing.T) {
	roots, cert := authority(t)
	otherRoots, _ := authority(t)
	pass := "Gr8" + strings.Repeat("kfw", 4)
	const wrong = "another-one-2"
	const dn, encoded = "cn=app,dc=acme,dc=test", "cn%3Dapp%2Cdc%3Dacme%2Cdc%3Dtest"
	windows := func(code string) func(*directory) {
		return func(d *directory) {
			d.diagnostic = "80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data " + code + ", v4563"
		}
	}
	server := directory{tls: cert, name: dn, pass: pass, code: ldap.LDAPResultInvalidCredentials, policy: -1, whoami: "dn:" + dn}
	for _, c := range []struct {
		name     string
		scheme   string
		change   func(*directory)
		password string
		want     verify.State
		word     string
		id       string
	}{
		{"accepted after StartTLS", "ldap", nil, pass, verify.Live, "says who", "dn:" + dn},
		{"accepted over TLS", "ldaps", func(d *directory) { d.atOnce = true }, pass, verify.Live, "says who", "dn:" + dn},
		{"accepted, no Who am I", "ldap", func(d *directory) { d.whoami = "-" }, pass, verify.Live, "bind succeeded", dn},
		{"no StartTLS, on this machine", "ldap", func(d *directory) { d.tls = nil }, pass, verify.Live, "says who", "dn:" + dn},
		{"taken for anonymous", "ldap", func(d *directory) { d.whoami = "" }, pass, verify.Unknown, "anonymous", ""},
		{"rotated", "ldap", nil, wrong, verify.Dead, "49", ""},
		{"rotated, over TLS", "ldaps", func(d *directory) { d.atOnce = true }, wrong, verify.Dead, "49", ""},
		{"locked by a password policy", "ldap", func(d *directory) { d.policy = 1 }, wrong, verify.Unknown, "locked", ""},
		{"Active Directory, wrong password", "ldap", windows("52e"), wrong, verify.Dead, "data 52e", ""},
		{"Active Directory, disabled", "ldap", windows("533"), wrong, verify.Dead, "disabled", ""},
		{"Active Directory, expired", "ldap", windows("532"), wrong, verify.Unknown, "expired", ""},
		{"Active Directory, must be changed", "ldap", windows("773"), wrong, verify.Unknown, "must be changed", ""},
		{"Active Directory, locked", "ldap", windows("775"), wrong, verify.Unknown, "locked", ""},
		{"Active Directory, not from here", "ldap", windows("531"), wrong, verify.Unknown, "531", ""},
		{"busy", "ldap", func(d *directory) { d.code = ldap.LDAPResultBusy }, wrong, verify.Unknown, "51", ""},
		{"wants more than a password", "ldap", func(d *directory) { d.code = ldap.LDAPResultStrongAuthRequired }, wrong, verify.Unknown, "8", ""},
		{"no such name", "ldap", func(d *directory) { d.code = ldap.LDAPResultNoSuchObject }, wrong, verify.Unknown, "32", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := server
			if c.change != nil {
				c.change(&d)
			}
			o := onLoopback()
			o.Roots = roots
			v := askURL(t, o, c.scheme, encoded, c.password, serve(t, d.answer))
			expect(t, v, c.want, c.word)
			if v.Identity.ID != c.id {
				t.Errorf("the identity's id is %q, want %q", v.Identity.ID, c.id)
			}
		})
	}
	t.Run("certificate of another authority", func(t *testing.T) {
		o := onLoopback()
		o.Roots = otherRoots
		expect(t, askURL(t, o, "ldap", encoded, pass, serve(t, server.answer)), verify.Unknown, "certificate")
	})
}

func TestLDAPNotInClear(t *testing.T) {
	heard := make(chan string, 1)
	o := elsewhere(serve(t, directory{policy: -1, clear: heard}.answer))
	v := askURL(t, o, "ldap", "cn%3Dapp", "Gr8"+strings.Repeat("kfw", 4), "mail.acme.test:389")
	expect(t, v, verify.Unverifiable, "clear")
	select {
	case <-heard:
		t.Error("the bind was sent in clear")
	default:
	}
}

func TestLDAPNoAnswer(t *testing.T) { noAnswer(t, "ldap", "ldaps") }
