package files

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"
	"github.com/leakguard/leakguard/scanner"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

type member struct{ name, text string }

func makeZip(t testing.TB, members ...member) []byte {
	t.Helper()
	return zipWith(t, func(z *zip.Writer) error {
		for _, m := range members {
			w, err := z.Create(m.name)
			if err != nil {
				return err
			}
			if _, err := io.WriteString(w, m.text); err != nil {
				return err
			}
		}
		return nil
	})
}

func zipWith(t testing.TB, fill func(*zip.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if err := fill(z); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func makeTar(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Mode: 0o644, Size: int64(len(m.text))}
		if target, ok := strings.CutPrefix(m.text, "-> "); ok {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, target, 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			io.WriteString(w, m.text)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pressed is data through a compressor.
func pressed(t testing.TB, data []byte, open func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := open(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipOf(t testing.TB, data []byte) []byte {
	return pressed(t, data, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
}

func xzOf(t testing.TB, data []byte) []byte {
	return pressed(t, data, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) })
}

func zstdOf(t testing.TB, data []byte) []byte {
	return pressed(t, data, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) })
}

func lz4Of(t testing.TB, data []byte) []byte {
	return pressed(t, data, func(w io.Writer) (io.WriteCloser, error) { return lz4.NewWriter(w), nil })
}

// make7z packs members into one folder, of which packed is what the coders make
// of the members' texts; the last coder did so last. Its header is plain.
func make7z(packed []byte, coders []coder7z, members ...member) []byte {
	var files, sums, sizes []byte
	total, names := 0, []byte{0}
	for i, m := range members {
		total += len(m.text)
		if i < len(members)-1 {
			sizes = append(sizes, number7z(len(m.text))...)
		}
		sums = binary.LittleEndian.AppendUint32(sums, crc32.ChecksumIEEE([]byte(m.text)))
		for _, u := range utf16.Encode([]rune(m.name + "\x00")) {
			names = binary.LittleEndian.AppendUint16(names, u)
		}
	}
	files = join7z("\x05", number7z(len(members)), "\x11", number7z(len(names)), names, "\x00")
	subStreams := join7z("\x08\x0d", number7z(len(members)), "\x09", sizes, "\x0a\x01", sums, "\x00")
	return seal7z(packed, join7z("\x01\x04", streams7zOf(0, len(packed), total, coders, ""), subStreams, "\x00", files, "\x00"))
}

// streams7zOf describes one folder of size bytes, packed at the offset given.
func streams7zOf(at, packed, size int, coders []coder7z, crc string) []byte {
	var described, binds, sizes, packs, inputs []byte
	ins := 0
	for i, c := range coders {
		flags := 0x20 | byte(len(c.method))
		if c.in > 1 {
			flags |= 0x10
		}
		described = join7z(described, string([]byte{flags}), c.method)
		if c.in > 1 {
			described = join7z(described, number7z(c.in), number7z(1))
		}
		described = join7z(described, number7z(len(c.properties)), c.properties)
		sizes = append(sizes, number7z(size)...)
		if i > 0 {
			binds = join7z(binds, number7z(i-1), number7z(i))
		}
		ins += max(c.in, 1)
	}
	streams := ins - len(coders) + 1
	packs = number7z(packed)
	for i := 1; i < streams; i++ {
		packs = append(packs, number7z(0)...)
	}
	for i := 0; i < streams && streams > 1; i++ {
		inputs = append(inputs, number7z(i)...)
	}
	return join7z("\x06", number7z(at), number7z(streams), "\x09", packs, "\x00",
		"\x07\x0b", number7z(1), "\x00", number7z(len(coders)), described, binds, inputs, "\x0c", sizes, crc, "\x00")
}

func number7z(n int) []byte {
	return append([]byte{0xff}, binary.LittleEndian.AppendUint64(nil, uint64(n))...)
}

func join7z(parts ...any) (joined []byte) {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			joined = append(joined, p...)
		case []byte:
			joined = append(joined, p...)
		}
	}
	return joined
}

// encode7z compresses the header of an archive, as 7z itself does.
func encode7z(t testing.TB, archive []byte) []byte {
	size := int(binary.LittleEndian.Uint64(archive[20:]))
	packed, header := archive[32:len(archive)-size], archive[len(archive)-size:]
	coder, pressed := lzmaOf(t, header)
	crc := string(binary.LittleEndian.AppendUint32([]byte("\x0a\x01"), crc32.ChecksumIEEE(header)))
	streams := streams7zOf(len(packed), len(pressed), len(header), []coder7z{coder}, crc)
	return seal7z(join7z(packed, pressed), join7z("\x17", streams, "\x00"))
}

