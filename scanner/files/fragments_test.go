package files

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/leakguard/leakguard/scanner"
)

// piece is what was read at once: its size in bytes and the lines before it.
type piece struct{ size, lines int }

// piecesOf reads in as a stream and checks that nothing is lost.
func piecesOf(t *testing.T, in io.Reader, text string) []piece {
	t.Helper()
	var got []piece
	var all strings.Builder
	s := NewFragmentStream(in, "", Options{})
	err := s.Read(t.Context(), func(c scanner.Chunk) int {
		got = append(got, piece{len(c.Text), c.Lines})
		all.Write(c.Text)
		return 0
	}, scanner.NewCoverage(s.Name(), s.Kind()))
	if err != nil {
		t.Fatal(err)
	}
	if all.String() != text {
		t.Errorf("the pieces have %d bytes, or others, of %d", all.Len(), len(text))
	}
	return got
}

func TestFragmentsCut(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	lines := strings.Repeat(x(99)+"\n", 1000) // fragmentSize bytes
	tests := []struct {
		name, text string
		want       []piece
	}{
		{"empty", "", nil},
		{"no newline at the end", "a\nb", []piece{{3, 0}}},
		{"NUL", "a\x00b\n", []piece{{4, 0}}},
		{"just the size", lines, []piece{{fragmentSize, 0}}},
		{"up to a blank line", lines + "a\n\nb\n", []piece{{fragmentSize + 3, 0}, {2, 1002}}},
		{"up to a blank line of Windows", lines + "a\r\n\r\nb", []piece{{fragmentSize + 5, 0}, {1, 1002}}},
		{"up to a line of blanks", lines + "a\n \t\nb", []piece{{fragmentSize + 5, 0}, {1, 1002}}},
		{"ends in a blank line", lines[:fragmentSize-1] + "\n\n" + "b", []piece{{fragmentSize + 1, 0}, {1, 1001}}},
		{"one huge line", x(fragmentSize + fragmentMore), []piece{{fragmentSize + fragmentMore, 0}}},
		{"one line too huge", x(fragmentSize + fragmentMore + 9), []piece{{fragmentSize + fragmentMore, 0}, {9, 0}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := piecesOf(t, strings.NewReader(tt.text), tt.text); !slices.Equal(got, tt.want) {
				t.Errorf("pieces %v, want %v", got, tt.want)
			}
		})
	}
}

// What a reader gives at once does not decide what is read in all.
func TestFragmentsOfSlowReader(t *testing.T) {
	text := strings.Repeat("line\n\n", 50)
	piecesOf(t, iotest.OneByteReader(strings.NewReader(text)), text)
	piecesOf(t, iotest.DataErrReader(strings.NewReader(text)), text)
}

func TestFragmentStreamFails(t *testing.T) {
	read := func(ctx context.Context, in io.Reader) error {
		s := NewFragmentStream(in, "", Options{})
		return s.Read(ctx, func(scanner.Chunk) int { return 0 }, scanner.NewCoverage(s.Name(), s.Kind()))
	}
	broken := errors.New("broken")
	for _, first := range []string{"", "begins well\n"} {
		in := io.MultiReader(strings.NewReader(first), iotest.ErrReader(broken))
		if err := read(t.Context(), in); !errors.Is(err, broken) {
			t.Errorf("after %q: error %v, want %v", first, err, broken)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := read(ctx, strings.NewReader("a")); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: error %v, want %v", err, context.Canceled)
	}
}

func TestFragmentsOfFolder(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.txt": marker, ".git/config": marker, "over/b": marker, "over/c": marker, "own.toml": marker,
		"page.pdf": "%PDF-1.4\n" + marker, "mid.txt": strings.Repeat("x", fragmentSize+fragmentMore) + "%PDF" + marker,
	} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	linked := os.Symlink("a.txt", filepath.Join(dir, "link")) == nil
	in := func(name string) string { return filepath.ToSlash(dir) + "/" + name }
	is := func(name string) func(string) bool { return func(path string) bool { return path == in(name) } }

	o := scanAll(t, NewFragments([]string{dir}, is("over"), Options{Exclude: is("own.toml")}))
	o.want(t, []string{in("a.txt"), in(".git/config"), in("mid.txt")})
	o.wantExcluded(t, "paths that the config passes over", 1)
	o.wantExcluded(t, "files in binary formats", 1)
	if linked {
		o.wantExcluded(t, "symbolic links, not followed", 1)
	}

	o = scanAll(t, NewFragments([]string{in("a.txt"), in("gone")}, is("over"), Options{}))
	o.want(t, []string{in("a.txt")}, in("gone")+": it could not be found")
}
