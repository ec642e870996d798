package git

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/leakguard/leakguard/scanner/git/pack"
)

// Wanted is a range of commits that is to be in the object database whole.
type Wanted struct {
	// Base and Head are what NewRange reads as Base..Head. A Base that is "", or not
	// to be had any more, is replaced by where Fallback and Head part.
	Base, Head string
	Ref        string // what the remote calls Head: "refs/pull/7/head"; "" if not known
	Fallback   string // a branch of the remote whose commits are known; "" for none
	Commits    int    // in the range, about; 0 if not known

	// Token, if not "", is sent to Server ("https://github.com") and to nobody else,
	// instead of what the checkout's own config has for it.
	Token, Server string
}

// The steps by which a shallow history is deepened, in commits.
const (
	firstDepth = 32        // where the number of commits is not known
	mostDepth  = 4096      // beyond which everything is fetched
	wholeDepth = 1<<31 - 1 // what git takes for no limit
)

const (
	headRef    = "refs/leakguard/head" // of the fetcher, never of the repository
	baseRef    = "refs/leakguard/base"
	remoteRefs = "refs/remotes/origin/"
	branches   = "refs/heads/"
)

const fullFix = "check out the whole history (actions/checkout: fetch-depth: 0, GitLab: GIT_DEPTH: 0)"

// Complete makes sure that every commit of the range is in the object database,
// and each commit that one of them was made on: what NewRange needs to say what
// changed. What is missing is fetched from the remote origin, and nobody is asked
// if nothing is. It returns the ids of the range's ends; base is "" if all that
// leads to head is new.
//
// Of the repository only the object database grows. Its refs, HEAD, index,
// working tree and list of shallow commits stay as they are, and its config
// decides nothing but where origin is and how to sign in there.
func (r *Repository) Complete(ctx context.Context, w Wanted) (base, head string, err error) {
	if err := w.check(); err != nil {
		return "", "", err
	}
	if base, head, err = r.present(ctx, w); err == nil {
		return base, head, nil
	}
	f, err := r.newFetcher(ctx, w)
	if err != nil {
		return "", "", err
	}
	defer os.RemoveAll(f.dir)
	if base, head, err = f.complete(ctx); err != nil {
		return "", "", fmt.Errorf("the commits to scan are not all here: %w; %s", err, fullFix)
	}
	return base, head, nil
}

// check refuses names that git would read as something else.
func (w Wanted) check() error {
	if w.Ref != "" && !IsRefName(w.Ref) {
		return fmt.Errorf("ref %.100q: git allows no such name", w.Ref)
	}
	if w.Fallback != "" && !IsRefName(w.Fallback) {
		return fmt.Errorf("branch %.100q: git allows no such name", w.Fallback)
	}
	return nil
}

// IsRefName reports whether a name can be that of a ref, in full or in part, by
// the rules of git-check-ref-format(1): it is no option of git, no refspec, and
// nothing but one name. Characters that cannot be seen are not taken either.
func IsRefName(name string) bool {
	bad := func(c rune) bool {
		return !unicode.IsPrint(c) || c == unicode.ReplacementChar || strings.ContainsRune(" :*?[\\^~", c)
	}
	return name != "" && name[0] != '-' && name[0] != '+' && !strings.Contains(name, "..") && !strings.Contains(name, "@{") &&
		!strings.HasSuffix(name, "/") && !strings.HasSuffix(name, ".lock") && !strings.ContainsFunc(name, bad)
}

// useless reports whether the branch to fall back on tells nothing, because it is
// the one that Head was pushed to.
func (w Wanted) useless() bool { return w.Fallback == "" || w.Ref == branches+w.Fallback }

