package rules

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/leakguard/leakguard/detectors/checksum"
)

// The file format of a provider: see docs/providers.md.
type (
	providerFile struct {
		ID         string           `toml:"id"`
		Name       string           `toml:"name"`
		Docs       string           `toml:"docs"`
		Identity   Identity         `toml:"identity"`
		OWASP      []string         `toml:"owasp"`
		Severity   Severity         `toml:"severity"`
		Rotate     rotateFile       `toml:"rotate"`
		Credential []credentialFile `toml:"credential"`
		Verify     []verifyFile     `toml:"verify"`
		Revoke     []revokeFile     `toml:"revoke"`
	}
	rotateFile struct {
		URL   string   `toml:"url"`
		Steps []string `toml:"steps"`
	}
	credentialFile struct {
		ID         string      `toml:"id"`
		Name       string      `toml:"name"`
		Source     string      `toml:"source"`
		Regex      string      `toml:"regex"`
		Near       []string    `toml:"near"`
		Value      string      `toml:"value"`
		Detector   string      `toml:"detector"`
		Keywords   []string    `toml:"keywords"`
		Entropy    float64     `toml:"entropy"`
		Checksum   string      `toml:"checksum"`
		Path       string      `toml:"path"`
		Severity   Severity    `toml:"severity"`
		Confidence Confidence  `toml:"confidence"`
		Publish    bool        `toml:"publishable"`
		Match      []string    `toml:"match"`
		Ignore     []string    `toml:"ignore"`
		Part       []partFile  `toml:"part"`
		Allow      []AllowFile `toml:"allow"`
	}
	partFile struct {
		Name       string `toml:"name"`
		Credential string `toml:"credential"`
		Regex      string `toml:"regex"`
		Context    bool   `toml:"context"`
		Lines      int    `toml:"lines"`
	}
)

// AllowFile is how an allowlist is written in TOML, in a provider file and in
// .leakguard.toml alike.
type AllowFile struct {
	Reason    string   `toml:"reason"`
	Paths     []string `toml:"paths"`
	Regexes   []string `toml:"regexes"`
	Stopwords []string `toml:"stopwords"`
	All       bool     `toml:"all"`
}

// Allow returns the allowlist, or an error if it would admit everything or
// nothing can satisfy it.
func (f AllowFile) Allow() (Allow, error) {
	if len(f.Paths)+len(f.Regexes)+len(f.Stopwords) == 0 {
		return Allow{}, errors.New("an allowlist needs paths, regexes or stopwords")
	}
	return Allow(f), nil
}

// isID reports whether s is lower-case words and digits joined by hyphens.
func isID(s string) bool {
	for _, word := range strings.Split(s, "-") {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
	}
	return true
}

// ReadProvider reads one provider file. name is used in errors.
func ReadProvider(name string, data []byte) (*Provider, error) {
	var f providerFile
	if err := DecodeStrict(name, data, &f); err != nil {
		return nil, err
	}
	p := &Provider{
		ID: f.ID, Name: f.Name, Docs: f.Docs, Identity: f.Identity,
		OWASP: f.OWASP, Severity: f.Severity,
		Rotate: Runbook{f.Rotate.URL, f.Rotate.Steps},
	}
	fail := func(format string, a ...any) (*Provider, error) {
		return nil, &ConfigError{File: name, Err: fmt.Errorf(format, a...)}
	}
	if !isID(p.ID) {
		return fail("id %q: want lower-case words joined by hyphens", p.ID)
	}
	if p.Name == "" {
		return fail("name is missing")
	}
	if len(f.Credential) == 0 {
		return fail("no [[credential]]")
	}
	if p.Severity == 0 {
		p.Severity = High
	}
	if len(p.OWASP) == 0 {
		p.OWASP = []string{"NHI2:2025"}
	}
	seen := map[string]bool{}
	for i := range f.Credential {
		r, err := f.Credential[i].rule(p)
		if err != nil {
			return fail("credential %q: %w", f.Credential[i].ID, err)
		}
		if seen[r.ID] {
			return fail("credential %q is there twice", f.Credential[i].ID)
		}
		seen[r.ID] = true
		p.Rules = append(p.Rules, r)
	}
	if err := f.questions(p); err != nil {
		return fail("%w", err)
	}
	return p, nil
}

