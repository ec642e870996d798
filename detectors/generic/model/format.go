package model

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// version of the text format that Read knows and WriteTo writes.
const version = 1

// Read reads an ensemble from its text format. Lines are blank, a comment that
// begins with #, or one of
//
//	model 1                  the first: the version of the format
//	bias VALUE               log-odds before any tree
//	feature NAME             the next element of the vector
//	tree                     a tree begins; its root is the next line
//	NAME <= CUT VALUE        a split; where it holds and where not, the next two nodes
//	leaf VALUE
//
// in this order, with any blanks before and between words. Nodes come depth first:
// a split, all that is below its first branch, all that is below its second. A
// VALUE is in log-odds, rounded to a multiple of 1/1024: what a leaf adds, and
// what a split adds on average. Errors name the line.
func Read(r io.Reader) (*Ensemble, error) {
	p := parser{lines: bufio.NewScanner(r), index: map[string]int{}}
	e, err := p.ensemble()
	if err != nil {
		return nil, fmt.Errorf("model: line %d: %w", p.line, err)
	}
	return e, nil
}

// parser holds the state of Read.
type parser struct {
	lines *bufio.Scanner
	line  int
	words []string // of the line, nil at the end
	names []string
	index map[string]int
}

var errEnd = errors.New("the file ends too early")

// next reads the words of the next line that says something; at the end of the
// file there are none.
func (p *parser) next() error {
	p.words = nil
	for p.lines.Scan() {
		p.line++
		text := strings.TrimSpace(p.lines.Text())
		if text != "" && text[0] != '#' {
			p.words = strings.Fields(text)
			return nil
		}
	}
	return p.lines.Err()
}

// is reports whether the line begins with that word and has n words.
func (p *parser) is(word string, n int) bool {
	return len(p.words) == n && p.words[0] == word
}

func (p *parser) ensemble() (*Ensemble, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	if !p.is("model", 2) {
		return nil, fmt.Errorf("want \"model %d\" first", version)
	}
	if p.words[1] != strconv.Itoa(version) {
		return nil, fmt.Errorf("version %q of the format is not known, only %d is", p.words[1], version)
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if !p.is("bias", 2) {
		return nil, errors.New("want \"bias VALUE\"")
	}
	bias, err := value(p.words[1])
	if err != nil {
		return nil, err
	}
	if err := p.features(); err != nil {
		return nil, err
	}
	var trees [][]Node
	for p.words != nil {
		t, err := p.tree()
		if err != nil {
			return nil, err
		}
		trees = append(trees, t)
		if len(trees) > maxTrees {
			return nil, fmt.Errorf("more than %d trees", maxTrees)
		}
	}
	return New(p.names, bias, trees)
}

// features reads the names, and the first line behind them.
func (p *parser) features() error {
	for {
		if err := p.next(); err != nil {
			return err
		}
		if !p.is("feature", 2) {
			return nil
		}
		name := p.words[1]
		if !validName(name) {
			return fmt.Errorf("feature name %q has control characters or a #", name)
		}
		if _, ok := p.index[name]; ok {
			return fmt.Errorf("feature %s is there twice", name)
		}
		p.index[name] = len(p.names)
		p.names = append(p.names, name)
	}
}

// tree reads a tree, and the first line behind it.
func (p *parser) tree() ([]Node, error) {
	if !p.is("tree", 1) {
		return nil, fmt.Errorf("want \"tree\", not %q", p.words[0])
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	return p.node(nil)
}

// node appends the node of this line, and all below it, to t, and reads the first
// line behind them.
func (p *parser) node(t []Node) ([]Node, error) {
	if p.words == nil {
		return nil, errEnd
	}
	if len(t) >= 2*maxLeaves-1 {
		return nil, fmt.Errorf("the tree has more than %d leaves", maxLeaves)
	}
	if p.is("leaf", 2) {
		v, err := value(p.words[1])
		if err != nil {
			return nil, err
		}
		return append(t, Node{Feature: -1, Value: v}), p.next()
	}
	n, err := p.split()
	if err != nil {
		return nil, err
	}
	at := len(t)
	t = append(t, n)
	if err := p.next(); err != nil {
		return nil, err
	}
	t[at].Left = len(t)
	if t, err = p.node(t); err != nil {
		return nil, err
	}
	t[at].Right = len(t)
	return p.node(t)
}

func (p *parser) split() (Node, error) {
	if len(p.words) != 4 || p.words[1] != "<=" {
		return Node{}, errors.New("want \"NAME <= CUT VALUE\" or \"leaf VALUE\"")
	}
	feature, ok := p.index[p.words[0]]
	if !ok {
		return Node{}, fmt.Errorf("no feature %q was named before", p.words[0])
	}
	cut, err := strconv.ParseFloat(p.words[2], 32)
	if err != nil || cut-cut != 0 {
		return Node{}, fmt.Errorf("cut %q is no number", p.words[2])
	}
	v, err := value(p.words[3])
	return Node{Feature: feature, Cut: float32(cut), Value: v}, err
}

func value(word string) (float32, error) {
	v, err := strconv.ParseFloat(word, 32)
	if err != nil || !inBounds(float32(v)) {
		return 0, fmt.Errorf("value %q is no number within -%d and %d", word, maxValue, maxValue)
	}
	return float32(v), nil
}

// WriteTo writes the text format that Read reads, with the features that a tree
// asks for.
func (e *Ensemble) WriteTo(w io.Writer) (int64, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, "model %d\nbias %.4f\n", version, e.bias)
	for i, used := range e.Used() {
		if used {
			fmt.Fprintf(&out, "feature %s\n", e.names[i])
		}
	}
	for _, root := range e.roots {
		out.WriteString("tree\n")
		e.writeNode(&out, root, 1)
	}
	return out.WriteTo(w)
}

func (e *Ensemble) writeNode(out *bytes.Buffer, i int32, depth int) {
	out.WriteString(strings.Repeat(" ", depth))
	n := e.nodes[i]
	if e.leaf(i) {
		fmt.Fprintf(out, "leaf %.4f\n", n.value)
		return
	}
	fmt.Fprintf(out, "%s <= %s %.4f\n", e.names[n.feature], strconv.FormatFloat(float64(n.cut), 'g', -1, 32), n.value)
	e.writeNode(out, n.left, depth+1)
	e.writeNode(out, n.left+1, depth+1)
}

// Used tells of each element of the vector whether a tree asks for it.
func (e *Ensemble) Used() []bool {
	used := make([]bool, len(e.names))
	for i, n := range e.nodes {
		if !e.leaf(int32(i)) {
			used[n.feature] = true
		}
	}
	return used
}
