package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// encode writes v as JSON and a line end. An empty indent puts it on one line.
// Characters that a terminal or a build log would act on (see visible) are
// written as \u escapes, so that the JSON means the same and does no harm.
func encode(w io.Writer, v any, indent string) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(harmless(buf.Bytes()))
	return err
}

// harmless escapes within JSON text; what it escapes can stand only in strings.
func harmless(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == '#' && commandAt(string(text[i:min(i+commandReach, len(text))])):
			out = append(out, `\u0023`...)
		case r == '\n' || unicode.IsPrint(r):
			out = append(out, text[i:i+n]...)
		default:
			for _, u := range utf16.AppendRune(nil, r) {
				out = fmt.Appendf(out, `\u%04x`, u)
			}
		}
		i += n
	}
	return out
}

// commandReach is longer than any log command's opening, "##teamcity[".
const commandReach = 16
