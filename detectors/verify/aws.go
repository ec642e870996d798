package verify

import "context"

func verifyAWS(ctx context.Context, ask *Asker, c *Credential) Verdict {
	return unverifiable("not yet")
}

func (e *Engine) awsItself(c *Credential) (Verdict, bool) { return Verdict{}, false }

type awsRevoker struct{}

func (awsRevoker) Plan(c *Credential) (Plan, error)                            { return Plan{}, nil }
func (awsRevoker) Revoke(ctx context.Context, ask *Asker, c *Credential) error { return nil }
