//go:build unix

package pack

import (
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps a file for reading. The mapping stays when git removes the file.
func mapFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 {
		return nil, nil
	}
	return unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
}

// releaseFile gives back the memory that holds the pages of a mapped file. Whoever reads
// them again has the kernel fetch them again. It may fail, and then nothing is lost but
// the memory.
func releaseFile(b []byte) {
	if b != nil {
		_ = unix.Madvise(b, unix.MADV_DONTNEED)
	}
}

func unmapFile(b []byte) {
	if b != nil {
		unix.Munmap(b)
	}
}
