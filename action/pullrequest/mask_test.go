package pullrequest

import (
	"slices"
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	long := fresh(t, "${alnum:20}")
	other := fresh(t, "${hex:16}")
	for _, tt := range []struct {
		name   string
		values []string
		want   []string // what the runner masks
	}{
		{"none", nil, nil},
		{"one", []string{long}, []string{long}},
		{"twice", []string{long, long}, []string{long}},
		{"too short", []string{"1234567"}, nil},
		{"white space", []string{"          "}, nil},
		{"lines", []string{long + "\r\nshort\n" + other + "\n"}, []string{long + "\r\nshort\n" + other + "\n", long, other}},
		{"escapes", []string{long + "%0A::error::"}, []string{long + "%0A::error::"}},
		{"no UTF-8", []string{long + "\xff"}, []string{long + "\xff"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			if err := Mask(&b, func(yield func([]byte) bool) {
				for _, v := range tt.values {
					if !yield([]byte(v)) {
						return
					}
				}
			}); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range run(b.String()) {
				if c.name != "add-mask" {
					t.Errorf("another command: %s", c.name)
				}
				got = append(got, c.data)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%d values are masked, want %d others", len(got), len(tt.want))
			}
		})
	}
}
