package gitrepo

import "testing"

// TestSameStepsSameIDs is what tests that name ids in golden files rest upon.
func TestSameStepsSameIDs(t *testing.T) {
	build := func() string {
		r := New(t)
		r.Write("a.txt", "one\n").Commit("first")
		r.Switch("side").Write("dir/b.txt", "two\n").Commit("second")
		r.Switch("main").Write("c.txt", "three\n").Commit("third")
		r.Merge("side").Commit("merge")
		r.Git("tag", "-a", "v1", "-m", "release")
		return r.Rev("v1")
	}
	if a, b := build(), build(); a != b {
		t.Errorf("the same steps gave %s and then %s", a, b)
	}
}

func TestPackEntries(t *testing.T) {
	r := New(t)
	r.Write("a.txt", "one\n").Commit("first")
	blob := r.Rev("HEAD:a.txt")
	r.Git("gc", "-q")
	packs := r.Packs()
	if len(packs) != 1 {
		t.Fatalf("%d packs after git gc, want 1", len(packs))
	}
	entries := r.PackEntries(packs[0])
	if len(entries) != 3 {
		t.Fatalf("%d entries, want a commit, a tree and a blob: %v", len(entries), entries)
	}
	if entries[0].Offset != 12 {
		t.Errorf("the first entry is at %d, want 12, behind the header", entries[0].Offset)
	}
	for _, e := range entries {
		if e.ID == blob && e.Kind == "blob" && e.Depth == 0 {
			return
		}
	}
	t.Errorf("no blob %s among %v", blob, entries)
}
