package files

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The magics of makeCPIO.
const (
	cpioNew      = "070701"
	cpioPortable = "070707"
)

// makeCPIO packs members and a trailer.
func makeCPIO(magic string, members ...member) []byte {
	var b bytes.Buffer
	for _, m := range append(slices.Clone(members), member{cpioTrailer, ""}) {
		mode, text := 0o100644, m.text
		if target, ok := strings.CutPrefix(m.text, "-> "); ok {
			mode, text = 0o120777, target
		}
		if strings.HasSuffix(m.name, "/") {
			mode = 0o040755
		}
		b.WriteString(cpioMemberOf(magic, m.name, mode, int64(len(text)), text))
	}
	return b.Bytes()
}

func cpioMemberOf(magic, name string, mode int, size int64, text string) string {
	name += "\x00"
	if magic == cpioPortable {
		return fmt.Sprintf("%s%06o%06o%06o%06o%06o%06o%06o%011o%06o%011o", magic, 0, 0, mode, 0, 0, 1, 0, 0, len(name), size) + name + text
	}
	header := fmt.Sprintf("%s%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", magic, 0, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, len(name), 0)
	fill := func(n int) string { return strings.Repeat("\x00", -n&3) }
	return header + name + fill(len(header)+len(name)) + text + fill(len(text))
}

func TestCPIOMembers(t *testing.T) {
	for _, magic := range []string{cpioNew, cpioPortable} {
		for name, tt := range map[string]struct {
			members []member
			want    []string
		}{
			"odd lengths":    {[]member{{"x", marker + "1"}, {"xy", marker + "22"}, {"xyz", marker + "333"}}, []string{"a!x", "a!xy", "a!xyz"}},
			"folder":         {[]member{{"dir/", ""}, {"dir/x", marker}}, []string{"a!dir/x"}},
			"link":           {[]member{{"link", "-> to/" + marker}}, []string{"a!link"}},
			"out of archive": {[]member{{"../../etc/x", marker}}, []string{"a!etc/x"}},
			"nested":         {[]member{{"in.cpio", string(makeCPIO(cpioNew, member{"x", marker}))}}, []string{"a!in.cpio!x"}},
		} {
			t.Run(magic+" "+name, func(t *testing.T) {
				unpackAll("a", makeCPIO(magic, tt.members...), DefaultLimits()).want(t, tt.want)
			})
		}
	}
}

// TestCPIOBehindTheTrailer is how the first file system of Linux is built, with
// the processor's microcode in an archive that is not compressed.
func TestCPIOBehindTheTrailer(t *testing.T) {
	early := append(makeCPIO(cpioNew, member{"kernel/microcode", marker}), make([]byte, 512)...)
	data := append(early, gzipOf(t, makeCPIO(cpioNew, member{"etc/x", marker}))...)
	unpackAll("initrd.img", data, DefaultLimits()).want(t, []string{"initrd.img!kernel/microcode", "initrd.img!rest!etc/x"})
}

func TestCPIODamaged(t *testing.T) {
	for _, magic := range []string{cpioNew, cpioPortable} {
		whole := cpioMemberOf(magic, "x", 0o100644, 4, marker)
		next := cpioMemberOf(magic, "y", 0o100644, 4, marker)
		for name, tt := range map[string]struct {
			rest string
			gaps []string
		}{
			"no trailer":     {"", []string{"a: it is damaged: unexpected EOF"}},
			"header cut off": {next[:50], []string{"a: it is damaged: unexpected EOF"}},
			"no header":      {"no header", []string{"a: it is damaged: what should be the header of a member is none"}},
			"no numbers":     {next[:6] + strings.Repeat("-", 104), []string{"a: it is damaged: the header of a member holds no numbers"}},
			"4 GiB":          {cpioMemberOf(magic, "y", 0o100644, 1<<32-1, "text"), []string{"a!y: it is damaged: unexpected EOF", "a: it is damaged: unexpected EOF"}},
			"long name": {cpioMemberOf(magic, strings.Repeat("n", 9999), 0o100644, 4, marker),
				[]string{"a: it cannot be unpacked: a name of 10000 bytes is not supported"}},
		} {
			t.Run(magic+" "+name, func(t *testing.T) {
				unpackFrugally(t, []byte(whole+tt.rest)).want(t, []string{"a!x"}, tt.gaps...)
			})
		}
	}
}

func FuzzCPIO(f *testing.F) {
	x := member{"x", "some text"}
	fuzzFormat(f, cpioMagic-1, // so that the form may be any
		makeCPIO(cpioNew, x, member{"dir/", ""}, member{"link", "-> x"}), makeCPIO(cpioPortable, x, x),
		append(makeCPIO(cpioNew), makeCPIO(cpioPortable, x)...), []byte(cpioMemberOf(cpioNew, "x", 0o100644, 1<<32-1, "text")))
}
