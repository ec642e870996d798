package report

import "testing"

func TestAmounts(t *testing.T) {
	for _, c := range []struct {
		name string
		read map[string]int64
		want string
	}{
		{"no unit", nil, "nothing"},
		{"zero", map[string]int64{"files": 0, "bytes": 0}, "nothing"},
		{"bytes last", map[string]int64{"bytes": 48_200_000, "commits": 1204, "objects": 1234567}, "1,204 commits, 1,234,567 objects, 48.2 MB"},
		{"one of each", map[string]int64{"commits": 1, "archive members": 1}, "1 archive member, 1 commit"},
		{"one byte", map[string]int64{"bytes": 1}, "1 byte"},
		{"below a kilobyte", map[string]int64{"bytes": 999}, "999 bytes"},
		{"rounds up to the next unit", map[string]int64{"bytes": 999_960}, "1.0 MB"},
		{"terabytes", map[string]int64{"bytes": 2_500_000_000_000_000}, "2500.0 TB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := amounts(c.read); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
