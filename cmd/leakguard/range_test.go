package main

import (
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// ranged is a history and a range of it. build makes the history onto one
// commit and returns what follows "scan git", and where the secret should be
// reported: nowhere if nil.
type ranged struct {
	name  string
	build func(t *testing.T, r *gitrepo.Repo, secret string) (args []string, places []place)
}

var ranges = []ranged{
	{"added in the range", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		return []string{"--range", "HEAD~1..HEAD"}, one(at(c, "app.env").atHead())
	}},
	{"since a revision", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		r.Git("tag", "v1")
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Write("more", "x\n").Commit("more")
		return []string{"--since", "v1"}, one(at(c, "app.env").atHead())
	}},
	{"since the commit that added it", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Write("more", "x\n").Commit("more")
		return []string{"--since", c}, nil
	}},
	{"empty range", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		r.Write("app.env", withSecret(secret)).Commit("add")
		return []string{"--range", "HEAD..HEAD"}, nil
	}},
	{"added and removed in the range", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Remove("app.env").Commit("remove")
		return []string{"--range", "HEAD~2..HEAD"}, one(at(c, "app.env"))
	}},
	{"removed in the range", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		r.Write("app.env", withSecret(secret)).Commit("add")
		r.Remove("app.env").Commit("remove")
		return []string{"--range", "HEAD~1..HEAD"}, nil
	}},
	{"there before, another line changed", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		r.Write("app.env", withSecret(secret)).Commit("add")
		r.Write("app.env", "new first line\n"+withSecret(secret)).Commit("edit")
		return []string{"--range", "HEAD~1..HEAD"}, nil
	}},
	{"there before, changed twice", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		r.Write("app.env", withSecret(secret)).Commit("add")
		r.Write("app.env", withSecret(secret)+"one\n").Commit("edit")
		r.Write("app.env", withSecret(secret)+"two\n").Commit("edit again")
		return []string{"--range", "HEAD~2..HEAD"}, nil
	}},
	{"pasted into a second file", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		r.Write("app.env", withSecret(secret)).Commit("add")
		c := r.Write("copy.env", "intro\n"+withSecret(secret)).Commit("paste")
		p := at(c, "copy.env").atHead()
		p.line++
		return []string{"--range", "HEAD~1..HEAD"}, one(p)
	}},
	{"after the range", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		r.Write("more", "x\n").Commit("more")
		r.Write("app.env", withSecret(secret)).Commit("add")
		return []string{"--range", "HEAD~2..HEAD~1"}, nil
	}},
	{"on another branch", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		r.Switch("side").Write("app.env", withSecret(secret)).Commit("add")
		r.Switch("main").Write("more", "x\n").Commit("more")
		return []string{"--range", "HEAD~1..HEAD"}, nil
	}},
	{"message in the range", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		c := r.Commit("use " + secret)
		return []string{"--range", "HEAD~1..HEAD"}, one(place{kind: "git", commit: c, field: "message", line: 1, column: 5})
	}},
	{"message before the range", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		r.Commit("use " + secret)
		r.Commit("next")
		return []string{"--range", "HEAD~1..HEAD"}, nil
	}},
	{"dangling", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		r.Write("more", "x\n").Commit("more")
		dangling(t, r, secret)
		return []string{"--range", "HEAD~1..HEAD"}, nil
	}},
	{"the merge's own content", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		r.Switch("side").Write("side", "x\n").Commit("side")
		r.Switch("main").Write("more", "x\n").Commit("more")
		c := r.Merge("side").Write("app.env", withSecret(secret)).Commit("merge")
		return []string{"--range", "HEAD~1..HEAD"}, one(at(c, "app.env").atHead())
	}},
	{"brought in by a merge", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		c := r.Switch("side").Write("app.env", withSecret(secret)).Commit("side")
		r.Switch("main").Write("more", "x\n").Commit("more")
		r.Merge("side").Commit("merge")
		return []string{"--range", "HEAD~1..HEAD"}, one(at(c, "app.env").atHead())
	}},
	{"merged in from before the range", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		r.Switch("side").Write("side", "x\n").Commit("side")
		r.Switch("main").Write("app.env", withSecret(secret)).Commit("main")
		r.Switch("side").Merge("main").Commit("merge main")
		return []string{"--range", "main..side"}, nil
	}},
	{"start is no ancestor of the end", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		r.Switch("side")
		r.Switch("main").Write("main.env", withSecret(token(t, 2))).Commit("main")
		c := r.Switch("side").Write("side.env", withSecret(secret)).Commit("side")
		return []string{"--range", "main..side"}, one(at(c, "side.env").atHead())
	}},
	{"root commit at the start", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		r.Git("checkout", "-q", "--orphan", "fresh")
		r.Write("root.env", withSecret(token(t, 2))).Commit("root")
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		return []string{"--range", "HEAD~1..HEAD"}, one(at(c, "app.env").atHead())
	}},
	{"root commit in the range", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		r.Git("checkout", "-q", "--orphan", "fresh")
		c := r.Write("app.env", withSecret(secret)).Commit("root")
		return []string{"--range", "main..fresh"}, one(at(c, "app.env").atHead())
	}},
	{"end left out", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, []place) {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		return []string{"--range", "HEAD~1.."}, one(at(c, "app.env").atHead())
	}},
}

// TestRange wants what is new in a range, and no more.
func TestRange(t *testing.T) {
	t.Parallel()
	for _, c := range ranges {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			secret := token(t, 1)
			r := gitrepo.New(t)
			r.Write("README", "nothing here\n").Commit("begin")
			args, places := c.build(t, r, secret)
			got, _ := scan(t, r.Dir, []string{secret, token(t, 2)}, append([]string{"git"}, args...)...)
			if places == nil {
				wantNothing(t, got)
				return
			}
			wantSecret(t, got, places...)
		})
	}
}

// TestRangeThatIsNone wants a range that names nothing to be an error of usage
// that says what it did not understand.
func TestRangeThatIsNone(t *testing.T) {
	t.Parallel()
	r := gitrepo.New(t)
	r.Write("README", "nothing here\n").Commit("begin")
	for _, c := range []struct {
		name string
		args []string
		want string // in the error
	}{
		{"unknown start", []string{"--range", "nowhere..HEAD"}, "nowhere"},
		{"unknown end", []string{"--range", "HEAD..nowhere"}, "nowhere"},
		{"unknown since", []string{"--since", "nowhere"}, "nowhere"},
		{"object that is missing", []string{"--since", strings.Repeat("12", 20)}, strings.Repeat("12", 20)},
		{"object that is no commit", []string{"--since", "HEAD:README"}, "HEAD:README"},
		{"range and since", []string{"--range", "HEAD..HEAD", "--since", "HEAD"}, "since"},
		{"looks like an option", []string{"--since", "--output=x"}, "--output=x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := run(t, r.Dir, append([]string{"scan", "git", "--report", "json"}, c.args...)...)
			if code != 2 {
				t.Errorf("exit code %d, want 2\nstdout: %s\nstderr: %s", code, stdout, stderr)
			}
			if !strings.Contains(stderr, c.want) {
				t.Errorf("the error does not name %q: %s", c.want, stderr)
			}
		})
	}
}
