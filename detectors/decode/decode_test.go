package decode_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/decode"
)

// The texts that the tests encode.
const (
	fox  = "The quick brown fox jumps over the lazy dog."
	long = fox + " Pack my box with five dozen liquor jugs, please? " + fox + " Sphinx of black quartz, judge my vow!"
)

func b64(s string) string    { return base64.StdEncoding.EncodeToString([]byte(s)) }
func rawURL(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
func hexOf(s string) string  { return hex.EncodeToString([]byte(s)) }

// wide is s in UTF-16 in little endian order, wideBE in big endian order.
func wide(s string) string   { return join(s, func(c byte) string { return string([]byte{c, 0}) }) }
func wideBE(s string) string { return join(s, func(c byte) string { return string([]byte{0, c}) }) }

func join(s string, encode func(c byte) string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		b.WriteString(encode(s[i]))
	}
	return b.String()
}

// wrap breaks s into lines of width characters, with sep between them.
func wrap(s string, width int, sep string) string {
	var lines []string
	for len(s) > width {
		lines = append(lines, s[:width])
		s = s[width:]
	}
	return strings.Join(append(lines, s), sep)
}

// found is what a segment says, in a form that can be compared.
type found struct{ Kind, Source, Text string }

func find(text string) []found {
	var buf decode.Buffer
	var all []found
	buf.Find([]byte(text), func(s *decode.Segment) {
		all = append(all, found{s.Kind, text[s.Start:s.End], string(s.Text)})
	})
	return all
}

func TestFind(t *testing.T) {
	padded := fox[:16]
	questions := strings.Repeat("what is this??> ", 3) // has / in base64, _ in base64url
	tests := []struct {
		name, text string
		want       []found
	}{
		{"base64", "key: " + b64(fox) + "\n", []found{{"base64", b64(fox), fox}}},
		{"base64 two pads", "(" + b64(padded) + ")", []found{{"base64", b64(padded), padded}}},
		{"base64 no pads", rawURL(fox[:19]) + ";", []found{{"base64", rawURL(fox[:19]), fox[:19]}}},
		{"base64 at the end", "x " + b64(long), []found{{"base64", b64(long), long}}},
		{"base64 with slashes", `"` + b64(questions) + `"`, []found{{"base64", b64(questions), questions}}},
		{"base64url", `"` + rawURL(questions) + `"`, []found{{"base64", rawURL(questions), questions}}},
		{"base64 cut within a quantum", b64(fox)[:37], []found{{"base64", b64(fox)[:36], fox[:27]}}},
		{"base64 behind a name", "sealed_" + b64(fox), []found{{"base64", b64(fox), fox}}},
		{"base64 with slashes behind a name", "of-" + b64(questions), []found{{"base64", b64(questions), questions}}},
		{"base64url in a path", "/callback/" + rawURL(fox) + "/done", []found{{"base64", rawURL(fox), fox}}},
		{"base64 behind an escaped line end", `a\n` + b64(fox), []found{{"base64", b64(fox), fox}}},
		{"base64 of UTF-8", b64("Straße, Köln, Übermut und Ärger"), []found{
			{"base64", b64("Straße, Köln, Übermut und Ärger"), "Straße, Köln, Übermut und Ärger"}}},
		{"base64 of UTF-16", "-EncodedCommand " + b64(wide(fox)), []found{{"base64", b64(wide(fox)), wide(fox)}}},

		{"MIME", wrap(b64(long), 76, "\r\n") + "\r\n", []found{{"base64", wrap(b64(long), 76, "\r\n"), long}}},
		{"block scalar", "data: |\n    " + wrap(b64(long), 60, "\n    ") + "\nnext: 1\n",
			[]found{{"base64", wrap(b64(long), 60, "\n    "), long}}},
		{"lines of a JSON string", `{"a":"` + wrap(b64(long), 64, `\n`) + `\n"}`,
			[]found{{"base64", wrap(b64(long), 64, `\n`), long}}},
		{"hex dump", wrap(hexOf(long), 60, "\n"), []found{{"hex", wrap(hexOf(long), 60, "\n"), long}}},
		{"word behind a full line", b64(fox + fox[:1])[:60] + "\nnext: 1", []found{{"base64", b64(fox + fox[:1])[:60], fox + fox[:1]}}},
		{"short lines", b64(fox[:30]) + "\n" + b64(fox[:30]),
			[]found{{"base64", b64(fox[:30]), fox[:30]}, {"base64", b64(fox[:30]), fox[:30]}}},
		{"text before random lines", b64(long[:48]) + "\n" + wrap(b64(noise(480)), 64, "\n"),
			[]found{{"base64", b64(long[:48]), long[:48]}}},

		{"hex", "id=" + hexOf(fox), []found{{"hex", hexOf(fox), fox}}},
		{"upper-case hex", strings.ToUpper(hexOf(fox)), []found{{"hex", strings.ToUpper(hexOf(fox)), fox}}},
		{"hex with 0x", "0x" + hexOf(fox), []found{{"hex", hexOf(fox), fox}}},
		{"bytea", `'\x` + hexOf(fox) + `'`, []found{
			{"hex", hexOf(fox), fox}, {"unicode", `\x` + hexOf(fox), fox[:1] + hexOf(fox)[2:]}}},

		{"percent", "x=1 user=my%20name%26more rest", []found{{"percent", "user=my%20name%26more", "user=my name&more"}}},
		{"percent lower case", "'pa%2fss%3aword'", []found{{"percent", "pa%2fss%3aword", "pa/ss:word"}}},
		{"percent and others", "100%25 %zz%4", nil},

		{"JSON escapes", `{"a":"one\u003dtwo\/three \"four\"\n"}`,
			[]found{{"unicode", `one\u003dtwo\/three \"four\"\n`, "one=two/three \"four\"\n"}}},
		{"pair of surrogates", `"key \uD83D\uDD11 is\u0020here"`, []found{{"unicode", `key \uD83D\uDD11 is\u0020here`, "key \U0001F511 is here"}}},
		{"half a pair", `"a\ud83dbcdefghi"`, []found{{"unicode", `a\ud83dbcdefghi`, "a\uFFFDbcdefghi"}}},
		{"braces", `"say \u{48}\u{49} \u{1F511}"`, []found{{"unicode", `say \u{48}\u{49} \u{1F511}`, "say HI \U0001F511"}}},
		{"eight digits", `"ke\U00000079 to it"`, []found{{"unicode", `ke\U00000079 to it`, "key to it"}}},
		{"bytes", `x = "` + join(fox, func(c byte) string { return fmt.Sprintf(`\x%02x`, c) }) + `"`,
			[]found{{"unicode", join(fox, func(c byte) string { return fmt.Sprintf(`\x%02x`, c) }), fox}}},
		{"escaped twice", `{\"a\":\"one\\u0026two\"}`, []found{{"unicode", `{\"a\":\"one\\u0026two\"}`, `{"a":"one&two"}`}}},
		{"slashes", `["https:\/\/example.com\/"]`, []found{{"unicode", `https:\/\/example.com\/`, "https://example.com/"}}},
		{"no word near", `re = "[\x00] [\x01] plain"`, nil},
		{"no code point", `"abc\U00110000defgh" "abc\u{}defgh" "abc\u12g4defgh"`, nil},

		{"html", "a\n<b c=&quot;d&#39;e&#x3D;f&quot;/>\ng", []found{{"html", "<b c=&quot;d&#39;e&#x3D;f&quot;/>", `<b c="d'e=f"/>`}}},
		{"html names", "&lt;&gt;&amp;&apos;&quot; and text", []found{{"html", "&lt;&gt;&amp;&apos;&quot; and text", `<>&'" and text`}}},
		{"no reference", "a && b &nbsp; &#; &#x; &#xD800; &#1234567890; &#65 &amp", nil},

		{"UTF-16 in a binary", "\x01\x02\x00" + wide(fox) + "\x00\x00\x03", []found{{"utf-16le", wide(fox), fox}}},
		{"UTF-16 in big endian order", "\x01\x02" + wideBE(fox) + "\x03", []found{{"utf-16be", wideBE(fox), fox}}},
		{"short UTF-16", "\x01" + wide("15 characters .") + "\x01", nil},

		{"several", b64(fox) + " " + hexOf(fox), []found{{"base64", b64(fox), fox}, {"hex", hexOf(fox), fox}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := find(test.text); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", test.want) {
				t.Errorf("Find(%q)\n got %q\nwant %q", test.text, got, test.want)
			}
		})
	}
}

