package verify

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// googleToken is the one address that an assertion is sent to, whatever the
// token_uri beside the key says.
const googleToken = "https://oauth2.googleapis.com/token"

// verifyGCP asks Google for a short-lived, read-only access token, which it gives
// to any working key of a service account (RFC 7523, section 2.1;
// https://developers.google.com/identity/protocols/oauth2/service-account).
func verifyGCP(ctx context.Context, ask *Asker, c *Credential) Verdict {
	email := c.Part("client_email")
	if email == "" {
		return unverifiable("its client_email does not stand near it")
	}
	key, err := serviceAccountKey(c.Value)
	if err != nil {
		return unverifiable(err.Error())
	}
	assertion, err := assertionOf(key, email, c.Part("private_key_id"), ask.engine.now())
	if err != nil {
		return unverifiable("its key cannot sign")
	}
	answer, failed := requestToken(ctx, ask, googleToken, url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion},
	})
	if failed != nil {
		return *failed
	}
	v := serviceAccountVerdict(answer)
	v.Endpoint = "POST " + googleToken
	if v.State == Live {
		v.Identity = Identity{ID: email, Name: email, Kind: "machine", Account: projectOf(email)}
	}
	return v
}

// serviceAccountVerdict reads Google's answer. "Invalid JWT Signature" is said of a
// key that is not, or no longer, one of the account: it was deleted or disabled, or
// it expired.
func serviceAccountVerdict(a *tokenAnswer) Verdict {
	said := strings.TrimSuffix(strings.ToLower(a.description), ".")
	switch {
	case a.granted:
		return live("answered 200 with an access token")
	case a.status >= 500 || a.code == "":
	case a.code == "invalid_grant" && (said == "invalid jwt signature" || said == "invalid grant: account not found"):
		return dead(fmt.Sprintf("answered %d, invalid_grant: %s", a.status, said))
	case a.code == "invalid_grant" && strings.HasPrefix(said, "invalid jwt: token must be a short-lived token"):
		return unknown("Google finds the time of the request wrong: the clock of this machine is off")
	}
	return unknown(fmt.Sprintf("the answer, %d, is neither Google's yes nor its no", a.status))
}

// serviceAccountKey reads the key as it stands in JSON, with \n for its line ends,
// which may have been escaped more than once.
func serviceAccountKey(text string) (*rsa.PrivateKey, error) {
	for strings.Contains(text, `\\`) {
		text = strings.ReplaceAll(text, `\\`, `\`)
	}
	text = strings.NewReplacer(`\n`, "\n", `\r`, "").Replace(text)
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("its key is not whole")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("its key cannot be read")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("its key is not an RSA key, as those of service accounts are")
	}
	return key, nil
}

func assertionOf(key *rsa.PrivateKey, email, keyID string, now time.Time) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": email, "aud": googleToken, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"scope": "https://www.googleapis.com/auth/cloud-platform.read-only",
	})
	if keyID != "" {
		token.Header["kid"] = keyID
	}
	return token.SignedString(key)
}

// projectOf is the project that an address of a service account names, or "".
func projectOf(email string) string {
	_, domain, _ := strings.Cut(email, "@")
	project, found := strings.CutSuffix(domain, ".iam.gserviceaccount.com")
	if !found {
		return ""
	}
	return project
}
