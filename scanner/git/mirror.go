package git

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

// What a remote repository's server may be the reason of. Any other error of Update is
// of this machine.
var (
	ErrNotFound    = errors.New("there is no such repository, or it may not be seen by whoever asks")
	ErrDenied      = errors.New("the server refuses")
	ErrUnreachable = errors.New("the server cannot be reached, or broke off") // later it may work
	ErrDiskLimit   = errors.New("the repository is larger than the disk limit")
)

// Mirrors is a folder of mirrors: whole copies of remote repositories, which are kept to
// be updated and scanned again for as long as there is room. Processes can share it.
type Mirrors struct {
	dir    string
	limit  int64
	silent sync.Map // time.Time by host: when Refs could not reach it
}

// Mirror is an up-to-date copy that stays as it is until Release.
type Mirror struct {
	Path    string        // a bare repository
	Changed bool          // whether this update changed its refs; what was scanned before is told by Refs alone
	Refs    string        // digest of all refs and HEAD, those of Gaps too: what they are called and where they point
	Empty   bool          // whether there are no refs
	Gaps    []scanner.Gap // refs that the server could not send, because it lacks objects of theirs

	lock *mirrorLock
}

// Release lets others update the mirror, or drop it to make room.
func (m *Mirror) Release() { m.lock.release() }

// OpenMirrors opens the folder of mirrors at dir, which is made if need be, and removes
// what killed processes left behind. All mirrors together take no more than limit bytes.
func OpenMirrors(dir string, limit int64) (*Mirrors, error) {
	if limit <= 0 {
		return nil, fmt.Errorf("mirrors in %s: a disk limit of %d bytes leaves no room", dir, limit)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	s := &Mirrors{dir: abs, limit: limit}
	return s, s.removeLeftovers()
}

// Update clones a repository with all its refs, or brings the mirror that is here up to
// date. clone is an address of https, ssh or file, or of http on this machine. Nobody
// else works on the mirror until Release; others who want it wait, and so does who finds
// no room because of mirrors that are held: do not hold one while you ask for another.
//
// The errors name the repository. By errors.Is they are ErrNotFound, ErrDenied,
// ErrUnreachable or ErrDiskLimit where it is the remote's doing.
func (s *Mirrors) Update(ctx context.Context, clone string, auth Auth) (*Mirror, error) {
	addr, err := cloneAddress(clone)
	if err != nil {
		return nil, err
	}
	if auth.Token != "" && auth.Server == "" {
		return nil, fmt.Errorf("%s: a token is given, and not for which server it is", addr)
	}
	path := filepath.Join(s.dir, mirrorName(addr))
	lock, err := lockMirror(ctx, path+lockSuffix)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", addr, err)
	}
	u := &mirrorUpdate{mirrors: s, address: addr, path: path, lock: lock, remote: newCommandRemote(addr, auth)}
	if _, err := exec.LookPath("git"); err != nil {
		u.remote = newHTTPRemote(addr, auth)
	}
	m, err := u.run(ctx)
	if err != nil {
		lock.release()
		return nil, fmt.Errorf("%s: %w", addr, err)
	}
	return m, nil
}

// cloneAddress checks the address of a repository. It is not told in an error as long as
// it may hold a password.
func cloneAddress(clone string) (*url.URL, error) {
	u, err := url.Parse(clone)
	if err != nil || u.Opaque != "" || u.RawQuery != "" || u.Fragment != "" || u.Path == "" {
		return nil, errors.New("a clone address cannot be read; want one such as https://HOST/PATH, ssh://git@HOST/PATH or file:///PATH")
	}
	if _, ok := u.User.Password(); ok || u.User != nil && u.Scheme != "ssh" {
		return nil, fmt.Errorf("the clone address of %s%s has credentials in it; take them out, and give a token", u.Host, u.Path)
	}
	ip := net.ParseIP(u.Hostname())
	switch {
	case u.Scheme == "file" && u.Host == "":
	case u.Scheme != "file" && (u.Hostname() == "" || strings.HasPrefix(u.Host, "-")):
		return nil, fmt.Errorf("%s: the clone address names no host", u)
	case u.Scheme == "https", u.Scheme == "ssh" && !strings.HasPrefix(u.User.Username(), "-"):
	case u.Scheme == "http" && (u.Hostname() == "localhost" || ip.IsLoopback()):
	default:
		return nil, fmt.Errorf("%s: repositories are cloned by https, ssh and file only", u)
	}
	return u, nil
}

