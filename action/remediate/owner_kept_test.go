package remediate_test

import (
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/scanner"
)

// keptBy is an entry whose metadata name an owner.
func keptBy(entry, owner string) ledger.Keeper {
	return ledger.Keeper{Kept: ledger.Kept{Keeper: scanner.Keeper{Manager: "vault https://vault.acme.example secret/", Entry: entry, Owner: owner}}}
}

// TestOwnersOfManager takes the owner from the entry that holds the secret.
func TestOwnersOfManager(t *testing.T) {
	byName := keptBy("Actions secret KEY", "payments")
	byName.ByName = true
	old := keptBy("secret/old#key", "@acme/old")
	old.Until = time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	const of = "owner of secret/shop/stripe#key in vault https:vault.acme.example secret/"
	tests := []struct {
		name  string
		kept  []ledger.Keeper
		where []string // repositories that it leaked in
		want  []string
	}{
		{"no entry", nil, []string{shopURL}, []string{"nobody nobody: no secrets manager is known to hold it"}},
		{"an entry without an owner", []ledger.Keeper{keptBy("secret/a#b", " ")}, []string{shopURL}, []string{
			"nobody nobody: secret/a#b in vault https:vault.acme.example secret/ names no owner"}},
		{"a word is a team", []ledger.Keeper{keptBy("secret/shop/stripe#key", "payments")}, []string{shopURL}, []string{"team @acme/payments: " + of}},
		{"a word, where nobody knows the organisation", []ledger.Keeper{keptBy("secret/shop/stripe#key", "payments")}, []string{""}, []string{"team payments: " + of}},
		{"a person", []ledger.Keeper{keptBy("secret/shop/stripe#key", "@ada")}, []string{shopURL}, []string{"person @ada: " + of}},
		{"an address", []ledger.Keeper{keptBy("secret/shop/stripe#key", "ada@acme.example")}, []string{shopURL}, []string{"person ada@acme.example: " + of}},
		{"words", []ledger.Keeper{keptBy("secret/shop/stripe#key", "the <b>payments</b> people")}, []string{shopURL}, []string{"team the bpayments/b people: " + of}},
		{"several entries", []ledger.Keeper{keptBy("secret/shop/stripe#key", "@acme/payments"), old}, []string{shopURL}, []string{
			"team @acme/payments: " + of, "team @acme/old: owner of secret/old#key in vault https:vault.acme.example secret/"}},
		{"the same name", []ledger.Keeper{byName}, []string{shopURL}, []string{
			"team @acme/payments: owner of Actions secret KEY in vault https:vault.acme.example secret/, an entry of the same name"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := &ledger.History{Kept: tt.kept}
			for _, repository := range tt.where {
				h.Occurrences = append(h.Occurrences, leakedAt(repository, "a").Occurrences...)
			}
			wantOwners(t, ownersOf(t, remediate.OwnerOptions{Order: []string{"manager"}}, h), tt.want...)
		})
	}
}

// TestOwnersOfManagerFirst wants whose entry it is to come before whose file it is in,
// and a word to be no team of an organisation where there are two.
func TestOwnersOfManagerFirst(t *testing.T) {
	o := remediate.OwnerOptions{Fetch: ownerFiles(map[string]string{shopURL + " CODEOWNERS": "* @acme/web\n"})}
	h := leakedAt(shopURL, "notes.txt")
	h.Kept = []ledger.Keeper{keptBy("secret/shop#key", "payments")}
	const evidence = "owner of secret/shop#key in vault https:vault.acme.example secret/"
	wantOwners(t, ownersOf(t, o, h), "team @acme/payments: "+evidence, "team @acme/web: CODEOWNERS line 1 of acme/shop")

	o.Order = []string{"manager"}
	h.Occurrences = append(h.Occurrences, leakedAt("https://github.com/ada/fork", "notes.txt").Occurrences...)
	if got := ownersOf(t, o, h)[0]; got.Name != "payments" {
		t.Errorf("the owner of a secret in two organisations is %s", got.Name)
	}
}