// seal7z joins packed streams and a header by a signature header.
func seal7z(packed, header []byte) []byte {
	start := binary.LittleEndian.AppendUint64(nil, uint64(len(packed)))
	start = binary.LittleEndian.AppendUint64(start, uint64(len(header)))
	start = binary.LittleEndian.AppendUint32(start, crc32.ChecksumIEEE(header))
	out := binary.LittleEndian.AppendUint32([]byte("7z\xbc\xaf\x27\x1c\x00\x04"), crc32.ChecksumIEEE(start))
	return bytes.Join([][]byte{out, start, packed, header}, nil)
}

// lzmaOf is data as the LZMA coder has it, and that coder.
func lzmaOf(t testing.TB, data []byte) (coder7z, []byte) {
	out := pressed(t, data, func(w io.Writer) (io.WriteCloser, error) {
		return lzma.WriterConfig{DictCap: 1 << 20, SizeInHeader: true, Size: int64(len(data))}.NewWriter(w)
	})
	return coder7z{method: "\x03\x01\x01", properties: out[:5]}, out[lzma.HeaderLen:]
}

// lzmaFileOf is data as an LZMA file.
func lzmaFileOf(t testing.TB, data []byte) []byte {
	return pressed(t, data, func(w io.Writer) (io.WriteCloser, error) { return lzma.NewWriter(w) })
}

func lzma2Of(t testing.TB, data []byte) []byte {
	return pressed(t, data, func(w io.Writer) (io.WriteCloser, error) {
		return lzma.Writer2Config{DictCap: 1 << 20}.NewWriter2(w)
	})
}

var (
	copied  = []coder7z{{method: "\x00"}}
	lzma2ed = []coder7z{{method: "\x21", properties: []byte{16}}} // a dictionary of 1 MiB
	x86     = coder7z{method: "\x03\x03\x01\x03"}
)

// makeRAR stores members in the format of RAR 5.
func makeRAR(members ...member) []byte {
	block := func(fields []byte) []byte {
		sized := append(binary.AppendUvarint(nil, uint64(len(fields))), fields...)
		return append(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(sized)), sized...)
	}
	out := append([]byte("Rar!\x1a\x07\x01\x00"), block([]byte{1, 0, 0})...)
	for _, m := range members {
		h := binary.AppendUvarint([]byte{2, 2}, uint64(len(m.text))) // a file, with data
		h = append(h, 4)                                             // that has a checksum
		h = binary.AppendUvarint(h, uint64(len(m.text)))
		h = append(h, 0)
		h = binary.LittleEndian.AppendUint32(h, crc32.ChecksumIEEE([]byte(m.text)))
		h = append(h, 0, 1, byte(len(m.name))) // stored, on Unix
		out = append(append(out, block(append(h, m.name...))...), m.text...)
	}
	return append(out, block([]byte{5, 0, 0})...)
}

