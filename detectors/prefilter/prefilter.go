// Package prefilter finds, in one pass over a text, where any of a set of
// keywords stands, letters compared without regard to ASCII case. It says which
// few windows of a text are worth a regular expression.
//
// It is an Aho-Corasick automaton flattened to one table look-up a byte
// (A. Aho, M. Corasick: Efficient String Matching, CACM 18(6), 1975).
package prefilter

import (
	"slices"
)

// Matcher is a compiled set of keywords. It is immutable, and so safe for
// concurrent use.
type Matcher struct {
	class  [256]uint32 // byte → column of the table
	table  []uint32    // row + column → row; rows are multiples of stride
	stride uint32
	hits   uint32 // rows from here on end at least one keyword
	// ends lists, for row i of those, the keywords that end there: a span of ids.
	ends [][]uint16
}

// New compiles keywords; the index of each is its id. Keywords must be lower
// case and not empty; at most 65,536 are allowed.
func New(keywords []string) *Matcher {
	m := &Matcher{}
	columns := uint32(1) // column 0: bytes in no keyword
	for _, k := range keywords {
		for _, c := range []byte(k) {
			if m.class[c] == 0 {
				m.class[c] = columns
				columns++
			}
		}
	}
	for c := 'A'; c <= 'Z'; c++ {
		m.class[c] = m.class[c+'a'-'A']
	}
	m.stride = columns
	m.build(keywords)
	return m
}

// node is a state while the automaton is built.
type node struct {
	child []int32 // by column; -1: none
	fail  int32
	ends  []uint16
}

func (m *Matcher) build(keywords []string) {
	nodes := []node{m.newNode()}
	for id, k := range keywords {
		at := int32(0)
		for _, c := range []byte(k) {
			col := m.class[c]
			if nodes[at].child[col] < 0 {
				nodes[at].child[col] = int32(len(nodes))
				nodes = append(nodes, m.newNode())
			}
			at = nodes[at].child[col]
		}
		nodes[at].ends = append(nodes[at].ends, uint16(id))
	}
	order := m.link(nodes)

	// States that end a keyword come last, so that one comparison tells them.
	rank := make([]uint32, len(nodes))
	var next uint32
	for pass := range 2 {
		for _, n := range order {
			if (len(nodes[n].ends) > 0) == (pass == 1) {
				rank[n] = next * m.stride
				next++
			}
		}
		if pass == 0 {
			m.hits = next * m.stride
		}
	}
	m.table = make([]uint32, len(nodes)*int(m.stride))
	m.ends = make([][]uint16, len(nodes)-int(m.hits/m.stride))
	for _, n := range order {
		row := m.table[rank[n] : rank[n]+m.stride]
		for col, to := range nodes[n].child {
			row[col] = rank[to]
		}
		if rank[n] >= m.hits {
			m.ends[(rank[n]-m.hits)/m.stride] = nodes[n].ends
		}
	}
}

func (m *Matcher) newNode() node {
	child := make([]int32, m.stride)
	for i := range child {
		child[i] = -1
	}
	return node{child: child}
}

// link adds the failure links and turns every missing child into the one that
// failing leads to; it returns the states in breadth-first order.
func (m *Matcher) link(nodes []node) []int32 {
	order := []int32{0}
	for i := 0; i < len(order); i++ {
		n := order[i]
		for col, to := range nodes[n].child {
			fallback := int32(0)
			if n != 0 {
				fallback = nodes[nodes[n].fail].child[col]
			}
			if to < 0 {
				nodes[n].child[col] = fallback
				continue
			}
			nodes[to].fail = fallback
			nodes[to].ends = append(slices.Clip(nodes[to].ends), nodes[fallback].ends...)
			order = append(order, to)
		}
	}
	return order
}

// Scan calls hit for each keyword that stands in text, in the order of their
// ends; end is the offset behind its last byte.
func (m *Matcher) Scan(text []byte, hit func(keyword uint16, end int)) {
	table, class := m.table, &m.class
	row := uint32(0)
	for i, c := range text {
		row = table[row+class[c]]
		if row >= m.hits {
			for _, id := range m.ends[(row-m.hits)/m.stride] {
				hit(id, i+1)
			}
		}
	}
}
