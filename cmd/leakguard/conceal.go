package main

import (
	"strings"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/redact"
)

// concealed is an error's or a warning's text with the secrets in it redacted:
// it quotes files and flags, in which one may stand by mistake, such as a key
// where an ignore file wants its fingerprint.
func concealed(text string) string {
	engine, err := detectors.New(providers.Load(), detectors.DefaultOptions())
	if err != nil {
		return text
	}
	var b strings.Builder
	at := 0
	for _, m := range engine.Scan([]byte(text), "") {
		if m.Secret.Start < at {
			continue // within the one before
		}
		b.WriteString(text[at:m.Secret.Start])
		b.WriteString(redact.Secret(m.Value))
		at = m.Secret.End
	}
	return b.String() + text[at:]
}
