package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// damage is one way in which a repository cannot be read whole.
type damage struct {
	name string

	// breakIt damages a repository that holds, in this order of commits, b.bin
	// and c.bin (8 kB each that do not compress) and a.env. It returns where to
	// scan, and the words that one gap must hold.
	breakIt func(t *testing.T, r *gitrepo.Repo) (dir string, names []string)

	// hidesAll is set where nothing can be found beside the gap.
	hidesAll bool
}

var damages = []damage{
	{name: "shallow clone", breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		clone := r.Clone(r.URL(), "--depth", "1")
		return clone.Dir, []string{"shallow"}
	}},
	{name: "partial clone without blobs", breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		clone := partialClone(t, r)
		if err := os.Rename(r.Dir, r.Dir+".away"); err != nil {
			t.Fatal(err)
		}
		return clone.Dir, []string{"blob"}
	}},
	{name: "loose blob deleted", breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		blob := r.Rev("HEAD~1:c.bin")
		remove(t, r.Loose(blob))
		return r.Dir, []string{blob[:7]}
	}},
	{name: "loose tree deleted", breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		tree := r.Rev("HEAD~1^{tree}")
		remove(t, r.Loose(tree))
		return r.Dir, []string{tree[:7]}
	}},
	{name: "loose commit deleted", breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		commit := r.Rev("HEAD~1")
		remove(t, r.Loose(commit))
		return r.Dir, []string{commit[:7]}
	}},
	{name: "loose blob corrupt", breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		blob := r.Rev("HEAD~1:c.bin")
		flip(t, r.Loose(blob), 4000, 16)
		return r.Dir, []string{blob[:7]}
	}},
	{name: "loose blob empty", breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		blob := r.Rev("HEAD~1:c.bin")
		overwrite(t, r.Loose(blob), nil)
		return r.Dir, []string{blob[:7]}
	}},
	{name: "bytes of a pack entry flipped", breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		blob := r.Rev("HEAD~1:c.bin")
		pack, entry := packed(t, r, blob)
		flip(t, pack, entry.Offset+entry.Size/2, 16)
		return r.Dir, []string{blob[:7]}
	}},
	{name: "pack truncated", breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		pack, entry := packed(t, r, r.Rev("HEAD~2^{tree}")) // the last entry
		overwrite(t, pack, read(t, pack)[:entry.Offset+entry.Size/2])
		return r.Dir, []string{filepath.Base(pack)}
	}},
	{name: "pack without its index", hidesAll: true, breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		pack, _ := packed(t, r, r.Rev("HEAD"))
		remove(t, index(pack))
		return r.Dir, []string{strings.TrimSuffix(filepath.Base(pack), ".pack")}
	}},
	{name: "index without its pack", hidesAll: true, breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		pack, _ := packed(t, r, r.Rev("HEAD"))
		remove(t, pack)
		return r.Dir, []string{strings.TrimSuffix(filepath.Base(pack), ".pack")}
	}},
	{name: "index truncated", hidesAll: true, breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		pack, _ := packed(t, r, r.Rev("HEAD"))
		overwrite(t, index(pack), read(t, index(pack))[:1060])
		return r.Dir, []string{strings.TrimSuffix(filepath.Base(pack), ".pack")}
	}},
	{name: "garbage in HEAD", breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		overwrite(t, r.Path(".git/HEAD"), []byte("\x00\x01garbage\n"))
		return r.Dir, []string{"HEAD"}
	}},
	{name: "ref to a missing object", breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		missing := strings.Repeat("12", 20)
		r.SetRef("refs/heads/broken", missing)
		return r.Dir, []string{"refs/heads/broken", missing[:7]}
	}},
	{name: "garbage in a ref", breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		r.SetRef("refs/heads/broken", "no object id")
		return r.Dir, []string{"refs/heads/broken"}
	}},
	{name: "alternate gone", breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		overwrite(t, r.Path(".git/objects/info/alternates"), []byte("/nonexistent/objects\n"))
		return r.Dir, []string{"/nonexistent/objects"}
	}},
	{name: "unreadable pack folder", breakIt: func(t *testing.T, r *gitrepo.Repo) (string, []string) {
		if os.Getuid() == 0 {
			t.Skip("the superuser reads everything")
		}
		dir := r.Path(".git/objects/pack")
		if err := os.Chmod(dir, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(dir, 0o755) })
		return r.Dir, []string{filepath.Join("objects", "pack")}
	}},
}

// TestIncomplete wants each damage to be said, whether or not a secret is
// found beside it, and never to pass for clean.
func TestIncomplete(t *testing.T) {
	t.Parallel()
	for _, d := range damages {
		for _, found := range []bool{false, true} {
			if found && d.hidesAll {
				continue
			}
			name := d.name
			content := "nothing here\n"
			if found {
				name += ", with a secret"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				secret := token(t, 1)
				if found {
					content = withSecret(secret)
				}
				r := gitrepo.New(t)
				rng := rand.New(rand.NewPCG(1, 2))
				r.Write("b.bin", noise(rng)).Commit("first")
				r.Write("c.bin", noise(rng)).Commit("second")
				commit := r.Write("a.env", content).Commit("third")
				dir, names := d.breakIt(t, r)
				got, code := scan(t, dir, []string{secret}, "git")
				wantGap(t, got, names)
				switch {
				case found && code != 1:
					t.Errorf("exit code %d, want 1", code)
				case found:
					wantFoundAmid(t, got, commit)
				case code != 3:
					t.Errorf("exit code %d, want 3", code)
				}
			})
		}
	}
}