// present is the range if nothing of it is missing.
func (r *Repository) present(ctx context.Context, w Wanted) (base, head string, err error) {
	if r.partial {
		return "", "", errors.New("a partial clone lacks objects of commits that it has")
	}
	run := func(ctx context.Context, args ...string) ([]byte, error) { return git(ctx, r.Root, args...) }
	if head, err = r.commitID(ctx, w.Head); err != nil {
		return "", "", err
	}
	from := w.Base
	if from == "" && !w.useless() {
		from = remoteRefs + w.Fallback
	}
	if from != "" {
		if base, err = r.commitID(ctx, from); err != nil {
			return "", "", err
		}
	}
	shallow, err := r.shallow()
	if err != nil {
		return "", "", err
	}
	cut, err := cuts(ctx, run, shallow, base, head)
	switch {
	case err != nil:
		return "", "", err
	case len(cut) > 0:
		return "", "", errors.New("the history is shallow")
	case w.Base == "":
		base = fork(ctx, run, base, head)
	}
	return base, head, nil
}

// commitID is the id of the commit that a revision names.
func (r *Repository) commitID(ctx context.Context, rev string) (string, error) {
	id, err := r.resolve(ctx, rev)
	if err != nil {
		return "", err
	}
	return r.hash.Hex(id), nil
}

// runner runs git in one repository.
type runner func(ctx context.Context, args ...string) ([]byte, error)

// cuts are the shallow commits behind which lies what settles the range; it is
// whole when there is none. In the range, their parents are missing. On base's
// side, one that is not older than the whole range may hide that some of the range
// leads to base; dates that lie make the range too large, never too small.
func cuts(ctx context.Context, run runner, shallow []string, base, head string) ([]string, error) {
	args := []string{"rev-list", "--left-right", "--timestamp", base + "..." + head}
	if base == "" {
		args = []string{"rev-list", "--left-right", "--timestamp", head}
	}
	out, err := run(ctx, args...)
	if err != nil {
		return nil, err
	}
	cut := map[string]bool{}
	for _, id := range shallow {
		cut[id] = true
	}
	var inside []string
	beside := map[string]int64{}
	oldest := int64(math.MaxInt64)
	for line := range strings.Lines(string(out)) {
		date, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		id := strings.TrimLeft(name, "<>")
		when, err := strconv.ParseInt(date, 10, 64)
		switch {
		case err != nil:
			return nil, fmt.Errorf("git rev-list: cannot read %q", line)
		case strings.HasPrefix(name, "<"):
			if cut[id] {
				beside[id] = when
			}
			continue
		case cut[id]:
			inside = append(inside, id)
		}
		oldest = min(oldest, when)
	}
	for id, when := range beside {
		if when >= oldest {
			inside = append(inside, id)
		}
	}
	slices.Sort(inside)
	return inside, nil
}

// fork is where head left base's history; base itself if it did so more than
// once, or never had a part of it.
func fork(ctx context.Context, run runner, base, head string) string {
	if base == "" {
		return ""
	}
	out, err := run(ctx, "merge-base", "--all", base, head)
	if ids := strings.Fields(string(out)); err == nil && len(ids) == 1 {
		return ids[0]
	}
	return base
}

// fetcher fetches into the object database of a repository. All else that git
// writes, it writes into a folder of its own that lives as long as the fetcher:
// refs, the list of shallow commits, a config without a line of the repository's.
type fetcher struct {
	r       *Repository
	w       Wanted
	dir     string
	env     []string
	shallow bool
	hidden  []string // what no error may hold
}

func (r *Repository) newFetcher(ctx context.Context, w Wanted) (*fetcher, error) {
	f := &fetcher{r: r, w: w}
	settings, err := f.settings(ctx)
	if err != nil {
		return nil, err
	}
	if f.dir, err = os.MkdirTemp("", "leakguard-fetch-"); err != nil {
		return nil, err
	}
	if err := f.lay(ctx); err != nil {
		os.RemoveAll(f.dir)
		return nil, err
	}
	f.env = append(remoteEnvironment("file:http:https:ssh", settings), "GIT_DIR="+f.dir, "GIT_OBJECT_DIRECTORY="+r.objectDir())
	return f, nil
}

// remoteSettings are the keys of a repository's config that say where origin is
// and how to sign in there. None of them names a program.
const remoteSettings = `^(remote\.origin\.url|url\..*\.insteadof|http\.(.*\.)?(extraheader|proxy|sslcainfo|sslverify|sslcert|sslkey))$`

