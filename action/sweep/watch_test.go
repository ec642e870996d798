package sweep_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// peaks are the most that a process took, in bytes.
type peaks struct {
	memory    int64 // resident, mapped files and all
	anonymous int64 // of it what is no file: the kernel cannot drop that
	family    int64 // resident, with the processes of git that it ran
	disk      int64 // of its mirrors
}

// String is what people read.
func (p peaks) String() string {
	return fmt.Sprintf("%.0f MB resident, %.0f MB of it no file, %.0f MB with git's processes; %.0f MB of mirrors",
		megabytes(p.memory), megabytes(p.anonymous), megabytes(p.family), megabytes(p.disk))
}

// watch samples the memory of a process and the size of a folder until it is ended. Of
// its own memory the most is that which the kernel has noted between the samples, too.
// Memory is known on Linux only.
func watch(t *testing.T, pid int, dir string) (end func() peaks) {
	p := new(peaks)
	ctx, stop := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	again := func(sample func(), pause func(took time.Duration) time.Duration) {
		for {
			began := time.Now()
			sample()
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause(time.Since(began))):
			}
		}
	}
	wait.Go(func() {
		again(func() { p.sampleMemory(pid) }, func(time.Duration) time.Duration { return 100 * time.Millisecond })
	})
	wait.Go(func() { // there may be many files to look at
		again(func() { p.sampleDisk(t, dir) }, func(took time.Duration) time.Duration { return 30 * took })
	})
	return func() peaks {
		stop()
		wait.Wait()
		p.sampleDisk(t, dir)
		return *p
	}
}

func (p *peaks) sampleMemory(pid int) {
	own := memoryOf(pid)
	p.memory, p.anonymous = max(p.memory, own["VmHWM"]), max(p.anonymous, own["RssAnon"])
	p.family = max(p.family, familyMemory(pid))
}

// familyMemory is the resident memory of a process and of those that it has begun.
func familyMemory(pid int) int64 {
	n := memoryOf(pid)["VmRSS"]
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return n
	}
	for _, list := range lists {
		children, err := os.ReadFile(list)
		if err != nil {
			continue // the thread is gone
		}
		for _, child := range strings.Fields(string(children)) {
			if id, err := strconv.Atoi(child); err == nil {
				n += familyMemory(id)
			}
		}
	}
	return n
}

// memoryOf is what proc_pid_status(5) says of a process, in bytes; nothing if it is gone.
func memoryOf(pid int) map[string]int64 {
	sizes := map[string]int64{}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return sizes
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) != 3 || fields[2] != "kB" {
			continue
		}
		if n, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
			sizes[strings.TrimSuffix(fields[0], ":")] = n << 10
		}
	}
	return sizes
}

func (p *peaks) sampleDisk(t *testing.T, dir string) {
	var disk int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				disk += info.Size()
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it was removed just now
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	p.disk = max(p.disk, disk)
}
