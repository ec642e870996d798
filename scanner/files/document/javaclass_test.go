package document

import (
	"os"
	"strings"
	"testing"
)

// testdata/Constants.class is what javac 17 made of Constants.java.
func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestJavaClass(t *testing.T) {
	f := readAll(t, JavaClass, testdata(t, "Constants.class"))
	if len(f) != 1 {
		t.Fatalf("got %q", f)
	}
	const fields = "constants: NAME = value of the constant\nNUMBER = -7\nLONG = 1099511627776\nDOUBLE = 2.5\nFLOAT = 0.5\n"
	if !strings.HasPrefix(f[0], fields) || !strings.Contains(f[0], "\ntext of a field\n") {
		t.Errorf("got %s", f[0])
	}
}

func TestJavaClassDamaged(t *testing.T) {
	data := testdata(t, "Constants.class")
	for name, tt := range map[string][]byte{"truncated": data[:len(data)/3], "constant of unknown kind": append(data[:10:10], 99)} {
		t.Run(name, func(t *testing.T) {
			f := readAll(t, JavaClass, tt)
			if want := "error: it ends within its constants or fields"; f[len(f)-1] != want {
				t.Errorf("got %q", f)
			}
		})
	}
}

func FuzzJavaClass(f *testing.F) {
	seed(f, testdata(f, "Constants.class"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, JavaClass, data) })
}
