package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/leakguard/leakguard/scanner"
)

// maxEnviron bounds one process's environment in bytes, far above what Linux
// lets a program be started with.
const maxEnviron = 32 << 20

// NewProcess returns the source of the environment with which the process was
// started, and with children of all processes that descend from it. It is read
// from /proc, which is Linux's own: elsewhere it is a gap.
func NewProcess(pid int, children bool, o Options) scanner.Source {
	return &process{source{o}, "/proc", pid, children}
}

type process struct {
	source
	proc     string // where the processes are
	pid      int
	children bool
}

// Name says what is read.
func (p *process) Name() string {
	s := fmt.Sprintf("environment of process %d", p.pid)
	if p.children {
		s += " and its children"
	}
	return s
}

// Read hands out the variables of each process. A variable that a child
// inherited unchanged is given once.
func (p *process) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	cov.Count("processes", 0)
	if _, err := os.Stat(filepath.Join(p.proc, "self")); err != nil {
		cov.Gap(p.Name(), "this system ("+runtime.GOOS+") has no /proc", "run leakguard scan variables --env within the process")
		return nil
	}
	pids := []int{p.pid}
	if p.children {
		pids = p.family()
	}
	seen := map[string]bool{}
	for _, pid := range pids {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		environ, err := p.environ(pid)
		if errors.Is(err, fs.ErrNotExist) && pid != p.pid {
			continue // it has ended, which is no gap: it is no child any more
		}
		if err != nil {
			cov.Gap(fmt.Sprintf("environment of process %d", pid), "it could not be read: "+reason(err), processFix(err))
			continue
		}
		cov.Count("processes", 1)
		environ = slices.DeleteFunc(environ, func(entry string) bool {
			known := seen[entry]
			seen[entry] = true
			return known
		})
		emit(nil, environVariables(environ, fmt.Sprintf("environment of process %d", pid), cov), scan, cov)
	}
	return nil
}

// reason is an error without the path, which the gap names.
func reason(err error) string {
	var in *fs.PathError
	if errors.As(err, &in) {
		err = in.Err
	}
	return err.Error()
}

func processFix(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "run leakguard as the user of the process"
	case errors.Is(err, fs.ErrNotExist):
		return "give the id of a process that runs"
	}
	return "correct the cause and scan again"
}

// environ is the environment of a process: proc(5), /proc/pid/environ.
func (p *process) environ(pid int) ([]string, error) {
	f, err := os.Open(filepath.Join(p.proc, strconv.Itoa(pid), "environ"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxEnviron))
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimRight(string(data), "\x00"), "\x00"), nil
}

// family is the process and those that descend from it, parents first.
func (p *process) family() []int {
	entries, _ := os.ReadDir(p.proc)
	children := map[int][]int{}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			parent := p.parent(pid)
			children[parent] = append(children[parent], pid)
		}
	}
	all := []int{p.pid}
	for i := 0; i < len(all); i++ {
		for _, c := range children[all[i]] {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}

// parent is the id of a process's parent, or 0: proc(5), /proc/pid/stat. The
// program's name in it may hold anything, also a parenthesis.
func (p *process) parent(pid int) int {
	data, err := os.ReadFile(filepath.Join(p.proc, strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}
