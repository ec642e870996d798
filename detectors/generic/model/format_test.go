package model_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/generic/model"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func text(t testing.TB, e *model.Ensemble) string {
	t.Helper()
	var out bytes.Buffer
	n, err := e.WriteTo(&out)
	if err != nil || n != int64(out.Len()) {
		t.Fatalf("%d bytes of %d written: %v", n, out.Len(), err)
	}
	return out.String()
}

func TestWriteTo(t *testing.T) {
	e, err := model.New([]string{"value.length", "value.unused", "name.password"}, -2.00048828125, [][]model.Node{
		{{Feature: 0, Cut: 7.5, Left: 1, Right: 2, Value: 0.1}, {Feature: -1, Value: -0.7},
			{Feature: 2, Cut: 0.5, Left: 3, Right: 4, Value: 0.3}, {Feature: -1, Value: -0.00001}, {Feature: -1, Value: 1.0 / 3}},
		{{Feature: -1, Value: 0.5}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := text(t, e)
	golden := filepath.Join("testdata", "two-trees.model")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestReadWhatWasWritten(t *testing.T) {
	e, xs := grown(t, 30, 12, 20)
	first := text(t, e)
	again, err := model.Read(strings.NewReader("# a comment\n\n" + first))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Bind(e.Names()); err != nil {
		t.Fatal(err)
	}
	if second := text(t, again); second != first {
		t.Error("what was read is written differently")
	}
	for _, x := range xs {
		if got, want := again.Score(x), e.Score(x); got != want {
			t.Fatalf("score %v after reading, %v before", got, want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	const head = "model 1\nbias 0.5\nfeature a\nfeature b\n"
	tests := []struct{ name, text, want string }{
		{"nothing", "", `line 0: want "model 1" first`},
		{"another version", "# x\nmodel 2\n", `line 2: version "2"`},
		{"no bias", "model 1\nfeature a\n", `line 2: want "bias VALUE"`},
		{"a bias that is no number", "model 1\nbias x\n", `line 2: value "x"`},
		{"a bias that is NaN", "model 1\nbias nan\n", `line 2: value "nan"`},
		{"a feature twice", head + "feature a\n", "line 5: feature a is there twice"},
		{"no tree", head + "leaf 1\n", `line 5: want "tree", not "leaf"`},
		{"a tree without nodes", head + "tree\n", "line 5: the file ends too early"},
		{"a branch missing", head + "tree\na <= 1 0\nleaf 1\n", "line 7: the file ends too early"},
		{"a branch too many", head + "tree\na <= 1 0\nleaf 1\nleaf 1\nleaf 1\n", `line 9: want "tree", not "leaf"`},
		{"an unknown feature", head + "tree\nc <= 1 0\n", `line 6: no feature "c"`},
		{"a cut that is no number", head + "tree\na <= inf 0\n", `line 6: cut "inf"`},
		{"a wrong operator", head + "tree\na < 1 0\n", "line 6: want"},
		{"a value out of bounds", head + "tree\nleaf 99\n", `line 6: value "99"`},
		{"too deep", head + "tree\n" + strings.Repeat("a <= 1 0\n", 1100), "line 133: the tree has more than 64 leaves"},
		{"a feature behind a tree", head + "tree\nleaf 1\nfeature c\n", `line 7: want "tree", not "feature"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := model.Read(strings.NewReader(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	small, _ := grown(f, 2, 3, 3)
	f.Add(text(f, small))
	f.Add("model 1\nbias 0\n")
	f.Add("model 1\nbias -1.5\nfeature a\ntree\na <= -1e-3 0\nleaf 1\nleaf -0.0001\n")
	f.Fuzz(func(t *testing.T, s string) {
		e, err := model.Read(strings.NewReader(s))
		if err != nil {
			return
		}
		e.Score(make([]float32, len(e.Names())))
		first := text(t, e)
		again, err := model.Read(strings.NewReader(first))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if second := text(t, again); second != first {
			t.Fatal("what was read is written differently")
		}
	})
}
