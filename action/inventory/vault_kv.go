package inventory

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// keyValues reads an engine of keys and values, of version 1 or 2.
// https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v1
// https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2
func (r *vaultReading) keyValues(m mount, part *Part) {
	read, folder := r.version1, m.path
	if m.Options.Version == "2" {
		read, folder = r.version2, m.path+"metadata/"
	}
	r.walk(m, part, folder, "", read)
}

// walk reads each entry below a folder of the engine.
func (r *vaultReading) walk(m mount, part *Part, folder, below string, read func(mount, *Part, string)) {
	names, err := r.list(r.ctx, escaped(folder+below))
	if err != nil {
		r.unread(part, m.path+below, folder+below, err)
		return
	}
	for _, name := range names {
		switch {
		case r.ctx.Err() != nil:
			return
		case name == "" || name == "/" || name == "." || name == "..":
			r.gap(m.path+below+name, "its name cannot be asked for", "give it another name")
		case strings.HasSuffix(name, "/"):
			r.walk(m, part, folder, below+name, read)
		default:
			read(m, part, below+name)
		}
	}
}

func (r *vaultReading) version1(m mount, part *Part, path string) {
	var data map[string]json.RawMessage
	if err := r.get(r.ctx, escaped(m.path+path), &data); err != nil {
		r.unread(part, m.path+path+"#", m.path+path, err)
		return
	}
	h := history{entry: ledger.Kept{Keeper: scanner.Keeper{Manager: part.Manager, Link: r.page(m, "/show/"+escaped(path))}}}
	h.add(r, path, data, time.Time{}, time.Time{})
	part.Entries = append(part.Entries, h.entries(m.path+path)...)
}

// metadata is what an engine of version 2 tells of an entry.
type metadata struct {
	Created  time.Time         `json:"created_time"`
	Current  int               `json:"current_version"`
	Custom   map[string]string `json:"custom_metadata"`
	Versions map[string]struct {
		Created time.Time `json:"created_time"`
		Deleted string    `json:"deletion_time"` // "" if it is not
		Gone    bool      `json:"destroyed"`
	} `json:"versions"`
}

// version2 reads an entry with its older versions, as far as they are still there.
func (r *vaultReading) version2(m mount, part *Part, path string) {
	entry := m.path + path + "#"
	var meta metadata
	if err := r.get(r.ctx, escaped(m.path+"metadata/"+path), &meta); err != nil {
		r.unread(part, entry, m.path+"metadata/"+path, err)
		return
	}
	h := history{entry: ledger.Kept{
		Keeper: scanner.Keeper{
			Manager: part.Manager, Link: r.page(m, "/kv/"+url.PathEscape(path)),
			Owner: cmp.Or(meta.Custom["owner"], meta.Custom["team"], meta.Custom["contact"]),
		},
		Version: strconv.Itoa(meta.Current), Created: meta.Created,
	}}
	var until time.Time // when the version was replaced; zero: it was not
	for _, n := range meta.newestFirst() {
		v := meta.Versions[n]
		deleted, err := time.Parse(time.RFC3339, v.Deleted)
		if v.Gone || err == nil && !deleted.After(time.Now()) { // later: the engine will delete it
			if until.IsZero() && deleted.After(v.Created) {
				until = deleted
			} else {
				until = v.Created
			}
			continue
		}
		var data struct{ Data map[string]json.RawMessage }
		err = r.get(r.ctx, escaped(m.path+"data/"+path)+"?version="+n, &data)
		switch {
		case forge.StatusOf(err) == http.StatusNotFound: // deleted meanwhile
		case err != nil && until.IsZero():
			r.unread(part, entry, m.path+"data/"+path, err)
			return
		case err != nil:
			r.gap(fmt.Sprintf("%s%s, version %s", m.path, path, n), err.Error(), fixOf(err, m.path+"data/"+path))
		default:
			h.add(r, path, data.Data, v.Created, until)
		}
		until = v.Created
	}
	part.Entries = append(part.Entries, h.entries(m.path+path)...)
}

// newestFirst lists the numbers of the versions.
func (m *metadata) newestFirst() []string {
	return slices.SortedFunc(maps.Keys(m.Versions), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(b, a))
	})
}

// history is what the keys of an entry held over time, put together from the newest
// version to the oldest.
type history struct {
	entry ledger.Kept // what all keys have in common
	keys  map[string]*ledger.Kept
	names []string // of keys, in the order of their coming
}

// add takes in a version that was made at a time, and replaced by the next at another,
// which is zero for the current one. It wipes the data.
func (h *history) add(r *vaultReading, path string, data map[string]json.RawMessage, created, until time.Time) {
	for _, f := range fields(data) {
		values, why := r.recognised(path, f)
		for _, v := range values {
			v.Until = until
			h.hold(f.name, v, created)
		}
		if len(values) == 0 && until.IsZero() {
			r.skip(why)
		}
	}
	for _, raw := range data {
		clear(raw)
	}
}

// hold records that a key had a value. Of a value that it had in several versions the
// newest says until when, and the oldest since when.
func (h *history) hold(name string, v ledger.KeptValue, created time.Time) {
	k := h.keys[name]
	if k == nil {
		if h.keys == nil {
			h.keys = map[string]*ledger.Kept{}
		}
		entry := h.entry
		k, h.keys[name], h.names = &entry, &entry, append(h.names, name)
		k.Updated = created
		if !v.Until.IsZero() {
			k.Updated = v.Until // its last value was taken away
		}
	}
	i := slices.IndexFunc(k.Values, func(old ledger.KeptValue) bool { return old.Print == v.Print })
	if i < 0 {
		k.Values = append(k.Values, v)
		return
	}
	if k.Values[i].Until.IsZero() && len(k.Values) == h.current(k) {
		k.Updated = created // nothing else was between
	}
}

// current counts the values that a key has now.
func (h *history) current(k *ledger.Kept) int {
	n := 0
	for _, v := range k.Values {
		if v.Until.IsZero() {
			n++
		}
	}
	return n
}

// entries are the keys that hold, or held, a secret.
func (h *history) entries(path string) []ledger.Kept {
	var all []ledger.Kept
	for _, name := range h.names {
		k := *h.keys[name]
		k.Entry = path + "#" + name
		all = append(all, k)
	}
	return all
}

// recognised is what is to be known of the secrets in a field, or why it has none. It
// wipes the field.
func (r *vaultReading) recognised(path string, f field) (values []ledger.KeptValue, why Skip) {
	names := f.names(path)
	found, why := r.judge.secrets(names, f.value)
	if plain := decoded(f.value); plain != nil {
		more, _ := r.judge.secrets(names, plain)
		found = append(found, more...)
		clear(plain)
	}
	clear(f.value)
	for _, secret := range found {
		if v, ok := r.keep(secret); ok && !slices.ContainsFunc(values, func(old ledger.KeptValue) bool { return old.Print == v.Print }) {
			values = append(values, v)
		}
		clear(secret)
	}
	return values, why
}
