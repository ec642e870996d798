package files

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// makeRPM is a package whose header has the texts, with the payload as it is.
func makeRPM(texts []string, payload []byte) []byte {
	data := append([]byte(rpmMagic+"\x03\x00"), make([]byte, rpmLead-6)...)
	data = append(data, rpmHeaderOf(5, "signature")...)
	data = append(data, make([]byte, -len(data)&7)...)
	data = append(data, rpmHeaderOf(1024, texts...)...)
	return append(data, payload...)
}

func rpmHeaderOf(tag uint32, texts ...string) []byte {
	var index []byte
	values := ""
	for _, text := range texts {
		for _, n := range []uint32{tag, 6, uint32(len(values)), 1} { // 6 is a string
			index = binary.BigEndian.AppendUint32(index, n)
		}
		values += text + "\x00"
	}
	h := append([]byte(rpmHeaderMagic), 0, 0, 0, 0)
	h = binary.BigEndian.AppendUint32(h, uint32(len(texts)))
	h = binary.BigEndian.AppendUint32(h, uint32(len(values)))
	return append(append(h, index...), values...)
}

func TestRPM(t *testing.T) {
	cpio := makeCPIO(cpioNew, member{"./etc/app.conf", marker})
	texts := []string{"app", "#!/bin/sh\necho " + marker}
	both := []string{"a.rpm!etc/app.conf", "a.rpm!header"}
	for name, payload := range map[string][]byte{
		"not compressed": cpio, "gzip": gzipOf(t, cpio), "xz": xzOf(t, cpio), "zstd": zstdOf(t, cpio), "lzma": lzmaFileOf(t, cpio),
	} {
		t.Run(name, func(t *testing.T) {
			o := unpackAll("a.rpm", makeRPM(texts, payload), DefaultLimits())
			o.want(t, both)
			if want := "app\n" + texts[1] + "\n"; o.texts["a.rpm!header"] != want {
				t.Errorf("header %q, want %q", o.texts["a.rpm!header"], want)
			}
		})
	}
}

func TestRPMDamaged(t *testing.T) {
	whole := makeRPM([]string{marker}, gzipOf(t, makeCPIO(cpioNew, member{"x", marker})))
	header := len(rpmHeaderOf(5, "signature"))
	changed := func(at int, n uint32) []byte {
		data := append([]byte{}, whole...)
		binary.BigEndian.PutUint32(data[at:], n)
		return data
	}
	second := (rpmLead + header + 7) &^ 7
	unpacked, asItIs := []string{"a!header"}, []string{"a"} // of which the header is not compressed
	for name, tt := range map[string]struct {
		data []byte
		want []string
		gaps []string
	}{
		"lead alone":         {whole[:rpmLead], nil, []string{"a: it is damaged: unexpected EOF"}},
		"no header":          {changed(rpmLead, 0), asItIs, []string{"a: it is damaged: it has no header"}},
		"no second header":   {changed(second, 0), asItIs, []string{"a: it is damaged: it has no header"}},
		"64 GiB of entries":  {changed(rpmLead+8, 1<<32-1), asItIs, []string{"a: it is damaged: unexpected EOF"}},
		"4 GiB of values":    {changed(second+12, 1<<32-1), unpacked, []string{"a!header: it is damaged: unexpected EOF", "a: it is damaged: unexpected EOF"}},
		"no payload":         {makeRPM([]string{marker}, nil), unpacked, []string{"a: it is damaged: unexpected EOF"}},
		"payload of no kind": {makeRPM([]string{marker}, []byte("07070X00000000")), unpacked, []string{"a: it cannot be unpacked: its payload is not supported"}},
		"payload cut off":    {whole[:len(whole)-10], []string{"a!header", "a!x"}, []string{"a: it is damaged: unexpected EOF"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := unpackFrugally(t, tt.data)
			o.want(t, tt.want, tt.gaps...)
		})
	}
}

func TestRPMOfRpmbuild(t *testing.T) {
	rpmbuild := program(t, "rpmbuild")
	dir := plant(t, map[string]string{"app.spec": `Name: app
Version: 1
Release: 1
Summary: ` + marker + `
License: none
BuildArch: noarch
%description
%install
mkdir -p %{buildroot}/etc
echo ` + marker + ` > %{buildroot}/etc/app.conf
%post
echo ` + marker + `
%files
/etc/app.conf
`})
	cmd := exec.Command(rpmbuild, "-bb", "--quiet", "--define", "_topdir "+dir, "app.spec")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("rpmbuild: %v\n%s", err, text)
	}
	data, err := os.ReadFile(filepath.Join(dir, "RPMS", "noarch", "app-1-1.noarch.rpm"))
	must(t, err)
	o := unpackAll("a.rpm", data, DefaultLimits())
	o.want(t, []string{"a.rpm!etc/app.conf", "a.rpm!header", "a.rpm!header"})
	if script := "\necho " + marker + "\n"; !strings.Contains(o.texts["a.rpm!header"], script) {
		t.Error("the script is not in lines of its own")
	}
}

func FuzzRPM(f *testing.F) {
	cpio := makeCPIO(cpioNew, member{"x", "some text"})
	fuzzFormat(f, len(rpmMagic), makeRPM([]string{"app", "script"}, cpio), makeRPM(nil, gzipOf(f, cpio)), makeRPM(nil, nil))
}