func TestUnpackEachFormat(t *testing.T) {
	x, y := member{"x.txt", marker + " in x"}, member{"dir/y.txt", "nothing, then " + marker}
	both := []byte(x.text + y.text)
	tarred := makeTar(t, x, y)
	lzma, lzmaed := lzmaOf(t, both)
	members := []string{"a!dir/y.txt", "a!x.txt"}
	for name, tt := range map[string]struct {
		data []byte
		want []string
	}{
		"zip":               {makeZip(t, x, y), members},
		"tar":               {tarred, members},
		"tar.gz":            {gzipOf(t, tarred), members},
		"tar.xz":            {xzOf(t, tarred), members},
		"tar.zst":           {zstdOf(t, tarred), members},
		"tar.lz4":           {lz4Of(t, tarred), members},
		"gz":                {gzipOf(t, []byte(marker)), []string{"a!a"}},
		"gz, two":           {append(gzipOf(t, []byte(marker)), gzipOf(t, []byte(marker))...), []string{"a!a", "a!a"}},
		"gz of gz":          {gzipOf(t, gzipOf(t, []byte(marker))), []string{"a!a!a"}},
		"7z copy":           {make7z(both, copied, x, y), members},
		"7z LZMA2":          {make7z(lzma2Of(t, both), lzma2ed, x, y), members},
		"7z LZMA":           {make7z(lzmaed, []coder7z{lzma}, x, y), members},
		"7z x86":            {make7z(lzmaed, []coder7z{x86, lzma}, x, y), members},
		"7z pressed header": {encode7z(t, make7z(both, copied, x, y)), members},
		"rar":               {makeRAR(x, y), members},
		"ar":                {makeAr(x, y), members},
		"cpio new":          {makeCPIO(cpioNew, x, y), members},
		"cpio portable":     {makeCPIO(cpioPortable, x, y), members},
		"cpio.gz":           {gzipOf(t, makeCPIO(cpioNew, x, y)), members},
		"rpm":               {makeRPM(nil, gzipOf(t, makeCPIO(cpioNew, x, y))), members},
		"crx 2":             {makeCRX(2, makeZip(t, x, y)), members},
		"crx 3":             {makeCRX(3, makeZip(t, x, y)), members},
		"asar":              {makeASAR(t, x, y), members},
		"lzma":              {lzmaFileOf(t, []byte(marker)), []string{"a!a"}},
	} {
		t.Run(name, func(t *testing.T) {
			if !ContentOf(tt.data[:min(len(tt.data), HeadSize)], "a").Archive() {
				t.Error("not taken for an archive")
			}
			unpackAll("a", tt.data, DefaultLimits()).want(t, tt.want)
		})
	}
}

func TestUnpackZipMethods(t *testing.T) {
	for name, tt := range map[string]struct {
		method uint16
		press  func(testing.TB, []byte) []byte
	}{"zstd": {methodZstd, zstdOf}, "xz": {methodXz, xzOf}} {
		t.Run(name, func(t *testing.T) {
			data := zipWith(t, func(z *zip.Writer) error {
				packed := tt.press(t, []byte(marker))
				w, err := z.CreateRaw(&zip.FileHeader{Name: "x", Method: tt.method, CRC32: crc32.ChecksumIEEE([]byte(marker)),
					CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(len(marker))})
				if err != nil {
					return err
				}
				_, err = w.Write(packed)
				return err
			})
			unpackAll("a.zip", data, DefaultLimits()).want(t, []string{"a.zip!x"})
		})
	}
}

func TestContentOfTexts(t *testing.T) {
	for name, text := range map[string]string{
		"empty":      "",
		"short":      "PK",
		"source":     "package files\n\nimport \"fmt\"\n",
		"BZh only":   "BZh9 is how bzip2 files begin, with more behind it",
		"late magic": " PK\x03\x04",
		"cpio only":  "070701 is how cpio archives begin, with digits behind it" + strings.Repeat(".", 200),
		"crx only":   "Cr24 is how extensions begin",
		"asar only":  "\x04\x00\x00\x00\x10\x00\x00\x00\x20\x00\x00\x00\x08\x00\x00\x00{}",
		"zeros":      strings.Repeat("\x00", 600),
	} {
		t.Run(name, func(t *testing.T) {
			if ContentOf([]byte(text), "a").Packed() {
				t.Error("not taken for a text")
			}
		})
	}
}

func TestUnpackNested(t *testing.T) {
	data := []byte(marker)
	name := "x"
	for range 3 {
		data = makeZip(t, member{name, string(data)}, member{"also", marker})
		name = "in.zip"
	}
	data = gzipOf(t, makeTar(t, member{"in.zip", string(data)}))
	o := unpackAll("out.tar.gz", data, DefaultLimits())
	o.want(t, []string{
		"out.tar.gz!in.zip!also", "out.tar.gz!in.zip!in.zip!also",
		"out.tar.gz!in.zip!in.zip!in.zip!also", "out.tar.gz!in.zip!in.zip!in.zip!x",
	})
	if got := o.cov.Read["archives"]; got != 4 {
		t.Errorf("%d archives, want 4", got)
	}

	limits := DefaultLimits()
	limits.Depth = 3
	unpackAll("out.tar.gz", data, limits).want(t, []string{"out.tar.gz!in.zip!also", "out.tar.gz!in.zip!in.zip!also"},
		"out.tar.gz!in.zip!in.zip!in.zip: archives are unpacked 3 deep")
}

