package verify

import "context"

func verifyGCP(ctx context.Context, ask *Asker, c *Credential) Verdict {
	return unverifiable("not yet")
}
