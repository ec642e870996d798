package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// looseTable is a TOML table read as gitleaks' own reader does: names of keys in any
// case, numbers and truth values also as strings, and one value where a list is
// wanted; a string is then split at its commas. It notes its first error and which
// keys were asked for.
type looseTable struct {
	at     string // "rules.allowlists", for messages
	values map[string]any
	names  map[string]string // lower-case key → as written
	read   map[string]bool   // by lower-case key
	others []string          // unread keys of tables within
	failed error
}

// decodeLoose reads TOML whose keys nobody knows beforehand.
func decodeLoose(file string, data []byte) (*looseTable, error) {
	if err := checkDepth(file, data); err != nil {
		return nil, err
	}
	var top map[string]any
	if err := toml.Unmarshal(data, &top); err != nil {
		return nil, explain(file, data, err)
	}
	return newLooseTable("", top), nil
}

func newLooseTable(at string, values map[string]any) *looseTable {
	t := &looseTable{at: at, values: map[string]any{}, names: map[string]string{}, read: map[string]bool{}}
	for k, v := range values {
		low := strings.ToLower(k)
		if other, twice := t.names[low]; twice {
			t.fail("keys %q and %q differ in case alone, which counts for nothing", min(k, other), max(k, other))
		}
		t.values[low], t.names[low] = v, k
	}
	return t
}

func (t *looseTable) get(key string) any {
	key = strings.ToLower(key)
	t.read[key] = true
	return t.values[key]
}

func (t *looseTable) has(key string) bool { return t.get(key) != nil }

// fail notes an error unless there is one.
func (t *looseTable) fail(format string, args ...any) {
	if t.failed != nil {
		return
	}
	t.failed = fmt.Errorf(format, args...)
	if id, ok := t.values["id"].(string); ok && t.at == "rules" {
		t.failed = fmt.Errorf("rule %s: %w", id, t.failed)
	} else if t.at != "" {
		t.failed = fmt.Errorf("%s: %w", t.at, t.failed)
	}
}

func (t *looseTable) err() error { return t.failed }

// adopt takes over what a table within had to say.
func (t *looseTable) adopt(o *looseTable) {
	if t.failed == nil && o.failed != nil {
		t.fail("%w", o.failed)
	}
	for _, k := range o.unread() {
		if !slices.Contains(t.others, k) {
			t.others = append(t.others, k)
		}
	}
}

// unread lists the keys that nobody asked for, sorted.
func (t *looseTable) unread() []string {
	all := slices.Clone(t.others)
	for low, name := range t.names {
		if !t.read[low] {
			all = append(all, t.path(name))
		}
	}
	slices.Sort(all)
	return all
}

func (t *looseTable) path(key string) string {
	if t.at == "" {
		return key
	}
	return t.at + "." + key
}

// text returns a string; "" if there is none.
func (t *looseTable) text(key string) string {
	s, ok := looseText(t.get(key))
	if !ok {
		t.fail("%s: want a string", key)
	}
	return s
}

func looseText(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case bool:
		if v {
			return "1", true
		}
		return "0", true
	case int64, float64:
		return fmt.Sprint(v), true
	}
	return "", false
}

func (t *looseTable) number(key string) float64 {
	s, ok := looseText(t.get(key))
	if ok && s == "" {
		return 0
	}
	n, err := strconv.ParseFloat(s, 64)
	if !ok || err != nil {
		t.fail("%s: want a number", key)
	}
	return n
}

func (t *looseTable) truth(key string) bool {
	s, ok := looseText(t.get(key))
	if ok && s == "" {
		return false
	}
	b, err := strconv.ParseBool(s)
	if !ok || err != nil {
		t.fail("%s: want true or false", key)
	}
	return b
}

// list returns a list of strings.
func (t *looseTable) list(key string) []string {
	v := t.get(key)
	if s, ok := v.(string); ok {
		if s == "" {
			return nil
		}
		return strings.Split(s, ",")
	}
	items, ok := v.([]any)
	if !ok && v != nil {
		items = []any{v}
	}
	var list []string
	for _, item := range items {
		s, ok := looseText(item)
		if !ok {
			t.fail("%s: want a list of strings", key)
		}
		list = append(list, s)
	}
	return list
}

// tables returns an array of tables; one table alone stands for an array of it.
func (t *looseTable) tables(key string) []*looseTable {
	var all []*looseTable
	add := func(v any) {
		values, ok := v.(map[string]any)
		if !ok {
			t.fail("%s: want tables", key)
			return
		}
		all = append(all, newLooseTable(t.path(key), values))
	}
	switch v := t.get(key).(type) {
	case nil:
	case []map[string]any:
		for _, values := range v {
			add(values)
		}
	case []any:
		for _, values := range v {
			add(values)
		}
	default:
		add(v)
	}
	return all
}

// table returns the one table of that name, an empty one if there is none.
func (t *looseTable) table(key string) *looseTable {
	if all := t.tables(key); len(all) > 0 {
		return all[0]
	}
	return newLooseTable(t.path(key), nil)
}