func TestUnpackNames(t *testing.T) {
	for name, tt := range map[string]struct{ member, want string }{
		"plain":       {"a/b", "a/b"},
		"this folder": {"./a", "a"},
		"out":         {"../../etc/x", "etc/x"},
		"absolute":    {"/etc/x", "etc/x"},
		"backslashes": {`..\..\a\b`, "a/b"},
		"no UTF-8":    {"a\xff", "a\xff"},
		"line end":    {"a\nb", "a\nb"},
		"long":        {strings.Repeat("long/", 60) + "x", strings.Repeat("long/", 60) + "x"},
	} {
		t.Run(name, func(t *testing.T) {
			m := member{tt.member, marker}
			unpackAll("a", makeZip(t, m), DefaultLimits()).want(t, []string{"a!" + tt.want})
			if !strings.Contains(tt.member, "\xff") { // which tar's writer refuses
				unpackAll("a", makeTar(t, m), DefaultLimits()).want(t, []string{"a!" + tt.want})
			}
		})
	}
}

func TestUnpackLinks(t *testing.T) {
	unpackAll("a.tar", makeTar(t, member{"link", "-> to/" + marker}), DefaultLimits()).want(t, []string{"a.tar!link"})
	data := zipWith(t, func(z *zip.Writer) error {
		h := &zip.FileHeader{Name: "link"}
		h.SetMode(fs.ModeSymlink | 0o777)
		w, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, "to/"+marker)
		return err
	})
	unpackAll("a.zip", data, DefaultLimits()).want(t, []string{"a.zip!link"})
}

func TestUnpackComments(t *testing.T) {
	data := zipWith(t, func(z *zip.Writer) error {
		if err := z.SetComment("of the archive: " + marker); err != nil {
			return err
		}
		_, err := z.CreateHeader(&zip.FileHeader{Name: "x", Comment: "of the member: " + marker})
		return err
	})
	unpackAll("a.zip", data, DefaultLimits()).want(t, []string{"a.zip", "a.zip!x"})
	gz := pressed(t, []byte("text"), func(w io.Writer) (io.WriteCloser, error) {
		z := gzip.NewWriter(w)
		z.Comment = marker
		return z, nil
	})
	unpackAll("a.gz", gz, DefaultLimits()).want(t, []string{"a.gz"})
}

func TestUnpackDamaged(t *testing.T) {
	x, y := member{"x", strings.Repeat(marker+" 0123456789\n", 1)}, member{"y", marker}
	noise := make([]byte, 64<<10)
	for i := range noise {
		noise[i] = byte(i * i >> 3)
	}
	long := gzipOf(t, append([]byte(marker+"\n"), noise...))
	badCRC := makeZip(t, x, y)
	badCRC[bytes.Index(badCRC, []byte("PK\x01\x02"))+16] ^= 1
	damaged7z := make7z([]byte(x.text+y.text), copied, x, y)
	damaged7z[32+len(x.text)-1] ^= 1
	tarred := makeTar(t, x, y)
	rarred := makeRAR(x, y)
	for name, tt := range map[string]struct {
		data []byte
		want []string
		gaps []string
	}{
		"gzip cut off":          {long[:len(long)/2], []string{"a!a"}, []string{"a: it is damaged: unexpected EOF"}},
		"gzip with a tail":      {append(gzipOf(t, []byte(marker)), "tail"...), []string{"a!a"}, []string{"a: it is damaged: "}},
		"gzip of nothing":       {[]byte("\x1f\x8b\x08" + marker), []string{"a"}, []string{"a: it is damaged: "}},
		"zip cut off":           {makeZip(t, x)[:60], nil, []string{"a: it is damaged: "}},
		"zip member":            {badCRC, []string{"a!x", "a!y"}, []string{"a!x: it is damaged: zip: checksum"}},
		"tar cut off":           {tarred[:1538], []string{"a!x"}, []string{"a!y: it is damaged: unexpected EOF", "a: it is damaged: unexpected EOF"}},
		"tar of nothing":        {append(bytes.Repeat([]byte("x"), 257), "ustar"+marker...), nil, []string{"a: it is damaged: "}},
		"7z member":             {damaged7z, []string{"a!x", "a!y"}, []string{"a!x: it is damaged: its checksum"}},
		"7z cut off":            {damaged7z[:40], []string{"a"}, []string{"a: it is damaged: its end, where members are listed"}},
		"7z of nothing":         {[]byte("7z\xbc\xaf\x27\x1c" + marker), []string{"a"}, []string{"a: it is damaged: its first header"}},
		"7z of unknown method":  {make7z([]byte(x.text), []coder7z{{method: "\x7f"}}, x), nil, []string{"a!x: it cannot be unpacked: compression method 7f is not supported"}},
		"7z of huge dictionary": {make7z([]byte(x.text), []coder7z{{method: "\x21", properties: []byte{40}}}, x), nil, []string{"a!x: it cannot be unpacked: a dictionary of"}},
		"7z encrypted":          {make7z([]byte(x.text), []coder7z{{method: "\x06\xf1\x07\x01"}}, x), nil, []string{"a!x: it is encrypted"}},
		"7z of BCJ2":            {make7z([]byte(x.text), []coder7z{{method: "\x03\x03\x01\x1b", in: 4}}, x), nil, []string{"a!x: it cannot be unpacked: compression method 0303011b is not supported"}},
		"rar cut off":           {rarred[:len(rarred)-12], []string{"a!x"}, []string{"a!y: it is damaged: unexpected EOF"}},
		"rar of nothing":        {[]byte("Rar!\x1a\x07\x00" + marker), []string{"a"}, []string{"a: it is damaged: "}},
		"zstd of nothing":       {[]byte("\x28\xb5\x2f\xfd" + marker), []string{"a"}, []string{"a: it is damaged: "}},
		"xz of nothing":         {[]byte("\xfd7zXZ\x00" + marker), []string{"a"}, []string{"a: it is damaged: "}},
		"lz4 of nothing":        {[]byte("\x04\x22\x4d\x18" + marker), []string{"a"}, []string{"a: it is damaged: "}},
		"bzip2 of nothing":      {[]byte("BZh91AY&SY" + marker), []string{"a"}, []string{"a: it is damaged: "}},
		"no archive":            {[]byte(marker), []string{"a"}, []string{"a: it cannot be unpacked: its format is not supported"}},
	} {
		t.Run(name, func(t *testing.T) {
			unpackAll("a", tt.data, DefaultLimits()).want(t, tt.want, tt.gaps...)
		})
	}
}

