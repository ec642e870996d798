package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxVisits bounds how many nodes of one file are looked at. Anchors and merge
// keys can make many more of a small file (the "billion laughs").
const maxVisits = 500_000

// maxDepth bounds how deep values may be nested.
const maxDepth = 64

var errTooMany = fmt.Errorf("its anchors and merge keys come to more than %d values; the rest was not read", maxVisits)

// walker reads the variables of one YAML file. The place of each node is kept,
// and a node that several anchors lead to is one variable.
type walker struct {
	*collector
	hint   func(name, scope string) string
	seen   map[*yaml.Node]bool
	visits int
}

// readYAML parses each document of the file and hands its top to read.
func readYAML(hint func(name, scope string) string, read func(w *walker, root *yaml.Node)) func(*file, *collector) error {
	return func(f *file, out *collector) error {
		w := &walker{collector: out, hint: hint, seen: map[*yaml.Node]bool{}}
		dec := yaml.NewDecoder(bytes.NewReader(f.text))
		for {
			var doc yaml.Node
			err := dec.Decode(&doc)
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return yamlError(err)
			}
			if len(doc.Content) > 0 {
				read(w, w.resolve(doc.Content[0]))
				w.flush()
			}
			if w.visits > maxVisits {
				return errTooMany
			}
		}
	}
}

// yamlError is the parser's error without what it quotes of the file: the line
// and what is wrong there.
func yamlError(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line, what, ok := strings.Cut(text, ": ")
	if !ok || !strings.HasPrefix(line, "line ") {
		line, what = "", text
	}
	if i := strings.IndexAny(what, "'\"`"); i >= 0 {
		what = strings.TrimRight(what[:i], " ")
	}
	return errors.New(strings.TrimSuffix("broken YAML: "+strings.TrimPrefix(line+": "+what, ": "), ":"))
}

// resolve follows aliases. It returns nil for nothing, and for everything when
// too much was looked at.
func (w *walker) resolve(n *yaml.Node) *yaml.Node {
	for range maxDepth {
		if w.visits++; w.visits > maxVisits {
			return nil
		}
		if n == nil || n.Kind != yaml.AliasNode {
			return n
		}
		n = n.Alias
	}
	return nil
}

// pairs are the entries of a mapping, those of its merge keys (<<) behind its
// own. Of what is no mapping there are none.
func (w *walker) pairs(n *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		w.merged(n, map[string]bool{}, 0, yield)
	}
}

func (w *walker) merged(n *yaml.Node, seen map[string]bool, depth int, yield func(string, *yaml.Node) bool) bool {
	if n = w.resolve(n); n == nil || depth > maxDepth {
		return true
	}
	if n.Kind == yaml.SequenceNode && depth > 0 { // <<: [*a, *b]
		for _, item := range n.Content {
			if !w.merged(item, seen, depth+1, yield) {
				return false
			}
		}
		return true
	}
	if n.Kind != yaml.MappingNode {
		return true
	}
	var bases []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := w.resolve(n.Content[i]), n.Content[i+1]
		switch {
		case key == nil || key.Kind != yaml.ScalarNode:
		case key.Value == "<<" && key.Style == 0:
			bases = append(bases, value)
		case seen[key.Value]:
		default:
			seen[key.Value] = true
			if v := w.resolve(value); v != nil && !yield(key.Value, v) {
				return false
			}
		}
	}
	for _, b := range bases {
		if !w.merged(b, seen, depth+1, yield) {
			return false
		}
	}
	return true
}

// get is the entry of that key, or nil.
func (w *walker) get(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		var found *yaml.Node
		for k, v := range w.pairs(n) {
			if k == key {
				found = v
				break
			}
		}
		if n = found; n == nil {
			return nil
		}
	}
	return n
}

// text is a scalar's value, or "".
func (w *walker) text(n *yaml.Node) string {
	if n = w.resolve(n); n != nil && n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return ""
}

// items are the elements of a sequence.
func (w *walker) items(n *yaml.Node) iter.Seq2[int, *yaml.Node] {
	return func(yield func(int, *yaml.Node) bool) {
		if n = w.resolve(n); n == nil || n.Kind != yaml.SequenceNode {
			return
		}
		for i, item := range n.Content {
			if item = w.resolve(item); item != nil && !yield(i, item) {
				return
			}
		}
	}
}

// index is the path of an element, from 0 as the CI systems' own expressions.
func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// env reads an environment in each form that CI systems have for one: a mapping,
// a list of NAME=value, of {name, value} or of {NAME: value}, and words with
// NAME=value in one scalar. It is a block of its own.
func (w *walker) env(n *yaml.Node, path, scope string) {
	w.flush()
	w.environment(n, path, scope, 0)
	w.flush()
}

