package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/detectors/rules"
)

// Credential is one secret that is asked about, in clear.
type Credential struct {
	Rule        *rules.Rule
	Value       string
	Name        string // of the variable that held it, if known
	Fingerprint string // for the audit record

	// Parts are the candidates for each part that completes it, the nearest first.
	Parts map[string][]string

	// Apart names the parts that do not stand near it, and so may be another's: a
	// refusal with them proves nothing.
	Apart []string
}

// Part returns the nearest candidate for a part, or "".
func (c *Credential) Part(name string) string {
	if all := c.Parts[name]; len(all) > 0 {
		return all[0]
	}
	return ""
}

// mostPairs bounds how many combinations of parts are tried: the nearest of all,
// then those that differ from it in one part.
const mostPairs = 4

// pairings lists c with one candidate for each part, the likeliest first.
func (c *Credential) pairings() []*Credential {
	nearest := make(map[string][]string, len(c.Parts))
	for name, all := range c.Parts {
		nearest[name] = all[:min(len(all), 1)]
	}
	pair := *c
	pair.Parts = nearest
	pairs := []*Credential{&pair}
	for depth := 1; ; depth++ {
		deeper := false
		for _, name := range slices.Sorted(maps.Keys(c.Parts)) {
			if depth >= len(c.Parts[name]) || c.describes(name) {
				continue
			}
			if len(pairs) == mostPairs {
				return pairs
			}
			deeper = true
			other := pair
			other.Parts = maps.Clone(nearest)
			other.Parts[name] = c.Parts[name][depth : depth+1]
			pairs = append(pairs, &other)
		}
		if !deeper {
			return pairs
		}
	}
}

// near is c without the parts that do not stand near it.
func (c *Credential) near() *Credential {
	near := *c
	near.Parts, near.Apart = maps.Clone(c.Parts), nil
	for _, name := range c.Apart {
		delete(near.Parts, name)
	}
	return &near
}

// describes reports whether a part only tells of the credential and is not asked
// with.
func (c *Credential) describes(name string) bool {
	return slices.ContainsFunc(c.Rule.Parts, func(p rules.Part) bool { return p.Name == name && p.Context })
}

// String does not show the secret, whatever the verb.
func (c *Credential) String() string { return c.Rule.ID + " " + c.Fingerprint }

// Format keeps %+v and %#v from showing the secret.
func (c *Credential) Format(f fmt.State, _ rune) { f.Write([]byte(c.String())) }

// key names a credential in the cache without holding it.
func (c *Credential) key() string {
	h := sha256.New()
	write := func(s string) {
		h.Write(binary.AppendUvarint(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	write(c.Rule.ID)
	write(c.Value)
	for _, name := range slices.Sorted(maps.Keys(c.Parts)) {
		write(name)
		write(strings.Join(c.Parts[name], "\x00"))
	}
	write(strings.Join(c.Apart, "\x00"))
	return hex.EncodeToString(h.Sum(nil))
}
