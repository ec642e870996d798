package remediate

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/leakguard/leakguard/detectors/rules"
)

// Problem is what is wrong with a template.
type Problem struct {
	File string
	Line int // 0: of the whole file
	Text string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// CheckRunbooks tells what is wrong with the templates of a folder: what does not
// parse, fields, functions and sections that do not exist, also where no secret of
// today leads, what fails with secrets of all shapes, names that are no provider's
// and no rule's, and the line for the approval if it is demanded and not shown. The
// error is that of a folder that cannot be read.
func CheckRunbooks(dir string, providers []*rules.Provider, approval bool) ([]Problem, error) {
	r, err := LoadRunbooks("", providers)
	if err != nil {
		return nil, err
	}
	r.Approval = approval
	files, err := templatesIn(dir)
	if err != nil {
		return nil, err
	}
	c := &runbookCheck{r: r, seen: map[Problem]bool{}}
	for _, f := range files {
		if f.err == nil {
			f.err = r.add(f.path, f.name, f.text)
		}
		if f.err != nil {
			c.fail(f.path, f.err)
		}
	}
	for _, t := range r.templates[1:] { // the first is the built-in one
		c.names(t)
		c.tries(t)
	}
	slices.SortFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Text, b.Text))
	})
	return c.problems, nil
}

// runbookCheck collects problems, each once.
type runbookCheck struct {
	r        *Runbooks
	problems []Problem
	seen     map[Problem]bool
}

func (c *runbookCheck) add(p Problem) {
	if !c.seen[p] {
		c.seen[p] = true
		c.problems = append(c.problems, p)
	}
}

// fail adds an error, which may begin with a place: FILE:LINE: or FILE:LINE:COLUMN:.
func (c *runbookCheck) fail(file string, err error) {
	p := Problem{File: file, Text: err.Error()}
	if errors.Is(err, fs.ErrNotExist) {
		p.Text = "a symbolic link to nothing"
	}
	for _, t := range c.r.templates {
		if strings.HasPrefix(p.Text, t.file+":") {
			p.File = t.file // the section that failed may be another file's
		}
	}
	p.Text = strings.TrimPrefix(strings.TrimPrefix(p.Text, p.File+":"), " ")
	for range 2 {
		number, rest, _ := strings.Cut(p.Text, ":")
		n, err := strconv.Atoi(number)
		if err != nil {
			break
		}
		p.Text = strings.TrimPrefix(rest, " ")
		p.Line = cmp.Or(p.Line, n)
	}
	c.add(p)
}

// names checks the name of a file, and all names in it.
func (c *runbookCheck) names(t runbookTemplate) {
	if t.name != defaultRunbook && c.r.provider(t.name) == nil && c.r.rule(t.name) == nil {
		c.add(Problem{File: t.file, Text: fmt.Sprintf("no provider and no rule is called %s: see leakguard rules list", t.name)})
	}
	sections := map[string]bool{}
	for _, other := range c.r.templates {
		if other.file == t.file || other.name == defaultRunbook || c.above(t, other) {
			for name := range other.tree {
				sections[name] = true
			}
		}
	}
	w := templateWalk{fields: fieldNames(), sections: sections}
	for _, tree := range t.tree {
		w.tree = tree
		w.list(tree.Root)
	}
	for _, err := range w.errs {
		c.fail(t.file, err)
	}
}

// above reports whether a template is of the rule's provider of another one.
func (c *runbookCheck) above(of, other runbookTemplate) bool {
	rule := c.r.rule(of.name)
	return rule != nil && rule.Provider.ID == other.name
}

// tries executes a template for secrets of the rules that it is for.
func (c *runbookCheck) tries(t runbookTemplate) {
	for _, rule := range c.rulesOf(t.name) {
		for _, s := range samples(rule) {
			text, err := c.r.Render(s.history)
			switch {
			case err != nil:
				c.fail(t.file, err)
			case c.r.Approval && !strings.Contains(text, approvalLine):
				c.add(Problem{File: t.file, Text: "issues.approval is set, and the runbook of " + s.name + " does not show {{.Approval}}"})
			}
		}
	}
}

// rulesOf are the rules that a template is tried with: those that it is for; one of
// each provider if that is all.
func (c *runbookCheck) rulesOf(name string) []*rules.Rule {
	var all []*rules.Rule
	for _, p := range c.r.providers {
		switch {
		case name == defaultRunbook:
			all = append(all, p.Rules[:min(len(p.Rules), 1)]...)
		case name == p.ID:
			all = append(all, p.Rules...)
		}
	}
	if rule := c.r.rule(name); rule != nil {
		all = append(all, rule)
	}
	return all
}
