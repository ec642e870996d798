// Package gitrepo makes repositories for tests, with the real git, so that a
// test reads what users have and not what our own code would have written.
//
// Identities and dates are fixed and no configuration but the repository's own
// is read: the same steps give the same object ids on every machine.
package gitrepo

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The identity under which Repo commits.
const (
	Name  = "Ada Example"
	Email = "ada@example.com"
)

// epoch is the date of a repository's first command; each later one is a
// minute younger, so that commits have an order in time.
var epoch = time.Date(2024, time.March, 1, 9, 0, 0, 0, time.UTC)

// Repo is a repository, or one of its linked worktrees, in a folder that lives
// as long as the test. Whatever fails ends the test.
type Repo struct {
	Dir string // the worktree; of a bare repository, the repository itself

	t     testing.TB
	steps *int
	env   []string // beside the fixed environment
}

// New makes an empty repository whose first branch is main; options are given
// to git init. The test is skipped where git is not installed.
func New(t testing.TB, options ...string) *Repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	r := At(t, filepath.Join(t.TempDir(), "repo"))
	r.mkdir(r.Dir)
	r.Git(append([]string{"init", "-q", "-b", "main"}, options...)...)
	return r
}

// At is the repository or worktree that stands at dir already.
func At(t testing.TB, dir string) *Repo { return &Repo{Dir: dir, t: t, steps: new(int)} }

// Needs skips the test where git is older than the given version.
func Needs(t testing.TB, major, minor int) {
	t.Helper()
	out, err := exec.Command("git", "version").Output()
	if err != nil {
		t.Skip("git is not installed")
	}
	var has [2]int
	if _, err := fmt.Sscanf(string(out), "git version %d.%d", &has[0], &has[1]); err != nil {
		t.Fatalf("git version: cannot read %q: %v", out, err)
	}
	if has[0] < major || has[0] == major && has[1] < minor {
		t.Skipf("needs git %d.%d or later; this is %d.%d", major, minor, has[0], has[1])
	}
}

// With is r whose commands see env ("NAME=value") as well.
func (r *Repo) With(env ...string) *Repo {
	w := *r
	w.env = append(append([]string{}, r.env...), env...)
	return &w
}

// Git runs git in the repository and returns what it prints, without the last
// line end.
func (r *Repo) Git(args ...string) string {
	r.t.Helper()
	return r.GitIn(nil, args...)
}

// GitIn is Git with stdin as its input.
func (r *Repo) GitIn(stdin []byte, args ...string) string {
	r.t.Helper()
	out, err := r.try(stdin, args...)
	if err != nil {
		r.t.Fatalf("git %s: %v", args[0], err)
	}
	return strings.TrimSuffix(out, "\n")
}

// GitRaw is Git for output that is no text: nothing is cut off.
func (r *Repo) GitRaw(args ...string) string {
	r.t.Helper()
	out, err := r.try(nil, args...)
	if err != nil {
		r.t.Fatalf("git %s: %v", args[0], err)
	}
	return out
}

// Try is Git for a command that may fail. The error holds what git complained of.
func (r *Repo) Try(args ...string) (string, error) {
	out, err := r.try(nil, args...)
	return strings.TrimSuffix(out, "\n"), err
}

func (r *Repo) try(stdin []byte, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = r.Dir
	cmd.Env = append(append(cleanEnv(), r.identity()...), r.env...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	*r.steps++
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.String(), nil
}

// identity is the part of the environment that goes into commits and tags.
func (r *Repo) identity() []string {
	date := epoch.Add(time.Duration(*r.steps) * time.Minute).Format(time.RFC3339)
	return []string{
		"GIT_AUTHOR_NAME=" + Name, "GIT_AUTHOR_EMAIL=" + Email, "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=" + Name, "GIT_COMMITTER_EMAIL=" + Email, "GIT_COMMITTER_DATE=" + date,
	}
}

// cleanEnv is the test's environment without what would make git behave
// otherwise than on the next machine, such as the variables of a hook that
// runs the tests.
func cleanEnv() []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "GIT_") {
			env = append(env, e)
		}
	}
	return append(env, fixedEnv...)
}

