package files

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// makeAr packs members with names as they stand in headers.
func makeAr(members ...member) []byte {
	b := bytes.NewBufferString(arMagic)
	for _, m := range members {
		b.WriteString(arMember(m.name, fmt.Sprint(len(m.text)), m.text))
	}
	return b.Bytes()
}

func arMember(name, size, text string) string {
	return fmt.Sprintf("%-16s%-12d%-6d%-6d%-8o%-10s%s", name, 0, 0, 0, 0o100644, size, arEnd) + text + strings.Repeat("\n", len(text)%2)
}

func TestArNames(t *testing.T) {
	names := member{"//", "first.txt/\nfolder/second.txt/\n"}
	for name, tt := range map[string]struct {
		members []member
		want    []string
	}{
		"GNU short":      {[]member{{"x.o/", marker}}, []string{"a!x.o"}},
		"GNU long":       {[]member{names, {"/11", marker}, {"/0", marker}}, []string{"a!first.txt", "a!folder/second.txt"}},
		"BSD":            {[]member{{"#1/12", "long name.o\x00" + marker}}, []string{"a!long name.o"}},
		"System V":       {[]member{{"x.o", marker}}, []string{"a!x.o"}},
		"table":          {[]member{{"/", marker}, {"/SYM64/", marker}, {"x.o/", marker}}, []string{"a!x.o"}},
		"odd length":     {[]member{{"x/", "x" + marker}, {"y/", marker}}, []string{"a!x", "a!y"}},
		"out of archive": {[]member{{"../../x/", marker}}, []string{"a!x"}},
	} {
		t.Run(name, func(t *testing.T) {
			unpackAll("a", makeAr(tt.members...), DefaultLimits()).want(t, tt.want)
		})
	}
}

func TestArDamaged(t *testing.T) {
	first := arMagic + arMember("x/", "4", marker)
	for name, tt := range map[string]struct {
		rest string
		gaps []string
	}{
		"negative size":        {arMember("y/", "-1", marker), []string{"a: it is damaged: the size of a member is no number"}},
		"size of letters":      {arMember("y/", "4x", marker), []string{"a: it is damaged: the size of a member is no number"}},
		"huge size":            {arMember("y/", "9999999999", "text"), []string{"a!y: it is damaged: unexpected EOF", "a: it is damaged: unexpected EOF"}},
		"header cut off":       {arMember("y/", "4", marker)[:30], []string{"a: it is damaged: unexpected EOF"}},
		"no end mark":          {strings.Repeat("y", arHeader), []string{"a: it is damaged: the header of a member has no end mark"}},
		"huge table":           {arMember("//", "9999999999", ""), []string{"a: it cannot be unpacked: a table of names of 9999999999 bytes is not supported"}},
		"name beyond table":    {arMember("/7", "4", marker), []string{"a: it is damaged: a member's name is not where its header says"}},
		"name beyond member":   {arMember("#1/5", "4", marker), []string{"a: it is damaged: the length of a name is none"}},
		"name of huge length":  {arMember("#1/9999", "9999999999", marker), []string{"a: it cannot be unpacked: a name of 9999 bytes"}},
		"name of negative one": {arMember("#1/-5", "4", marker), []string{"a: it is damaged: the length of a name is none"}},
	} {
		t.Run(name, func(t *testing.T) {
			unpackFrugally(t, []byte(first+tt.rest)).want(t, []string{"a!x"}, tt.gaps...)
		})
	}
}

func TestDebianPackage(t *testing.T) {
	want := []string{"a.deb!control.tar.gz!postinst", "a.deb!data.tar.xz!etc/app.conf"}
	data := makeAr(member{"debian-binary", "2.0\n"},
		member{"control.tar.gz", string(gzipOf(t, makeTar(t, member{"./postinst", marker})))},
		member{"data.tar.xz", string(xzOf(t, makeTar(t, member{"./etc/app.conf", marker})))})
	unpackAll("a.deb", data, DefaultLimits()).want(t, want)
}

func TestDebianPackageOfDpkg(t *testing.T) {
	dpkg := program(t, "dpkg-deb")
	root := plant(t, map[string]string{
		"DEBIAN/control": "Package: app\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.com>\nDescription: " + marker + "\n",
		"etc/app.conf":   marker,
	})
	for _, by := range []string{"none", "gzip", "xz", "zstd"} {
		t.Run(by, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "a.deb")
			if text, err := exec.Command(dpkg, "--root-owner-group", "-Z"+by, "-b", root, out).CombinedOutput(); err != nil {
				t.Fatalf("dpkg-deb: %v\n%s", err, text)
			}
			data, err := os.ReadFile(out)
			must(t, err)
			suffix := map[string]string{"gzip": ".gz", "xz": ".xz", "zstd": ".zst"}[by]
			unpackAll("a.deb", data, DefaultLimits()).want(t, []string{
				"a.deb!control.tar" + suffix + "!control", "a.deb!data.tar" + suffix + "!etc/app.conf",
			})
		})
	}
}

func FuzzAr(f *testing.F) {
	fuzzFormat(f, len(arMagic),
		makeAr(member{"x/", "some text"}, member{"y", "odd"}),
		makeAr(member{"//", "first.txt/\nsecond.txt/\n"}, member{"/0", "text"}, member{"#1/4", "name and text"}),
		[]byte(arMagic+arMember("x/", "9999999999", "text")))
}
