package sweep_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/action/sweep"
)

func TestFile(t *testing.T) {
	write := func(t *testing.T, content string) string {
		path := filepath.Join(t.TempDir(), "repos.txt")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Run("addresses", func(t *testing.T) {
		got := listAll(t, sweep.File(write(t, "\ufeff# ours\r\nhttps://github.example/acme/web.git\r\n\r\n  ssh://git@git.example:2222/acme/web.git  \n"+
			"file:///srv/git/shop.git\nfile://localhost/srv/x\nhttp://127.0.0.1:8080/a/b\nhttps://github.example/acme/web.git\nhttps://git.example/~alice/a%20b")))
		if got.err != nil || len(got.gaps) > 0 {
			t.Errorf("error %v, gaps %q", got.err, got.gaps)
		}
		goldenList(t, "list-file.jsonl", got.repos)
	})
	t.Run("no such file", func(t *testing.T) {
		if got := listAll(t, sweep.File("nowhere.txt")); got.err == nil || !strings.Contains(got.err.Error(), "nowhere.txt") {
			t.Errorf("error %v", got.err)
		}
	})
	const hidden = "hun" + "ter2"
	for _, tc := range []struct{ name, line, want string }{
		{"a password", "https://alice:" + hidden + "@github.example/a/b", "a user or a password"},
		{"a token for a user", "https://" + hidden + "@github.example/a/b", "a user or a password"},
		{"a password of ssh", "ssh://git:" + hidden + "@github.example/a/b", "a user or a password"},
		{"a password that is no URL", "https://alice:" + hidden + "%zz@github.example/a/b", "cannot be read"},
		{"a query", "https://github.example/a/b?token=" + hidden, "a query"},
		{"a fragment", "https://github.example/a/b#" + hidden, "a fragment"},
		{"the short form of ssh", "git@github.example:a/b.git", "ssh://USER@HOST/PATH"},
		{"a path", "/srv/git/shop.git", "want https://HOST/PATH"},
		{"a comment behind it", "https://github.example/a/b # ours", "a blank"},
		{"a character that is not seen", "https://github.example/a/b\u200b", "cannot be seen"},
		{"http", "http://github.example/a/b", "others can read"},
		{"git's own protocol", "git://github.example/a/b", "want https://"},
		{"a helper of git", "ext::sh -c x", "a blank"},
		{"a helper of git with an address", "ext::sh://x/y", "want https://"},
		{"an option as the host", "ssh://-oProxyCommand=x/y", "no host"},
		{"an option as the user", "ssh://-oProxyCommand=x@h/y", "no host"},
		{"a file of another host", "file://server/share", "a file has no host"},
		{"no path", "https://github.example/", "names no repository"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := write(t, "https://github.example/acme/web\n"+tc.line+"\nnonsense\n")
			got := listAll(t, sweep.File(path))
			if got.err == nil || !strings.Contains(got.err.Error(), path+":2: ") || !strings.Contains(got.err.Error(), path+":3: ") || !strings.Contains(got.err.Error(), tc.want) {
				t.Fatalf("error %v; want one of the lines 2 and 3, with %q", got.err, tc.want)
			}
			if strings.Contains(got.err.Error(), hidden) {
				t.Error("the error quotes a password")
			}
			if len(got.repos) > 0 {
				t.Errorf("listed %q all the same", got.names())
			}
		})
	}
}
