package verify

import "context"

func verifyJWT(ctx context.Context, ask *Asker, c *Credential) Verdict {
	return unverifiable("not yet")
}

func (e *Engine) jwtItself(token string) (Verdict, bool) { return Verdict{}, false }

func jwtIn(value string) string { return "" }
