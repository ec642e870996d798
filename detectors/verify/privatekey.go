package verify

import "context"

func verifyPrivateKey(ctx context.Context, ask *Asker, c *Credential) Verdict {
	return unverifiable("not yet")
}

func (e *Engine) keyItself(c *Credential) (Verdict, bool) { return Verdict{}, false }

// SSHServer is a server that private keys are tried at.
type SSHServer struct {
	Address string // host:port
	User    string
	HostKey string // its fingerprint, as "SHA256:…" of ssh-keygen -l
}
