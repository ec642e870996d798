package suppress

import (
	"fmt"
	"slices"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/config"
)

// run is one call of Apply.
type run struct {
	list  *List
	found map[string]bool // fingerprints of all secrets
	used  []bool          // allowlists that held, as in list.opts.Allow
	notes map[string]bool // sentences on single marks and entries
}

// judge returns the secret with the suppressions that hold.
func (r *run) judge(s scanner.Secret) scanner.Secret {
	r.found[s.Fingerprint] = true
	c := &choice{live: s.Verdict.State == verify.Live}
	whole := r.byFingerprint(&s, c)
	s.Occurrences = slices.Clone(s.Occurrences)
	byPath := map[string]*scanner.Suppression{} // most occurrences share a few paths
	left := 0
	for i := range s.Occurrences {
		o := &s.Occurrences[i]
		allowed, seen := byPath[o.Path]
		if !seen {
			allowed = r.byAllowlist(&s, o.Path, c)
			byPath[o.Path] = allowed
		}
		o.Suppression = first(r.inline(o, c), whole, r.byPlace(&s, o, c), allowed)
		if o.Suppression == nil {
			left++
		}
	}
	s.Suppression = whole
	if whole == nil && left == 0 && len(s.Occurrences) > 0 {
		s.Suppression = s.Occurrences[0].Suppression
	}
	if s.Suppression == nil {
		for _, what := range c.overruled {
			r.notes[fmt.Sprintf("%s does not suppress %s, which is live; rotate it", what, s.Fingerprint)] = true
		}
	}
	return s
}

// choice is made among the suppressions of one secret.
type choice struct {
	live      bool
	overruled []string // those that do not hold because it is live, with their places
}

// choose returns s, or nil if the secret's being live overrules it. what names
// it in messages.
func (c *choice) choose(s *scanner.Suppression, evenLive bool, what string) *scanner.Suppression {
	if c.live && !evenLive {
		c.overruled = append(c.overruled, what)
		return nil
	}
	return s
}

// byFingerprint is what an ignore file or a baseline says of the secret.
func (r *run) byFingerprint(s *scanner.Secret, c *choice) *scanner.Suppression {
	for _, e := range r.list.ignore[s.Fingerprint] {
		if past, err := expired(e.Until, r.list.opts.Now); past || err != nil {
			continue
		}
		if got := c.choose(&scanner.Suppression{
			Kind: "ignore-file", Where: e.Where(), Reason: e.Reason, Until: e.Until, Owner: e.Owner,
		}, e.EvenLive, e.Where()+": the entry"); got != nil {
			return got
		}
	}
	if b := r.list.base[s.Fingerprint]; b != nil {
		return c.choose(&scanner.Suppression{Kind: "baseline", Where: b.Name}, false, b.Name+": the baseline")
	}
	return nil
}

// byAllowlist is what the allowlists say of the secret's occurrences at path.
func (r *run) byAllowlist(s *scanner.Secret, path string, c *choice) *scanner.Suppression {
	var got *scanner.Suppression
	for i, a := range r.list.opts.Allow {
		if !covers(a, s) || !a.Shape.Admits(s.Value, path) {
			continue
		}
		r.used[i] = true
		if got == nil {
			got = c.choose(&scanner.Suppression{Kind: "allowlist", Where: a.Where, Reason: a.Reason}, a.EvenLive, a.Where+": the allowlist")
		}
	}
	return got
}

// covers reports whether the allowlist is for the secret's rule.
func covers(a config.Allow, s *scanner.Secret) bool {
	return len(a.Rules) == 0 || slices.Contains(a.Rules, s.Rule.ID)
}

// inline is the occurrence's inline suppression, if that holds. Its Where is the
// mark's word.
func (r *run) inline(o *scanner.Occurrence, c *choice) *scanner.Suppression {
	s := o.Suppression
	if s == nil || s.Kind != "inline" {
		return nil
	}
	mark := place(o) + ": " + s.Where
	past, err := expired(s.Until, r.list.opts.Now)
	switch {
	case !r.list.opts.Inline:
		r.notes[mark+" is refused in this scan; it suppresses nothing"] = true
	case err != nil:
		r.notes[fmt.Sprintf("%s: %v; it suppresses nothing", mark, err)] = true
	case past:
		r.notes[fmt.Sprintf("%s expired on %s; it suppresses nothing", mark, s.Until)] = true
	default:
		return c.choose(s, false, mark)
	}
	return nil
}

// place is where a person finds the occurrence.
func place(o *scanner.Occurrence) string {
	where := o.Path
	if where == "" {
		where = string(o.Kind)
		if o.Field != "" {
			where = fmt.Sprintf("%s of commit %s", o.Field, o.Commit)
		}
	}
	return fmt.Sprintf("%s:%d", where, o.StartLine)
}

func first(all ...*scanner.Suppression) *scanner.Suppression {
	for _, s := range all {
		if s != nil {
			return s
		}
	}
	return nil
}
