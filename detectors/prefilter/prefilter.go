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

// tail is how many bytes at the end of a keyword the automaton knows. The rest
// is compared where these stand: a table of a third of the size stays in the
// cache, and is built in a third of the time.
const tail = 5

// Matcher is a compiled set of keywords. It is immutable, and so safe for
// concurrent use.
type Matcher struct {
	class  [256]uint32 // byte → column of the table
	table  []uint32    // row + column → row; rows are multiples of stride
	stride uint32
	hits   uint32 // rows from here on end at least one tail
	// ends lists, for each of those rows, the keywords whose tail ends there.
	ends  [][]ending
	heads []string // by keyword: what stands before its tail
}

// ending is a keyword whose tail ends somewhere.
type ending struct {
	id     uint16
	before byte // the last byte of its head; 0: it has none
}

// New compiles keywords; the index of each is its id. Keywords must be lower
// case and not empty; at most 65,536 are allowed.
func New(keywords []string) *Matcher {
	m := &Matcher{heads: make([]string, len(keywords))}
	tails := make([]string, len(keywords))
	columns := uint32(1) // column 0: bytes in no tail
	for i, k := range keywords {
		cut := max(0, len(k)-tail)
		m.heads[i], tails[i] = k[:cut], k[cut:]
		for _, c := range []byte(tails[i]) {
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
	m.build(tails)
	return m
}

// state is one of the automaton while it is built; its children are a list
// linked through sibling. 0 is the root and, as a child or sibling, none.
type state struct {
	child, sibling, fail uint32
	column               uint32 // by which its parent leads here
	ends                 []uint16
}

func (m *Matcher) build(tails []string) {
	states := make([]state, 1, 1+tail*len(tails))
	for id, k := range tails {
		at := uint32(0)
		for _, c := range []byte(k) {
			next := child(states, at, m.class[c])
			if next == 0 {
				next = uint32(len(states))
				states = append(states, state{column: m.class[c], sibling: states[at].child})
				states[at].child = next
			}
			at = next
		}
		states[at].ends = append(states[at].ends, uint16(id))
	}
	order := link(states)

	// States that end a tail come last, so that one comparison tells them.
	rank := make([]uint32, len(states))
	next := uint32(0)
	for _, ending := range []bool{false, true} {
		m.hits = next * m.stride
		for _, n := range order {
			if (len(states[n].ends) > 0) == ending {
				rank[n] = next * m.stride
				next++
			}
		}
	}
	m.table = make([]uint32, len(states)*int(m.stride))
	m.ends = make([][]ending, next-m.hits/m.stride)
	room := make([]ending, 0, 2*len(tails)) // of all of them; what grows beyond it is copied
	for _, n := range order {
		s := &states[n]
		row := m.table[rank[n]:][:m.stride]
		if n != 0 {
			// As the state that it fails to, whose row is there already.
			copy(row, m.table[rank[s.fail]:][:m.stride])
		}
		for c := s.child; c != 0; c = states[c].sibling {
			row[states[c].column] = rank[c]
		}
		if rank[n] >= m.hits {
			m.ends[(rank[n]-m.hits)/m.stride] = m.endings(s.ends, &room)
		}
	}
}

// endings appends the keywords with those ids to room, and returns them.
func (m *Matcher) endings(ids []uint16, room *[]ending) []ending {
	from := len(*room)
	for _, id := range ids {
		e := ending{id: id}
		if head := m.heads[id]; head != "" {
			e.before = head[len(head)-1]
		}
		*room = append(*room, e)
	}
	return (*room)[from:len(*room):len(*room)]
}

// child is the state to which at leads by column, or 0.
func child(states []state, at, column uint32) uint32 {
	for c := states[at].child; c != 0; c = states[c].sibling {
		if states[c].column == column {
			return c
		}
	}
	return 0
}

// link adds the failure links, and to each state the keywords that end where its
// failure does. It returns the states in breadth-first order.
func link(states []state) []uint32 {
	order := make([]uint32, 1, len(states))
	for i := 0; i < len(order); i++ {
		n := order[i]
		for c := states[n].child; c != 0; c = states[c].sibling {
			order = append(order, c)
			if n == 0 {
				continue
			}
			back := states[n].fail
			for back != 0 && child(states, back, states[c].column) == 0 {
				back = states[back].fail
			}
			states[c].fail = child(states, back, states[c].column)
			states[c].ends = append(slices.Clip(states[c].ends), states[states[c].fail].ends...)
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
			before := byte(0)
			if i >= tail {
				before = lower(text[i-tail])
			}
			for _, e := range m.ends[(row-m.hits)/m.stride] {
				// A keyword with a head has a whole tail.
				if e.before == 0 || e.before == before && endsWith(text[:i+1-tail], m.heads[e.id]) {
					hit(e.id, i+1)
				}
			}
		}
	}
}

// endsWith reports whether text ends with word, which is lower case.
func endsWith(text []byte, word string) bool {
	if len(text) < len(word) {
		return false
	}
	text = text[len(text)-len(word):]
	for i := range len(word) {
		if lower(text[i]) != word[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