// TestUnpack7zHeaderOfHugeCounts has a header that asks for memory which nothing
// in it needs.
func TestUnpack7zHeaderOfHugeCounts(t *testing.T) {
	huge := "\xf0\xff\xff\xff\x0f" // 2³² - 1
	for name, header := range map[string]string{
		"files":          "\x01\x05" + huge,
		"packed streams": "\x01\x04\x06\x00" + huge + "\x09",
		"folders":        "\x01\x04\x07\x0b" + huge + "\x00",
		"coders":         "\x01\x04\x07\x0b\x01\x00" + huge,
		"properties":     "\x01\x04\x07\x0b\x01\x00\x01\x21\x21" + huge,
		"encoded":        "\x17\x06\x00\x01\x09\x00\x00\x07\x0b\x01\x00\x01\x01\x00\x0c" + huge + "\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			if o := unpackFrugally(t, seal7z(nil, []byte(header))); len(o.cov.Gaps) != 1 {
				t.Errorf("gaps %+v, want one", o.cov.Gaps)
			}
		})
	}
}

// unpackFrugally unpacks data, which is to take next to no memory.
func unpackFrugally(t *testing.T, data []byte) *outcome {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	o := unpackAll("a", data, DefaultLimits())
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 16<<20 {
		t.Errorf("%d bytes of memory for it", spent)
	}
	return o
}

func TestUnpackEncryptedZip(t *testing.T) {
	data := zipWith(t, func(z *zip.Writer) error {
		w, err := z.CreateRaw(&zip.FileHeader{Name: "locked", Flags: flagEncrypted, CompressedSize64: 4, UncompressedSize64: 4})
		if err != nil {
			return err
		}
		if _, err = io.WriteString(w, "????"); err != nil {
			return err
		}
		w, err = z.Create("open")
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, marker)
		return err
	})
	unpackAll("a.zip", data, DefaultLimits()).want(t, []string{"a.zip!open"}, "a.zip!locked: it is encrypted")
}

func TestUnpackHugeZipDirectory(t *testing.T) {
	data := repeatEntries(makeZip(t, member{strings.Repeat("n", 60_000), marker}), 300)
	unpackAll("a.zip", data, DefaultLimits()).want(t, nil, "a.zip: it cannot be unpacked: a directory of more than 16 MiB")
}

