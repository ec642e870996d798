package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const header = "Id,FilePath,LineStart,LineEnd,GroundTruth,ValueStart,ValueEnd,Category\n"

// labelsOf reads rows, the header left out.
func labelsOf(t *testing.T, rows ...string) (*labels, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "meta"), 0o755); err != nil {
		t.Fatal(err)
	}
	text := header + strings.Join(rows, "\n") + "\n"
	if err := os.WriteFile(filepath.Join(dir, "meta", "00000001.csv"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return readLabels(dir)
}

func mustLabels(t *testing.T, rows ...string) *labels {
	t.Helper()
	l, err := labelsOf(t, rows...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestReadLabels(t *testing.T) {
	const at = "1,data/00000001/a.py,7,7,"
	tests := []struct {
		name string
		rows []string
		want span
	}{
		{"a secret", []string{at + "T,4,12,Password:Key"}, span{truth: secret, categories: []string{"Key", "Password"}, values: []columns{{4, 12}}}},
		{"no secret", []string{at + "F,4,12,Key"}, span{truth: nothing, categories: []string{"Key"}, values: []columns{{4, 12}}}},
		{"an example", []string{at + "X,,,Key"}, span{truth: example, categories: []string{"Key"}}},
		{"one of two is a secret", []string{at + "F,1,3,Auth", at + "T,4,12,Key"}, span{truth: secret, categories: []string{"Key"}, values: []columns{{4, 12}}}},
		{"two secrets, of one the place is told", []string{at + "T,,,Key", at + "T,4,12,Key"}, span{truth: secret, categories: []string{"Key"}}},
		{"an identifier", []string{at + "T,4,12,UUID"}, span{truth: neutral, categories: []string{"UUID"}, values: []columns{{4, 12}}}},
		{"an identifier and a key", []string{at + "T,4,12,UUID:Key"}, span{truth: secret, categories: []string{"Key", "UUID"}, values: []columns{{4, 12}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := mustLabels(t, tt.rows...)
			if len(l.spans) != 1 {
				t.Fatalf("%d spans", len(l.spans))
			}
			got := l.spans[0]
			if got.truth != tt.want.truth || !slices.Equal(got.categories, tt.want.categories) || !slices.Equal(got.values, tt.want.values) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if got.file != "data/00000001/a.py" || got.first != 7 || got.last != 7 {
				t.Errorf("at %s:%d-%d", got.file, got.first, got.last)
			}
		})
	}
}

func TestReadLabelsRefuses(t *testing.T) {
	tests := []struct{ name, row, want string }{
		{"a line that is no number", "1,a,x,7,T,1,2,Key", `row 2: lines "x" to "7"`},
		{"lines that end before they begin", "1,a,7,6,T,1,2,Key", `row 2: lines "7" to "6"`},
		{"an unknown truth", "1,a,7,7,Y,1,2,Key", `row 2: GroundTruth "Y"`},
		{"a field too few", "1,a,7,7,T,1,2", "wrong number of fields"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := labelsOf(t, tt.row)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "00000001.csv") {
				t.Errorf("error %v, want %q and the file", err, tt.want)
			}
		})
	}
	if _, err := readLabels(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no meta/*.csv") {
		t.Errorf("error %v of an empty folder", err)
	}
}

func TestOver(t *testing.T) {
	l := mustLabels(t, "1,data/00000001/a,1,1,T,,,Key", "1,data/00000001/a,3,9,T,,,Key", "1,data/00000001/a,5,5,F,,,Key", "1,data/00000001/b,4,4,T,,,Key")
	tests := []struct {
		name        string
		file        string
		first, last int
		want        []int
	}{
		{"one line", "data/00000001/a", 1, 1, []int{0}},
		{"between", "data/00000001/a", 2, 2, nil},
		{"the end of a long one", "data/00000001/a", 9, 9, []int{1}},
		{"a long one and one within", "data/00000001/a", 5, 5, []int{1, 2}},
		{"all", "data/00000001/a", 1, 20, []int{0, 1, 2}},
		{"behind", "data/00000001/a", 10, 12, nil},
		{"another file", "data/00000001/b", 1, 9, []int{3}},
		{"an unknown file", "data/00000001/c", 1, 9, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := l.over(tt.file, tt.first, tt.last); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
