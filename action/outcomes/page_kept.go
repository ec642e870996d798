package outcomes

// KeptPage is what the dashboard shows of secrets managers.
type KeptPage struct {
	StaleDays float64     `json:"staleDays"`
	Figures   KeptFigures `json:"figures"`
	InUse     int         `json:"inUse"`
	Rotations int         `json:"rotations"`
	Managers  []Manager   `json:"managers"`
	Rows      []KeptRow   `json:"rows"` // the longest not set first, those without a date last
}

// KeptRow is an entry of a secrets manager.
type KeptRow struct {
	Manager    string   `json:"manager"`
	Entry      Link     `json:"entry"`
	Owner      string   `json:"owner"`
	Repository string   `json:"repository,omitempty"`
	Version    string   `json:"version,omitempty"`
	Rotation   string   `json:"rotation,omitempty"`
	Updated    int64    `json:"updated"`
	AgeDays    float64  `json:"ageDays"` // of its value; no meaning if updated is 0
	Standing   []string `json:"standing"`
	Leaked     []string `json:"leaked,omitempty"` // ids of secrets
}

func keptPage(k *Kept) KeptPage {
	p := KeptPage{StaleDays: inDays(k.Stale), Figures: k.All, InUse: k.InUse, Rotations: k.Rotations, Managers: orNone(k.Managers), Rows: []KeptRow{}}
	for i := range k.Entries {
		e := &k.Entries[i]
		p.Rows = append(p.Rows, KeptRow{
			Manager: e.Manager, Entry: Link{e.Entry, webAddress(e.Link)}, Owner: ownerOf(e), Repository: e.Repository,
			Version: e.Version, Rotation: e.Rotation, Updated: millis(e.Updated), AgeDays: inDays(e.Age), Standing: e.standing(), Leaked: e.Leaked,
		})
	}
	return p
}

// standing says what is wrong with an entry, the worst first.
func (e *KeptEntry) standing() []string {
	all := []string{}
	for _, s := range []struct {
		is   bool
		text string
	}{
		{e.InUse, "leaked, in use"}, {!e.InUse && len(e.Leaked) > 0, "leaked"},
		{e.Stale, "stale"}, {e.NeverRotated, "never rotated"}, {e.Unknown, "no date"},
	} {
		if s.is {
			all = append(all, s.text)
		}
	}
	return all
}
