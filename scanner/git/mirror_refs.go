package git

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/leakguard/leakguard/scanner/git/pack"
)

const (
	// refsTime is how long a server is given to list the refs of a repository.
	refsTime = time.Minute
	// silence is for how long a server is not asked again that could not be reached.
	silence = 10 * time.Minute
)

// Refs asks a repository what refs it has, within this process and by one request, and
// returns the digest that Mirror.Refs of an up-to-date mirror is. It needs no mirror,
// and takes a small part of the time of an Update.
//
// An error says that only Update can tell, such as of an address of ssh, of objects of
// SHA-256, or where git knows a proxy or a password that this process does not. The
// errors name the repository, and by errors.Is are those of Update.
func (s *Mirrors) Refs(ctx context.Context, clone string, auth Auth) (string, error) {
	addr, err := cloneAddress(clone)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, refsTime)
	defer cancel()
	var l *listing
	if addr.Scheme == "file" {
		l, err = storedListing(filepath.FromSlash(addr.Path))
	} else {
		l, err = s.listOver(ctx, addr, auth)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", addr, err)
	}
	return refsDigest(l.refs, l.head), nil
}

// listOver lists the refs of a repository over HTTP, unless its server was out of reach
// just now: git may know a way to it.
func (s *Mirrors) listOver(ctx context.Context, addr *url.URL, auth Auth) (*listing, error) {
	if since, ok := s.silent.Load(addr.Host); ok && time.Since(since.(time.Time)) < silence {
		return nil, ErrUnreachable
	}
	h := newHTTPRemote(addr, auth)
	l, err := h.list(ctx)
	if errors.Is(err, ErrUnreachable) && h.told == nil {
		s.silent.Store(addr.Host, time.Now())
	}
	return l, err
}

// storedListing lists the refs of a repository on this machine, as they lie there: those
// that its config hides from clones, too.
func storedListing(path string) (*listing, error) {
	r, err := openAt(path)
	if err != nil {
		return nil, err
	}
	if r.reftable || r.hash != pack.SHA1 {
		return nil, errors.New("its refs are stored as only git reads them")
	}
	all, id, err := r.storedRefs()
	if err != nil {
		return nil, err
	}
	l := &listing{refs: make(map[string]string, len(all)), format: r.hash}
	for _, ref := range all {
		l.refs[ref.name] = r.hash.Hex(ref.id)
	}
	line, err := os.ReadFile(filepath.Join(r.gitDir, "HEAD"))
	if err != nil {
		return nil, err
	}
	branch, _ := strings.CutPrefix(strings.TrimSpace(string(line)), "ref: ")
	if id == (pack.ID{}) {
		return l, nil
	}
	if l.refs[branch] == "" {
		branch = ""
	}
	l.setHead(branch, r.hash.Hex(id))
	return l, nil
}