func TestUnpackHugeDeclaredSize(t *testing.T) {
	data := zipWith(t, func(z *zip.Writer) error {
		w, err := z.CreateRaw(&zip.FileHeader{Name: "x", CompressedSize64: 4, UncompressedSize64: 1 << 60})
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, marker)
		return err
	})
	unpackAll("a.zip", data, DefaultLimits()).want(t, []string{"a.zip!x"}, "a.zip!x: it is damaged: ")
}

func TestUnpackMemberLimit(t *testing.T) {
	var members []member
	for _, name := range strings.Split("abcdef", "") {
		members = append(members, member{name, marker})
	}
	limits := DefaultLimits()
	limits.Members = 4
	gap := "it and what is around it have more than 4 members"
	unpackAll("z", makeZip(t, members...), limits).want(t, []string{"z!a", "z!b", "z!c", "z!d"}, "z: "+gap)
	unpackAll("t", makeTar(t, members...), limits).want(t, []string{"t!a", "t!b", "t!c", "t!d"}, "t: "+gap)

	nested := makeZip(t, member{"in.zip", string(makeZip(t, members[:3]...))}, member{"y", marker})
	unpackAll("z", nested, limits).want(t, []string{"z!in.zip!a", "z!in.zip!b", "z!in.zip!c"}, "z: "+gap)
}

// bomb is a text of which n bytes compress to next to nothing.
func bomb(n int) string { return marker + strings.Repeat("\x00", n) }

func TestUnpackBombs(t *testing.T) {
	deflated := makeZip(t, member{"zeros", bomb(48 << 20)})
	overlapping := repeatEntries(deflated, 2000)
	limits := DefaultLimits()
	tight := limits
	tight.Bytes, tight.Ratio = 40<<20, 1<<20
	for name, tt := range map[string]struct {
		data   []byte
		limits Limits
		gap    string
	}{
		"zip":         {deflated, limits, "a: it holds more than 200 times its own size"},
		"gzip":        {gzipOf(t, []byte(bomb(48<<20))), limits, "a: it holds more than 200 times its own size"},
		"total":       {deflated, tight, "a: more than 41943040 bytes came out of it"},
		"overlapping": {overlapping, tight, "a: more than 41943040 bytes came out of it"},
		"nested":      {makeZip(t, member{"in.zip", string(deflated)}), limits, "a!in.zip: it holds more than 200 times"},
		"sparse tar":  {sparseTar(1 << 40), limits, "a: it holds more than 200 times its own size"},
	} {
		t.Run(name, func(t *testing.T) {
			var mem runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&mem)
			base, peak, total := mem.HeapAlloc, uint64(0), 0
			cov := scanner.NewCoverage("", scanner.InFile)
			Unpack(context.Background(), "a", tt.data, tt.limits, func(c scanner.Chunk) {
				total += len(c.Text)
				runtime.ReadMemStats(&mem)
				peak = max(peak, mem.HeapAlloc-min(base, mem.HeapAlloc))
			}, cov)
			if len(cov.Gaps) != 1 || !strings.HasPrefix(cov.Gaps[0].What+": "+cov.Gaps[0].Why, tt.gap) {
				t.Errorf("gaps %+v, want %q", cov.Gaps, tt.gap)
			}
			if total > 64<<20 {
				t.Errorf("%d bytes came out", total)
			}
			if peak > 64<<20 {
				t.Errorf("%d bytes held", peak)
			}
		})
	}
}

// repeatEntries lists the one member of a zip archive n times.
func repeatEntries(data []byte, n int) []byte {
	at := bytes.LastIndex(data, []byte("PK\x01\x02"))
	end := bytes.LastIndex(data, []byte("PK\x05\x06"))
	entry, tail := data[at:end], bytes.Clone(data[end:])
	binary.LittleEndian.PutUint16(tail[8:], uint16(n))
	binary.LittleEndian.PutUint16(tail[10:], uint16(n))
	binary.LittleEndian.PutUint32(tail[12:], uint32(n*len(entry)))
	return bytes.Join([][]byte{data[:at], bytes.Repeat(entry, n), tail}, nil)
}

