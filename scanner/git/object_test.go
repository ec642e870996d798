package git

import (
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/scanner/git/pack"
)

const (
	oneID = "1111111111111111111111111111111111111111"
	twoID = "2222222222222222222222222222222222222222"
)

func commitText(message string) string {
	return "tree " + oneID + "\nparent " + twoID + "\nauthor A U Thor <a@example.com> 1700000000 +0100\n" +
		"committer C <c@example.com> 1700000001 +0000\ngpgsig -----BEGIN X-----\n line\n\n" + message
}

func TestParseCommit(t *testing.T) {
	c := parseCommit([]byte(commitText("subject\n")), pack.SHA1)
	if got := pack.SHA1.Hex(c.tree); got != oneID {
		t.Errorf("tree %s", got)
	}
	if len(c.parents) != 1 || pack.SHA1.Hex(c.parents[0]) != twoID {
		t.Errorf("parents %v", c.parents)
	}
	if c.time != 1700000001 {
		t.Errorf("time %d", c.time)
	}
}

func TestFieldAt(t *testing.T) {
	data := []byte(commitText("subject\n\nbody\n"))
	tests := []struct {
		line    int
		field   string
		at      int
		skipped int
	}{
		{3, "author", 1, len("author ")},
		{4, "committer", 1, len("committer ")},
		{6, "gpgsig", 1, 1},
		{8, "message", 1, 0},
		{10, "message", 3, 0},
	}
	for _, tt := range tests {
		field, at, skipped := fieldAt(data, tt.line, false)
		if field != tt.field || at != tt.at || skipped != tt.skipped {
			t.Errorf("line %d: %s line %d skipping %d, want %s line %d skipping %d", tt.line, field, at, skipped, tt.field, tt.at, tt.skipped)
		}
	}
}

func TestParsePerson(t *testing.T) {
	when := time.Unix(1700000000, 0).UTC()
	tests := []struct {
		name, in string
		want     person
	}{
		{"plain", "A U Thor <a@example.com> 1700000000 +0100", person{"A U Thor", "a@example.com", when}},
		{"no name", "<a@example.com> 1700000000 +0000", person{"", "a@example.com", when}},
		{"no brackets", "somebody", person{name: "somebody"}},
		{"no date", "A <a@b>", person{name: "A", email: "a@b"}},
		{"date out of range", "A <a@b> 99999999999999999 +0000", person{name: "A", email: "a@b"}},
		{"brackets in the name", "A <B> <a@b> 1700000000 +0000", person{"A", "B> <a@b", when}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := parsePerson([]byte(tt.in)); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestWebAddress(t *testing.T) {
	tests := []struct{ name, remote, want string }{
		{"https", "https://github.com/o/r.git", "https://github.com/o/r"},
		{"credentials are left out", "https://user:hidden@github.com/o/r.git", "https://github.com/o/r"},
		{"ssh", "ssh://git@host.example:2222/o/r.git", "https://host.example/o/r"},
		{"scp-like", "git@gitlab.example:group/sub/r.git", "https://gitlab.example/group/sub/r"},
		{"port of http", "http://host.example:8080/o/r", "https://host.example:8080/o/r"},
		{"local path", "/srv/git/r.git", ""},
		{"file", "file:///srv/git/r.git", ""},
		{"Windows path", `C:\git\r`, ""},
		{"remote helper", "ext::sh -c evil", ""},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := webAddress(tt.remote); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWebLink(t *testing.T) {
	tests := []struct{ web, path, want string }{
		{"https://github.com/o/r", "a dir/f#1.txt", "https://github.com/o/r/blob/c0ffee/a%20dir/f%231.txt#L7"},
		{"https://gitlab.example/g/r", "f", "https://gitlab.example/g/r/-/blob/c0ffee/f#L7"},
		{"https://bitbucket.org/o/r", "f", "https://bitbucket.org/o/r/src/c0ffee/f#lines-7"},
		{"https://codeberg.org/o/r", "f", "https://codeberg.org/o/r/src/commit/c0ffee/f#L7"},
		{"https://github.com/o/r", "", "https://github.com/o/r/commit/c0ffee"},
		{"https://git.example/o/r", "f", ""},
		{"", "f", ""},
	}
	for _, tt := range tests {
		if got := webLink(tt.web, "c0ffee", tt.path, 7); got != tt.want {
			t.Errorf("%s %q: got %q, want %q", tt.web, tt.path, got, tt.want)
		}
	}
}

func TestMatchRef(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"main", "refs/heads/main", true},
		{"refs/heads/main", "refs/heads/main", true},
		{"release/*", "refs/heads/release/1", true},
		{"release", "refs/heads/release/1", true},
		{"v*", "refs/tags/v1", true},
		{"pull", "refs/pull/7/head", true},
		{"main", "refs/heads/maintenance", false},
		{"feature/*", "refs/heads/main", false},
	}
	for _, tt := range tests {
		if got := matchRef(tt.pattern, tt.name); got != tt.want {
			t.Errorf("matchRef(%q, %q) = %v", tt.pattern, tt.name, got)
		}
	}
}

// FuzzObject reads damaged commits, tags and trees.
func FuzzObject(f *testing.F) {
	f.Add([]byte(commitText("m\n")), 3)
	f.Add([]byte("object "+oneID+"\ntype commit\ntag v1\ntagger T <t@example.com> 1 +0000\n\nm"), 5)
	f.Add([]byte("100644 a\x00"+strings.Repeat("\x01", 20)+"40000 d\x00"+strings.Repeat("\x02", 20)), 1)
	f.Add([]byte("100644 a\x00short"), 0)
	f.Fuzz(func(t *testing.T, data []byte, line int) {
		parseCommit(data, pack.SHA1)
		tagTarget(data, pack.SHA256)
		if _, at, skipped := fieldAt(data, line, true); at < 1 || skipped < 0 {
			t.Errorf("line %d, %d columns skipped", at, skipped)
		}
		total := 0
		eachEntry(data, pack.SHA1, func(e treeEntry) { total += len(e.name) + 22 })
		if total > len(data)+2 {
			t.Errorf("entries of %d bytes in a tree of %d", total, len(data))
		}
	})
}

// FuzzRaw reads damaged output of git diff-index.
func FuzzRaw(f *testing.F) {
	f.Add([]byte(":100644 100644 " + oneID + " " + twoID + " M\x00path\x00"))
	f.Add([]byte(":000000 000000 0 0 U\x00p\x00:"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, unmerged := parseRaw(raw, pack.SHA1)
		if len(list)+unmerged > len(raw) {
			t.Errorf("%d changes of %d bytes", len(list), len(raw))
		}
	})
}
