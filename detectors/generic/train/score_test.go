package main

import (
	"math"
	"slices"
	"testing"
)

const scoredFile = "data/00000001/a.py"

func scoredLabels(t *testing.T) *labels {
	return mustLabels(t,
		"1,"+scoredFile+",1,1,T,,,Key",
		"1,"+scoredFile+",2,2,F,,,Key",
		"1,"+scoredFile+",5,9,T,,,PEM Private Key",
		"1,"+scoredFile+",7,7,F,,,Key",
		"1,"+scoredFile+",20,20,X,,,Token",
		"1,"+scoredFile+",30,30,T,,,Token",
		"1,"+scoredFile+",40,40,T,,,UUID",
	)
}

func TestJudge(t *testing.T) {
	at := func(first, last int) finding { return finding{scoredFile, first, last, 1} }
	tests := []struct {
		name  string
		found []finding
		want  counts
	}{
		{"nothing", nil, counts{missed: 3}},
		{"a secret", []finding{at(1, 1)}, counts{found: 1, missed: 2}},
		{"a secret twice", []finding{at(1, 1), at(1, 1)}, counts{found: 1, missed: 2}},
		{"no secret", []finding{at(2, 2)}, counts{wrong: 1, missed: 3}},
		{"no secret, beside a secret", []finding{at(1, 2)}, counts{found: 1, missed: 2}},
		{"no secret, within a secret", []finding{at(7, 7)}, counts{found: 1, missed: 2}},
		{"the last line of a secret", []finding{at(9, 9)}, counts{found: 1, missed: 2}},
		{"behind a secret", []finding{at(10, 10)}, counts{unlabelled: 1, missed: 3}},
		{"an example", []finding{at(20, 20)}, counts{examples: 1, missed: 3}},
		{"an identifier", []finding{at(40, 40)}, counts{missed: 3}},
		{"one nobody labelled", []finding{at(41, 42)}, counts{unlabelled: 1, missed: 3}},
		{"too many lines: only the first counts", []finding{at(3, 300)}, counts{unlabelled: 1, missed: 3}},
		{"another file", []finding{{"data/00000001/b.py", 1, 1, 1}}, counts{unlabelled: 1, missed: 3}},
		{"below the cut", []finding{{scoredFile, 1, 1, 0.4}, {scoredFile, 41, 41, 0.4}}, counts{missed: 3}},
		{"the best score counts", []finding{{scoredFile, 1, 1, 0.4}, {scoredFile, 1, 1, 0.6}}, counts{found: 1, missed: 2}},
	}
	l := scoredLabels(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.cut = 0.5
			if got := l.judge(tt.found).at(0.5, nil); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestAtOfSomeRepositories(t *testing.T) {
	o := scoredLabels(t).judge([]finding{{scoredFile, 1, 1, 1}, {"data/00000002/x", 1, 1, 1}})
	if got, want := o.at(0, func(id string) bool { return id == "00000002" }), (counts{unlabelled: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCurve(t *testing.T) {
	o := scoredLabels(t).judge([]finding{
		{scoredFile, 1, 1, 3}, {scoredFile, 2, 2, 2}, {scoredFile, 30, 30, 2}, {scoredFile, 41, 41, 1}, {scoredFile, 20, 20, 0}, {scoredFile, 6, 6, math.Inf(1)},
	})
	want := []counts{
		{cut: math.Inf(1), found: 1, missed: 2},
		{cut: 3, found: 2, missed: 1},
		{cut: 2, found: 3, wrong: 1},
		{cut: 1, found: 3, wrong: 1, unlabelled: 1},
		{cut: 0, found: 3, wrong: 1, unlabelled: 1, examples: 1},
	}
	curve := o.curve()
	if !slices.Equal(curve, want) {
		t.Fatalf("got %+v, want %+v", curve, want)
	}
	for _, c := range curve {
		if got := o.at(c.cut, nil); got != c {
			t.Errorf("at %v: %+v, on the curve %+v", c.cut, got, c)
		}
	}
}

func TestFiguresOfACurve(t *testing.T) {
	curve := []counts{
		{cut: 3, found: 1, missed: 3},           // P 1, R 1/4
		{cut: 2, found: 2, missed: 2, wrong: 2}, // P 1/2, R 1/2
		{cut: 1, found: 3, missed: 1, wrong: 2}, // P 3/5, R 3/4
	}
	tests := []struct {
		name      string
		got, want float64
	}{
		{"recall at precision 0.9", recallAt(curve, 0.9), 0.25},
		{"recall at precision 0.55", recallAt(curve, 0.55), 0.75},
		{"recall at a precision never reached", recallAt(curve[1:], 0.9), 0},
		{"precision at recall 0.5", precisionAt(curve, 0.5), 0.6},
		{"precision at a recall never reached", precisionAt(curve, 0.8), 0},
		{"average precision", averagePrecision(curve), 0.25 + 0.5*0.25 + 0.6*0.25},
		{"the cut of the best F1", bestF1(curve).cut, 1},
		{"F1 there", bestF1(curve).f1(), 2 * 0.6 * 0.75 / 1.35},
		{"F1 of nothing", bestF1(nil).f1(), 0},
	}
	for _, tt := range tests {
		if math.Abs(tt.got-tt.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", tt.name, tt.got, tt.want)
		}
	}
}
