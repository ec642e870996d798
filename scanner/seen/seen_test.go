package seen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/scanner/seen"
)

func open(t *testing.T, path string) *seen.State {
	t.Helper()
	s, err := seen.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func add(t *testing.T, s *seen.State, id, ruleset string, found int) {
	t.Helper()
	if err := s.Add(id, ruleset, found); err != nil {
		t.Fatal(err)
	}
}

func TestRemembersByRuleset(t *testing.T) {
	path := filepath.Join(t.TempDir(), "below", "state.jsonl")
	s := open(t, path)
	add(t, s, "run 1", "a", 0)
	add(t, s, "run 2", "a", 3)
	// Not closed: a process that is killed does not close it either.
	for name, s := range map[string]*seen.State{"at once": s, "opened anew": open(t, path)} {
		t.Run(name, func(t *testing.T) {
			for _, tc := range []struct {
				id, ruleset string
				found       int
				ok          bool
			}{
				{"run 1", "a", 0, true},
				{"run 2", "a", 3, true},
				{"run 1", "b", 0, false},
				{"run 3", "a", 0, false},
			} {
				if found, ok := s.Has(tc.id, tc.ruleset); found != tc.found || ok != tc.ok {
					t.Errorf("Has(%q, %q) = %d, %t; want %d, %t", tc.id, tc.ruleset, found, ok, tc.found, tc.ok)
				}
			}
		})
	}
}

func TestDamage(t *testing.T) {
	const good = `{"id":"run 1","ruleset":"a","found":0}` + "\n"
	for _, tc := range []struct{ name, content string }{
		{"the last line is cut off", good + `{"id":"run 9","rul`},
		{"the last line lacks its end only", good + `{"id":"run 9","ruleset":"a","found":0}`},
		{"a line is garbage", "\x00\xff{{\n" + good},
		{"a line is of another form", `[1]` + "\n" + `{"id":7}` + "\n" + good},
		{"a line is huge", strings.Repeat("x", 1<<20) + "\n" + good},
		{"the last line is huge and cut off", good + strings.Repeat("x", 1<<20)},
		{"empty lines", "\n\n" + good + "\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.jsonl")
			if err := os.WriteFile(path, []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			s := open(t, path)
			if _, ok := s.Has("run 1", "a"); !ok {
				t.Error("what stands beside the damage is lost")
			}
			if _, ok := s.Has("run 9", "a"); ok {
				t.Error("a line that was not ended counts")
			}
			add(t, s, "run 2", "a", 1)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if found, ok := open(t, path).Has("run 2", "a"); !ok || found != 1 {
				t.Error("what is added behind the damage is lost")
			}
		})
	}
}

func TestOpenNamesThePath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := seen.Open(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("Open of a folder: %v; want an error that names it", err)
	}
}

func TestDefaultPath(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	if got, err := seen.DefaultPath("logs.jsonl"); err != nil || got != filepath.Join(dir, "leakguard", "logs.jsonl") {
		t.Errorf("DefaultPath = %q, %v", got, err)
	}
	t.Setenv("XDG_STATE_HOME", "relative") // to be ignored, by the specification
	if got, err := seen.DefaultPath("logs.jsonl"); err != nil || !filepath.IsAbs(got) {
		t.Errorf("DefaultPath = %q, %v; want an absolute path", got, err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{"id":"run 1","ruleset":"a","found":0}` + "\n"))
	f.Add([]byte("{\n\x00"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "state.jsonl")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, path)
		defer s.Close()
		add(t, s, "new", "rules", 2)
		again := open(t, path)
		defer again.Close()
		if found, ok := again.Has("new", "rules"); !ok || found != 2 {
			t.Error("what was added is not there")
		}
	})
}
