package remediate

import "github.com/leakguard/leakguard/action/ledger"

// Keeper is an entry of a secrets manager that holds the secret, held it, or is of the
// same name.
type Keeper struct {
	Manager  Text
	Entry    Text
	Link     string // the entry's page, as Markdown
	Owner    Text   // as its metadata name them
	Version  Text
	Set      Text   // the day on which its value was last set
	Rotation Text   // what the manager does by itself
	Standing string // what the entry has now, and so what is to be done about it
	Write    bool   // whether the new value is to be written there
	ByName   bool   // whether the name is all that is known to be the same
}

// keptIn tells which entries hold the secret.
func (f *Facts) keptIn(h *ledger.History) {
	for i := range h.Kept[:min(len(h.Kept), maxPlaces)] {
		k := &h.Kept[i]
		link := ""
		if plainLink(k.Link) {
			link = "<" + k.Link + ">"
		}
		f.Kept = append(f.Kept, Keeper{
			Manager: textOf(k.Manager), Entry: textOf(k.Entry), Link: link, Owner: textOf(k.Owner), Version: textOf(k.Version),
			Set: dayOf(k.Updated), Rotation: textOf(k.Rotation), Standing: standingOf(k), Write: k.Until.IsZero(), ByName: k.ByName,
		})
	}
	f.MoreKept = len(h.Kept) - len(f.Kept)
}

// standingOf says what an entry has now. One that its manager's reading did not see any
// more lost its value after it was last seen.
func standingOf(k *ledger.Keeper) string {
	since := string(dayOf(k.Until))
	switch {
	case k.ByName:
		return "it has the name of the leaked secret, and nobody can read its value: write the new one there"
	case k.Until.IsZero():
		return "it still holds the leaked value: write the new one there first"
	case k.Until.After(k.Synced):
		return "it is gone since " + since + ": whoever read it needs another place to read the new one from"
	}
	return "it has another value since " + since + ": whoever reads it has the new one"
}
