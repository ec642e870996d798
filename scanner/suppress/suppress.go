// Package suppress decides which secrets do not count: those that an inline
// mark, an ignore file, a baseline or an allowlist lets pass. It also says which
// of these let nothing pass, have expired or let too much pass, so that they do
// not pile up.
//
// It runs at the end of a scan, once secrets are grouped and their issuers
// asked, and before values are redacted. A secret that its issuer says is live
// counts in spite of a suppression, unless the entry says even-live.
package suppress

import (
	"time"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/config"
)

// Options are the suppressions of one scan.
type Options struct {
	Allow     []config.Allow
	Ignore    []Entry // of all ignore files
	Baselines []*Baseline
	Places    []*Places // of ignore files and baselines of gitleaks

	// Inline says whether marks in the scanned text count.
	Inline bool

	// Now is what dates are compared with. A date is valid through its last
	// moment in UTC.
	Now time.Time

	// EnabledRules are the ids of the rules that run in this scan. An allowlist
	// for none of them is reported as such. None: not known.
	EnabledRules []string
}

// List is all suppressions of a scan, ready to be applied. It is not changed by
// use.
type List struct {
	opts    Options
	enabled map[string]bool
	ignore  map[string][]*Entry  // by fingerprint
	base    map[string]*Baseline // by fingerprint: the first that has it
}

// New prepares suppressions.
func New(opts Options) *List {
	l := &List{
		opts:    opts,
		enabled: map[string]bool{},
		ignore:  map[string][]*Entry{},
		base:    map[string]*Baseline{},
	}
	for _, id := range opts.EnabledRules {
		l.enabled[id] = true
	}
	for i := range opts.Ignore {
		e := &opts.Ignore[i]
		l.ignore[e.Fingerprint] = append(l.ignore[e.Fingerprint], e)
	}
	for _, b := range opts.Baselines {
		for _, f := range b.Fingerprints {
			if l.base[f] == nil {
				l.base[f] = b
			}
		}
	}
	return l
}

// Apply parts the secrets into those that count and those that do not. It needs
// their values in clear, and the inline suppressions that the scanner set on
// their occurrences; it does not change what it is given.
//
// An ignore file or a baseline suppresses a secret wherever it is, a mark or a
// path only the occurrences there. A secret of which an occurrence is left
// stays in kept. unused are sentences, each with its place, on suppressions
// that did not serve.
func (l *List) Apply(secrets []scanner.Secret) (kept, suppressed []scanner.Secret, unused []string) {
	r := &run{
		list:  l,
		found: map[string]bool{},
		used:  make([]bool, len(l.opts.Allow)),
		notes: map[string]bool{},
	}
	for _, s := range secrets {
		if s = r.judge(s); s.Suppression != nil {
			suppressed = append(suppressed, s)
		} else {
			kept = append(kept, s)
		}
	}
	return kept, suppressed, r.unused()
}
