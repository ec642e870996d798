package decode_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/leakguard/leakguard/detectors/decode"
)

func utf16Of(order binary.AppendByteOrder, s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

func utf32Of(order binary.AppendByteOrder, s string) string {
	var b []byte
	for _, r := range s {
		b = order.AppendUint32(b, uint32(r))
	}
	return string(b)
}

var charsetTests = []struct {
	name, data, encoding, text string
}{
	{"empty", "", "", ""},
	{"ASCII", fox, "", fox},
	{"UTF-8", "Köln – Straße", "", "Köln – Straße"},
	{"UTF-8 with mark", "\xef\xbb\xbf" + fox, "utf-8-bom", fox},
	{"UTF-8 with mark, not all valid", "\xef\xbb\xbfa\xffb", "utf-8-bom", "a\xffb"},
	{"UTF-16LE with mark", "\xff\xfe" + utf16Of(binary.LittleEndian, "k=é\U0001F511"), "utf-16le", "k=é\U0001F511"},
	{"UTF-16BE with mark", "\xfe\xff" + utf16Of(binary.BigEndian, "k=é\U0001F511"), "utf-16be", "k=é\U0001F511"},
	{"UTF-32LE with mark", "\xff\xfe\x00\x00" + utf32Of(binary.LittleEndian, "k=é\U0001F511"), "utf-32le", "k=é\U0001F511"},
	{"UTF-32BE with mark", "\x00\x00\xfe\xff" + utf32Of(binary.BigEndian, "k=é\U0001F511"), "utf-32be", "k=é\U0001F511"},
	{"UTF-16LE in Chinese", "\xff\xfe" + utf16Of(binary.LittleEndian, "密码是一个秘密的词语"), "utf-16le", "密码是一个秘密的词语"},
	{"UTF-16LE", utf16Of(binary.LittleEndian, fox+"é"), "utf-16le", fox + "é"},
	{"UTF-16BE", utf16Of(binary.BigEndian, fox+"é"), "utf-16be", fox + "é"},
	{"UTF-32LE", utf32Of(binary.LittleEndian, fox), "utf-32le", fox},
	{"UTF-32BE", utf32Of(binary.BigEndian, fox), "utf-32be", fox},
	{"odd length", "\xff\xfea\x00b", "utf-16le", "a\uFFFD"},
	{"half a pair", "\xff\xfe\x3d\xd8a\x00", "utf-16le", "\uFFFDa"},
	{"ASCII behind a mark of UTF-16", "\xff\xfe" + fox, "", "\xff\xfe" + fox},
	{"too short to tell", utf16Of(binary.LittleEndian, "a=b"), "", utf16Of(binary.LittleEndian, "a=b")},
	{"binary", "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 40) + fox, "", "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 40) + fox},
	{"UTF-16 strings in a binary", strings.Repeat("\x01\x02\x03\x04", 20) + wide(fox), "", strings.Repeat("\x01\x02\x03\x04", 20) + wide(fox)},
}

func TestToUTF8(t *testing.T) {
	for _, test := range charsetTests {
		t.Run(test.name, func(t *testing.T) {
			if got := decode.Encoding([]byte(test.data)); got != test.encoding {
				t.Errorf("Encoding(%q) = %q, want %q", test.data, got, test.encoding)
			}
			text, encoding := decode.ToUTF8([]byte(test.data))
			if string(text) != test.text || encoding != test.encoding {
				t.Errorf("ToUTF8(%q) = %q, %q, want %q, %q", test.data, text, encoding, test.text, test.encoding)
			}
		})
	}
}

func TestReader(t *testing.T) {
	for _, test := range charsetTests {
		t.Run(test.name, func(t *testing.T) {
			for _, r := range []io.Reader{
				strings.NewReader(test.data),
				iotest.OneByteReader(strings.NewReader(test.data)),
				iotest.DataErrReader(strings.NewReader(test.data)),
			} {
				got, err := io.ReadAll(decode.Reader(r, test.encoding))
				if err != nil || string(got) != test.text {
					t.Errorf("Reader(%q) gave %q (%v), want %q", test.data, got, err, test.text)
				}
			}
		})
	}
}

func TestReaderPassesErrorsOn(t *testing.T) {
	for _, encoding := range []string{"", "utf-8-bom", "utf-16le", "utf-32be"} {
		r := decode.Reader(iotest.ErrReader(io.ErrClosedPipe), encoding)
		if _, err := io.ReadAll(r); err != io.ErrClosedPipe {
			t.Errorf("%q: error %v, want %v", encoding, err, io.ErrClosedPipe)
		}
	}
}

func TestToUTF8DoesNotCopy(t *testing.T) {
	data := []byte("\xef\xbb\xbf" + fox)
	text, _ := decode.ToUTF8(data)
	if &text[0] != &data[3] {
		t.Error("text is a copy")
	}
	if text, _ := decode.ToUTF8(data[3:]); !bytes.Equal(text, data[3:]) || &text[0] != &data[3] {
		t.Error("text is a copy")
	}
}
