package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr"

	"github.com/leakguard/leakguard/detectors/rules"
)

// Check compiles all that a provider file says of verification and revocation, and
// returns the first error. It is for files that a person wrote; the embedded ones
// are checked by tests.
func Check(p *rules.Provider) error {
	var progs programs
	for i := range p.Verify {
		v := &p.Verify[i]
		if v.Verifier != "" && written(v.Verifier) == nil {
			return fmt.Errorf("%s: verify: no verifier %q", p.ID, v.Verifier)
		}
		if err := checkRequests(&progs, p, v.Rules, v.Requests); err != nil {
			return fmt.Errorf("%s: verify: %w", p.ID, err)
		}
	}
	for i := range p.Revoke {
		r := &p.Revoke[i]
		if r.Verifier != "" && revoker(r.Verifier) == nil {
			return fmt.Errorf("%s: revoke: no revoker %q", p.ID, r.Verifier)
		}
		if err := checkRequests(&progs, p, r.Rules, r.Requests); err != nil {
			return fmt.Errorf("%s: revoke: %w", p.ID, err)
		}
	}
	return nil
}

func checkRequests(progs *programs, p *rules.Provider, ids []string, requests []rules.Request) error {
	known := []string{"secret"}
	for _, r := range p.Rules {
		if slices.Contains(ids, r.ID) {
			known = append(known, partNames(r)...)
		}
	}
	for i := range requests {
		r := &requests[i]
		for _, template := range templates(r) {
			for _, name := range names(template) {
				if !slices.Contains(known, name) {
					return fmt.Errorf("%s: ${%s} is neither the secret nor a part of it, nor set before", r.URL, name)
				}
			}
		}
		for _, condition := range []string{r.Live, r.Dead, r.Next, r.Done} {
			if condition == "" {
				continue
			}
			if _, err := progs.compile(condition, expr.AsBool()); err != nil {
				return fmt.Errorf("condition %q: %w", condition, err)
			}
		}
		for _, f := range slices.Concat(r.Set, r.Take) {
			if _, err := progs.compile(f.Value); err != nil {
				return fmt.Errorf("%s = %q: %w", f.Name, f.Value, err)
			}
		}
		for _, s := range r.Set {
			known = append(known, s.Name)
		}
	}
	return nil
}

// partNames are the parts that a match of r may have.
func partNames(r *rules.Rule) []string {
	var names []string
	for _, p := range r.Parts {
		names = append(names, p.Name)
	}
	if shape, err := r.Shape(); err == nil && shape.Regexp != nil {
		names = append(names, shape.Regexp.SubexpNames()...)
	}
	return names
}

func templates(r *rules.Request) []string {
	all := append([]string{r.URL, r.Bearer, r.JSON}, r.Basic...)
	for _, f := range slices.Concat(r.Headers, r.Form) {
		all = append(all, f.Value)
	}
	return all
}

// names are those that stand in ${…} in a template.
func names(template string) []string {
	var out []string
	for {
		_, rest, found := strings.Cut(template, "${")
		if !found {
			return out
		}
		name, after, _ := strings.Cut(rest, "}")
		out = append(out, name)
		template = after
	}
}
