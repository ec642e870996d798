package inventory

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/scanner"
)

// issued is what an engine keeps that makes credentials, or keeps keys, by itself.
type issued struct {
	folder string   // that lists it: "roles"
	how    string   // "issued per lease"
	length []string // fields of which the first that is set says for how long, in seconds
	every  bool     // whether that is how often the engine rotates it
}

// issues is what an engine of that type keeps, by its page below
// https://developer.hashicorp.com/vault/api-docs/secret
func issues(kind string) []issued {
	lease := func(folder string, length ...string) issued { return issued{folder, "issued per lease", length, false} }
	static := issued{"static-roles", "rotated by the vault", []string{"rotation_period"}, true}
	switch kind {
	case "database":
		return []issued{lease("roles", "default_ttl"), static}
	case "aws":
		return []issued{lease("roles", "default_sts_ttl"), static}
	case "azure", "consul", "mongodbatlas", "alicloud":
		return []issued{lease("roles", "ttl")}
	case "rabbitmq":
		return []issued{lease("roles")}
	case "kubernetes":
		return []issued{lease("roles", "token_default_ttl")}
	case "nomad", "terraform":
		return []issued{lease("role", "ttl")}
	case "gcp":
		return []issued{lease("roleset"), lease("static-account")}
	case "ldap", "openldap":
		return []issued{lease("role", "default_ttl"), {"static-role", "rotated by the vault", []string{"rotation_period"}, true}}
	case "ssh", "pki":
		return []issued{{"roles", "certificates, issued per request", []string{"ttl"}, false}}
	case "transit":
		return []issued{{"keys", "a key that stays in the vault", []string{"auto_rotate_period"}, true}}
	case "totp":
		return []issued{{"keys", "a key that stays in the vault", nil, false}}
	}
	return nil
}

// engine lists what an engine keeps other than values that somebody wrote. What may not
// be listed holds no value that could be looked for: it is no gap, and the engine stands
// for it.
func (r *vaultReading) engine(m mount, part *Part) {
	add := func(entry, rotation string) {
		part.Entries = append(part.Entries, ledger.Kept{
			Keeper: scanner.Keeper{Manager: part.Manager, Entry: entry, Link: r.page(m, "")}, Rotation: rotation,
		})
	}
	how := "by an engine of type " + m.Type
	for _, of := range issues(m.Type) {
		how = of.how
		folder := m.path + of.folder
		names, err := r.list(r.ctx, escaped(folder))
		if err != nil {
			continue
		}
		for _, name := range names {
			add(folder+"/"+name, r.rotation(of, folder+"/"+name))
		}
	}
	if len(part.Entries) == 0 {
		add(m.path, how)
	}
}

// rotation says how what is at a path gets a new value.
func (r *vaultReading) rotation(of issued, path string) string {
	var data map[string]json.RawMessage
	if len(of.length) == 0 || r.get(r.ctx, escaped(path), &data) != nil {
		return of.how
	}
	for _, name := range of.length {
		switch d := seconds(data[name]); {
		case d > 0 && of.every:
			return of.how + " every " + span(d)
		case d > 0:
			return of.how + ", ttl " + span(d)
		}
	}
	return of.how
}

// seconds reads a length of time: a number of seconds, or a text such as "24h".
func seconds(raw json.RawMessage) time.Duration {
	var number float64
	if json.Unmarshal(raw, &number) == nil {
		return time.Duration(number * float64(time.Second))
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return 0
	}
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(n) * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0
	}
	return d
}

// span is a length of time for a person: "30d", "1h", "90m".
func span(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d >= unit.of && d%unit.of == 0 {
			return strconv.FormatInt(int64(d/unit.of), 10) + unit.name
		}
	}
	return d.String()
}
