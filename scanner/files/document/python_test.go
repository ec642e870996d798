package document

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testdata/constants-*.pyc is what these versions of Python made of constants.py.
func TestPythonCode(t *testing.T) {
	files, err := filepath.Glob("testdata/*.pyc")
	if err != nil || len(files) < 9 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			data := testdata(t, filepath.Base(file))
			if k := Of(data, ""); k != PythonCode {
				t.Errorf("taken for %q", k)
			}
			f := readAll(t, PythonCode, data)
			if len(f) != 1 {
				t.Fatalf("got %q", f)
			}
			lines := strings.Split(f[0], "\n")
			for _, want := range []string{"value of the constant", "key", "some bytes", "nested", "function", "default", "What it does.", "inner ä", "NAME"} {
				if !slices.Contains(lines, want) && lines[0] != "constants: "+want {
					t.Errorf("%q is not in %q", want, lines)
				}
			}
		})
	}
}

func TestPythonCodeDamaged(t *testing.T) {
	head := "\xa7\x0d\r\n" + strings.Repeat("\x00", 12) // of 3.11
	for name, tt := range map[string]struct {
		body string
		want []string
	}{
		"truncated":     {"z\x05abc", []string{"error: it ends within an object"}},
		"long":          {"s\xff\xff\xff\xff", []string{"error: it ends within an object"}},
		"rest damaged":  {")\x02z\x03abc?", []string{"constants: abc\n", "error: it has an object of unknown type"}},
		"nested":        {strings.Repeat(")\x01", 2000), []string{"error: its objects are nested too deep"}},
		"dictionary":    {"{z\x01az\x01b0", []string{"constants: a\nb\n"}},
		"nothing there": {"0", []string{"error: it has no object where one should be"}},
	} {
		t.Run(name, func(t *testing.T) { readAll(t, PythonCode, []byte(head+tt.body)).want(t, tt.want...) })
	}
}

func FuzzPythonCode(f *testing.F) {
	seed(f, testdata(f, "constants-2.7.pyc"), testdata(f, "constants-3.8.pyc"), testdata(f, "constants-3.13.pyc"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, PythonCode, data) })
}