// sparseTar is an archive whose one member is a hole of size bytes, as GNU tar
// writes it.
func sparseTar(size int64) []byte {
	h := make([]byte, 512)
	octal := func(at, width int, n int64) {
		for i := at + width - 2; i >= at; i-- {
			h[i] = '0' + byte(n&7)
			n >>= 3
		}
	}
	base256 := func(at int, n int64) {
		h[at] = 0x80
		binary.BigEndian.PutUint64(h[at+4:], uint64(n))
	}
	copy(h, "hole")
	octal(100, 8, 0o644)
	octal(124, 12, 0)
	h[156] = 'S'
	copy(h[257:], "ustar  \x00")
	base256(386, size) // one fragment, of nothing, at the end
	octal(398, 12, 0)
	base256(483, size)
	copy(h[148:], "        ")
	sum := int64(0)
	for _, b := range h {
		sum += int64(b)
	}
	octal(148, 7, sum)
	h[154], h[155] = 0, ' '
	return append(h, make([]byte, 1024)...)
}

func TestUnpackLargeMemberInWindows(t *testing.T) {
	line := strings.Repeat("0123456789", 10) + "\n"
	text := strings.Repeat(line, 60_000) + marker
	cov := scanner.NewCoverage("", scanner.InFile)
	found := -1
	Unpack(t.Context(), "a.tar", makeTar(t, member{"large", text}), DefaultLimits(), func(c scanner.Chunk) {
		if i := bytes.Index(c.Text, []byte(marker)); i >= 0 {
			found = c.Lines + bytes.Count(c.Text[:i], []byte("\n"))
		}
	}, cov)
	if found != 60_000 || len(cov.Gaps) > 0 {
		t.Errorf("found after %d lines with gaps %+v, want 60000 and none", found, cov.Gaps)
	}
}

func TestUnpackStopsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	cov := scanner.NewCoverage("", scanner.InFile)
	Unpack(ctx, "a.zip", makeZip(t, member{"x", "1"}, member{"y", "2"}), DefaultLimits(), func(scanner.Chunk) {
		calls++
		cancel()
	}, cov)
	if calls != 1 || len(cov.Gaps) > 0 {
		t.Errorf("%d texts and gaps %+v, want one and none", calls, cov.Gaps)
	}
}

func TestUnpackLetsPanicsOfEmitThrough(t *testing.T) {
	defer func() {
		if p := recover(); p != "ours" {
			t.Errorf("recovered %v, want the panic of emit", p)
		}
	}()
	inner := makeZip(t, member{"x", "1"})
	Unpack(t.Context(), "a.zip", makeZip(t, member{"in.zip", string(inner)}), DefaultLimits(), func(scanner.Chunk) { panic("ours") }, scanner.NewCoverage("", scanner.InFile))
}

// TestUnpackWhatProgramsPack reads archives of the programs that people use.
func TestUnpackWhatProgramsPack(t *testing.T) {
	long := "long-" + strings.Repeat("n", 150)
	all := []string{"a!dir/" + long, "a!dir/y.txt", "a!x.txt"}
	one := []string{"a!a"}
	for name, tt := range map[string]struct {
		command string // run in the folder of the files; OUT is the archive
		want    []string
	}{
		"zip":            {"zip -qr OUT .", all},
		"zip stored":     {"zip -qr0 OUT .", all},
		"zip bzip2":      {"zip -qr -Z bzip2 OUT .", all},
		"tar gnu":        {"tar --format=gnu -cf OUT .", all},
		"tar pax":        {"tar --format=pax -cf OUT .", all},
		"tar gzip":       {"tar -czf OUT .", all},
		"tar bzip2":      {"tar -cjf OUT .", all},
		"tar xz":         {"tar -cJf OUT .", all},
		"tar zstd":       {"tar --zstd -cf OUT .", all},
		"7z":             {"7z a -bso0 OUT .", all},
		"7z solid":       {"7z a -bso0 -ms=on -mx=9 OUT .", all},
		"xz":             {"xz -9 -c x.txt > OUT", one},
		"xz two streams": {"(xz -c dir/y.txt; xz -c x.txt) > OUT", []string{"a!a", "a!a"}},
		"zstd":           {"zstd -q --ultra -22 -c x.txt > OUT", one},
		"lz4":            {"lz4 -q -c x.txt > OUT", one},
		"lz4 two frames": {"(lz4 -q -c dir/y.txt; lz4 -q -c x.txt) > OUT", []string{"a!a", "a!a"}},
		"lz4 legacy":     {"lz4 -q -l -c x.txt > OUT", one},
		"bzip2":          {"bzip2 -c x.txt > OUT", one},
		"ar":             {"ar qc OUT x.txt dir/y.txt dir/long-*", []string{"a!" + long, "a!x.txt", "a!y.txt"}},
		"cpio new":       {"cpio -o --quiet -H newc > OUT <<E\n$(find .)\nE", all},
		"cpio checked":   {"cpio -o --quiet -H crc > OUT <<E\n$(find .)\nE", all},
		"cpio portable":  {"cpio -o --quiet -H odc > OUT <<E\n$(find .)\nE", all},
		"lzma":           {"xz --format=lzma -c x.txt > OUT", one},
		"lzma of a pipe": {"cat x.txt | xz --format=lzma -9 > OUT", one},
	} {
		t.Run(name, func(t *testing.T) {
			program(t, strings.Fields(strings.TrimLeft(tt.command, "("))[0])
			data := pack(t, tt.command)
			if !ContentOf(data, "a").Archive() {
				t.Error("not taken for an archive")
			}
			unpackAll("a", data, DefaultLimits()).want(t, tt.want)
		})
	}
}

