package pack

import (
	"slices"
	"testing"
)

// What is skipped is decompressed only where something that is read is built on it.
func TestNeeded(t *testing.T) {
	// Two deltas on blob 0, of which the first is the base of another; two objects alone.
	f := &file{
		idx:  &index{count: 6},
		base: 10,
		entries: []entry{
			{pos: 0, kind: Blob, child: 1 + 1},
			{pos: 1, kind: Blob, child: 3 + 1, sibling: 2 + 1},
			{pos: 2, kind: Blob},
			{pos: 3, kind: Blob},
			{pos: 4, kind: Tree},
			{pos: 5, kind: Blob},
		},
		roots: []uint32{0, 4, 5},
	}
	tests := []struct {
		name       string
		skip, want []int
	}{
		{"nothing skipped", nil, []int{0, 1, 2, 3, 5}},
		{"all skipped", []int{0, 1, 2, 3, 5}, nil},
		{"all but the last of a chain", []int{0, 1, 2, 5}, []int{0, 1, 3}},
		{"all but one delta", []int{0, 1, 3, 5}, []int{0, 2}},
		{"all but a base", []int{1, 2, 3, 5}, []int{0}},
		{"all but one alone", []int{0, 1, 2, 3}, []int{5}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			skip := make([]bool, 16)
			for _, n := range tt.skip {
				skip[10+n] = true
			}
			var got []int
			for n, need := range f.needed(skip, Blob) {
				if need {
					got = append(got, n)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("needed: %v, want %v", got, tt.want)
			}
		})
	}
	if f.needed(nil, Blob) != nil {
		t.Error("where nothing is skipped, there is a list of what is needed")
	}
}
