package outcomes

import (
	"encoding/json"
	"time"
)

// MarshalJSON writes the figures, the groups and managers, and the worst entries.
func (k Kept) MarshalJSON() ([]byte, error) {
	type entry struct {
		Manager      string    `json:"manager"`
		Entry        string    `json:"entry"`
		Owner        string    `json:"owner,omitempty"`
		Repository   string    `json:"repository,omitempty"`
		Updated      time.Time `json:"updatedAt"`
		Days         float64   `json:"days"`
		Stale        bool      `json:"stale"`
		NeverRotated bool      `json:"neverRotated"`
		InUse        bool      `json:"leakedInUse"`
	}
	worst := []entry{}
	for _, e := range k.Worst() {
		worst = append(worst, entry{e.Manager, e.Entry, e.Owner, e.Repository, e.Updated.UTC(), inDays(e.Age), e.Stale, e.NeverRotated, e.InUse})
	}
	return json.Marshal(struct {
		Stale int64 `json:"staleAfterSeconds"`
		KeptFigures
		InUse        int         `json:"leakedInUse"`
		Rotations    int         `json:"rotations"`
		Managers     []Manager   `json:"managers"`
		Owners       []KeptGroup `json:"owners"`
		Repositories []KeptGroup `json:"repositories"`
		Worst        []entry     `json:"worst"`
	}{int64(k.Stale / time.Second), k.All, k.InUse, k.Rotations, orNone(k.Managers), orNone(k.Owners), orNone(k.Repositories), worst})
}

// orNone is a list that JSON writes as one, also if nothing is in it.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