// settings is the config under which to fetch, as keys and values.
func (f *fetcher) settings(ctx context.Context) ([][2]string, error) {
	list := [][2]string{{"core.hooksPath", os.DevNull}, {"gc.auto", "0"}, {"maintenance.auto", "false"}, {"fetch.writeCommitGraph", "false"}}
	out, err := plainGit(ctx, f.r.Root, "config", "--null", "--show-scope", "--get-regexp", remoteSettings)
	origin := ""
	fields := strings.Split(string(out), "\x00")
	for i := 0; err == nil && i+1 < len(fields); i += 2 {
		key, value, _ := strings.Cut(fields[i+1], "\n")
		if key == "remote.origin.url" && origin == "" {
			origin = value
		}
		if fields[i] == "local" || fields[i] == "worktree" {
			list = append(list, [2]string{key, value})
		}
	}
	if origin == "" {
		return nil, fmt.Errorf("%s: commits are missing and there is no remote origin to fetch them from; %s", f.r.Root, fullFix)
	}
	if u, err := url.Parse(origin); err == nil && u.User != nil {
		if password, ok := u.User.Password(); ok {
			f.hidden = append(f.hidden, password)
		}
	}
	f.hidden = append(f.hidden, f.w.Token)
	return append(list, Auth{Token: f.w.Token, Server: f.w.Server}.settings()...), nil
}

