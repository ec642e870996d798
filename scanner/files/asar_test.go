package files

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/scanner"
)

// makeASAR packs members, in folders.
func makeASAR(t testing.TB, members ...member) []byte {
	t.Helper()
	root := map[string]any{}
	texts := ""
	for _, m := range members {
		names := strings.Split(m.name, "/")
		folder := root
		for _, name := range names[:len(names)-1] {
			if folder[name] == nil {
				folder[name] = map[string]any{"files": map[string]any{}}
			}
			folder = folder[name].(map[string]any)["files"].(map[string]any)
		}
		last := names[len(names)-1]
		if target, ok := strings.CutPrefix(m.text, "-> "); ok {
			folder[last] = map[string]any{"link": target}
			continue
		}
		folder[last] = map[string]any{"size": len(m.text), "offset": fmt.Sprint(len(texts)), "integrity": map[string]any{"blocks": []string{"00"}}}
		texts += m.text
	}
	list, err := json.Marshal(map[string]any{"files": root})
	if err != nil {
		t.Fatal(err)
	}
	return asarOf(string(list), texts)
}

// asarOf puts the header of an archive before a list of members and their texts.
func asarOf(list, texts string) []byte {
	fill := -len(list) & 3
	var head []byte
	for _, n := range []int{asarFirst, len(list) + fill + 8, len(list) + fill + 4, len(list)} {
		head = binary.LittleEndian.AppendUint32(head, uint32(n))
	}
	return []byte(string(head) + list + strings.Repeat("\x00", fill) + texts)
}

func TestASARMembers(t *testing.T) {
	data := makeASAR(t, member{"package.json", "{}"}, member{"lib/deep/x.js", marker}, member{"link", "-> to/" + marker}, member{"..", marker})
	unpackAll("a", data, DefaultLimits()).want(t, []string{"a!", "a!lib/deep/x.js", "a!link"})

	beside := asarOf(`{"files":{"x.node":{"size":4,"unpacked":true},"y":{"size":4,"offset":"0","executable":true}}}`, marker)
	unpackAll("a", beside, DefaultLimits()).want(t, []string{"a!y"})

	nested := makeZip(t, member{"resources/app.asar", string(makeASAR(t, member{"x", marker}))})
	unpackAll("a.zip", nested, DefaultLimits()).want(t, []string{"a.zip!resources/app.asar!x"})
}

func TestASARDamaged(t *testing.T) {
	whole := makeASAR(t, member{"x", marker})
	huge := append([]byte{}, whole...)
	binary.LittleEndian.PutUint32(huge[4:], 2<<30)
	binary.LittleEndian.PutUint32(huge[8:], 2<<30-4)
	for name, tt := range map[string]struct {
		data []byte
		want []string
		gap  string
	}{
		"list of 2 GiB":      {huge, []string{"a"}, "a: it is damaged: its list of members is cut off"},
		"list beyond header": {func() []byte { d := asarOf(`{"files":{}}`, marker); d[13] = 1; return d }(), []string{"a"}, "a: it is damaged: its list of members is cut off"},
		"list of no members": {asarOf(`{"files":[]}`, marker), []string{"a"}, "a: it is damaged: its list of members is malformed"},
		"list cut off":       {asarOf(`{"files":{"x":`, marker), []string{"a"}, "a: it is damaged: "},
		"offset beyond end":  {asarOf(`{"files":{"x":{"size":4,"offset":"1"}}}`, marker), nil, "a!x: it is damaged: its text lies beyond the end"},
		"offset negative":    {asarOf(`{"files":{"x":{"size":4,"offset":"-1"}}}`, marker), nil, "a!x: it is damaged: its text lies beyond the end"},
		"offset of 2⁶³":      {asarOf(`{"files":{"x":{"size":4,"offset":"9223372036854775808"}}}`, marker), nil, "a!x: it is damaged: its text lies beyond the end"},
		"size negative":      {asarOf(`{"files":{"x":{"size":-4,"offset":"0"}}}`, marker), nil, "a!x: it is damaged: its text lies beyond the end"},
		"size of 8 EiB":      {asarOf(`{"files":{"x":{"size":9223372036854775807,"offset":"1"}}}`, marker), nil, "a!x: it is damaged: its text lies beyond the end"},
		"deep":               {asarOf(strings.Repeat(`{"files":{"d":`, 10_000)+"{}"+strings.Repeat("}}", 10_000), marker), []string{"a"}, "a: it cannot be unpacked: a folder in 200 others"},
		"long name":          {asarOf(`{"files":{"`+strings.Repeat("n", 5000)+`":{}}}`, marker), []string{"a"}, "a: it cannot be unpacked: a path of more than 4096 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			unpackAll("a", tt.data, DefaultLimits()).want(t, tt.want, tt.gap)
		})
	}
}

func TestASARLimits(t *testing.T) {
	limits := DefaultLimits()
	limits.Ratio = 2
	for name, tt := range map[string]struct {
		data []byte
		gap  string
	}{
		"list of 17 MiB":       {asarOf(`{"files":{"`+strings.Repeat("n", 17<<20)+`":{}}}`, ""), "it cannot be unpacked: a list of members of"},
		"one text, many times": {asarOf(sameText(9_000), strings.Repeat("0123456789abcde\n", 1<<16)), "it holds more than 2 times its own size"},
	} {
		t.Run(name, func(t *testing.T) {
			cov := scanner.NewCoverage("", scanner.InFile)
			total := 0
			Unpack(t.Context(), "a", tt.data, limits, func(c scanner.Chunk) { total += len(c.Text) }, cov)
			if len(cov.Gaps) != 1 || !strings.HasPrefix(cov.Gaps[0].Why, tt.gap) {
				t.Errorf("gaps %+v, want %q", cov.Gaps, tt.gap)
			}
			if total > freeBytes+8<<20 {
				t.Errorf("%d bytes came out", total)
			}
		})
	}
}

// sameText lists n members that all have the first MiB of the texts.
func sameText(n int) string {
	var list strings.Builder
	list.WriteString(`{"files":{"first":{}`)
	for i := range n {
		fmt.Fprintf(&list, `,"%d":{"size":1048576,"offset":"0"}`, i)
	}
	return list.String() + "}}"
}

// TestASARListTakesNoMemory has a list as large as may be of folders without
// anything in them.
func TestASARListTakesNoMemory(t *testing.T) {
	list := `{"files":{"x":{"size":4,"offset":"0"}` + strings.Repeat(`,"d":{"files":{}}`, 1<<14) + "}}"
	unpackFrugally(t, asarOf(list, marker)).want(t, []string{"a!x"})
}

func FuzzASAR(f *testing.F) {
	fuzzFormat(f, 4, makeASAR(f, member{"dir/x", "some text"}, member{"link", "-> dir/x"}),
		asarOf(`{"files":{"x":{"size":4,"offset":"1"}}}`, "text"), asarOf(`{"files":{"d":{"files":{"e":{"files":{}}}}}}`, ""))
}
