package verify

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"

	"golang.org/x/crypto/ssh"
)

// SSHServer is a server that private keys are tried at.
type SSHServer struct {
	Address string // host:port
	User    string
	HostKey string // its fingerprint, as "SHA256:…" of ssh-keygen -l
}

func (s SSHServer) String() string { return s.User + "@" + s.Address }

// tryEverywhere tries a key at servers until one takes it. It is dead only if all
// of them refuse it.
func tryEverywhere(ctx context.Context, ask *Asker, servers []SSHServer, k *privateKey) Verdict {
	var open *Verdict
	var refused []string
	for _, s := range servers {
		v := s.try(ctx, ask, k.signer)
		switch {
		case v.State == Live:
			v.Evidence = k.kind + ": " + v.Evidence
			return v
		case v.State == Dead:
			refused = append(refused, s.String())
		case open == nil:
			open = &v
		}
	}
	if open != nil {
		return *open
	}
	at := strings.Join(refused, ", ")
	return Verdict{
		State: Dead, Reason: "every server that it was tried at refuses it: " + at,
		Evidence: k.kind + ": refused by " + at, Endpoint: "SSH publickey at " + at,
	}
}

// try offers a key to a server (RFC 4252, section 7). Nothing is run there: the
// connection ends when the server has decided.
func (s SSHServer) try(ctx context.Context, ask *Asker, signer ssh.Signer) Verdict {
	what := "SSH publickey at " + s.String()
	host, _, err := net.SplitHostPort(s.Address)
	if err != nil {
		return unverifiable("verify.ssh: " + s.Address + ": want host:port")
	}
	conn, leave, err := ask.at(host).Dial(ctx, s.Address, what)
	if err != nil {
		return ask.failed(err, what)
	}
	o := &offer{server: s, signer: signer}
	v, failure := o.verdict(conn)
	leave(failure)
	if failure != nil {
		return ask.failed(shownError(failure), what)
	}
	v.Endpoint = what
	return v
}

// offer is one try of a key at a server.
type offer struct {
	server  SSHServer
	signer  ssh.Signer
	offered bool   // the server takes keys, so that this one was offered
	signed  bool   // it knows the key, and had it prove itself
	hostKey string // the fingerprint of the key that it showed
}

// verdict shakes hands over conn. The error is a failure of the server or of the
// connection.
func (o *offer) verdict(conn net.Conn) (Verdict, error) {
	client, _, _, err := ssh.NewClientConn(conn, o.server.Address, &ssh.ClientConfig{
		User:            o.server.User,
		ClientVersion:   "SSH-2.0-leakguard",
		HostKeyCallback: o.checkHost,
		Auth:            []ssh.AuthMethod{ssh.PublicKeysCallback(o.signers)},
	})
	if err == nil {
		client.Close()
	}
	at := o.server.String()
	switch {
	case o.hostKey != "" && o.hostKey != o.server.HostKey:
		return unknown(fmt.Sprintf("%s shows the host key %s, not the configured %s: the key was not tried", at, o.hostKey, o.server.HostKey)), nil
	case err == nil && o.signed:
		return live("accepted by " + at), nil
	case err == nil:
		return unknown(at + " lets in whoever comes, without a key"), nil
	case !strings.Contains(err.Error(), "ssh: unable to authenticate"):
		return Verdict{}, err
	case o.signed:
		return unknown(at + " knows the key, and lets it in with something more only"), nil
	case !o.offered:
		return unknown(at + " takes no keys"), nil
	}
	return dead("refused by " + at), nil
}

func (o *offer) checkHost(_ string, _ net.Addr, key ssh.PublicKey) error {
	o.hostKey = ssh.FingerprintSHA256(key)
	if o.hostKey != o.server.HostKey {
		return fmt.Errorf("host key %s", o.hostKey)
	}
	return nil
}

// signers is called when the server says that it takes keys.
func (o *offer) signers() ([]ssh.Signer, error) {
	signer, ok := o.signer.(ssh.AlgorithmSigner)
	if !ok {
		return nil, fmt.Errorf("no signatures with a key of type %s", o.signer.PublicKey().Type())
	}
	o.offered = true
	return []ssh.Signer{&notedSigner{signer, &o.signed}}, nil
}

// notedSigner notes that a signature was asked for: a server does that only when
// it knows the key.
type notedSigner struct {
	ssh.AlgorithmSigner
	signed *bool
}

func (s *notedSigner) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	*s.signed = true
	return s.AlgorithmSigner.SignWithAlgorithm(rand, data, algorithm)
}