// lay makes the folder a git directory that knows what the repository has, so
// that the remote sends only what is missing. A partial clone does not know that
// itself: for it the range is fetched whole.
func (f *fetcher) lay(ctx context.Context) error {
	config := "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
	if f.r.hash == pack.SHA256 {
		config = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n"
	}
	files := map[string]string{"HEAD": "ref: refs/heads/none\n", "config": config}
	f.shallow = f.r.partial
	if !f.r.partial {
		refs, head, err := f.r.refsFromGit(ctx)
		if err != nil && len(refs) == 0 {
			return err
		}
		for _, ref := range refs {
			files["packed-refs"] += f.r.hash.Hex(ref.id) + " " + ref.name + "\n"
		}
		if head != (pack.ID{}) {
			files["HEAD"] = f.r.hash.Hex(head) + "\n"
		}
		shallow, err := f.r.shallow()
		if err != nil {
			return err
		}
		if f.shallow = len(shallow) > 0; f.shallow {
			files["shallow"] = strings.Join(shallow, "\n") + "\n"
		}
	}
	if err := os.MkdirAll(filepath.Join(f.dir, "refs"), 0o700); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(f.dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// run is a runner in the fetcher's own folder.
func (f *fetcher) run(ctx context.Context, args ...string) ([]byte, error) {
	return f.runWith(ctx, "", args...)
}

func (f *fetcher) runWith(ctx context.Context, stdin string, args ...string) ([]byte, error) {
	out, err := runGit(ctx, f.r.Root, f.env, strings.NewReader(stdin), append([]string{"--no-pager", "--no-replace-objects"}, args...))
	if err == nil {
		return out, nil
	}
	return nil, errors.New(hide(err.Error(), f.hidden...))
}

// fetch fetches refspecs; depth is an option that limits how far back, or "".
func (f *fetcher) fetch(ctx context.Context, depth string, refspecs ...string) error {
	args := []string{"fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance", "--stdin"}
	if depth != "" {
		args = append(args, depth)
	}
	_, err := f.runWith(ctx, strings.Join(refspecs, "\n")+"\n", append(args, "origin")...)
	return err
}

// depth is the option by which a tip is fetched: nothing is cut off where the
// repository has its whole history.
func (f *fetcher) depth(commits int) string {
	if !f.shallow {
		return ""
	}
	return "--depth=" + strconv.Itoa(commits)
}

// has reports whether a commit is there with all that leads to it, up to where
// the history is known to be cut.
func (f *fetcher) has(ctx context.Context, id string) bool {
	if f.r.partial {
		out, err := f.run(ctx, "for-each-ref", "--count=1", "--contains", id)
		return err == nil && len(out) > 0
	}
	_, err := f.run(ctx, "rev-list", "--quiet", id, "--not", "--all")
	return err == nil
}

// complete is Complete where something is missing.
func (f *fetcher) complete(ctx context.Context) (base, head string, err error) {
	step := firstDepth
	if f.w.Commits > 0 {
		step = f.w.Commits + 1
	}
	if head, err = f.tip(ctx, f.w.Head, f.w.Ref, headRef, step); err != nil {
		return "", "", fmt.Errorf("head: %w", err)
	}
	base, fallen, err := f.base(ctx)
	if err != nil {
		return "", "", fmt.Errorf("base: %w", err)
	}
	if err := f.deepen(ctx, base, head, step); err != nil {
		return "", "", err
	}
	if fallen {
		base = fork(ctx, f.run, base, head)
	}
	return base, head, nil
}

// tip is the id of a commit, fetched if it is not there: by its id, or by its ref.
func (f *fetcher) tip(ctx context.Context, rev, ref, as string, commits int) (string, error) {
	id, err := f.r.commitID(ctx, rev)
	if err != nil {
		if _, err := f.r.hash.Parse(rev); err != nil {
			return "", fmt.Errorf("revision %q is not known in %s", rev, f.r.Root)
		}
		id = rev
	}
	if f.has(ctx, id) {
		return id, nil
	}
	tried := ""
	for _, name := range []string{id, ref} {
		if name == "" {
			continue
		}
		err := f.fetch(ctx, f.depth(commits), "+"+name+":"+as)
		if err == nil {
			// An annotated tag is asked for by its own id.
			commit, err := f.r.commitID(ctx, id)
			if err == nil && f.has(ctx, commit) {
				return commit, nil
			}
			tried += "; " + name + " at origin does not lead to it"
			continue
		}
		tried += fmt.Sprintf("; %s: %v", name, err)
	}
	return "", fmt.Errorf("commit %s cannot be had from origin%s", id, tried)
}

// base is the commit where the range begins, and whether that is the branch to
// fall back on. Without either all that leads to Head is in the range.
func (f *fetcher) base(ctx context.Context) (base string, fallen bool, err error) {
	if f.w.Base != "" {
		// What a forced push took away may be gone at the remote too.
		if base, err = f.tip(ctx, f.w.Base, "", baseRef, 1); err == nil {
			return base, false, nil
		}
	}
	if f.w.useless() {
		return "", false, nil
	}
	if base, err := f.r.commitID(ctx, remoteRefs+f.w.Fallback); err == nil && f.has(ctx, base) {
		return base, true, nil
	}
	err = f.fetch(ctx, f.depth(1), "+"+branches+f.w.Fallback+":"+baseRef)
	if err != nil {
		if strings.Contains(err.Error(), "couldn't find remote ref") {
			return "", false, nil
		}
		return "", false, fmt.Errorf("branch %s: %w", f.w.Fallback, err)
	}
	out, err := f.run(ctx, "rev-parse", "--verify", baseRef+"^{commit}")
	return strings.TrimSpace(string(out)), true, err
}

// deepen fetches what lies behind cut commits, in growing steps, until the range is
// whole.
func (f *fetcher) deepen(ctx context.Context, base, head string, step int) error {
	for {
		data, err := os.ReadFile(filepath.Join(f.dir, "shallow"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		cut, err := cuts(ctx, f.run, strings.Fields(string(data)), base, head)
		if err != nil || len(cut) == 0 {
			return err
		}
		option := "--deepen=" + strconv.Itoa(step)
		switch {
		case step == wholeDepth:
			return fmt.Errorf("commit %s: origin does not have what it was made on", cut[0])
		case step > mostDepth:
			step, option = wholeDepth, "--depth="+strconv.Itoa(wholeDepth)
		default:
			step *= 2
		}
		if err := f.fetch(ctx, option, cut...); err != nil {
			return fmt.Errorf("history before commit %s: %w", cut[0], err)
		}
	}
}
