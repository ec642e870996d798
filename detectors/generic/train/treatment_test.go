package main

import (
	"math"
	"testing"
)

func TestRoleOf(t *testing.T) {
	const file = "data/00000001/a"
	l := mustLabels(t,
		"1,"+file+",1,1,T,10,20,Key", "1,"+file+",2,2,F,10,20,Key", "1,"+file+",3,3,X,10,20,Key", "1,"+file+",4,4,T,10,20,UUID", "1,"+file+",5,8,T,,,Key")
	tests := []struct {
		name        string
		first, last int
		at          columns
		gate        string
		want        role
	}{
		{"the value", 1, 1, columns{10, 20}, "", asSecret},
		{"a part of the value", 1, 1, columns{19, 25}, "", asSecret},
		{"beside the value", 1, 1, columns{20, 25}, "", leftOut},
		{"a value that begins a line before", 0, 1, columns{10, 20}, "", leftOut},
		{"in a span of many lines", 6, 6, columns{0, 3}, "", asSecret},
		{"no secret", 2, 2, columns{10, 20}, "", asNothing},
		{"beside what is no secret", 2, 2, columns{30, 40}, "", asNothing},
		{"an example", 3, 3, columns{10, 20}, "", asExample},
		{"an identifier", 4, 4, columns{10, 20}, "", leftOut},
		{"nobody labelled it", 9, 9, columns{10, 20}, "", asUnlabelled},
		{"gated", 1, 1, columns{10, 20}, "a path", leftOut},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := candidate{finding: finding{file: file, first: tt.first, last: tt.last}, at: tt.at, gate: tt.gate}
			if got := l.roleOf(&c); got != tt.want {
				t.Errorf("role %d, want %d", got, tt.want)
			}
		})
	}
}

func TestExamplesAreTempered(t *testing.T) {
	const small, large = "data/00000001/a", "data/00000002/a"
	rows := []string{"1," + small + ",1,1,T,,,Key"}
	for _, line := range []string{"1", "2", "3", "4"} {
		rows = append(rows, "1,"+large+","+line+","+line+",F,,,Key")
	}
	c := &corpus{labels: mustLabels(t, rows...), candidates: []candidate{
		{finding: finding{file: small, first: 1, last: 1}, named: 1},
		{finding: finding{file: large, first: 1, last: 1}, named: 2},
		{finding: finding{file: large, first: 2, last: 2}, named: 3},
		{finding: finding{file: large, first: 3, last: 3}, named: 3},
		{finding: finding{file: large, first: 4, last: 4}, named: 4, gate: "a path"},
		{finding: finding{file: large, first: 9, last: 9}, named: 5},
	}}
	tr := treatment{unlabelledWeight: 0.2, unlabelledShare: 1, repositoryPower: 0.5, copiesPower: 0.5}
	got := tr.examples(c)
	// Before they are brought to a mean of 1 over the first four: 1, 1/2, and 1/2 by
	// the repository over √2 by the copies, and a fifth of 1/2.
	raw := []float64{1, 0.5, 0.5 / math.Sqrt2, 0.5 / math.Sqrt2, 0, 0.1}
	scale := 4 / (raw[0] + raw[1] + raw[2] + raw[3])
	for i, want := range raw {
		if want *= scale; math.Abs(got[i].Weight-want) > 1e-12 {
			t.Errorf("example %d weighs %v, want %v", i, got[i].Weight, want)
		}
		if got[i].Secret != (i == 0) {
			t.Errorf("example %d: secret %t", i, got[i].Secret)
		}
	}
}