func TestUnpackEncryptedByZip(t *testing.T) {
	program(t, "zip")
	data := pack(t, "zip -q -P "+"pass"+"phrase OUT x.txt")
	unpackAll("a", data, DefaultLimits()).want(t, nil, "a!x.txt: it is encrypted")
}

func TestUnpackSparseTar(t *testing.T) {
	program(t, "tar")
	data := pack(t, "truncate -s 3M x.txt && printf "+marker+" >> x.txt && tar -cSf OUT x.txt")
	unpackAll("a", data, DefaultLimits()).want(t, []string{"a!x.txt", "a!x.txt"})
}

// pack runs a command among a few files and returns the archive it makes.
func pack(t *testing.T, command string) []byte {
	t.Helper()
	dir := plant(t, map[string]string{"x.txt": marker, "dir/y.txt": marker, "dir/long-" + strings.Repeat("n", 150): marker})
	out := filepath.Join(t.TempDir(), "archive")
	cmd := exec.Command(program(t, "sh"), "-c", strings.ReplaceAll(command, "OUT", out))
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, text)
	}
	for _, suffix := range []string{"", ".zip", ".7z"} {
		if data, err := os.ReadFile(out + suffix); err == nil {
			return data
		}
	}
	t.Fatalf("%s made no archive", command)
	return nil
}

func FuzzUnpack(f *testing.F) {
	x, y := member{"x", "some text"}, member{"d/y", "more text"}
	both := []byte(x.text + y.text)
	tarred := makeTar(f, x, y)
	for _, seed := range [][]byte{
		makeZip(f, x, y), makeZip(f, member{"in.zip", string(makeZip(f, x))}), tarred, gzipOf(f, tarred), xzOf(f, both),
		zstdOf(f, both), lz4Of(f, both), make7z(both, copied, x, y), encode7z(f, make7z(lzma2Of(f, both), lzma2ed, x, y)),
		makeRAR(x, y), sparseTar(1 << 40), []byte("BZh91AY&SY"), lzmaFileOf(f, both),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) { unpackHostile(t, data) })
}

// fuzzFormat unpacks what begins as the seeds do, whose first bytes up to magic
// are kept.
func fuzzFormat(f *testing.F, magic int, seeds ...[]byte) {
	for _, seed := range seeds {
		f.Add(seed[magic:])
	}
	f.Fuzz(func(t *testing.T, rest []byte) { unpackHostile(t, slices.Concat(seeds[0][:magic], rest)) })
}

// unpackHostile unpacks data under narrow limits and checks that they hold.
func unpackHostile(t *testing.T, data []byte) {
	limits := Limits{Depth: 3, Members: 50, Bytes: 1 << 20, Ratio: 200}
	cov := scanner.NewCoverage("", scanner.InFile)
	total := 0
	Unpack(t.Context(), "a", data, limits, func(c scanner.Chunk) {
		total += len(c.Text)
		if !strings.HasPrefix(c.Path, "a") || strings.Contains(c.Path, "!../") {
			t.Errorf("a text at %q", c.Path)
		}
	}, cov)
	if most := int(limits.Bytes) + 2*textWindows.size; total > most+2*len(data) {
		t.Errorf("%d bytes came out of %d", total, len(data))
	}
}
