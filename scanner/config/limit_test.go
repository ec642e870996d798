package config

import (
	"math"
	"testing"
)

func TestSize(t *testing.T) {
	tests := []struct {
		name string
		in   any
		want Size // 0: an error
	}{
		{"bytes", int64(12), 12},
		{"bytes with a unit", "12B", 12},
		{"decimal", "3kB", 3000},
		{"binary", "3KiB", 3072},
		{"largest", "8388607TiB", 8388607 << 40},
		{"no unit", "12", 0},
		{"no number", "MiB", 0},
		{"blank", "1 MiB", 0},
		{"unit of no kind", "1MB/s", 0},
		{"negative", "-1MB", 0},
		{"negative number", int64(-1), 0},
		{"zero", "0B", 0},
		{"too large", "8388608TiB", 0},
		{"number too large", "9223372036854775808B", 0},
		{"fraction", 1.5, 0},
		{"infinite", math.Inf(1), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s Size
			err := s.UnmarshalTOML(tt.in)
			if (err == nil) != (tt.want != 0) || s != tt.want {
				t.Errorf("%v = %d, %v; want %d", tt.in, s, err, tt.want)
			}
		})
	}
}

func TestDepth(t *testing.T) {
	for _, tt := range []struct {
		in any
		ok bool
	}{{int64(0), true}, {int64(32), true}, {int64(33), false}, {int64(-1), false}, {"4", false}, {1.5, false}} {
		var d Depth
		if err := d.UnmarshalTOML(tt.in); (err == nil) != tt.ok {
			t.Errorf("%v: %v, want ok = %v", tt.in, err, tt.ok)
		}
	}
}
