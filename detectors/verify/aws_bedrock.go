package verify

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// bedrockItself reads a long-term key of Amazon Bedrock: behind ABSK, in base64,
// the name of the IAM user that it was made for, "-at-", the account, a colon and
// the secret.
func bedrockItself(key string) Verdict {
	var v Verdict
	encoded, _ := strings.CutPrefix(strings.TrimSpace(key), "ABSK")
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return v
	}
	user, _, _ := strings.Cut(string(text), ":")
	name, account, found := strings.Cut(user, "-at-")
	if found && len(account) == 12 && strings.Trim(account, "0123456789") == "" {
		v.Identity = Identity{Name: name, Account: account}
	}
	return v
}

// presignedItself reads a short-term key of Amazon Bedrock: in base64, a URL that
// is presigned for some hours
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html).
func (e *Engine) presignedItself(key string) (Verdict, bool) {
	var v Verdict
	encoded, _ := strings.CutPrefix(strings.TrimSpace(key), "bedrock-api-key-")
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return v, false
	}
	_, rawQuery, _ := strings.Cut(string(text), "?")
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return v, false
	}
	id, _, _ := strings.Cut(query.Get("X-Amz-Credential"), "/")
	v.Identity.Account = accountOfKeyID(id)
	signed, err := time.Parse("20060102T150405Z", query.Get("X-Amz-Date"))
	seconds, badNumber := strconv.Atoi(query.Get("X-Amz-Expires"))
	if err != nil || badNumber != nil || seconds <= 0 {
		return v, false
	}
	v.Expires = signed.Add(time.Duration(seconds) * time.Second)
	if e.now().Before(v.Expires) {
		return v, false
	}
	v.State, v.Reason, v.Evidence = Dead, "its time is over", "X-Amz-Date and X-Amz-Expires in the key itself"
	return v, true
}
