package pack_test

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/scanner/git/pack"
)

// residentVariable has the test binary read the object directory that it names.
const residentVariable = "LEAKGUARD_TEST_OBJECTS"

// TestReadInProcess is no test: it is the process that TestResident measures. It reads
// all there is, says how much that was, and how much memory it ever had.
func TestReadInProcess(t *testing.T) {
	dir := os.Getenv(residentVariable)
	if dir == "" {
		t.Skip("it is run by another test")
	}
	s, err := pack.Open(dir, pack.SHA1, 1<<30, func(f pack.Fault) { t.Error(f.What, f.Err) })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var size int64
	if err := s.Each(t.Context(), pack.Blob, 1, func(o pack.Object) {
		if o.Stream != nil {
			n, _ := io.Copy(io.Discard, o.Stream)
			size += n
			return
		}
		size += o.Size
		if _, _, err := s.Reader().Get(o.ID); err != nil {
			t.Error(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fmt.Printf("read %d %s\n", size, strings.Fields(rest)[0])
}

// TestResident reads packs that are larger than what may be in memory of them: of many
// objects, and of one that is streamed. LEAKGUARD_SOAK=1 has one of 1 GiB.
func TestResident(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("there is no /proc to tell the memory of a process")
	}
	total := int64(256 << 20)
	if os.Getenv("LEAKGUARD_SOAK") == "1" {
		total = 1 << 30
	}
	for _, size := range []int64{512 << 10, total} {
		t.Run(fmt.Sprintf("objects of %d KiB", size>>10), func(t *testing.T) {
			objects := incompressible(t, total, size)
			cmd := exec.Command(os.Args[0], "-test.run=^TestReadInProcess$", "-test.v")
			cmd.Env = append(os.Environ(), residentVariable+"="+objects)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			var read, most int64
			_, line, _ := bytes.Cut(out, []byte("\nread "))
			if _, err := fmt.Sscan(string(line), &read, &most); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			most <<= 10
			t.Logf("%d MiB at most", most>>20)
			const bound = 160 << 20 // pages of the pack, and what the process has besides
			if read != total || most > bound {
				t.Errorf("%d bytes were read, of %d, with %d of memory; want at most %d", read, total, most, bound)
			}
		})
	}
}

// incompressible makes an object directory with one pack of blobs of that size, total
// bytes in all, which are stored as they are.
func incompressible(t *testing.T, total, size int64) (objects string) {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "--bare")
	f, err := os.Create(filepath.Join(dir, "objects", "pack", "large.pack"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sum := sha1.New()
	out := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<20)
	random := rand.NewChaCha8([32]byte{1})
	// gitformat-pack(5): the signature, version 2, and how many objects there are.
	out.WriteString("PACK\x00\x00\x00\x02")
	out.Write(binary.BigEndian.AppendUint32(nil, uint32(total/size)))
	for range total / size {
		out.Write(binary.AppendUvarint([]byte{0x80 | byte(pack.Blob)<<4 | byte(size&15)}, uint64(size>>4)))
		z, err := zlib.NewWriterLevel(out, zlib.NoCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(z, random, size); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(sum.Sum(nil)); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "index-pack", f.Name())
	return filepath.Join(dir, "objects")
}
