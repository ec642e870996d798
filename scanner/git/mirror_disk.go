package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sourcegraph/conc"
)

// Beside the mirror NAME there are: NAME.lock, which is locked while somebody works on
// the mirror, and tells how many bytes it takes and, by its date, when it was last used;
// NAME.new-…, a clone that is not complete; NAME.old-…, what is being removed.
const (
	lockSuffix = ".lock"
	newSuffix  = ".new-"
	oldSuffix  = ".old-"
	roomLock   = "room" // locked while sizes are summed up; no mirror is called so
)

// How often is looked at the size of what is being fetched, and whether a lock is free.
const (
	watchInterval = 100 * time.Millisecond
	lockInterval  = 50 * time.Millisecond
)

// mirrorLock is a locked file. The lock ends with the process at the latest.
type mirrorLock struct{ file *os.File }

// lockMirror waits until it has the lock.
func lockMirror(ctx context.Context, path string) (*mirrorLock, error) {
	for {
		l, err := tryLockMirror(path)
		if l != nil || err != nil {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("while others work on it: %w", context.Cause(ctx))
		case <-time.After(lockInterval):
		}
	}
}

// tryLockMirror returns nil if somebody has the lock.
func tryLockMirror(path string) (*mirrorLock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if ok, err := lockFile(f); !ok || err != nil {
		f.Close()
		return nil, err
	}
	return &mirrorLock{f}, nil
}

func (l *mirrorLock) release() {
	now := time.Now()
	// A date that cannot be set only makes the mirror the first to be dropped.
	_ = os.Chtimes(l.file.Name(), now, now)
	l.file.Close()
}

// tell writes how many bytes the mirror takes, in one piece: it is read at any time.
func (l *mirrorLock) tell(size int64) error {
	_, err := l.file.WriteAt(fmt.Appendf(nil, "%020d\n", size), 0)
	return err
}

// kept is a mirror as its lock file tells of it.
type kept struct {
	path string // of the mirror
	size int64  // in bytes
	used time.Time
}

