package remediate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/known"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// keeps has a vault read that has these entries, each with the same secret.
func (d *desk) keeps(fingerprint string, entries ...scanner.Keeper) {
	d.t.Helper()
	var all []ledger.Kept
	for _, e := range entries {
		all = append(all, ledger.Kept{Keeper: e, Values: []ledger.KeptValue{{Value: known.Value{Print: "p"}, Secret: d.ledger.ID(fingerprint)}}})
	}
	_, err := d.ledger.SyncKept(d.t.Context(), "vault", all, d.now)
	d.do(err)
}

// TestBodyKept wants the issue to name the entries that hold the secret, and to be
// written anew when one has another value, but not because the vault was read again.
func TestBodyKept(t *testing.T) {
	d := newDesk(t)
	d.leak("lg1s-1", "acme/shop", "a.env")
	d.found(verify.Live)
	var entries []scanner.Keeper
	for i := range 7 {
		entries = append(entries, scanner.Keeper{Entry: fmt.Sprint("secret/shop#k", i), Link: fmt.Sprint("https://vault.acme.example/ui/", i)})
	}
	d.keeps("lg1s-1", entries...)
	d.sync()
	body := d.tracker.tickets[0].Body
	for _, want := range []string{
		"### Where the value is kept\n\n- [secret/shop\\#\u200bk0](https://vault.acme.example/ui/0) of vault: it still holds the leaked value: write the new one there first\n",
		"/ui/4) of vault", "- and 2 more: `leakguard ledger show " + d.ledger.ID("lg1s-1") + "`\n",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	if strings.Contains(body, "/ui/5)") {
		t.Error("more than five entries are listed")
	}

	d.now = d.now.Add(time.Hour)
	d.keeps("lg1s-1", entries...)
	if _, writes := d.sync(); len(writes) > 0 {
		t.Errorf("the vault was read again, and the tracker written to: %q", writes)
	}
	d.now = d.now.Add(time.Hour)
	d.keeps("lg1s-1", entries[6:]...)
	d.sync()
	if body := d.tracker.tickets[0].Body; !strings.Contains(body, "it is gone since 2026-11-02") {
		t.Errorf("entries are gone, and the issue does not say so:\n%s", body)
	}
}

// TestBodyKeptHostile wants names and addresses of a vault to stay texts.
func TestBodyKeptHostile(t *testing.T) {
	const evil = "x@everyone <!-- /leakguard --> <img src=y> [z](https://evil.example) `q` | \n/close #1 \x1b[2J"
	for name, link := range map[string]string{
		"text": evil, "script": "javascript:alert(1)", "end of a link": "https://evil.example/a)[z](b", "mention": "https://evil.example/@everyone",
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.leak("lg1s-1", "acme/shop", "a.env")
			d.found(verify.Live)
			d.keeps("lg1s-1", scanner.Keeper{Entry: evil, Link: link, Owner: evil})
			d.sync()
			body := d.tracker.tickets[0].Body
			if !strings.Contains(body, "### Where the value is kept\n\n- x@\u200beveryone ") {
				t.Errorf("the entry is not in\n%s", body)
			}
			for _, bad := range []string{"@everyone", "<img", "[z](", "](https://evil", "](javascript", "\n/close", "\x1b"} {
				if strings.Contains(strings.ReplaceAll(body, `\`+bad, ""), bad) {
					t.Errorf("%q is in\n%s", bad, body)
				}
			}
			if strings.Count(body, "<!-- /leakguard -->") != 1 {
				t.Error("more marks than ours")
			}
		})
	}
}
