package pipeline

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// search says where, in the files of a CI system, variables stand.
type search struct {
	scope string // of the whole file: "pipeline"
	named bool   // the scope is a name, and parts are of it

	// keys are those below which variables are set.
	keys []string

	// units are the keys below which parts of a pipeline are listed, or named, and
	// what one is called: "jobs", "job".
	units map[string]string

	// names are the keys by which a part in a list is named.
	names []string
}

// run finds the variables everywhere in a document.
func (s *search) run(w *walker, root *yaml.Node) { s.below(w, root, "", s.scope, 0) }

func (s *search) below(w *walker, n *yaml.Node, path, scope string, depth int) {
	if depth > maxDepth {
		return
	}
	for key, v := range w.pairs(n) {
		at := key
		if path != "" {
			at = path + "." + key
		}
		switch unit := s.units[key]; {
		case slices.Contains(s.keys, key):
			w.env(v, at, scope)
		case unit != "":
			s.parts(w, v, unit, at, scope, depth+1)
		default:
			s.below(w, v, at, scope, depth+1)
		}
	}
	for i, item := range w.items(n) {
		s.below(w, item, index(path, i), scope, depth+1)
	}
}

// parts reads the parts of a pipeline that n lists or names; n may be one part
// that is neither.
func (s *search) parts(w *walker, n *yaml.Node, unit, path, scope string, depth int) {
	of := ""
	if scope != s.scope || s.named {
		of = " of " + scope
	}
	for name, part := range w.pairs(n) {
		if part.Kind == yaml.ScalarNode || slices.Contains(s.keys, name) {
			s.below(w, n, path, unit+" "+s.nameOf(w, n, 0)+of, depth)
			return
		}
		s.below(w, part, path+"."+name, unit+" "+name+of, depth)
	}
	for i, part := range w.items(n) {
		s.below(w, part, index(path, i), unit+" "+s.nameOf(w, part, i)+of, depth)
	}
}

// nameOf is what a part in a list is called, or its number from 1.
func (s *search) nameOf(w *walker, n *yaml.Node, i int) string {
	for _, key := range s.names {
		if name := w.text(w.get(n, key)); name != "" {
			return name
		}
	}
	return fmt.Sprint(i + 1)
}
