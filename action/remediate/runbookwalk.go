package remediate

import (
	"fmt"
	"reflect"
	"text/template/parse"
)

// templateWalk looks for names in a template that do not exist, in all of its
// branches: executing it sees only those that are taken.
type templateWalk struct {
	fields   map[string]bool // of Facts and all in it
	sections map[string]bool
	tree     *parse.Tree
	errs     []error // each begins with FILE:LINE:COLUMN:
}

// fieldNames are the names of the fields of Facts and of all structs in it.
func fieldNames() map[string]bool {
	names := map[string]bool{}
	var add func(t reflect.Type)
	add = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Slice:
			add(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				names[t.Field(i).Name] = true
				add(t.Field(i).Type)
			}
		}
	}
	add(reflect.TypeFor[Facts]())
	return names
}

func (w *templateWalk) fail(n parse.Node, format string, args ...any) {
	place, _ := w.tree.ErrorContext(n)
	w.errs = append(w.errs, fmt.Errorf("%s: %s", place, fmt.Sprintf(format, args...)))
}

func (w *templateWalk) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		w.node(n)
	}
}

func (w *templateWalk) branch(b *parse.BranchNode) {
	w.node(b.Pipe)
	w.list(b.List)
	w.list(b.ElseList)
}

func (w *templateWalk) node(n parse.Node) {
	switch n := n.(type) {
	case *parse.ActionNode:
		w.node(n.Pipe)
	case *parse.IfNode:
		w.branch(&n.BranchNode)
	case *parse.RangeNode:
		w.branch(&n.BranchNode)
	case *parse.WithNode:
		w.branch(&n.BranchNode)
	case *parse.TemplateNode:
		if !w.sections[n.Name] {
			w.fail(n, "no section is called %q", n.Name)
		}
		w.node(n.Pipe)
	case *parse.PipeNode:
		if n == nil { // of {{template "x"}}
			return
		}
		for _, c := range n.Cmds {
			for _, arg := range c.Args {
				w.node(arg)
			}
		}
	case *parse.FieldNode:
		w.names(n, n.Ident)
	case *parse.VariableNode:
		w.names(n, n.Ident[1:])
	case *parse.ChainNode:
		w.node(n.Node)
		w.names(n, n.Field)
	}
}

func (w *templateWalk) names(n parse.Node, names []string) {
	for _, name := range names {
		if !w.fields[name] {
			w.fail(n, "no field is called %s: docs/runbooks.md lists them", name)
		}
	}
}
