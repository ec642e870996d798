package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/leakguard/leakguard/scanner/git/pack"
)

// mostPacks is how many packs a mirror has before they are packed together.
const mostPacks = 20

// commandRemote is a remote that the git command talks to.
type commandRemote struct {
	address *url.URL // where the repository is, after it was moved at its server
	auth    Auth
	env     []string
}

func newCommandRemote(addr *url.URL, auth Auth) *commandRemote {
	// Objects are not checked on their way in: a repository that is not as git wants it
	// is scanned all the same, and the scanner trusts none.
	settings := [][2]string{
		{"core.hooksPath", os.DevNull}, {"core.attributesFile", os.DevNull}, {"core.fsmonitor", "false"},
		{"gc.auto", "0"}, {"maintenance.auto", "false"},
		{"fetch.unpackLimit", "1"}, {"transfer.unpackLimit", "1"}, // a pack each time, no loose objects
		{"fetch.fsckObjects", "false"}, {"transfer.fsckObjects", "false"},
		{"fetch.recurseSubmodules", "false"}, {"submodule.recurse", "false"},
		{"fetch.writeCommitGraph", "false"}, {"transfer.bundleURI", "false"},
		{"http.followRedirects", "false"},                         // git would take the token along
		{"http.lowSpeedLimit", "1"}, {"http.lowSpeedTime", "120"}, // two minutes of silence
	}
	env := []string{}
	if auth.Token != "" {
		settings = append(settings, [2]string{"credential.helper", ""})
		env = append(env, "GIT_ASKPASS=")
	}
	settings = append(settings, auth.settings()...)
	env = append(remoteEnvironment(addr.Scheme, settings), env...)
	return &commandRemote{addr, auth, append(env, "GIT_ALTERNATE_OBJECT_DIRECTORIES=", "SSH_ASKPASS_REQUIRE=never", "GIT_PROGRESS_DELAY=0")}
}

// list asks for the refs, where the repository is now.
func (g *commandRemote) list(ctx context.Context) (*listing, error) {
	// Without a repository, so that no config but the user's is read.
	ask := func() ([]byte, error) {
		return g.run(ctx, os.DevNull, "", "ls-remote", "--symref", "--", g.address.String())
	}
	out, err := ask()
	if errors.Is(err, errMoved) {
		if g.address, err = movedTo(ctx, g.address, g.auth); err == nil {
			out, err = ask()
		}
	}
	if err != nil {
		return nil, err
	}
	return parseListing(string(out))
}

// parseListing reads what git ls-remote --symref prints.
func parseListing(out string) (*listing, error) {
	l := &listing{refs: map[string]string{}, format: pack.SHA1}
	head, detached := "", ""
	for line := range strings.Lines(out) {
		id, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		target, isSymref := strings.CutPrefix(id, "ref: ")
		switch {
		case !ok:
			return nil, fmt.Errorf("git ls-remote: cannot read %.100q", line)
		case name == "HEAD" && isSymref:
			head = target
		case name == "HEAD":
			detached = id
		case isSymref || strings.HasSuffix(name, "^{}") || !strings.HasPrefix(name, "refs/"):
		default:
			l.refs[name] = id
		}
		if len(id) == 64 && !isSymref {
			l.format = pack.SHA256
		}
	}
	l.setHead(head, detached)
	return l, nil
}

// setHead says what HEAD is: a branch, or a commit by its id.
func (l *listing) setHead(branch, id string) {
	switch {
	case branch != "" && l.refs[branch] != "":
		l.head = branch
	case branch == "" && id != "":
		l.head, l.refs[headRef] = headRef, id
	}
}

// fetch fetches all refs as they are at the remote, or those named.
func (g *commandRemote) fetch(ctx context.Context, dir string, l *listing, only []string) error {
	var specs []string
	for _, name := range only {
		if name != headRef {
			specs = append(specs, "+"+name+":"+name)
		}
	}
	args := []string{"fetch", "--progress", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance",
		"--no-write-fetch-head", "--update-shallow", "--stdin"}
	if only == nil {
		args = append(args, "--prune")
		specs = []string{"+refs/*:refs/*"}
	}
	if l.head == headRef && len(specs) < max(2, len(only)) {
		specs = append(specs, "+HEAD:"+headRef)
	}
	_, err := g.run(ctx, dir, strings.Join(specs, "\n")+"\n", append(args, "--", g.address.String())...)
	return err
}

