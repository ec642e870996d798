//go:build linux && (amd64 || arm64)

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// withoutNetwork in the environment has the kernel kill leakguard, or a program
// that it starts, when it so much as makes a socket of the internet's families:
// not one packet, not one look-up of a name.
const withoutNetwork = "LEAKGUARD_TEST_NO_NETWORK=1"

func init() {
	if os.Getenv("LEAKGUARD_TEST_NO_NETWORK") == "1" {
		if err := forbidSockets(); err != nil {
			fmt.Fprintln(os.Stderr, "the network cannot be forbidden:", err)
			os.Exit(99)
		}
	}
}

// forbidSockets installs a seccomp filter (seccomp(2)) in every thread.
func forbidSockets() error {
	const (
		systemCall  = 0  // offset of the number in struct seccomp_data
		firstArg    = 16 // offset of the first argument's lower half
		killProcess = 0x80000000
		allow       = 0x7fff0000
	)
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: systemCall},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_SOCKET, Jf: 3},
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: firstArg},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.AF_INET, Jt: 2},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.AF_INET6, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: allow},
		{Code: unix.BPF_RET | unix.BPF_K, K: killProcess},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return errno
	}
	return nil
}

// TestNoPacket runs what promises to send nothing where sending is death.
func TestNoPacket(t *testing.T) {
	r := repository(t)
	r.Write("app.env", withSecret(token(t, 1))+"GITLAB="+expand(t, "glpat-${alnum:20}", 1)+"\nDB=postgres://app:"+expand(t, "${alnum:12}7q", 1)+"@db.corp.internal/x\n")
	r.Commit("add")
	config := filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(config, []byte("[verify]\nhosts = ['db.corp.internal']\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(t.TempDir(), "r.json")
	tests := []struct {
		name   string
		args   []string
		killed bool
	}{
		{"scan", []string{"scan", "--report", "json=" + report}, false},
		{"scan staged", []string{"scan", "staged"}, false},
		{"scan history", []string{"scan", "git"}, false},
		{"scan, offline", []string{"scan", "--offline"}, false},
		{"scan --verify, offline", []string{"scan", "--verify", "--offline", "--config", config}, false},
		{"verify, offline", []string{"verify", report, "--offline"}, false},
		{"variables", []string{"scan", "variables", "--env"}, false},
		{"rules", []string{"rules", "list", "--verifiable"}, false},
		{"scan --verify", []string{"scan", "--verify", "--config", config}, true},
		{"verify", []string{"verify", report}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], tt.args...)
			cmd.Dir = r.Dir
			cmd.Env = append(userEnv(t), actAsLeakguard, withoutNetwork)
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState == nil {
				t.Fatal(err)
			}
			status := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if code := status.ExitStatus(); code == 99 {
				t.Skipf("%s", out)
			}
			killed := status.Signaled() && status.Signal() == syscall.SIGSYS
			if killed != tt.killed || !killed && status.ExitStatus() > exitFound {
				t.Errorf("killed for a socket: %t, want %t; exit code %d\n%s", killed, tt.killed, status.ExitStatus(), masked(string(out), token(t, 1)))
			}
		})
	}
}

// TestNoPacketHook commits through the pre-commit hook where sending is death.
func TestNoPacketHook(t *testing.T) {
	r := repository(t)
	if _, stderr, code := run(t, r.Dir, "hook", "install"); code != exitClean {
		t.Fatal(stderr)
	}
	for _, tt := range []struct {
		name, text string
		committed  bool
	}{
		{"clean", "nothing\n", true},
		{"secret", withSecret(token(t, 1)), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if committed, said := commits(t, r, tt.text, withoutNetwork); committed != tt.committed {
				t.Errorf("committed: %t, want %t\n%s", committed, tt.committed, masked(said, token(t, 1)))
			}
		})
	}
}
