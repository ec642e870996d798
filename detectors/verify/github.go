package verify

import "context"

func verifyGitHub(ctx context.Context, ask *Asker, c *Credential) Verdict {
	return unverifiable("not yet")
}

func verifyGitHubApp(ctx context.Context, ask *Asker, c *Credential) Verdict {
	return unverifiable("not yet")
}
