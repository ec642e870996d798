package report

import (
	"testing"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// weighed are reasons of each kind: counts, shares, and what is there or not.
func weighed() []generic.Reason {
	return []generic.Reason{
		{Evidence: "valueLength", Words: "length of the value", Value: 24, Share: 1.5},
		{Evidence: "looksPath", Words: "the value looks like a path", Value: 1, Share: -1.25},
		{Evidence: "valueWords", Words: "share that reads like words", Value: 0.375, Share: -0.5},
		{Evidence: "namePassword", Words: "the name speaks of a password", Value: 0, Share: -0.25},
		{Evidence: "valueHex", Words: "the value is hexadecimal", Value: 1, Share: 0.125},
		{Evidence: "nameUpper", Words: "the name is in capitals", Value: 1},
	}
}

// nearly has a near miss in more places than are shown, and nothing else.
func nearly(t testing.TB) *scanner.Result {
	r := clean(t)
	value := fresh(t, "${alnum:24}")
	generic := &rules.Rule{ID: "generic-password", Provider: acme, Name: "Password in an assignment", Severity: rules.High, Confidence: rules.Likely}
	r.Rejected = []scanner.Secret{{
		Fingerprint: fingerprint("9"), Rule: generic, Severity: rules.High, Confidence: rules.Doubtful,
		Score: 0.31415, Reasons: weighed(), Redacted: redacted(value), Entropy: 4.2, Length: len(value), Name: "db_password",
		Verdict: verify.Verdict{State: verify.Unverified}, Occurrences: patPlaces(redacted(value)), Value: value, Match: value,
	}}
	return r
}