// kept lists all mirrors that take room, those that were not used for long first.
func (s *Mirrors) kept() ([]kept, error) {
	locks, err := filepath.Glob(filepath.Join(globQuote(s.dir), "*"+lockSuffix))
	if err != nil {
		return nil, err
	}
	var all []kept
	for _, lock := range locks {
		info, err := os.Stat(lock)
		if err != nil {
			return nil, err
		}
		text, err := os.ReadFile(lock)
		if err != nil {
			return nil, err
		}
		// What is empty was never told.
		size, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if size > 0 {
			all = append(all, kept{strings.TrimSuffix(lock, lockSuffix), size, info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b kept) int {
		return cmp.Or(a.used.Compare(b.used), strings.Compare(a.path, b.path))
	})
	return all, nil
}

// globQuote makes a path a pattern that matches nothing else.
func globQuote(path string) string {
	if os.PathSeparator == '\\' { // where nothing can be quoted, and * and ? are in no name
		return path
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// noRoomError says that others hold what would have to be dropped.
type noRoomError struct{ size int64 } // that was wanted, in bytes

func (e *noRoomError) Error() string { return "other mirrors that are in use leave no room" }

// claim tells that this mirror takes size bytes, and drops others until all are under
// the limit. If that is not to be had, the claim is taken back.
func (u *mirrorUpdate) claim(ctx context.Context, size int64) error {
	s := u.mirrors
	if size > s.limit {
		return errors.Join(fmt.Errorf("%w: needs --disk of at least %s (so much is here, and there is more to come), and has %s", ErrDiskLimit, inMiB(size), inMiB(s.limit)), u.lock.tell(0))
	}
	room, err := lockMirror(ctx, filepath.Join(s.dir, roomLock))
	if err != nil {
		return err
	}
	defer room.release()
	if err := u.lock.tell(size); err != nil {
		return err
	}
	all, err := s.kept()
	if err != nil {
		return err
	}
	var total int64
	for _, k := range all {
		total += k.size
	}
	for _, k := range all {
		if total <= s.limit {
			return nil
		}
		dropped, err := s.drop(k)
		if err != nil {
			return err
		}
		if dropped {
			total -= k.size
		}
	}
	if total <= s.limit {
		return nil
	}
	return errors.Join(&noRoomError{size}, u.lock.tell(0))
}

// inMiB is a size as --disk takes it, not smaller than it is.
func inMiB(size int64) string {
	const mib = 1 << 20
	return strconv.FormatInt((size+mib-1)/mib, 10) + "MiB"
}

// drop removes a mirror that nobody works on.
func (s *Mirrors) drop(k kept) (bool, error) {
	lock, err := tryLockMirror(k.path + lockSuffix)
	if lock == nil || err != nil {
		return false, err
	}
	defer lock.release()
	if err := s.discard(k.path); err != nil {
		return false, err
	}
	return true, lock.tell(0)
}

// discard removes the mirror at path, and what there is of clones that are not complete.
// Its lock is held.
func (s *Mirrors) discard(path string) error {
	old, err := os.MkdirTemp(s.dir, filepath.Base(path)+oldSuffix)
	if err != nil {
		return err
	}
	// A mirror that is half removed is not to stand under its own name.
	if err := os.Rename(path, filepath.Join(old, "mirror")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, os.RemoveAll(old))
	}
	for _, suffix := range []string{newSuffix, oldSuffix} {
		left, err := filepath.Glob(globQuote(path+suffix) + "*")
		if err != nil {
			return err
		}
		for _, dir := range left {
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// discardUnfinished removes what a killed process left of a mirror. Its lock is held.
func (s *Mirrors) discardUnfinished(path string) error {
	_, err := os.Stat(filepath.Join(path, unfinished))
	left, globErr := filepath.Glob(globQuote(path) + ".[no][el][wd]-*")
	if err != nil && len(left) == 0 {
		return globErr
	}
	if err == nil {
		return s.discard(path)
	}
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

// removeLeftovers removes what killed processes left; what a living one works on is
// locked.
func (s *Mirrors) removeLeftovers() error {
	locks, err := filepath.Glob(filepath.Join(globQuote(s.dir), "*"+lockSuffix))
	if err != nil {
		return err
	}
	for _, path := range locks {
		if err := s.removeLeftoversOf(strings.TrimSuffix(path, lockSuffix)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Mirrors) removeLeftoversOf(path string) error {
	info, err := os.Stat(path + lockSuffix)
	if err != nil {
		return err
	}
	lock, err := tryLockMirror(path + lockSuffix)
	if lock == nil || err != nil {
		return err
	}
	defer lock.file.Close()
	if err := s.discardUnfinished(path); err != nil {
		return err
	}
	size, err := folderSize(path)
	if err != nil {
		return err
	}
	if err := lock.tell(size); err != nil {
		return err
	}
	// It was not used just now.
	return os.Chtimes(lock.file.Name(), info.ModTime(), info.ModTime())
}

// awaitRoom waits until there is room for size bytes, or nobody else has any.
func (u *mirrorUpdate) awaitRoom(ctx context.Context, size int64) error {
	for {
		err := u.claim(ctx, size)
		if !errors.As(err, new(*noRoomError)) {
			u.reserved = size
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", err, context.Cause(ctx))
		case <-time.After(watchInterval):
		}
	}
}

// mostAhead is how many bytes are claimed beyond what a fetch has brought: no less than
// comes in until it is looked at again.
const mostAhead = 64 << 20

// ahead is what to claim for a mirror that has size bytes and grows.
func (u *mirrorUpdate) ahead(size int64) int64 {
	limit := u.mirrors.limit
	return max(size, u.reserved, min(size+min(mostAhead, limit/8), limit))
}

// watched runs what fills dir, claims the room that dir will take before it grows, and
// stops the run where there is no more.
func (u *mirrorUpdate) watched(ctx context.Context, dir string, run func(ctx context.Context) error) error {
	claimed, err := folderSize(dir)
	if err == nil {
		err = u.claim(ctx, u.ahead(claimed))
	}
	if err != nil {
		return err
	}
	running, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	var watch conc.WaitGroup
	watch.Go(func() {
		ticker := time.NewTicker(watchInterval)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
			}
			size, err := folderSize(dir)
			if err == nil && size-claimed > min(1<<20, u.mirrors.limit/100) {
				claimed, err = size, u.claim(running, u.ahead(size))
			}
			if err != nil {
				cancel(err)
				return
			}
		}
	})
	err = run(running)
	close(done)
	watch.Wait()
	if cause := context.Cause(running); cause != nil && ctx.Err() == nil {
		return cause
	}
	if err != nil {
		return err
	}
	size, err := folderSize(dir)
	if err != nil {
		return err
	}
	return u.claim(ctx, size)
}

// folderSize is how many bytes the files in dir have; 0 if there is none.
func folderSize(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				total += info.Size()
			}
		}
		// git removes files while this goes on.
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return total, err
}
