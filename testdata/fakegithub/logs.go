package fakegithub

import (
	"archive/zip"
	"bytes"
	"slices"
	"strings"
	"testing"
)

// Zip packs texts by name, in the order of their names.
func Zip(t testing.TB, members map[string]string) []byte {
	t.Helper()
	var names []string
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range names {
		m, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write([]byte(members[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Log is lines as the runner writes them: behind a byte order mark, each with
// its time. https://github.com/actions/runner/blob/main/src/Runner.Common/Logging.cs
func Log(lines ...string) string {
	var b strings.Builder
	b.WriteString("\ufeff")
	for _, line := range lines {
		b.WriteString("2026-08-20T23:51:25.1234567Z " + line + "\n")
	}
	return b.String()
}