// mirrorName is how the mirror of a repository is called: what a person can read, and
// what no two repositories have in common. Neither is more than a plain file name.
func mirrorName(addr *url.URL) string {
	plain := func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}
	name := strings.Map(plain, strings.ToLower(strings.TrimSuffix(addr.Host+addr.Path, ".git")))
	name = strings.Trim(name[max(0, len(name)-60):], "-")
	return fmt.Sprintf("%s-%x", name, sha256.Sum256([]byte(addr.String())))[:len(name)+1+32]
}

// remote is a repository that is mirrored.
type remote interface {
	// list asks for its refs.
	list(ctx context.Context) (*listing, error)
	// fetch brings the git directory dir up to date with all refs that were listed, or
	// with those named, if any are. errCorrupt is its error where objects are missing at
	// the remote.
	fetch(ctx context.Context, dir string, l *listing, only []string) error
	// pack keeps packs from piling up in dir.
	pack(ctx context.Context, dir string) error
}

var errCorrupt = errors.New("the server's repository is broken")

// listing is what a remote repository has.
type listing struct {
	refs   map[string]string // ids by name
	head   string            // that of refs which HEAD names; headRef if it is on no branch; or ""
	format pack.Hash
}

// mirrorUpdate is one call of Update.
type mirrorUpdate struct {
	mirrors  *Mirrors
	address  *url.URL
	remote   remote
	path     string // of the mirror
	lock     *mirrorLock
	salvaged int   // fetches that were made for a part of the refs
	reserved int64 // bytes that were waited for
}

// run updates the mirror as often as it takes to find room.
func (u *mirrorUpdate) run(ctx context.Context) (*Mirror, error) {
	if err := u.mirrors.discardUnfinished(u.path); err != nil {
		return nil, err
	}
	for {
		m, err := u.update(ctx)
		var full *noRoomError
		if !errors.As(err, &full) {
			return m, err
		}
		if err := u.mirrors.discard(u.path); err != nil {
			return nil, err
		}
		if err := u.awaitRoom(ctx, full.size); err != nil {
			return nil, err
		}
	}
}

// update lists what the remote has, and fetches what differs.
func (u *mirrorUpdate) update(ctx context.Context) (*Mirror, error) {
	l, err := u.remote.list(ctx)
	if err != nil {
		return nil, err
	}
	m := &Mirror{Path: u.path, lock: u.lock}
	before, head, err := mirrorRefs(ctx, u.path)
	whole := err == nil
	if !whole || l.head != head || !maps.Equal(before, l.refs) {
		if m.Gaps, err = u.bring(ctx, l, whole); err != nil {
			return nil, err
		}
	}
	after, head, err := mirrorRefs(ctx, u.path)
	if err != nil {
		return nil, err
	}
	m.Changed = !whole || !maps.Equal(before, after)
	m.Empty, m.Refs = len(after) == 0, refsDigest(after, head)
	if len(m.Gaps) > 0 {
		m.Refs = refsDigest(l.refs, l.head)
	}
	return m, nil
}

// bring fetches what was listed: into the mirror that is here, if there is a whole one.
// It is made anew where that cannot be done and the mirror is at fault.
func (u *mirrorUpdate) bring(ctx context.Context, l *listing, whole bool) ([]scanner.Gap, error) {
	if whole {
		gaps, err := u.refresh(ctx, l)
		noRoom := errors.As(err, new(*noRoomError)) || errors.Is(err, ErrDiskLimit)
		if err == nil || noRoom || isRemote(err) || ctx.Err() != nil {
			return gaps, err
		}
	}
	if err := u.mirrors.discard(u.path); err != nil {
		return nil, err
	}
	return u.clone(ctx, l)
}

// isRemote reports whether an error is the remote's doing.
func isRemote(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrDenied) || errors.Is(err, ErrUnreachable)
}

// unfinished is a file in a mirror that is being written. If it is there and nobody
// holds the mirror, git was killed in it and may have left locks behind.
const unfinished = "leakguard-unfinished"

// refresh fetches into the mirror that is here.
func (u *mirrorUpdate) refresh(ctx context.Context, l *listing) ([]scanner.Gap, error) {
	mark := filepath.Join(u.path, unfinished)
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		return nil, err
	}
	gaps, err := u.fill(ctx, u.path, l)
	return gaps, errors.Join(err, os.Remove(mark))
}

// clone makes the mirror under another name, so that what stands under its own is
// whole.
func (u *mirrorUpdate) clone(ctx context.Context, l *listing) ([]scanner.Gap, error) {
	dir, err := os.MkdirTemp(u.mirrors.dir, filepath.Base(u.path)+newSuffix)
	if err != nil {
		return nil, err
	}
	gaps, err := u.cloneInto(ctx, dir, l)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return gaps, nil
}

