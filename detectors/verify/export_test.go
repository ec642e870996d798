package verify

import (
	"slices"

	"github.com/leakguard/leakguard/detectors/rules"
)

// HostsOf are the patterns of the hosts that a question may go to.
func HostsOf(q *rules.Verify) []string { return hostsOf(q) }

// PartsOf are the parts of a credential that the requests of a question need.
func PartsOf(q *rules.Verify) []string {
	known := []string{"secret"}
	var parts []string
	for i := range q.Requests {
		for _, template := range templates(&q.Requests[i]) {
			for _, name := range names(template) {
				if !slices.Contains(known, name) {
					known = append(known, name)
					parts = append(parts, name)
				}
			}
		}
		for _, s := range q.Requests[i].Set {
			known = append(known, s.Name)
		}
	}
	return parts
}