func (w *walker) environment(n *yaml.Node, path, scope string, depth int) {
	if n = w.resolve(n); n == nil || depth > maxDepth {
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		for name, v := range w.pairs(n) {
			w.variable(name, v, path+"."+name, scope, depth+1)
		}
	case yaml.SequenceNode:
		for _, item := range w.items(n) {
			if name, v := w.named(item); v != nil {
				w.variable(name, v, path+"."+name, scope, depth+1)
			} else if item.Kind != yaml.MappingNode || w.get(item, "secure") == nil {
				w.environment(item, path, scope, depth+1)
			}
		}
	case yaml.ScalarNode:
		w.words(n, path, scope)
	}
}

// named reads {name: NAME, value: x}, also with key for name.
func (w *walker) named(n *yaml.Node) (string, *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		return "", nil
	}
	for _, key := range []string{"name", "key", "Name", "Key"} {
		name := w.text(w.get(n, key))
		if name == "" {
			continue
		}
		for _, value := range []string{"value", "default", "Value"} {
			if v := w.get(n, value); v != nil {
				return name, v
			}
		}
	}
	return "", nil
}

// variable reads the value of a variable: a scalar, or a mapping that has it
// beside a description, or several values.
func (w *walker) variable(name string, v *yaml.Node, path, scope string, depth int) {
	if v = w.resolve(v); v == nil || depth > maxDepth {
		return
	}
	switch v.Kind {
	case yaml.ScalarNode:
		w.scalar(name, v.Value, v, path, scope)
	case yaml.MappingNode:
		if w.get(v, "secure") != nil || w.get(v, "from_secret") != nil || w.get(v, "valueFrom") != nil {
			w.cov.Count("references", 1)
			return
		}
		for _, key := range []string{"value", "default"} {
			if inner := w.get(v, key); inner != nil {
				w.variable(name, inner, path, scope, depth+1)
				return
			}
		}
		w.tree(v, path, scope, depth+1)
	case yaml.SequenceNode:
		for i, item := range w.items(v) {
			w.variable(name, item, index(path, i), scope, depth+1)
		}
	}
}

// tree takes each scalar below n for a variable named by its key.
func (w *walker) tree(n *yaml.Node, path, scope string, depth int) {
	if n = w.resolve(n); n == nil || depth > maxDepth {
		return
	}
	for i, item := range w.items(n) {
		at := index(path, i)
		if name, v := w.named(item); v != nil {
			w.variable(name, v, at+"."+name, scope, depth+1)
		} else {
			w.tree(item, at, scope, depth+1)
		}
	}
	for name, v := range w.pairs(n) {
		at := strings.TrimPrefix(path+"."+name, ".")
		if v.Kind == yaml.MappingNode {
			w.tree(v, at, scope, depth+1)
		} else {
			w.variable(name, v, at, scope, depth+1)
		}
	}
}

// words reads NAME=value, or several of them with white space between and quotes
// as the shell has them.
func (w *walker) words(n *yaml.Node, path, scope string) {
	if w.seen[n] {
		return
	}
	for name, value := range assignments(n.Value) {
		w.scalar(name, value, n, path+"."+name, scope)
		delete(w.seen, n)
	}
	w.seen[n] = true
}

// scalar takes a variable whose value stands in node n.
func (w *walker) scalar(name, value string, n *yaml.Node, path, scope string) {
	// A tag of the CI system's own (!reference, !Ref, !vault) says that the value
	// is elsewhere or encrypted.
	own := strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!")
	if w.seen[n] || own || n.Tag == "!!null" {
		return
	}
	w.seen[n] = true
	w.add(variable{
		name: name, path: path, scope: scope, value: value, hint: w.hint(name, scope), line: n.Line, column: n.Column,
	})
}

// assignments are the NAME=value words of a line. Where the line is one
// assignment whose value has spaces and no quotes, that is the value.
func assignments(line string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		name, value, ok := strings.Cut(line, "=")
		if ok && isName(name) && !strings.Contains(value, "=") && !strings.HasPrefix(value, `"`) && !strings.HasPrefix(value, "'") {
			yield(name, value)
			return
		}
		for line = strings.TrimLeft(line, " \t\r\n"); line != ""; line = strings.TrimLeft(line, " \t\r\n") {
			n := nameLen(line)
			if n == 0 || n >= len(line) || line[n] != '=' {
				i := strings.IndexAny(line, " \t\r\n")
				if i < 0 {
					return
				}
				line = line[i:]
				continue
			}
			value, size := word(line[n+1:])
			if !yield(line[:n], value) {
				return
			}
			line = line[n+1+size:]
		}
	}
}

// word is the shell word with which text begins, without quotes round it, and
// its length.
func word(text string) (string, int) {
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		if i := strings.IndexByte(text[1:], text[0]); i >= 0 {
			return text[1 : 1+i], i + 2
		}
	}
	n := strings.IndexAny(text, " \t\r\n")
	if n < 0 {
		n = len(text)
	}
	return text[:n], n
}
