package remediate

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"text/template/parse"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/rules"
)

//go:embed runbooks/default.md
var builtinRunbook string

// Runbooks write what is to be done about a secret, in the order that breaks
// nothing. See docs/runbooks.md.
type Runbooks struct {
	Approval     bool          // whether somebody has to approve before anything is changed
	ConfirmAfter time.Duration // between the two refusals that close an issue; 0: not said

	providers []*rules.Provider
	templates []runbookTemplate
}

// runbookTemplate is one file of templates.
type runbookTemplate struct {
	name string // what it is for: "default", or a provider's or a rule's id
	file string // for messages
	tree map[string]*parse.Tree
}

// The largest template, and the largest runbook that one may write, in bytes.
const (
	maxTemplate = 256 << 10
	maxRunbook  = 1 << 20
)

// defaultRunbook is the name of the template that is for every secret.
const defaultRunbook = "default"

// LoadRunbooks reads the templates *.md of a folder, which override the built-in
// one: default.md for all secrets, PROVIDER.md and RULE.md for those of a provider
// or a rule. The folder may be missing, and dir empty.
func LoadRunbooks(dir string, providers []*rules.Provider) (*Runbooks, error) {
	r := &Runbooks{providers: providers}
	if err := r.add("built-in default.md", defaultRunbook, builtinRunbook); err != nil {
		return nil, err
	}
	files, err := templatesIn(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("runbooks: %w", err)
	}
	var errs []error
	for _, f := range files {
		if f.err == nil {
			f.err = r.add(f.path, f.name, f.text)
		}
		errs = append(errs, f.err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return r, nil
}

// templateFile is a file of templates as it is read.
type templateFile struct {
	path string // for messages
	name string // without .md
	text string
	err  error // with the path
}

// templatesIn reads the templates of a folder, by name.
func templatesIn(dir string) ([]templateFile, error) {
	if dir == "" {
		return nil, nil
	}
	root, err := os.OpenRoot(dir) // no symbolic link leads out of it
	if err != nil {
		return nil, err
	}
	defer root.Close()
	names, err := fs.Glob(root.FS(), "*.md")
	if err != nil {
		return nil, err
	}
	var all []templateFile
	for _, name := range names {
		f := templateFile{path: filepath.Join(dir, name), name: strings.TrimSuffix(name, ".md")}
		if f.text, err = readTemplate(root, name); err != nil {
			f.err = fmt.Errorf("%s: %w", f.path, err)
		}
		all = append(all, f)
	}
	return all, nil
}

func readTemplate(root *os.Root, name string) (string, error) {
	info, err := root.Stat(name)
	if err != nil {
		return "", errors.Unwrap(err) // without the path, which the caller says
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for a writer
		return "", errors.New("not a regular file")
	}
	f, err := root.Open(name)
	if err != nil {
		return "", errors.Unwrap(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxTemplate+1))
	if len(text) > maxTemplate {
		return "", fmt.Errorf("larger than %d KiB", maxTemplate>>10)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n"), err
}

// add parses a file of templates.
func (r *Runbooks) add(file, name, text string) error {
	t, err := template.New(file).Funcs(runbookFuncs()).Parse(text)
	if err != nil {
		return templateError(err)
	}
	trees := map[string]*parse.Tree{}
	for _, t := range t.Templates() {
		switch {
		case t.Name() != file:
			trees[t.Name()] = t.Tree
		case !parse.IsEmptyTree(t.Root):
			trees[defaultRunbook] = t.Tree
		}
	}
	r.templates = append(r.templates, runbookTemplate{name, file, trees})
	return nil
}

// templateError is an error of text/template without what that puts in front of the
// file's name.
func templateError(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "template: "))
}

// runbookFuncs are the functions that templates have beside those of text/template.
func runbookFuncs() template.FuncMap {
	return template.FuncMap{
		"code": func(v any) string {
			if t, ok := v.(Text); ok {
				return codeSpan(string(t))
			}
			return codeSpan(fmt.Sprint(v))
		},
		"join": func(list []Text, separator string) string {
			var all []string
			for _, t := range list {
				all = append(all, t.String())
			}
			return strings.Join(all, separator)
		},
	}
}

// templateOf is the template of a rule: the built-in one, with what default.md,
// PROVIDER.md and RULE.md have of their own put over it, in this order.
func (r *Runbooks) templateOf(provider, rule string) (*template.Template, error) {
	t := template.New(defaultRunbook).Funcs(runbookFuncs())
	for _, name := range []string{defaultRunbook, provider, rule} {
		for _, over := range r.templates {
			if over.name != name {
				continue
			}
			for section, tree := range over.tree {
				if _, err := t.AddParseTree(section, tree); err != nil {
					return nil, fmt.Errorf("%s: %w", over.file, err)
				}
			}
		}
	}
	return t, nil
}

// Render writes the runbook of a secret, as Markdown.
func (r *Runbooks) Render(h *ledger.History) (string, error) { return r.render(h, "") }

// render writes a runbook. fingerprint may be "": the ledger does not know it.
func (r *Runbooks) render(h *ledger.History, fingerprint string) (string, error) {
	t, err := r.templateOf(h.Provider, h.Rule)
	if err != nil {
		return "", err
	}
	var out boundedText
	if err := t.ExecuteTemplate(&out, defaultRunbook, r.facts(h, fingerprint)); err != nil {
		return "", templateError(err)
	}
	text := strings.TrimSpace(out.String()) + "\n"
	if strings.Contains(text, beginMark) || strings.Contains(text, endMark) {
		return "", fmt.Errorf("the runbook of rule %s holds a mark of leakguard's, by which the issue would be lost", h.Rule)
	}
	return text, nil
}

// boundedText is a runbook as it is written.
type boundedText struct{ strings.Builder }

func (b *boundedText) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxRunbook {
		return 0, fmt.Errorf("the runbook is larger than %d KiB", maxRunbook>>10)
	}
	return b.Builder.Write(p)
}

// provider returns the provider with an id, or nil.
func (r *Runbooks) provider(id string) *rules.Provider {
	for _, p := range r.providers {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// rule returns the rule with an id, or nil.
func (r *Runbooks) rule(id string) *rules.Rule {
	for _, p := range r.providers {
		for _, rule := range p.Rules {
			if rule.ID == id {
				return rule
			}
		}
	}
	return nil
}
