package document

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// found is what Read handed out, a line a text: "part: text", "part lost: why".
type found []string

func readAll(t testing.TB, k Kind, data []byte) found {
	t.Helper()
	return readWithin(t, k, data, maxText)
}

// readWithin reads a document of which no more than most bytes may come.
func readWithin(t testing.TB, k Kind, data []byte, most int64) (f found) {
	t.Helper()
	d := &reading{
		ctx:  context.Background(),
		file: io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))),
		emit: func(part string, text []byte) { f = append(f, part+": "+string(text)) },
		lost: func(part string, err error) { f = append(f, part+" lost: "+err.Error()) },
		left: most,
	}
	if err := d.read(k); err != nil {
		f = append(f, "error: "+err.Error())
	}
	return f
}

// overLimit is what is said of a document of which too much comes.
const overLimit = " lost: more than 128 MiB came out of it; the rest was not read"

// want fails the test unless what was found is exactly that.
func (f found) want(t testing.TB, lines ...string) {
	t.Helper()
	if got, want := strings.Join(f, "\n---\n"), strings.Join(lines, "\n---\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

type member struct{ name, text string }

func makeZip(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		method := zip.Deflate
		if m.name == "mimetype" {
			method = zip.Store
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: m.name, Method: method})
		if err == nil {
			_, err = w.Write([]byte(m.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTooManyParts(t *testing.T) {
	data := []byte(`{"cells":[` + strings.Repeat(`{"source":"x"},`, maxParts) + `{"source":"last"}]}`)
	f := readAll(t, Notebook, data)
	if want := " lost: it has more than 10000 parts; the rest was not read"; len(f) != maxParts+1 || f[maxParts] != want {
		t.Errorf("got %d texts that do not end with the limit", len(f))
	}
}

// What is not what Of took it for, or is cut off anywhere, is no reason to break
// down.
func TestReadOtherKind(t *testing.T) {
	for _, k := range []Kind{Notebook, OOXML, OpenDocument, PDF, SQLite, Mail, Mailbox, HAR, Capture, JavaClass, PythonCode, PNG, JPEG} {
		for _, data := range []string{"", "a", "%PDF-", "\x00\x01\x02\x03\x04\x05\x06\x07", strings.Repeat("text ", 100)} {
			fuzzed(t, k, []byte(data))
		}
	}
}

func TestReadTooLarge(t *testing.T) {
	err := Read(context.Background(), Notebook, nil, MaxSize+1, nil, nil)
	var limit Limit
	if !errors.As(err, &limit) {
		t.Errorf("got %v", err)
	}
}

func TestReadCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	data := []byte(`{"cells":[{"source":"a"},{"source":"b"}]}`)
	texts := 0
	err := Read(ctx, Notebook, bytes.NewReader(data), int64(len(data)), func(string, []byte) { texts++; cancel() },
		func(part string, err error) { t.Errorf("%q lost: %v", part, err) })
	if texts != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %d texts, %v", texts, err)
	}
}

func TestCleaned(t *testing.T) {
	for name, want := range map[string]string{
		"sheet Keys":             "sheet Keys",
		"part 2 (../a/b.txt)":    "part 2 (.._a_b.txt)",
		"a\nb\x1b[31m!c":         "ab[31mc",
		strings.Repeat("ä", 100): strings.Repeat("ä", 50) + "…",
	} {
		if got := cleaned(name); got != want {
			t.Errorf("cleaned(%q) = %q, want %q", name, got, want)
		}
	}
}

// seed gives a fuzz target what each table of tests has.
func seed(f *testing.F, documents ...[]byte) {
	for _, d := range documents {
		f.Add(d)
		f.Add(d[:len(d)/2])
	}
}

// fuzzed reads hostile data: whatever it is, Read does not panic, and hands out
// no more than it may.
func fuzzed(t *testing.T, k Kind, data []byte) {
	total := 0
	err := Read(context.Background(), k, bytes.NewReader(data), int64(len(data)),
		func(_ string, text []byte) { total += len(text) }, func(string, error) {})
	if total > maxText {
		t.Errorf("%d bytes came out", total)
	}
	if err != nil && strings.Contains(fmt.Sprint(err), "broke down") {
		t.Error(err)
	}
}
