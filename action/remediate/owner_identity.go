package remediate

import (
	"cmp"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/verify"
)

// fromIdentity takes the owner from what the issuer last said of whose the secret
// is. A person is named by what the issuer calls them, which is no account here.
func fromIdentity(h *ledger.History) answer {
	v := identified(h)
	name := plain(cmp.Or(v.Identity.Name, v.Identity.ID, v.Identity.Account))
	if name == "" {
		return answer{without: "its issuer did not say whose the secret is"}
	}
	evidence := "named by its issuer"
	if h.Provider != "" {
		evidence += ", " + plain(h.Provider)
	}
	if account := plain(v.Identity.Account); account != "" && account != name {
		evidence += ", account " + account
	}
	if !v.When.IsZero() {
		evidence += ", on " + v.When.UTC().Format(time.DateOnly)
	}
	kind := ownerApplication
	if v.Identity.Kind == "person" || v.Identity.Kind == "" && isMail(name) {
		kind = ownerPerson
	}
	return answer{owners: []ledger.Owner{{Kind: kind, Name: name, Evidence: evidence}}}
}

// identified is the newest verdict that has an identity: a dead secret has none any
// more.
func identified(h *ledger.History) verify.Verdict {
	if h.Details.Verdict.Identity != (verify.Identity{}) {
		return h.Details.Verdict
	}
	for i := len(h.Verdicts) - 1; i >= 0; i-- {
		if h.Verdicts[i].Identity != (verify.Identity{}) {
			return h.Verdicts[i]
		}
	}
	return verify.Verdict{}
}
