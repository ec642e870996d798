package page

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
)

var update = flag.Bool("update", false, "rewrite testdata/acme.md")

// TestPage is of a provider that has everything.
func TestPage(t *testing.T) {
	data, err := os.ReadFile("testdata/acme.toml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := rules.ReadProvider("acme.toml", data)
	if err != nil {
		t.Fatal(err)
	}
	got := Files([]*rules.Provider{p})["acme.md"]
	if *update {
		if err := os.WriteFile("testdata/acme.md", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/acme.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s", got)
	}
}

// TestPagesAreCurrent fails when a provider file was changed and docs/providers was
// not made anew.
func TestPagesAreCurrent(t *testing.T) {
	const dir = "../../../docs/providers"
	files := Files(providers.Read())
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if files[e.Name()] == nil {
			t.Errorf("docs/providers/%s is of no provider: run make generate", e.Name())
		}
	}
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("docs/providers/%s is not what its file says: run make generate", name)
		}
	}
}

// TestFileNames wants the file of each provider to be named for its id, for the pages
// link to it.
func TestFileNames(t *testing.T) {
	for _, p := range providers.Read() {
		if _, err := os.Stat("../" + p.ID + ".toml"); err != nil {
			t.Error(err)
		}
	}
}
