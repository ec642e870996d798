package git

import (
	"errors"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// lockFile locks an open file for as long as it is open, and reports whether it could:
// nobody else, in this process or another, can meanwhile. What is locked lies behind what
// the file holds, so that all can read that.
func lockFile(f *os.File) (bool, error) {
	behind := &windows.Overlapped{Offset: 1 << 30}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, behind)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

// ownSession gives a command no console to ask on. The end of its context ends it alone:
// what it started ends at its closed pipes.
func ownSession(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW}
}

// killSession has nothing left to end here.
func killSession(*exec.Cmd) {}