// noise is n bytes of any value.
func noise(n int) string {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	r.Read(b)
	return string(b)
}

func TestFindNothing(t *testing.T) {
	tests := []struct{ name, text string }{
		{"empty", ""},
		{"path", "/usr/share/java/org/apache/commons/lang/builder/EqualsBuilder.class"},
		{"import path", "github.com/leakguard/leakguard/detectors/decode/verylongname"},
		{"identifiers", "getElementsByClassNameAndTagName MAX_RETRIES_BEFORE_GIVING_UP http2priorityWriteScheduler"},
		{"git object names", hexOf(noise(20)) + " " + hexOf(noise(32))},
		{"UUID", "123e4567-e89b-12d3-a456-426614174000"},
		{"integrity", "sha512-" + b64(noise(64)) + " h1:" + b64(noise(32))},
		{"digits", strings.Repeat("1234567890", 8)},
		{"rulers", strings.Repeat("-", 80) + "\n" + strings.Repeat("=", 80) + "\n" + strings.Repeat("/", 80) + strings.Repeat("_", 80)},
		{"minified script", `function(a,b){return a&&b||!a?b[c]%d:e&f}var x=/[\s\d]+\.js$/;for(;i<10;)i++`},
		{"format verbs", `fmt.Sprintf("%d of %-5s: %v%%", a, b, c)`},
		{"random lines", wrap(b64(noise(600)), 76, "\n")},
		{"image", "url(data:image/svg+xml;base64," + b64("<svg>"+fox+"</svg>") + ")"},
		{"font", `"data:font/ttf;base64,` + b64(fox) + `"`},
		{"PEM", "-----BEGIN MESSAGE-----\n\n" + wrap(b64(long), 64, "\n") + "\n-----END MESSAGE-----\n"},
		{"PEM in JSON", `"-----BEGIN MESSAGE-----\n` + wrap(b64(long), 64, `\n`) + `\n-----END MESSAGE-----\n"`},
		{"short base64", b64(fox[:15]) + " " + rawURL(fox[:17])},
		{"short hex", hexOf(fox[:15])},
		{"odd hex", hexOf(fox)[1:]},
		{"zeros", strings.Repeat("\x00", 1000)},
		{"control characters only", "abcdefgh%00%01ijkl"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := find(test.text); got != nil {
				t.Errorf("Find(%q) = %q, want nothing", test.text, got)
			}
		})
	}
}