// pack packs small packs together, so that each object is written again only a few times
// however often is fetched. Objects that no ref leads to any more stay.
func (g *commandRemote) pack(ctx context.Context, dir string) error {
	packs, err := filepath.Glob(filepath.Join(globQuote(dir), "objects", "pack", "*.pack"))
	if err != nil || len(packs) <= mostPacks {
		return err
	}
	if _, err := g.run(ctx, dir, "", "pack-refs", "--all"); err != nil {
		return err
	}
	_, err = g.run(ctx, dir, "", "repack", "-d", "--quiet", "--geometric=2")
	if errors.As(err, new(*exec.ExitError)) {
		// git before 2.32 cannot. The mirror is as good, only slower.
		return nil
	}
	return err
}

// run runs git in a git directory and returns what it prints.
func (g *commandRemote) run(ctx context.Context, dir, stdin string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"--no-pager", "--no-replace-objects"}, args...)...)
	cmd.Dir, cmd.Env = os.TempDir(), append(g.env[:len(g.env):len(g.env)], "GIT_DIR="+dir)
	cmd.WaitDelay = 5 * time.Second
	ownSession(cmd)
	// Should this process be killed, what git started to store the pack ends at its
	// next line of progress, which nobody reads any more.
	var out bytes.Buffer
	said := &lastWords{}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, said
	err := cmd.Run()
	switch {
	case err == nil:
		return out.Bytes(), nil
	case ctx.Err() != nil:
		killSession(cmd)
		return nil, context.Cause(ctx)
	}
	return nil, g.explain(args[0], said.complaints(), err)
}

// lastWords keeps the end of what is written.
type lastWords struct{ text []byte }

// mostWords is how much is kept, in bytes.
const mostWords = 32 << 10

// Write never fails.
func (w *lastWords) Write(p []byte) (int, error) {
	w.text = append(w.text, p...)
	if over := len(w.text) - mostWords; over > 0 {
		w.text = append(w.text[:0], w.text[over:]...)
	}
	return len(p), nil
}

// complaints are the lines that are neither progress nor advice, in one. What a server
// says comes along, without what would steer a terminal.
func (w *lastWords) complaints() string {
	var said []string
	for _, line := range strings.FieldsFunc(string(w.text), func(c rune) bool { return c == '\n' || c == '\r' }) {
		line = strings.TrimSpace(strings.Map(func(c rune) rune {
			if !unicode.IsPrint(c) {
				return -1
			}
			return c
		}, line))
		text, fromServer := strings.CutPrefix(line, "remote: ")
		progress := strings.Contains(text, "% (") || strings.HasPrefix(text, "Enumerating objects") || strings.HasPrefix(text, "Total ")
		if fromServer && !progress || strings.HasPrefix(line, "fatal: ") || strings.HasPrefix(line, "error: ") || strings.HasPrefix(line, "ssh: ") || strings.Contains(line, "Permission denied") {
			said = append(said, line)
		}
	}
	const most = 1000
	all := strings.Join(said, "; ")
	return strings.ToValidUTF8(all[max(0, len(all)-most):], "")
}

var errMoved = errors.New("the server has it elsewhere")

// explain turns a failure of git into an error that says whose doing it is. git has no
// exit codes for that, but under LC_ALL=C always the same words.
func (g *commandRemote) explain(command, said string, err error) error {
	said = hide(said, g.auth.Token, g.auth.login())
	has := func(texts ...string) bool {
		for _, t := range texts {
			if strings.Contains(said, t) {
				return true
			}
		}
		return false
	}
	why := err
	switch {
	case has("returned error: 301", "returned error: 302", "returned error: 303", "returned error: 307", "returned error: 308"):
		why = errMoved
	case has("repository corruption on the remote side", "did not send all necessary objects", "bad pack header"):
		why = errCorrupt
	case has("could not read Username", "could not read Password", "Authentication failed", "returned error: 401", "returned error: 403",
		"Permission denied", "Host key verification failed", "dubious ownership"):
		why = ErrDenied
	case has("' not found", "Repository not found", "does not appear to be a git repository", "returned error: 404", "returned error: 410"):
		why = ErrNotFound
	case has("unable to access", "Could not resolve host", "Could not read from remote", "RPC failed", "early EOF", "hung up", "expected flush", "unexpected disconnect"):
		why = ErrUnreachable
	}
	if said == "" {
		return fmt.Errorf("git %s: %w", command, why)
	}
	return fmt.Errorf("%w: git %s: %s", why, command, said)
}
