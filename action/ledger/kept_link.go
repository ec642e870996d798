package ledger

import (
	"strings"
	"time"
)

// Keeper ties a secret to an entry of a secrets manager.
type Keeper struct {
	Kept

	// ByName is set where the entry's value cannot be read: the name is the same, and
	// so is the repository.
	ByName bool `json:"byName,omitempty"`

	// Until is when the entry got another value than the leaked one; zero if it still
	// has that, or if its value cannot be read.
	Until time.Time `json:"until,omitzero"`
}

// keepers adds the entries that hold a secret.
func (t *tx) keepers(h *History) error {
	query := "SELECT " + keptColumns + `, v.until FROM ledger_kept_value v JOIN ledger_kept k ON k.manager = v.manager AND k.entry = v.entry
		WHERE v.secret = ? ORDER BY v.until <> 0, k.manager, k.entry`
	err := t.Each(query, []any{h.ID}, func(scan func(...any) error) error {
		var until int64
		k, err := scanKept(scan, &until)
		h.Kept = append(h.Kept, Keeper{Kept: k, Until: timeOf(until)})
		return err
	})
	if err != nil {
		return err
	}
	names := h.names()
	if len(names) == 0 {
		return nil
	}
	query = "SELECT " + keptColumns + " FROM ledger_kept k WHERE k.name IN (?" + strings.Repeat(", ?", len(names)-1) + ") ORDER BY k.manager, k.entry"
	return t.Each(query, names, func(scan func(...any) error) error {
		k, err := scanKept(scan)
		if err == nil && h.usedIn(k.Repository) {
			h.Kept = append(h.Kept, Keeper{Kept: k, ByName: true})
		}
		return err
	})
}

// names are those that the secret goes by where it was found.
func (h *History) names() []any {
	seen := map[string]bool{"": true}
	var names []any
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	add(h.Name)
	for i := range h.Occurrences {
		v := h.Occurrences[i].Variable // "jobs.deploy.env.API_KEY"
		add(v[strings.LastIndexByte(v, '.')+1:])
	}
	return names
}

// usedIn reports whether the secret was found in a repository, or in one of an
// organisation.
func (h *History) usedIn(web string) bool {
	for i := range h.Occurrences {
		if r := h.Occurrences[i].Repository; web != "" && (r == web || strings.HasPrefix(r, web+"/")) {
			return true
		}
	}
	return false
}
