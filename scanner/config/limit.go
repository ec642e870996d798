package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes. In the file it is a whole number, or a string with
// a unit: "500kB", "64MiB".
type Size int64

var units = map[string]int64{
	"B":  1,
	"kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}

// UnmarshalTOML reads the size; it must be positive.
func (s *Size) UnmarshalTOML(v any) error {
	n, ok := v.(int64)
	if text, isText := v.(string); isText {
		n, ok = parseSize(text)
	}
	if !ok || n <= 0 {
		return fmt.Errorf("%#v: want a size such as \"64MiB\" or \"1GiB\"", v)
	}
	*s = Size(n)
	return nil
}

func parseSize(text string) (int64, bool) {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	unit, ok := units[text[digits:]]
	n, err := strconv.ParseInt(text[:digits], 10, 64)
	if !ok || err != nil || n > math.MaxInt64/unit {
		return 0, false
	}
	return n * unit, true
}

// Depth is how often one thing may lie in another. 0 is not at all.
type Depth int

const maxDepth = 32

// UnmarshalTOML reads the depth.
func (d *Depth) UnmarshalTOML(v any) error {
	n, ok := v.(int64)
	if !ok || n < 0 || n > maxDepth {
		return fmt.Errorf("%#v: want a whole number from 0 to %d", v, maxDepth)
	}
	*d = Depth(n)
	return nil
}
