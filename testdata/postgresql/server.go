//go:build unix

// Package postgresql starts PostgreSQL servers for tests, from the programs that
// the machine has: those of Debian's package postgresql, or of the path.
package postgresql

import (
	"bytes"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to start, and to stop.
const patience = time.Minute

// Server is one that runs until the test ends.
type Server struct {
	DSN string // the URL of its database

	t       testing.TB
	dir     string
	as      *syscall.SysProcAttr
	process *os.Process
	ended   chan struct{}
}

// Start starts an empty server that ends with the test and returns the URL of its
// database. It listens on a socket in a folder of its own, on no port. The test is
// skipped where PostgreSQL is not installed, or fails if LEAKGUARD_REQUIRE_ALL is 1.
func Start(t testing.TB) (dsn string) {
	t.Helper()
	return New(t).DSN
}

// New is Start for a test that needs the server itself.
func New(t testing.TB) *Server {
	t.Helper()
	s := begin(t)
	t.Cleanup(s.end)
	return s
}

// begin makes and launches a server that nothing ends but end.
func begin(t testing.TB) *Server {
	t.Helper()
	initdb := program(t, "initdb")
	dir, as := home(t)
	s, begun := &Server{t: t, dir: dir, as: as}, false
	defer func() {
		if !begun {
			os.RemoveAll(dir)
		}
	}()
	s.DSN = s.dsn("postgres")
	run(t, as, initdb, "-D", s.data(), "-U", "postgres", "--auth=trust", "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C")
	s.launch()
	begun = true
	return s
}

// end ends the server for good.
func (s *Server) end() {
	s.quit()
	os.RemoveAll(s.dir)
}

func (s *Server) dsn(name string) string {
	return "postgres://postgres@/" + name + "?host=" + url.QueryEscape(s.dir)
}

// Database makes another, empty database on the server and returns its URL.
func (s *Server) Database(name string) (dsn string) {
	s.t.Helper()
	run(s.t, nil, program(s.t, "createdb"), "-h", s.dir, "-U", "postgres", name)
	return s.dsn(name)
}

// Restart ends the server as a crash does, so that its clients lose what they were at, has
// it away for some time, and starts it again.
func (s *Server) Restart(away time.Duration) {
	s.t.Helper()
	s.quit()
	time.Sleep(away)
	s.launch()
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// launch starts the server and waits until it takes clients.
func (s *Server) launch() {
	t := s.t
	t.Helper()
	server := exec.Command(program(t, "postgres"), "-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-F")
	var log bytes.Buffer
	server.Dir, server.Stdout, server.Stderr, server.SysProcAttr = s.dir, &log, &log, s.as
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		server.Wait()
		close(ended)
	}()
	s.process, s.ended = server.Process, ended
	ready := program(t, "pg_isready")
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		select {
		case <-ended:
			t.Fatalf("postgres ended:\n%s", log.String())
		default:
		}
		if exec.Command(ready, "-q", "-h", s.dir).Run() == nil {
			return
		}
	}
	s.quit()
	t.Fatal("postgres takes no clients")
}

// quit ends the server, which waits for no client.
func (s *Server) quit() {
	s.process.Signal(syscall.SIGQUIT)
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.process.Kill()
		<-s.ended
	}
}

// Dump is the database as pg_dump writes it, as SQL.
func Dump(t testing.TB, dsn string) []byte {
	t.Helper()
	return run(t, nil, program(t, "pg_dump"), "--dbname", dsn)
}

// program is the path of a program of PostgreSQL, the newest where several are
// installed.
func program(t testing.TB, name string) string {
	t.Helper()
	if found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name); err == nil && len(found) > 0 {
		return found[len(found)-1]
	}
	path, err := exec.LookPath(name)
	if err != nil {
		const why = " of PostgreSQL is not installed"
		if os.Getenv("LEAKGUARD_REQUIRE_ALL") == "1" {
			t.Fatal(name + why + ", and LEAKGUARD_REQUIRE_ALL=1")
		}
		t.Skip(name + why)
	}
	return path
}

// home makes a folder whose name is short enough for a socket in it, and returns as
// whom the server runs: as the user postgres if the test is run by root, whom the
// server refuses.
func home(t testing.TB) (dir string, as *syscall.SysProcAttr) {
	t.Helper()
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		t.Fatal(err)
	}
	if os.Getuid() != 0 {
		return dir, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(errUID, errGID, os.Chown(dir, int(uid), int(gid))); err != nil {
		t.Fatal(err)
	}
	return dir, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

// run runs a program to its end and returns what it wrote.
func run(t testing.TB, as *syscall.SysProcAttr, name string, args ...string) []byte {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir, c.SysProcAttr = "/", as
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, errs.String())
	}
	return out.Bytes()
}
