package config

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/leakguard/leakguard/detectors/rules"
)

// Migrated is a config of another tool in leakguard's own form.
type Migrated struct {
	Config   []byte   // for .leakguard.toml
	Provider []byte   // for a file in rules.d; nil: the config has no rules of its own
	Left     []string // sentences on what could not be carried over
}

// The files that are written; what is empty is left out.
type (
	migratedConfig struct {
		Allow []migratedAllow `toml:"allow,omitempty"`
	}
	migratedProvider struct {
		ID         string               `toml:"id"`
		Name       string               `toml:"name"`
		Severity   string               `toml:"severity"`
		Credential []migratedCredential `toml:"credential"`
	}
	migratedCredential struct {
		ID       string          `toml:"id"`
		Name     string          `toml:"name"`
		Regex    string          `toml:"regex"`
		Keywords []string        `toml:"keywords,omitempty"`
		Entropy  float64         `toml:"entropy,omitempty"`
		Path     string          `toml:"path,omitempty"`
		Allow    []migratedAllow `toml:"allow,omitempty"`
	}
	migratedAllow struct {
		Reason    string   `toml:"reason,omitempty"`
		Paths     []string `toml:"paths,omitempty"`
		Regexes   []string `toml:"regexes,omitempty"`
		Stopwords []string `toml:"stopwords,omitempty"`
		All       bool     `toml:"all,omitempty"`
	}
)

// MigrateGitleaks carries over a config of gitleaks 8 that rules.ReadGitleaks read.
// Rules that are those of gitleaks' default config are left to leakguard's own.
func MigrateGitleaks(p *rules.Provider) (*Migrated, error) {
	known, _, err := rules.ReadGitleaks(rules.GitleaksDefaultName, rules.GitleaksDefault, os.ReadFile)
	if err != nil {
		return nil, err
	}
	m := &Migrated{}
	builtin := map[string]bool{}
	for _, r := range known.Rules {
		builtin[ruleText(r)] = true
	}
	out := migratedProvider{ID: "migrated", Name: p.Name, Severity: "high"}
	same := 0
	for _, r := range p.Rules {
		if builtin[ruleText(r)] {
			same++
			continue
		}
		if c, ok := m.credential(r); ok {
			out.Credential = append(out.Credential, c)
		}
	}
	if same > 0 {
		m.leave("%d rules are those of gitleaks' default config: leakguard's own stand for them", same)
	}
	var conf migratedConfig
	for _, a := range p.GitleaksAllow {
		if allow, ok := m.allow("the whole config", a); ok {
			conf.Allow = append(conf.Allow, allow)
		}
	}
	if m.Config, err = encodeTOML(conf); err != nil || len(out.Credential) == 0 {
		return m, err
	}
	m.leave("the rules have no match and ignore templates: write them, and run leakguard rules test")
	m.Provider, err = encodeTOML(out)
	return m, err
}

// ruleText is a rule as a text, for comparison.
func ruleText(r *rules.Rule) string {
	return fmt.Sprintf("%q %q %q %q %v %+v", r.ID, r.Pattern, r.Path, r.Keywords, r.Entropy, *r.Gitleaks)
}

func (m *Migrated) leave(format string, args ...any) {
	m.Left = append(m.Left, fmt.Sprintf(format, args...))
}

// credential carries over a rule, if that can be done.
func (m *Migrated) credential(r *rules.Rule) (migratedCredential, bool) {
	c := migratedCredential{ID: credentialID(r.ID), Name: r.Name, Regex: r.Pattern, Keywords: r.Keywords, Entropy: r.Entropy, Path: r.Path}
	g := r.Gitleaks
	switch {
	case r.Pattern == "":
		m.leave("rule %s: it is for paths alone; leakguard reports secrets, not files", r.ID)
		return c, false
	case g.SkipReport:
		m.leave("rule %s: it reports nothing and only serves other rules", r.ID)
		return c, false
	}
	if g.SecretGroup > 0 {
		c.Regex = nameGroup(r.Pattern, g.SecretGroup)
	}
	for _, q := range g.Required {
		m.leave("rule %s: it is reported also where %s is not near", r.ID, q.Rule)
	}
	for _, a := range g.Allow {
		if allow, ok := m.allow("rule "+r.ID, a); ok {
			c.Allow = append(c.Allow, allow)
		}
	}
	// Whatever is not fit for a provider file is told by its reader.
	data, err := encodeTOML(migratedProvider{ID: "migrated", Name: "x", Severity: "high", Credential: []migratedCredential{c}})
	if err == nil {
		_, err = rules.ReadProvider("rule "+r.ID, data)
	}
	if err != nil {
		m.leave("%v", err)
		return c, false
	}
	return c, true
}

// allow carries over an allowlist of where, without what leakguard's has not.
func (m *Migrated) allow(where string, a rules.GitleaksAllow) (migratedAllow, bool) {
	out := migratedAllow{Reason: a.Description, Paths: a.Paths, Regexes: a.Regexes, Stopwords: a.Stopwords, All: a.All}
	lost := ""
	if len(a.Commits) > 0 {
		lost = "commits"
	}
	if a.Target != rules.TargetSecret && len(a.Regexes) > 0 {
		lost = "regexes on the match or the line"
		out.Regexes = nil
	}
	if lost != "" && (a.All || len(out.Paths)+len(out.Regexes)+len(out.Stopwords) == 0) {
		m.leave("%s: an allowlist is left out: there are none by %s", where, lost)
		return out, false
	}
	if lost != "" {
		m.leave("%s: a part of an allowlist is left out: there are none by %s", where, lost)
	}
	return out, true
}

// credentialID turns a rule's id into words joined by hyphens.
func credentialID(id string) string {
	words := strings.FieldsFunc(strings.ToLower(id), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

// nameGroup names the n-th group of a pattern secret.
func nameGroup(pattern string, n int) string {
	class := false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
			if rest := strings.TrimPrefix(pattern[i+1:], "^"); strings.HasPrefix(rest, "]") {
				i = len(pattern) - len(rest) // a bracket that is first stands for itself
			}
		case c != '(':
		case strings.HasPrefix(pattern[i:], "(?") && !strings.HasPrefix(pattern[i:], "(?P<") && !strings.HasPrefix(pattern[i:], "(?<"):
		default:
			if n--; n > 0 {
				continue
			}
			rest := pattern[i+1:]
			if strings.HasPrefix(rest, "?") {
				rest = rest[strings.IndexByte(rest, '>')+1:]
			}
			return pattern[:i] + "(?P<secret>" + rest
		}
	}
	return pattern
}

func encodeTOML(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := toml.NewEncoder(&b)
	enc.Indent = ""
	err := enc.Encode(v)
	return b.Bytes(), err
}