// questions reads how the credentials are verified and revoked.
func (f *providerFile) questions(p *Provider) error {
	taken := map[string]bool{}
	for i := range f.Verify {
		v, err := f.Verify[i].verify(p, taken)
		if err != nil {
			return fmt.Errorf("verify %d: %w", i+1, err)
		}
		p.Verify = append(p.Verify, v)
	}
	taken = map[string]bool{}
	for i := range f.Revoke {
		r, err := f.Revoke[i].revoke(p, taken)
		if err != nil {
			return fmt.Errorf("revoke %d: %w", i+1, err)
		}
		p.Revoke = append(p.Revoke, r)
	}
	return nil
}

func (c *credentialFile) rule(p *Provider) (*Rule, error) {
	r := &Rule{
		ID: p.ID + "-" + c.ID, Provider: p, Name: c.Name, Source: c.Source,
		Pattern: c.Regex, Detector: c.Detector, Entropy: c.Entropy, Checksum: c.Checksum, Path: c.Path,
		Severity: c.Severity, Confidence: c.Confidence, Publish: c.Publish,
		Match: c.Match, Ignore: c.Ignore,
	}
	if !isID(c.ID) {
		return nil, errors.New("id: want lower-case words joined by hyphens")
	}
	if r.Name == "" {
		return nil, errors.New("name is missing")
	}
	if err := c.pattern(r); err != nil {
		return nil, err
	}
	if c.Checksum != "" && !checksum.Known(c.Checksum) {
		return nil, fmt.Errorf("checksum %q: want one of %s", c.Checksum, strings.Join(checksum.Names(), ", "))
	}
	if r.Severity == 0 {
		r.Severity = p.Severity
	}
	if r.Publish {
		r.Severity = Info
	}
	for _, pt := range c.Part {
		if pt.Name == "" || (pt.Credential == "") == (pt.Regex == "") {
			return nil, errors.New("a part needs name, and credential or regex")
		}
		if _, err := regexp.Compile(pt.Regex); err != nil {
			return nil, fmt.Errorf("part %s: regex: %w; want a regular expression of RE2", pt.Name, err)
		}
		r.Parts = append(r.Parts, Part{pt.Name, pt.Credential, pt.Regex, max(pt.Lines, 1), pt.Context})
	}
	for _, a := range c.Allow {
		allow, err := a.Allow()
		if err != nil {
			return nil, err
		}
		r.Allow = append(r.Allow, allow)
	}
	return r, nil
}

// pattern settles the regular expression, keywords and default confidence.
func (c *credentialFile) pattern(r *Rule) error {
	near := len(c.Near) > 0 || c.Value != ""
	switch {
	case c.Detector != "":
		if near || c.Regex != "" || len(c.Keywords) > 0 {
			return errors.New("detector excludes regex, near, value and keywords")
		}
		return nil
	case near && c.Regex != "":
		return errors.New("regex excludes near and value")
	case near && (len(c.Near) == 0 || c.Value == ""):
		return errors.New("near and value go together")
	case near:
		r.Pattern = nearPattern(c.Near, c.Value)
		r.Near = c.Near
	case c.Regex == "":
		return errors.New("regex, or near and value, is missing")
	}
	if r.Confidence == 0 {
		r.Confidence = Certain
		if near {
			r.Confidence = Likely
		}
	}
	for _, k := range c.Keywords {
		r.Keywords = append(r.Keywords, strings.ToLower(k))
	}
	if len(r.Keywords) == 0 && near {
		r.Keywords = nearKeywords(c.Near)
	}
	if len(r.Keywords) == 0 {
		var err error
		if r.Keywords, err = literals(r.Pattern); err != nil {
			return fmt.Errorf("regex: %w; want a regular expression of RE2", err)
		}
	}
	if len(r.Keywords) == 0 {
		return errors.New("keywords: none given, and none of three letters or more can be derived from the regex")
	}
	for _, k := range r.Keywords {
		if len(k) < 3 || !isASCII(k) {
			return fmt.Errorf("keyword %q: want at least three ASCII characters", k)
		}
	}
	return nil
}

// nearKeywords takes the longest word of each name: the one that is written the
// same whatever the separators are.
func nearKeywords(names []string) []string {
	var keys []string
	for _, n := range names {
		best := ""
		for _, w := range strings.Fields(strings.ToLower(n)) {
			if len(w) > len(best) {
				best = w
			}
		}
		keys = append(keys, best)
	}
	return keys
}
