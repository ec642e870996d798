//go:build unix

package git

import (
	"errors"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// lockFile locks an open file for as long as it is open, and reports whether it could:
// nobody else, in this process or another, can meanwhile.
func lockFile(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// ownSession gives a command no terminal to ask on, and makes the end of its context the
// end of all that it started.
func ownSession(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	// git removes its lock files on this signal.
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGTERM) }
}

// killSession ends what did not end by itself.
func killSession(cmd *exec.Cmd) {
	if cmd.Process != nil {
		// An error says that nothing is left.
		_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
	}
}
