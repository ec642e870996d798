package buildlog

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/leakguard/leakguard/scanner"
)

func TestRepeated(t *testing.T) {
	for _, tt := range []struct {
		name  string
		paths []string
		want  []string
	}{
		{"steps of each job", []string{"0_build.txt", "build/1_Set up job.txt", "build/2_make.txt"}, []string{"0_build.txt"}},
		{"a job without steps", []string{"0_build.txt", "1_test.txt", "build/2_make.txt"}, []string{"0_build.txt"}},
		{"an older archive", []string{"-2147483648_build.txt", "build/2_make.txt"}, []string{"-2147483648_build.txt"}},
		{"only the runner's messages", []string{"0_build.txt", "build/system.txt"}, nil},
		{"names with digits", []string{"0_test (3, 1.2).txt", "test (3, 1.2)/1_a_b.txt"}, []string{"0_test (3, 1.2).txt"}},
		{"in folders", []string{"run 1/0_build.txt", "run 1/build/1_a.txt", "run 2/0_build.txt"}, []string{"run 1/0_build.txt"}},
		{"other names", []string{"build.txt", "build/log.txt", "_build.txt", "x_build.txt", "0_build.log"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cov := scanner.NewCoverage("log", scanner.InLog)
			r := newReading(context.Background(), Options{Workers: 1}, nil, cov)
			got := slices.Sorted(maps.Keys(r.repeated(tt.paths)))
			if !slices.Equal(got, tt.want) {
				t.Errorf("repeated: %q, want %q", got, tt.want)
			}
			if n := len(cov.Excluded); n != min(len(tt.want), 1) || n == 1 && cov.Excluded[0].Count != len(tt.want) {
				t.Errorf("coverage says %+v", cov.Excluded)
			}
		})
	}
}

func TestPlaceInRun(t *testing.T) {
	for _, tt := range []struct {
		path string
		want Where
	}{
		{"run.zip!build/2_make all.txt", Where{Job: "build", Step: "make all"}},
		{"run.zip!0_build.txt", Where{Job: "build"}},
		{"run.zip!-2147483648_build.txt", Where{Job: "build"}},
		{"run.zip!build/system.txt", Where{Job: "build"}},
		{"logs/run 7/build/2_make.txt", Where{Job: "build", Step: "make"}},
		{"build.log", Where{}},
		{"in.zip!run.zip!build (1)/2_a_b.txt", Where{Job: "build (1)", Step: "a_b"}},
	} {
		t.Run(tt.path, func(t *testing.T) {
			if got := placeInRun(tt.path); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}
