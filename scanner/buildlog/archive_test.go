package buildlog

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
)

// entry is a member of an archive, or a file.
type entry struct{ name, text string }

func zipOf(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, e := range entries {
		w, err := z.Create(e.name)
		if err == nil {
			_, err = w.Write([]byte(e.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func tarGzOf(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for _, e := range entries {
		err := w.WriteHeader(&tar.Header{Name: e.name, Size: int64(len(e.text)), Mode: 0o600})
		if err == nil {
			_, err = w.Write([]byte(e.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// texts reads a source and returns the text of each log by its path, without the
// overlap of windows, and what the coverage says.
func texts(t *testing.T, src scanner.Source) (map[string]string, *scanner.Coverage) {
	t.Helper()
	type line struct {
		path   string
		number int
	}
	var mu sync.Mutex
	lines := map[line]string{}
	last := map[string]int{}
	cov := scanner.NewCoverage(src.Name(), src.Kind())
	err := src.Read(context.Background(), func(c scanner.Chunk) int {
		p, ok := c.Place.(*table)
		if !ok {
			return 0 // what was wrapped, once more
		}
		mu.Lock()
		defer mu.Unlock()
		last[p.log.Path] = max(last[p.log.Path], 0)
		for i, text := range strings.Split(strings.TrimSuffix(string(c.Text), "\n"), "\n") {
			if len(c.Text) == 0 {
				break
			}
			number, _ := p.raw(i, 1)
			lines[line{p.log.Path, number}] = text
			last[p.log.Path] = max(last[p.log.Path], number)
		}
		return 0
	}, cov)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for path, n := range last {
		var b strings.Builder
		for i := 1; i <= n; i++ {
			b.WriteString(lines[line{path, i}] + "\n")
		}
		all[path] = b.String()
	}
	return all, cov
}

// longLog is more than one window of files.Unpack, and of ours.
func longLog() string {
	var b strings.Builder
	for i := range 300_000 {
		fmt.Fprintf(&b, "line %d of the löng log\n", i)
	}
	return b.String()
}

func TestArchives(t *testing.T) {
	long := longLog()
	notebook := `{"cells":[{"cell_type":"code","source":"\u0061"}]}` + "\n"
	steps := []entry{{"0_build.txt", "a\nb\n"}, {"build/1_Set up job.txt", "a\n"}, {"build/2_make.txt", "b\n"}, {"1_test.txt", "c\n"}}
	for _, tt := range []struct {
		name string
		data []byte
		want map[string]string
	}{
		{"run of GitHub's", zipOf(t, steps...), map[string]string{
			"in!build/1_Set up job.txt": "a\n", "in!build/2_make.txt": "b\n", "in!1_test.txt": "c\n",
		}},
		{"long log in zip", zipOf(t, entry{"a.log", long}), map[string]string{"in!a.log": long}},
		{"tar.gz", tarGzOf(t, entry{"a.log", "a\n"}, entry{"b/a.log", long}, entry{"c.log", "c\n"}), map[string]string{
			"in!a.log": "a\n", "in!b/a.log": long, "in!c.log": "c\n",
		}},
		{"zip in zip", zipOf(t, entry{"run.zip", string(zipOf(t, entry{"a.log", "a\n"}))}, entry{"b.log", "b\n"}), map[string]string{
			"in!run.zip!a.log": "a\n", "in!b.log": "b\n",
		}},
		{"names that lead out", zipOf(t, entry{"../../a.log", "a\n"}, entry{`b\..\c.log`, "b\n"}), map[string]string{
			"in!a.log": "a\n", "in!b/c.log": "b\n",
		}},
		{"folders", zipOf(t, entry{"build/", ""}, entry{"build/a.log", "a\n"}), map[string]string{"in!build/a.log": "a\n"}},
		{"document", []byte(notebook), map[string]string{"in": notebook, "in!cell 1": "a\n"}},
		{"document in zip", zipOf(t, entry{"n.ipynb", notebook}), map[string]string{"in!n.ipynb": notebook, "in!n.ipynb!cell 1": "a\n"}},
		{"document in tar.gz", tarGzOf(t, entry{"n.ipynb", notebook}), map[string]string{"in!n.ipynb": notebook, "in!n.ipynb!cell 1": "a\n"}},
		{"nothing", zipOf(t), map[string]string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "in")
			if err := os.WriteFile(path, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			for how, src := range map[string]scanner.Source{
				"file":   New([]string{path}, Options{}),
				"stream": NewReader(bytes.NewReader(tt.data), filepath.ToSlash(path), Options{}),
			} {
				got, cov := texts(t, src)
				if !cov.Complete() {
					t.Errorf("%s: gaps %+v", how, cov.Gaps)
				}
				if len(got) != len(tt.want) {
					t.Errorf("%s: logs %q", how, slices.Sorted(maps.Keys(got)))
				}
				for name, want := range tt.want {
					name = filepath.ToSlash(filepath.Dir(path)) + "/" + name
					if text, ok := got[name]; !ok || text != want {
						t.Errorf("%s: the text of %s (%v) has %d bytes, want %d", how, name, ok, len(text), len(want))
					}
				}
			}
		})
	}
}

func TestArchiveGaps(t *testing.T) {
	whole := zipOf(t, entry{"a.log", "a\n"}, entry{"b.log", strings.Repeat("bbbb", 5000)}, entry{"c.log", "c\n"})
	at := func(sign string) int { return bytes.Index(whole, []byte(sign)) }
	noise := make([]byte, 40<<10)
	for i, r := 0, rand.New(rand.NewPCG(1, 2)); i < len(noise); i++ {
		noise[i] = byte(r.Uint32())
	}
	for _, tt := range []struct {
		name   string
		data   []byte
		limits files.Limits
		what   string // of the one gap
		why    string
		logs   int // that were read all the same
	}{
		{"cut off", whole[:len(whole)-30], files.Limits{}, "in.zip", "it is damaged: ", 0},
		{"damaged member", changed(whole, at("b.log")+12, 0xff), files.Limits{}, "in.zip!b.log", "it is damaged: ", 2},
		{"encrypted member", changed(whole, bytes.LastIndex(whole, []byte("b.log"))-46+8, 1), files.Limits{}, "in.zip!b.log", "it is encrypted", 2},
		{"unknown method", changed(whole, bytes.LastIndex(whole, []byte("b.log"))-46+10, 1), files.Limits{}, "in.zip!b.log", "it cannot be unpacked: ", 2},
		{"too many members", whole, files.Limits{Depth: 4, Members: 2, Bytes: 1 << 30, Ratio: 200}, "in.zip", "it has more than 2 members; the rest was not read", 2},
		{"too many bytes", whole, files.Limits{Depth: 4, Members: 9, Bytes: 1000, Ratio: 200}, "in.zip", "more than 1000 bytes came out of it; the rest was not read", 2},
		{"bomb", zipOf(t, entry{"a.log", strings.Repeat(strings.Repeat("x", 1<<16)+"\n", freeBytes>>16+100)}), files.Limits{Depth: 4, Members: 9, Bytes: 1 << 30, Ratio: 20}, "in.zip", "it holds more than 20 times its own size; the rest was not read", 1},
		{"damaged archive in it", zipOf(t, entry{"a.log", "a\n"}, entry{"b.zip", "PK\x03\x04" + string(noise)}), files.Limits{}, "in.zip!b.zip", "it is damaged: ", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, cov := texts(t, NewReader(bytes.NewReader(tt.data), "in.zip", Options{Archives: tt.limits}))
			if len(cov.Gaps) != 1 || cov.Gaps[0].What != tt.what || !strings.HasPrefix(cov.Gaps[0].Why, tt.why) || cov.Gaps[0].Fix == "" {
				t.Errorf("gaps %+v, want one of %s: %s", cov.Gaps, tt.what, tt.why)
			}
			if len(got) != tt.logs {
				t.Errorf("read %q, want %d logs", slices.Sorted(maps.Keys(got)), tt.logs)
			}
		})
	}
}

// changed is data with one byte changed.
func changed(data []byte, at int, by byte) []byte {
	data = bytes.Clone(data)
	data[at] ^= by
	return data
}

func TestArchiveTooLargeToHold(t *testing.T) {
	big := tarGzOf(t)
	data := append(big, make([]byte, maxHeld)...)
	_, cov := texts(t, NewReader(bytes.NewReader(data), "in.tar.gz", Options{}))
	if len(cov.Gaps) != 1 || cov.Gaps[0].What != "in.tar.gz" || cov.Gaps[0].Fix != fixUnpack {
		t.Errorf("gaps %+v", cov.Gaps)
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	for _, e := range []entry{
		{"0_build.txt", "a\n"}, {"build/1_make.txt", "b\n"}, {"jenkins/7/log", "c\n"}, {"run.zip", string(zipOf(t, entry{"x/1_y.txt", "d\n"}))},
	} {
		path := filepath.Join(dir, filepath.FromSlash(e.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(e.text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("7", filepath.Join(dir, "jenkins", "last")); err != nil {
		t.Skip(err)
	}
	got, cov := texts(t, New([]string{dir}, Options{Workers: 4}))
	want := map[string]string{"build/1_make.txt": "b\n", "jenkins/7/log": "c\n", "run.zip!x/1_y.txt": "d\n"}
	if !maps.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
	if !cov.Complete() || len(cov.Excluded) != 2 || cov.Read["logs"] != 3 || cov.Read["log lines"] != 3 {
		t.Errorf("coverage: %+v, %+v, %v", cov.Gaps, cov.Excluded, cov.Read)
	}
}

func TestFileGaps(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.log")
	if err := os.WriteFile(large, make([]byte, 11), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing.log")
	_, cov := texts(t, New([]string{missing, large}, Options{MaxSize: 10}))
	if len(cov.Gaps) != 2 || cov.Gaps[0].What != filepath.ToSlash(missing) || cov.Gaps[1].What != filepath.ToSlash(large) && cov.Gaps[0].Fix != "correct the path" {
		t.Errorf("gaps %+v", cov.Gaps)
	}
	err := New([]string{large}, Options{Format: "nobody's"}).Read(context.Background(), nil, cov)
	if err == nil || !strings.Contains(err.Error(), `"nobody's"`) || !strings.Contains(err.Error(), "github") {
		t.Errorf("error %v does not name what is wrong and what would be right", err)
	}
}