// fixedEnv also keeps git from what only costs time here: templates, automatic
// maintenance and syncing to the disk.
var fixedEnv = []string{
	"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "GIT_TEMPLATE_DIR=", "LC_ALL=C", "TZ=UTC",
	"GIT_CONFIG_COUNT=2",
	"GIT_CONFIG_KEY_0=maintenance.auto", "GIT_CONFIG_VALUE_0=false",
	"GIT_CONFIG_KEY_1=core.fsync", "GIT_CONFIG_VALUE_1=none",
}

// Path is the place of a slash-separated name in the repository's folder.
func (r *Repo) Path(name string) string { return filepath.Join(r.Dir, filepath.FromSlash(name)) }

// Write writes a file and the folders that it needs.
func (r *Repo) Write(name, content string) *Repo {
	r.t.Helper()
	r.mkdir(filepath.Dir(r.Path(name)))
	if err := os.WriteFile(r.Path(name), []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
	return r
}

// Symlink makes a symbolic link that points to target.
func (r *Repo) Symlink(name, target string) *Repo {
	r.t.Helper()
	if err := os.Symlink(target, r.Path(name)); err != nil {
		r.t.Skipf("no symbolic links here: %v", err)
	}
	return r
}

// Remove removes a file or a folder with all that it holds.
func (r *Repo) Remove(name string) *Repo {
	r.t.Helper()
	if err := os.RemoveAll(r.Path(name)); err != nil {
		r.t.Fatal(err)
	}
	return r
}

// Commit commits the worktree as it stands, even if nothing changed, and
// returns the commit's id.
func (r *Repo) Commit(message string) string {
	r.t.Helper()
	r.Git("add", "-A")
	r.Git("commit", "-q", "--allow-empty", "--no-verify", "-m", message)
	return r.Rev("HEAD")
}

// Switch goes to a branch, which is made here if there is none of that name.
func (r *Repo) Switch(branch string) *Repo {
	r.t.Helper()
	if _, err := r.Try("rev-parse", "-q", "--verify", "refs/heads/"+branch); err != nil {
		r.Git("branch", branch)
	}
	r.Git("checkout", "-q", branch)
	return r
}

// Merge begins a merge of the branches and stops before the commit, so that
// the merge can be given content of its own.
func (r *Repo) Merge(branches ...string) *Repo {
	r.t.Helper()
	r.Git(append([]string{"merge", "-q", "--no-ff", "--no-commit"}, branches...)...)
	return r
}

// Rev is the id that a revision names.
func (r *Repo) Rev(name string) string {
	r.t.Helper()
	return r.Git("rev-parse", "--verify", name)
}

// Clone clones the repository into a folder beside it, with options for git
// clone. source is what git is told to clone: r.Dir, which shares object
// files, or r.URL(), which goes through the protocol.
func (r *Repo) Clone(source string, options ...string) *Repo {
	r.t.Helper()
	dir := filepath.Join(r.t.TempDir(), "clone")
	r.Git(append(append([]string{"clone", "-q"}, options...), source, dir)...)
	return At(r.t, dir)
}

// URL is the address under which the repository is cloned as if it were remote.
func (r *Repo) URL() string { return "file://" + filepath.ToSlash(r.Dir) }

// Worktree links another worktree, with options for git worktree add, and
// returns it.
func (r *Repo) Worktree(options ...string) *Repo {
	r.t.Helper()
	dir := filepath.Join(r.t.TempDir(), "linked")
	r.Git(append([]string{"worktree", "add", "-q", dir}, options...)...)
	return At(r.t, dir)
}

// Drop takes the last commit off the branch and forgets it: no ref and no
// reflog leads to it any more.
func (r *Repo) Drop() *Repo {
	r.t.Helper()
	r.Git("reset", "-q", "--hard", "HEAD~1")
	r.Git("update-ref", "-d", "ORIG_HEAD")
	r.Git("reflog", "expire", "--expire=now", "--all")
	return r
}

func (r *Repo) mkdir(dir string) {
	r.t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		r.t.Fatal(err)
	}
}