func (u *mirrorUpdate) cloneInto(ctx context.Context, dir string, l *listing) ([]scanner.Gap, error) {
	if err := layMirror(dir, u.address, l.format); err != nil {
		return nil, err
	}
	gaps, err := u.fill(ctx, dir, l)
	if err != nil {
		return nil, err
	}
	return gaps, os.Rename(dir, u.path)
}

// layMirror makes dir a git directory without refs and objects. Nothing of the remote's
// config, and of what the user's git would copy from a template, gets into it.
func layMirror(dir string, addr *url.URL, format pack.Hash) error {
	core := "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
	if format == pack.SHA256 {
		core = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n"
	}
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(addr.String())
	files := map[string]string{
		"HEAD":   "ref: refs/heads/main\n",
		"config": core + "[remote \"origin\"]\n\turl = \"" + quoted + "\"\n\tfetch = +refs/*:refs/*\n\tmirror = true\n",
	}
	for _, sub := range []string{"refs/heads", "objects/pack", "objects/info"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(sub)), 0o700); err != nil {
			return err
		}
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// fill fetches all that was listed into dir, as long as there is room for it. Refs that
// the remote cannot send are gaps.
func (u *mirrorUpdate) fill(ctx context.Context, dir string, l *listing) (gaps []scanner.Gap, err error) {
	err = u.watched(ctx, dir, func(ctx context.Context) error {
		err := u.remote.fetch(ctx, dir, l, nil)
		if errors.Is(err, errCorrupt) {
			gaps, err = u.salvage(ctx, dir, l, slices.Sorted(maps.Keys(l.refs)), err)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if l.head != "" {
		if err := os.WriteFile(filepath.Join(dir, "HEAD"), []byte("ref: "+l.head+"\n"), 0o600); err != nil {
			return nil, err
		}
	}
	if size, err := folderSize(dir); err != nil || 2*size > u.mirrors.limit {
		return gaps, err
	}
	return gaps, u.watched(ctx, dir, func(ctx context.Context) error { return u.remote.pack(ctx, dir) })
}

// mostSalvaged is how many fetches are made for the refs of a broken repository.
const mostSalvaged = 400

// salvage fetches the refs of a broken repository in ever smaller parts: what leads to
// no broken object is got. err is what all names together failed with.
func (u *mirrorUpdate) salvage(ctx context.Context, dir string, l *listing, names []string, err error) ([]scanner.Gap, error) {
	if len(names) == 1 || u.salvaged >= mostSalvaged {
		var gaps []scanner.Gap
		for _, name := range names {
			gaps = append(gaps, scanner.Gap{What: "ref " + name, Why: err.Error(), Fix: "repair the repository at its server (git fsck names what is broken)", Count: 1})
		}
		return gaps, nil
	}
	var gaps []scanner.Gap
	for _, part := range [][]string{names[:len(names)/2], names[len(names)/2:]} {
		u.salvaged++
		err := u.remote.fetch(ctx, dir, l, part)
		if errors.Is(err, errCorrupt) {
			var more []scanner.Gap
			more, err = u.salvage(ctx, dir, l, part, err)
			gaps = append(gaps, more...)
		}
		if err != nil {
			return nil, err
		}
	}
	return gaps, nil
}

// mirrorRefs is what a mirror has: its refs, and the one that HEAD names. A partial
// clone is no mirror.
func mirrorRefs(ctx context.Context, path string) (refs map[string]string, head string, err error) {
	r, err := openAt(path)
	if err != nil {
		return nil, "", err
	}
	if r.partial {
		return nil, "", fmt.Errorf("%s: it is a partial clone", path)
	}
	all, _, err := r.storedRefs()
	if err != nil || r.hash != pack.SHA1 {
		if all, _, err = r.refsFromGit(ctx); err != nil {
			return nil, "", err
		}
	}
	refs = make(map[string]string, len(all))
	for _, ref := range all {
		refs[ref.name] = r.hash.Hex(ref.id)
	}
	line, err := os.ReadFile(filepath.Join(path, "HEAD"))
	if target, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "ref: "); ok && refs[target] != "" {
		head = target
	}
	return refs, head, err
}

func refsDigest(refs map[string]string, head string) string {
	h := sha256.New()
	fmt.Fprintf(h, "HEAD %s\n", head)
	for _, name := range slices.Sorted(maps.Keys(refs)) {
		fmt.Fprintf(h, "%s %s\n", refs[name], name)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
