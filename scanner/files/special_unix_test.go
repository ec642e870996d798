//go:build unix

package files

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestSpecialFilesAreNotOpened(t *testing.T) {
	dir := plant(t, map[string]string{"file": marker})
	fifo := filepath.Join(dir, "fifo")
	must(t, syscall.Mkfifo(fifo, 0o644))
	t.Chdir(dir) // the path of a socket must be short
	socket, err := net.Listen("unix", "socket")
	must(t, err)
	defer socket.Close()
	o := scanAll(t, New([]string{dir}, Options{}))
	o.want(t, []string{"file"})
	o.wantExcluded(t, "FIFOs, sockets and devices", 2)

	o = scanAll(t, New([]string{fifo}, Options{}))
	o.want(t, nil, filepath.ToSlash(fifo)+": it is neither a file nor a folder")
}

func TestFileThatBecomesAFIFO(t *testing.T) {
	dir := plant(t, map[string]string{"file": marker})
	path := filepath.Join(dir, "file")
	o := scanAll(t, New([]string{dir}, Options{Exclude: func(string) bool {
		must(t, os.Remove(path))
		must(t, syscall.Mkfifo(path, 0o644))
		return false
	}}))
	o.want(t, nil, "file: it was a file when its folder was listed")
}

func TestGitIgnoreThatIsNoFile(t *testing.T) {
	dir := plant(t, map[string]string{"a.log": marker})
	must(t, syscall.Mkfifo(filepath.Join(dir, ".gitignore"), 0o644))
	scanAll(t, New([]string{dir}, Options{GitIgnore: true})).want(t, []string{"a.log"})
}
