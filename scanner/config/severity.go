package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/leakguard/leakguard/detectors/rules"
)

// Severities are the severities of rules, by rule id.
type Severities map[string]rules.Severity

// UnmarshalTOML reads the table. Left to itself the decoder takes whatever is no
// table for an empty one.
func (s *Severities) UnmarshalTOML(v any) error {
	table, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf(`%#v: want a table such as "rule-id" = "low"`, v)
	}
	*s = Severities{}
	for _, id := range slices.Sorted(maps.Keys(table)) {
		name, ok := table[id].(string)
		if !ok {
			return fmt.Errorf("rule %q: %#v: want a severity such as \"low\"", id, table[id])
		}
		var sev rules.Severity
		if err := sev.UnmarshalText([]byte(name)); err != nil {
			return fmt.Errorf("rule %q: %w", id, err)
		}
		(*s)[id] = sev
	}
	return nil
}
