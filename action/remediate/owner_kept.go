package remediate

import (
	"fmt"
	"strings"

	"github.com/leakguard/leakguard/action/ledger"
)

// fromManager asks the secrets managers that hold the secret: whom an entry names is
// whose the secret is, wherever it leaked. What the entry holds now comes first.
func fromManager(h *ledger.History) answer {
	if len(h.Kept) == 0 {
		return answer{without: "no secrets manager is known to hold it"}
	}
	organisation := organisationOf(usesOf(h))
	var a answer
	for i := range h.Kept {
		k := &h.Kept[i]
		o := propertyOwner("owner", strings.TrimSpace(k.Owner), organisation)
		if o.Name == "" {
			continue
		}
		o.Evidence = "owner of " + entryText(k)
		if k.ByName {
			o.Evidence += ", an entry of the same name"
		}
		a.owners = append(a.owners, o)
	}
	if a.owners == nil {
		a.without = fmt.Sprintf("%s names no owner", entryText(&h.Kept[0]))
	}
	return a
}

// organisationOf is the organisation that all uses belong to; "" if they do not belong
// to one: a team that is named by a word is then no one's.
func organisationOf(uses []use) string {
	organisation := uses[0].organisation()
	for i := range uses {
		if !strings.EqualFold(uses[i].organisation(), organisation) {
			return ""
		}
	}
	return organisation
}

// entryText is how an entry is called in evidence: "secret/shop#key in vault …".
func entryText(k *ledger.Keeper) string {
	path, key, found := strings.Cut(k.Entry, "#")
	text := plain(path)
	if found {
		text += "#" + plain(key)
	}
	return text + " in " + plain(k.Manager)
}
