package verify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// verifyLDAP binds to a directory server with the URL's user as the name (RFC
// 4513, section 5.1.3) and asks who that is (RFC 4532). The password goes over TLS
// that was verified: at once for ldaps, after StartTLS (RFC 4511, section 4.14) for
// ldap. A URL of RFC 4516 has no user; the clients that take one take a DN, or for
// Active Directory a user principal name.
func verifyLDAP(ctx context.Context, ask *Asker, u *url.URL) Verdict {
	user := u.User.Username()
	password, _ := u.User.Password()
	if user == "" || password == "" {
		// Servers take such a bind for an anonymous one, and accept it.
		return unverifiable("its URL names no user or no password")
	}
	host, port := u.Hostname(), u.Port()
	if port == "" {
		port = map[string]string{"ldap": ldap.DefaultLdapPort, "ldaps": ldap.DefaultLdapsPort}[u.Scheme]
	}
	address := net.JoinHostPort(host, port)
	what := "bind at " + u.Scheme + "://" + address
	conn, leave, err := ask.Dial(ctx, address, what)
	if err != nil {
		return ask.failed(err, what)
	}
	b := &binding{ask: ask, user: user, password: password}
	v, failure := b.verdict(conn, host, u.Scheme == "ldaps")
	leave(failure)
	if failure != nil {
		return ask.failed(shownError(failure), what)
	}
	v.Endpoint = what
	return v
}

// binding is one conversation with a directory server.
type binding struct {
	ask            *Asker
	user, password string
}

// verdict binds over conn. The error is a failure of the server or of the
// connection, which the caller closes.
func (b *binding) verdict(conn net.Conn, host string, secure bool) (Verdict, error) {
	if secure {
		return b.bind(b.client(tls.Client(conn, b.ask.secured(host)), true))
	}
	client := b.client(conn, false)
	err := client.StartTLS(b.ask.secured(host))
	var refused *ldap.Error
	switch {
	case err == nil:
		return b.bind(client)
	case !errors.As(err, &refused) || refused.ResultCode >= ldap.ErrorNetwork:
		client.Close()
		return Verdict{}, fmt.Errorf("StartTLS: %w", err)
	case !b.ask.inClear(conn):
		client.Close()
		return unverifiable("the server refuses StartTLS, and the password is not sent in clear"), nil
	}
	defer client.Close()
	return b.bind(b.client(conn, false)) // the first one reads no more after StartTLS
}

func (b *binding) client(conn net.Conn, encrypted bool) *ldap.Conn {
	client := ldap.NewConn(conn, encrypted)
	client.SetTimeout(b.ask.engine.limits.Timeout)
	client.Start()
	return client
}

func (b *binding) bind(client *ldap.Conn) (Verdict, error) {
	defer client.Close()
	request := ldap.NewSimpleBindRequest(b.user, b.password, []ldap.Control{ldap.NewControlBeheraPasswordPolicy()})
	result, err := client.SimpleBind(request)
	if err != nil {
		return b.refusal(result, err)
	}
	v := live("the bind succeeded")
	v.Identity.ID = shown(b.user)
	who, err := client.WhoAmI(nil)
	switch {
	case err != nil: // not every server has the question: RFC 4532 is an extension
	case who.AuthzID == "":
		return unknown("the bind succeeded, and the server takes it for an anonymous one"), nil
	default:
		v.Evidence = "the bind succeeded, and the server says who it is"
		v.Identity.ID = shown(who.AuthzID)
	}
	return v, nil
}

// refusal reads the result of a bind that failed. Result 49 says that the
// credentials are invalid (RFC 4511, appendix A.2), and the password policy or
// Active Directory's diagnostic message why.
func (b *binding) refusal(result *ldap.SimpleBindResult, err error) (Verdict, error) {
	var refused *ldap.Error
	if !errors.As(err, &refused) || refused.ResultCode >= ldap.ErrorNetwork {
		return Verdict{}, err
	}
	if refused.ResultCode != ldap.LDAPResultInvalidCredentials {
		return unknown(fmt.Sprintf("the directory server answers %d (%s), which does not say that the password is wrong",
			refused.ResultCode, ldap.LDAPResultCodeMap[refused.ResultCode])), nil
	}
	if policy, ok := ldap.FindControl(result.Controls, ldap.ControlTypeBeheraPasswordPolicy).(*ldap.ControlBeheraPasswordPolicy); ok && policy.Error >= 0 {
		return unknown("its issuer refuses it for now: " + shown(policy.ErrorString)), nil
	}
	code := activeDirectoryCode(refused.Err.Error())
	if reason := notWrong(code); reason != "" {
		return unknown(reason), nil
	}
	evidence := "answered 49 (invalidCredentials)"
	if code != "" {
		evidence += ", data " + code
	}
	v := dead(evidence)
	if code == "533" {
		v.Reason = "its issuer refuses it: the account is disabled"
	}
	return v, nil
}

// activeDirectoryCode is the Windows error, in hexadecimal, in a diagnostic message
// of Active Directory ("… AcceptSecurityContext error, data 52e, v4563"), or "".
func activeDirectoryCode(diagnostic string) string {
	_, rest, found := strings.Cut(diagnostic, "AcceptSecurityContext error, data ")
	if !found {
		return ""
	}
	code, _, _ := strings.Cut(rest, ",")
	return shown(code)
}

// notWrong says why a bind that Active Directory refused may have had the right
// password, or "". 52e is a wrong one (ERROR_LOGON_FAILURE), 533 a disabled account
// (ERROR_ACCOUNT_DISABLED).
// https://learn.microsoft.com/en-us/windows/win32/debug/system-error-codes--1300-1699-
func notWrong(code string) string {
	switch code {
	case "", "52e", "533":
		return ""
	case "532":
		return "its issuer refuses it for now: the password has expired, and whoever has it may be able to set a new one"
	case "773":
		return "its issuer refuses it for now: the password must be changed first, and whoever has it may be able to do that"
	case "775":
		return "its issuer refuses it for now: the account is locked"
	}
	return "its issuer refuses it with Active Directory's error " + code + ", which does not say that the password is wrong"
}