// wantGap wants one gap that holds each of names, and every gap to say why it is
// there and how to close it.
func wantGap(t *testing.T, r report, names []string) {
	t.Helper()
	if r.Complete {
		t.Error("the report says complete")
	}
	for _, g := range r.gaps() {
		if g.Why == "" || g.Fix == "" {
			t.Errorf("gap %q: why %q, fix %q; want both", g.What, g.Why, g.Fix)
		}
	}
	named := func(g gap) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return !strings.Contains(g.What+": "+g.Why, n) })
	}
	if !slices.ContainsFunc(r.gaps(), named) {
		t.Errorf("no gap names %q; gaps: %v", names, r.gaps())
	}
}

// wantFoundAmid wants the secret of a.env with as much of its place as a
// damaged history can give: its file always, its commit if it gives one at all.
func wantFoundAmid(t *testing.T, r report, commit string) {
	t.Helper()
	if len(r.Secrets) != 1 || len(r.Secrets[0].Occurrences) != 1 {
		t.Fatalf("want one secret at one place, got %v", r.Secrets)
	}
	o := r.Secrets[0].Occurrences[0]
	if o.Path != "a.env" || o.StartLine != secretLine || o.StartColumn != secretColumn {
		t.Errorf("found at %s:%d:%d, want a.env:%d:%d", o.Path, o.StartLine, o.StartColumn, secretLine, secretColumn)
	}
	if o.Commit != commit {
		t.Errorf("commit %q, want %q", o.Commit, commit)
	}
}

// TestPartialCloneFetchesNothing leaves the remote in reach: a scan that made
// git fetch the missing blobs would succeed, and would have used the network.
func TestPartialCloneFetchesNothing(t *testing.T) {
	t.Parallel()
	r := gitrepo.New(t)
	rng := rand.New(rand.NewPCG(1, 2))
	r.Write("b.bin", noise(rng)).Commit("first")
	r.Write("b.bin", noise(rng)).Commit("second")
	clone := partialClone(t, r)
	before := filesUnder(t, clone.Path(".git"))
	_, code := scan(t, clone.Dir, nil, "git")
	if code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
	if after := filesUnder(t, clone.Path(".git")); !slices.Equal(before, after) {
		t.Errorf("the scan changed the repository:\nbefore %q\nafter  %q", before, after)
	}
}

// TestNoRepository wants a path that is none to be an error of usage.
func TestNoRepository(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		path func(t *testing.T) string
	}{
		{"plain folder", func(t *testing.T) string { return t.TempDir() }},
		{"missing folder", func(t *testing.T) string { return filepath.Join(t.TempDir(), "missing") }},
		{"file", func(t *testing.T) string {
			file := filepath.Join(t.TempDir(), "file")
			overwrite(t, file, []byte("x\n"))
			return file
		}},
		{".git that points nowhere", func(t *testing.T) string {
			dir := t.TempDir()
			overwrite(t, filepath.Join(dir, ".git"), []byte("gitdir: /nonexistent/repository\n"))
			return dir
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := c.path(t)
			stdout, stderr, code := run(t, t.TempDir(), "scan", "git", path, "--report", "json")
			if code != 2 {
				t.Errorf("exit code %d, want 2\nstdout: %s\nstderr: %s", code, stdout, stderr)
			}
			if !strings.Contains(stderr, path) {
				t.Errorf("the error does not name %s: %s", path, stderr)
			}
		})
	}
}

// partialClone is a clone that has only the blobs of HEAD.
func partialClone(t *testing.T, r *gitrepo.Repo) *gitrepo.Repo {
	t.Helper()
	r.Git("config", "uploadpack.allowFilter", "true")
	r.Write("b.bin", "replaced\n").Write("c.bin", "replaced\n").Commit("replace")
	clone := r.Clone(r.URL(), "--filter=blob:none")
	missing := clone.Git("rev-list", "--objects", "--all", "--missing=print")
	if !strings.Contains(missing, "\n?") {
		t.Fatal("the clone is not partial")
	}
	return clone
}

// packed packs everything into one pack and says where in it id stands.
func packed(t *testing.T, r *gitrepo.Repo, id string) (pack string, entry gitrepo.PackEntry) {
	t.Helper()
	r.Git("gc", "-q")
	packs := r.Packs()
	if len(packs) != 1 {
		t.Fatalf("%d packs, want 1", len(packs))
	}
	// git writes packs read-only, and keeps what it knows of them in other files.
	for _, file := range []string{packs[0], index(packs[0])} {
		if err := os.Chmod(file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range r.PackEntries(packs[0]) {
		if e.ID == id {
			return packs[0], e
		}
	}
	t.Fatalf("%s is not in the pack", id)
	return "", gitrepo.PackEntry{}
}

// index is the name of a pack's index.
func index(pack string) string { return strings.TrimSuffix(pack, ".pack") + ".idx" }

// noise is 8 kB that do not compress and make no line.
func noise(rng *rand.Rand) string {
	b := make([]byte, 8<<10)
	for i := range b {
		b[i] = byte(0x80 | rng.IntN(0x80))
	}
	return string(b)
}

// flip inverts n bytes of a file.
func flip(t *testing.T, file string, offset int64, n int) {
	t.Helper()
	b := read(t, file)
	for i := range n {
		b[offset+int64(i)] ^= 0xff
	}
	overwrite(t, file, b)
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// overwrite writes a file, read-only or not.
func overwrite(t *testing.T, file string, content []byte) {
	t.Helper()
	if _, err := os.Stat(file); err == nil {
		if err := os.Chmod(file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, file string) {
	t.Helper()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

// filesUnder lists the files of a folder with their sizes.
func filesUnder(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files = append(files, fmt.Sprint(path, " ", info.Size()))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