// A block that only looks like the inside of an image or of a PEM block.
func TestFindNearBinary(t *testing.T) {
	for _, text := range []string{
		`if hasPrefix(s, "-----BEGIN") { return "` + b64(fox) + `" }`,
		"-----BEGIN A-----\nAAAA\n-----END A-----\n" + b64(fox),
		`"data:image/png;base64,AAAA" "` + b64(fox) + `"`,
		`"data:text/plain;base64,` + b64(fox) + `"`,
	} {
		if got := find(text); len(got) != 1 || got[0].Text != fox {
			t.Errorf("Find(%q) = %q, want %q", text, got, fox)
		}
	}
}

// Every alignment to the blocks in which Find goes through a text.
func TestFindAtAnyOffset(t *testing.T) {
	run := b64(fox[:16])
	for before := range 140 {
		for _, text := range []string{
			strings.Repeat(" ", before) + run,
			strings.Repeat("ab ", before) + run + " " + strings.Repeat("cd", before),
			strings.Repeat(".", before) + run + "." + run,
		} {
			if got := find(text); len(got) != strings.Count(text, run) || got[0].Text != fox[:16] {
				t.Fatalf("Find(%q) = %q", text, got)
			}
		}
	}
}

func TestFindNested(t *testing.T) {
	text := []byte("config: " + b64(`{"inner":"`+b64(strings.Repeat("a%20b%26", 4))+`"}`))
	var outer, middle, inner decode.Buffer
	var kinds []string
	want := strings.Repeat("a b&", 4)
	outer.Find(text, func(a *decode.Segment) {
		middle.Find(a.Text, func(b *decode.Segment) {
			inner.Find(b.Text, func(c *decode.Segment) {
				kinds = append(kinds, a.Kind, b.Kind, c.Kind)
				if string(c.Text) != want {
					t.Errorf("innermost text %q, want %q", c.Text, want)
				}
			})
		})
	})
	if got := strings.Join(kinds, " "); got != "base64 base64 percent" {
		t.Errorf("layers %q", got)
	}
}

// A run of escapes that is longer than a piece comes in pieces that overlap, so
// that whatever is shorter than half a piece is whole in one of them.
func TestFindLongEscapedRun(t *testing.T) {
	mark := "begin%20" + strings.Repeat("k%65y", 200) + "%20end"
	want := "begin " + strings.Repeat("key", 200) + " end"
	for before := 0; before < 12<<10; before += 500 {
		text := strings.Repeat("x", before) + mark + strings.Repeat("y", 12<<10)
		whole := false
		for _, f := range find("%41" + strings.Repeat("%42", 10) + text) {
			whole = whole || strings.Contains(f.Text, want)
		}
		if !whole {
			t.Errorf("with %d bytes before, no piece holds it whole", before)
		}
	}
}

func TestFindHuge(t *testing.T) {
	const size = 1 << 20
	tests := []struct{ name, unit string }{
		{"letters", "a"},
		{"percents", "%"},
		{"escaped percents", "%25"},
		{"backslashes", `\`},
		{"unicode starts", `\u`},
		{"unicode escapes", `\u0041`},
		{"escaped quotes", `\\"`},
		{"references", "&#"},
		{"whole references", "&#65;"},
		{"zeros", "\x00"},
		{"wide", "a\x00"},
		{"base64", b64(fox[:42])},
		{"text, then noise, in lines", b64(long[:45]) + "\n" + wrap(b64(noise(450)), 60, "\n") + "\n"},
		{"PEM starts", "-----BEGIN " + b64(fox[:18]) + " "},
		{"slashes", strings.Repeat("a", 30) + "/" + strings.Repeat("b", 30) + "-"},
	}
	var buf decode.Buffer
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := bytes.Repeat([]byte(test.unit), size/len(test.unit))
			total := 0
			buf.Find(text, func(s *decode.Segment) { total += len(s.Text) })
			if total > 8*len(text) {
				t.Errorf("%d bytes decode to %d", len(text), total)
			}
		})
	}
}

func TestFindAllocatesNothing(t *testing.T) {
	text := append(goSource(t), b64(long)...)
	var buf decode.Buffer
	segments := 0
	scan := func() { buf.Find(text, func(*decode.Segment) { segments++ }) }
	scan()
	if n := testing.AllocsPerRun(2, scan); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if segments == 0 {
		t.Error("no segment at all")
	}
}
