package suppress

import (
	"errors"

	"github.com/leakguard/leakguard/scanner"
)

// Prune drops from a baseline the entries that the scan no longer found, and
// leaves every other byte as it is. The scan must have read all that the
// baseline is for: an incomplete one is an error.
func Prune(baseline []byte, r *scanner.Result) (out []byte, removed int, err error) {
	if !r.Complete() {
		return nil, 0, errors.New("the scan is incomplete, and what it did not find may still be there: the baseline is not pruned; close the gaps and scan again")
	}
	lists, err := baselineLists("baseline", baseline)
	if err != nil {
		return nil, 0, err
	}
	found := map[string]bool{}
	for _, secrets := range [][]scanner.Secret{r.Secrets, r.Suppressed} {
		for i := range secrets {
			found[secrets[i].Fingerprint] = true
		}
	}
	pos := 0
	for _, l := range lists {
		out = append(out, baseline[pos:l.start]...)
		kept, n := l.prune(baseline, found)
		out = append(out, kept...)
		removed += n
		pos = l.end
	}
	return append(out, baseline[pos:]...), removed, nil
}

// prune returns the array's text with only the entries that were found, each
// with what stood between it and the one before, and how many it left out.
func (l *baselineList) prune(data []byte, found map[string]bool) (out []byte, removed int) {
	if len(l.entries) == 0 {
		return data[l.start:l.end], 0
	}
	for i, e := range l.entries {
		if !found[e.fingerprint] {
			removed++
			continue
		}
		lead := data[l.start:l.entries[0].start]
		if len(out) > 0 {
			lead = data[l.entries[i-1].end:e.start]
		}
		out = append(out, lead...)
		out = append(out, data[e.start:e.end]...)
	}
	if len(out) > 0 {
		last := l.entries[len(l.entries)-1]
		out = append(out, data[last.end:l.end]...)
	}
	return out, removed
}
