package gitleaks

import (
	"bytes"
	"math"
	"unicode/utf8"
)

// search is one pass over one text.
type search struct {
	m    *Matcher
	from Text
	pass *pass
}

// all runs the woken rules.
func (s *search) all(woken []bool) []Finding {
	var found []Finding
	for i, r := range s.m.rules {
		if !woken[i] || r.Gitleaks.SkipReport {
			continue
		}
		own := s.rule(r)
		if len(own) > 0 && len(r.Gitleaks.Required) > 0 {
			own = s.complete(r, own)
		}
		found = append(found, own...)
	}
	return found
}

// rule returns what one rule finds, whatever it requires.
func (s *search) rule(r *rule) []Finding {
	if passesOver(r.allow, s.from) || r.path != nil && !r.path().MatchString(s.from.Path) {
		return nil
	}
	if r.pattern == nil {
		if s.pass.depth > 0 {
			return nil // the path is what it was
		}
		return []Finding{{Rule: r.Rule}}
	}
	var found []Finding
	for _, loc := range r.pattern().FindAllIndex(s.pass.text, -1) {
		if f, ok := s.match(r, loc[0], loc[1]); ok {
			found = append(found, f)
		}
	}
	return found
}

// match judges one match of a rule's pattern.
func (s *search) match(r *rule, start, end int) (Finding, bool) {
	text := s.pass.text
	if s.pass.depth > 0 && !s.pass.touches(start, end) {
		return Finding{}, false // found in an earlier pass, if it is anything
	}
	f := Finding{Rule: r.Rule, Decoded: s.pass.kinds(start, end)}
	from, to := s.pass.source(start, end)
	f.line, f.column = place(s.from.Data, from)
	f.Start, f.End = trimLineEnds(s.from.Data, from, to)
	f.Allowed = bytes.Contains(lines(s.from.Data, from, to), []byte("gitleaks:allow"))

	whole := bytes.Trim(text[start:end], "\n")
	f.Secret = secretIn(r, whole)
	f.Entropy = entropy(f.Secret)
	if r.Entropy != 0 && f.Entropy <= r.Entropy {
		return f, false
	}
	c := candidate{Text: s.from, secret: f.Secret, match: whole, line: lines(text, start, end)}
	return f, !admits(s.m.allow, &c) && !admits(r.allow, &c)
}

// secretIn picks the secret out of a match: the group that the rule names, else the
// first that is not empty, else all of it. Groups are looked for in the match alone,
// so that \b and the like see nothing round it.
func secretIn(r *rule, match []byte) []byte {
	groups := r.pattern().FindSubmatch(match)
	if n := r.Gitleaks.SecretGroup; n > 0 && n < len(groups) {
		return bytes.Clone(groups[n])
	}
	for i, g := range groups {
		if i > 0 && len(g) > 0 {
			return bytes.Clone(g)
		}
	}
	return bytes.Clone(match)
}

// entropy is Shannon's, over characters, but with their shares taken of the number of
// bytes: so gitleaks counts.
func entropy(secret []byte) float64 {
	counts := map[rune]int{}
	for i := 0; i < len(secret); {
		r, n := utf8.DecodeRune(secret[i:])
		counts[r]++
		i += n
	}
	sum := 0.0
	for _, n := range counts {
		share := float64(n) / float64(len(secret))
		sum -= share * math.Log2(share)
	}
	return sum
}

// complete keeps of a rule's findings those that have all that the rule requires
// near them, in this pass. What is required need not have its keywords in the text,
// nor what it requires itself.
func (s *search) complete(r *rule, own []Finding) []Finding {
	for _, q := range r.Gitleaks.Required {
		others := s.rule(s.m.byID[q.Rule])
		kept := own[:0]
		for _, f := range own {
			for i := range others {
				o := &others[i]
				if !o.Allowed && within(q.Lines, f.line-o.line) && within(q.Columns, f.column-o.column) {
					kept = append(kept, f)
					break
				}
			}
		}
		own = kept
	}
	return own
}

// within reports whether a distance is at most a limit; -1 is none.
func within(limit, distance int) bool {
	return limit < 0 || max(distance, -distance) <= limit
}
