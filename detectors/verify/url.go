package verify

import (
	"context"
	"net/url"
)

// verifyURL asks the server that a URL with a password in it names, in the
// protocol of its scheme. The host stands in the scanned text, so that it is asked
// only if the configuration lists it; those of the public git hosts stand in the
// provider file.
func verifyURL(ctx context.Context, ask *Asker, c *Credential) Verdict {
	u, ok := urlOf(c)
	if !ok {
		return unverifiable("its URL is not complete")
	}
	switch u.Scheme {
	case "postgres", "postgresql":
		return verifyPostgres(ctx, ask, u)
	case "mysql", "mariadb":
		return verifyMySQL(ctx, ask, u)
	case "mongodb", "mongodb+srv":
		return verifyMongoDB(ctx, ask, u)
	case "redis", "rediss":
		return verifyRedis(ctx, ask, u)
	case "amqp", "amqps":
		return verifyAMQP(ctx, ask, u)
	case "smtp", "smtps":
		return verifySMTP(ctx, ask, u)
	case "ldap", "ldaps":
		return verifyLDAP(ctx, ask, u)
	case "http", "https", "git+https", "git+http":
		return verifyGit(ctx, ask, u)
	}
	return unverifiable("servers of " + u.Scheme + " URLs are not asked")
}

// urlOf puts the URL of a credential together again.
func urlOf(c *Credential) (*url.URL, bool) {
	text := c.Part("scheme") + "://"
	if user := c.Part("user"); user != "" {
		text += user + ":"
	}
	text += c.Value + "@" + c.Part("host") + c.Part("path")
	if query := c.Part("query"); query != "" {
		text += "?" + query
	}
	u, err := url.Parse(text)
	return u, err == nil && u.Host != "" && u.Scheme != ""
}
