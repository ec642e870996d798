package verify

import (
	"strings"

	"github.com/leakguard/leakguard/detectors/checksum"
)

// itself is what a secret says of itself, without anybody being asked. settled is
// set if that is the verdict; else it is what the issuer's answer is completed by.
func (e *Engine) itself(c *Credential) (self Verdict, settled bool) {
	if c.Rule.Publish {
		return unverifiable("it is made to be public, or opens a test mode only: nobody is asked"), true
	}
	value := strings.TrimSpace(c.Value)
	if strings.HasPrefix(c.Rule.ID, "privatekey-") {
		return e.keyItself(c) // also of an encrypted key, which its checksum is not for
	}
	if c.Rule.Checksum != "" && !checksum.Valid(c.Rule.Checksum, value) {
		return Verdict{State: Dead, Reason: "it is no secret: its checksum is wrong", Evidence: "checksum " + c.Rule.Checksum}, true
	}
	switch {
	case c.Rule.Provider.ID == "aws":
		return e.awsItself(c)
	case c.Rule.ID == "azure-sas-signature":
		return e.sasItself(c)
	}
	if token := jwtIn(value); token != "" {
		return e.jwtItself(token)
	}
	return Verdict{}, false
}
