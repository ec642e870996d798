package decode
import ("testing";"os";"path/filepath";"runtime";"syscall";"fmt";"encoding/binary";"encoding/base64")
func src(tb testing.TB) []byte {
	var text []byte
	for _, dir := range []string{"net/http", "go/types", "cmd/go/internal/load", "encoding/json", "os", "runtime"} {
		files, _ := filepath.Glob(filepath.Join(runtime.GOROOT(), "src", dir, "*.go"))
		for _, name := range files {
			data, _ := os.ReadFile(name)
			if text = append(text, data...); len(text) >= 1<<20 {return text}
		}
	}
	return nil
}
func cpu() int64 { var r syscall.Rusage; syscall.Getrusage(1, &r); return r.Utime.Nano()+r.Stime.Nano() }
func TestCPU(t *testing.T) {
	runtime.LockOSThread()
	s := src(t)
	var h []byte
	for q := s[:512<<10]; len(q) > 200; q = q[200:] { h = append(h, "  value: "+base64.StdEncoding.EncodeToString(q[:200])+"\n"...) }
	var buf Buffer
	y := func(*Segment) {}
	for _, p := range []struct{n string; f func()}{
		{"all", func() { buf.Find(s, y) }},
		{"next", func() { for at:=0;;{ st:=nextRun(s,at); if st<0{break}; at=st+24; for at<len(s)&&classOf[s[at]]&inRun!=0{at++} } }},
		{"ref-bm", func() { for at:=0;;{ st:=refBM(s,at); if st<0{break}; at=st+24; for at<len(s)&&classOf[s[at]]&inRun!=0{at++} } }},
		{"ref-sum", func() { for at := 0; at+8 <= len(s); at += 17 { sink+= runBytes(binary.LittleEndian.Uint64(s[at:])) } }},
		{"ref-bits", func() { for at := 0; at+64 <= len(s); at += 64 { sink+= runBits((*[64]byte)(s[at:])) } }},
		{"ref-tab", func() { for at := 0; at+64 <= len(s); at += 64 { sink+= tabBits((*[64]byte)(s[at:])) } }},
		{"ref-opt", func() { for at := 0; at+64 <= len(s); at += 64 { sink+= optBits((*[64]byte)(s[at:])) } }},
		{"runs", func() { buf.findRuns(s, y) }},
		{"percent", func() { buf.findEscaped(s, &percent, y) }},
		{"back", func() { buf.findEscaped(s, &backslash, y) }},
		{"html", func() { buf.findEscaped(s, &html, y) }},
		{"utf16", func() { buf.findUTF16(s, y) }},
		{"b64heavy", func() { buf.Find(h, y) }},
	} {
		best := int64(1<<60)
		for range 15 { t0:=cpu(); for range 100 { p.f() }; if d:=(cpu()-t0)/100; d<best {best=d} }
		fmt.Printf("%-10s %7d us\n", p.n, best/1000)
	}
}

var sink uint64
func refBM(text []byte, from int) int {
	for last := from + 24 - 1; last < len(text); {
		i := last
		for i >= from && classOf[text[i]]&inRun != 0 {
			i--
		}
		if i < from {
			return from
		}
		from = i + 1
		last = i + 24
	}
	return -1
}

var bitOf = func() (t [8][256]byte) { for c := range 256 { if classOf[c]&inRun!=0 { for k := range t { t[k][c]=1<<k } } }; return }()
func tabBits(block *[64]byte) (set uint64) {
	t := &bitOf
	for i := 0; i < 64; i += 8 {
		w := block[i:i+8]
		m := t[0][w[0]]|t[1][w[1]]|t[2][w[2]]|t[3][w[3]]|t[4][w[4]]|t[5][w[5]]|t[6][w[6]]|t[7][w[7]]
		set = set>>8 | uint64(m)<<56
	}
	return set
}
func optBits(block *[64]byte) (set uint64) {
	for i := 0; i < 64; i += 8 {
		found := optBytes(binary.LittleEndian.Uint64(block[i:])) * 0x0002040810204081
		set = set>>8 | found>>56<<56
	}
	return set
}
func optBytes(w uint64) uint64 {
	const (
		each = 0x0101010101010101
		top  = each * 0x80
	)
	low := w &^ top
	folded := low | each*0x20
	letter := (folded + each*(0x80-'a')) ^ (folded + each*(0x80-'{')) ^ (folded + each) ^ (low+each)
	digit := ((low + each*(0x80-'+')) ^ (low + each*(0x80-':'))) & (low + each*(0x80-'0') | low<<7)
	return (letter | digit) &^ w & top
}
