package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/leakguard/leakguard/detectors/rules"
)

// Check returns a warning for each rule id that is neither in set nor in
// c.Providers: it changes nothing, so it is likely a slip or a rule that is gone.
func (c *Config) Check(set []*rules.Provider) []string {
	known := map[string]bool{}
	for _, p := range slices.Concat(set, c.Providers) {
		for _, r := range p.Rules {
			known[r.ID] = true
		}
	}
	var warnings []string
	check := func(where, key string, ids []string) {
		for _, id := range ids {
			if !known[id] {
				warnings = append(warnings, fmt.Sprintf("%s: %s: no rule has the id %q", where, key, id))
			}
		}
	}
	check(c.Name, "rules.disable", c.Rules.Disable)
	check(c.Name, "rules.enable-only", c.Rules.EnableOnly)
	check(c.Name, "rules.severity", slices.Sorted(maps.Keys(c.Rules.Severity)))
	for _, a := range c.Allow {
		check(a.Where, "allow.rules", a.Rules)
	}
	return warnings
}
