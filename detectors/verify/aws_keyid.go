package verify

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// awsItself is what a credential of AWS says of itself: the account, which its
// key id or name holds, and whether asking about it is worth while.
func (e *Engine) awsItself(c *Credential) (Verdict, bool) {
	switch c.Rule.ID {
	case "aws-access-key-id", "aws-temporary-access-key-id":
		return e.keyIDItself(strings.TrimSpace(c.Value)), true
	case "aws-secret-access-key":
		return e.secretKeyItself(c)
	case "aws-session-token":
		return e.ofKeyID(c.Part("key_id"))
	case "aws-bedrock-long-term-key":
		return bedrockItself(c.Value), false
	case "aws-bedrock-short-term-key":
		return e.presignedItself(c.Value)
	}
	return Verdict{}, false
}

// keyIDItself is the verdict on a key id that was found without what completes it.
func (e *Engine) keyIDItself(id string) Verdict {
	if v, settled := e.ofKeyID(id); settled {
		return v
	}
	v := unverifiable("a key id alone opens nothing: it takes its secret access key to ask about it")
	if strings.HasPrefix(id, "ASIA") {
		v.Reason = "the id of a temporary key alone opens nothing: it takes its secret access key and its session token to ask about it"
	}
	v.Identity.Account = accountOfKeyID(id)
	return v
}

func (e *Engine) secretKeyItself(c *Credential) (Verdict, bool) {
	id, temporary := c.Part("key_id"), c.Part("temporary_key_id")
	if id != "" {
		return e.ofKeyID(id)
	}
	v, settled := e.ofKeyID(temporary)
	if !settled && temporary != "" && c.Part("session_token") == "" {
		v.State, settled = Unverifiable, true
		v.Reason = "it is the secret of a temporary key, and AWS takes none without its session token, which does not stand near it"
	}
	return v, settled
}

// ofKeyID is what the key id of a credential says of it.
func (e *Engine) ofKeyID(id string) (v Verdict, settled bool) {
	v.Identity.Account = accountOfKeyID(id)
	if reason := e.notAsked(id); reason != "" {
		v.State, v.Reason = Unverifiable, reason
		return v, true
	}
	return v, false
}

// notAsked is why nobody is asked about a key, or "".
func (e *Engine) notAsked(id string) string {
	account := accountOfKeyID(id)
	switch {
	case strings.HasSuffix(id, "EXAMPLE"):
		return "it is a key of AWS's documentation, which opens nothing"
	case isCanaryAccount(account) && !e.opts.TripCanaries:
		return fmt.Sprintf("a canary: asking about a key of account %s would alert whoever planted it; --trip-canaries asks", account)
	}
	return ""
}

// accountOfKeyID is the account that a key id holds, or "": in those that were
// issued since 2019, 40 bits behind the first of the second part
// (https://medium.com/@TalBeerySec/a-short-note-on-aws-key-id-f88cc4317489).
// Older ids, which hold none, have that first bit clear.
func accountOfKeyID(id string) string {
	if len(id) != 20 || !strings.HasPrefix(id, "AKIA") && !strings.HasPrefix(id, "ASIA") {
		return ""
	}
	b, err := base32.StdEncoding.DecodeString(id[4:])
	if err != nil || len(b) != 10 || b[0]&0x80 == 0 {
		return ""
	}
	bits := binary.BigEndian.Uint64(append([]byte{0, 0}, b[:6]...))
	account := bits >> 7 & (1<<40 - 1)
	if account > 999_999_999_999 {
		return "" // an account has twelve digits
	}
	return fmt.Sprintf("%012d", account)
}

// isCanaryAccount reports whether an account is one whose keys are handed out as
// traps, by canarytokens.org and others that are publicly known.
func isCanaryAccount(account string) bool {
	return slices.Contains([]string{
		"052310077262", "171436882533", "266735846894", "534261010715", "595918472158",
		"717712589309", "730335385048", "819147034852", "992382622183",
	}, account)
}
