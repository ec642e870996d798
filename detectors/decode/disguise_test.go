package decode_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/decode"
)

func gz(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

func zipped(s string, level int) string {
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, level)
	if err != nil {
		panic(err)
	}
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

func backwards(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// rev turns each line round, as the program does.
func rev(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = backwards(lines[i])
	}
	return strings.Join(lines, "\n")
}

func octals(s, format string) string {
	return join(s, func(c byte) string { return fmt.Sprintf(format, c) })
}

// spaced has sep behind each character of s but the last.
func spaced(s, sep string) string { return strings.Join(strings.Split(s, ""), sep) }

// disguised is what Find yields of the kinds that this file is about.
func disguised(text string) []found {
	buf := decode.Buffer{Reversed: reversed}
	var all []found
	buf.Find([]byte(text), func(s *decode.Segment) {
		switch s.Kind {
		case "gzip", "spaced", "reversed", "octal", "kubernetes-secret":
			all = append(all, found{s.Kind, text[s.Start:s.End], string(s.Text)})
		}
	})
	return all
}

func TestFindDisguised(t *testing.T) {
	word := "ghp" + "_Ab3dEf6hIj9lMn2pQr5t" // no token of any kind: too short
	id := "AKI" + "A" + strings.Repeat("Q7", 8)
	key := "-----BEGIN " + "EC PRIVATE KEY-----\n" + wrap(b64(noise(118)), 64, "\n") + "\n-----END " + "EC PRIVATE KEY-----"
	lines := strings.Repeat(long, 3)
	tests := []struct{ name, before, source, after, kind, text string }{
		{"gzip", "out: ", b64(gz(long)), "\n", "gzip", long},
		{"gzip in lines", "", wrap(b64(gz(key+lines)), 76, "\n"), "\n", "gzip", key + lines},
		{"gzip in hex", "x=", hexOf(gz(long)), ";", "gzip", long},
		{"zlib", "(", b64(zipped(long, 6)), ")", "gzip", long},
		{"zlib, best", `"`, rawURL(zipped(long, 9)), `"`, "gzip", long},
		{"zlib, fastest", `"`, b64(zipped(long, 1)), `"`, "gzip", long},

		{"spaces", "token: ", spaced(word, " "), " \n", "spaced", word},
		{"spaces behind a word", "echo ", spaced(word, " "), " done", "spaced", word},
		{"spaced name and value", "", spaced("TOKEN="+word, " "), "\nnext", "spaced", "TOKEN=" + word},
		{"spaced, with dots", "", spaced("a.b/c+d=e:f~"+word, " "), "", "spaced", "a.b/c+d=e:f~" + word},
		{"commas", "[", spaced(word, ","), "]", "spaced", word},
		{"dots", "x=", spaced(word, "."), "\n", "spaced", word},
		{"dashes", "x=", spaced(word, "-"), "\n", "spaced", word},
		{"dashes of its own between dashes", "'", spaced("sk-ant-"+word, "-"), "'", "spaced", "sk-ant-" + word},
		{"one a line", "step 1\n", spaced(word, "\n"), "\n\ndone", "spaced", word},
		{"one a line, at the end", "", spaced(word, "\n"), "", "spaced", word},

		{"reversed", "x ", backwards(word), " y", "reversed", word},
		{"reversed key id of 20 characters", "\n", backwards(id), "\n", "reversed", id},
		{"reversed name and value", `"`, backwards("GITHUB_TOKEN=" + word), `"`, "reversed", "GITHUB_TOKEN=" + word},
		{"reversed, dot in its prefix", "", backwards("hv" + "s." + word), "", "reversed", "hv" + "s." + word},
		{"reversed key", "$ ", backwards(key), "\n", "reversed", key},
		{"reversed key, line by line", "$ cat key | rev\n", rev(key), "\n$", "reversed", key},

		{"octal", "printf '", octals(word, `\%03o`), "'", "octal", word},
		{"octal with a zero", `echo -e "`, octals(word, `\0%03o`), `"`, "octal", word},
		{"octal, escaped twice", `"`, octals(word, `\\%03o`), `"`, "octal", word},
		{"octal in part", `"`, `one\137two\040\u0041\x42C`, `"`, "octal", "one_two ABC"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := disguised(test.before + test.source + test.after)
			if want := []found{{test.kind, test.source, test.text}}; fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
				t.Errorf("Find\n got %q\nwant %q", got, want)
			}
		})
	}
}

func TestFindNotDisguised(t *testing.T) {
	tests := []struct{ name, text string }{
		{"gzip of no text", b64(gz(noise(300)))},
		{"start of gzip alone", b64("\x1f\x8b\x08\x00" + noise(60))},
		{"start of zlib alone", b64("\x78\x9c" + noise(60))},
		{"no start of zlib", b64("\x78\x00" + noise(60))},
		{"gzip in an image", "data:image/svg+xml;base64," + b64(gz(long))},
		{"gzip of little", b64(gz("short"))},
		{"digits", spaced(strings.Repeat("0123456789", 5), " ") + "\n" + spaced(strings.Repeat("01", 50), ",")},
		{"19 characters", spaced("abcdefghijklmnopqrs", " ")},
		{"pairs", strings.Repeat("ab cd ", 40)},
		{"two separators", strings.Repeat("a b,c.", 40)},
		{"rulers", strings.Repeat("- ", 60) + "\n" + strings.Repeat(". ", 60) + strings.Repeat("-=", 40)},
		{"art", strings.Repeat("| a ", 10) + strings.Repeat("* | ", 20)},
		{"words backwards", backwards(fox) + backwards("github_token_of_the_workflow")},
		{"reversed, too short", backwards("ghp" + "_Ab3dEf6h")},
		{"reversed prefix within a run", "Ab3dEf6hIj9lMn2pQr5t_p" + "hgXYZ"},
		{"reversed label alone", "aaaaaaaaaaaaaaaaaaaaaaaa\n-----YEK " + "ETAVIRP NIGEB-----\n"},
		{"reversed label without an end", "-----YEK " + "ETAVIRP NIGEB-----\naaaaaaaaaaaaaaaaaaaaaaaa\n"},
		{"colours", `"\033[31mred\033[0m and \000\001\002 and \1\2\3"`},
		{"no octal", `"\400abc \19x \08 and text"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := disguised(test.text); got != nil {
				t.Errorf("Find(%q) = %q, want nothing", test.text, got)
			}
		})
	}
}

// What was cut short or damaged is read up to there.
func TestFindDamagedGzip(t *testing.T) {
	text := strings.Repeat(long, 3) + b64(noise(900))
	packed := gz(text)
	for _, test := range []struct{ name, packed string }{
		{"cut short", packed[:len(packed)-200]},
		{"wrong sum", packed[:len(packed)-8] + "\x00\x00\x00\x00\x00\x00\x00\x00"},
		{"with something behind", packed + "behind it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := disguised(base64.StdEncoding.EncodeToString([]byte(test.packed)))
			if len(got) != 1 || !strings.HasPrefix(got[0].Text, long) || !strings.HasPrefix(text, got[0].Text) {
				t.Errorf("%d segments, want one with the beginning of the text", len(got))
			}
		})
	}
}

// Bombs swell by no more than a hundred, to no more than 1 MiB each, and all
// together to no more than that or the length of the text.
func TestFindBombs(t *testing.T) {
	packed := gz(strings.Repeat("a", 64<<20))
	small := gz(strings.Repeat("a", 100<<10))
	tests := []struct {
		name, text string
		segments   int
		most       int
	}{
		{"a bomb", b64(packed), 1, 1 << 20},
		{"a small one", b64(small), 1, 100 * len(small)},
		{"many", strings.Repeat(b64(packed)+"\n", 5), 1, 1 << 20},
		{"many small ones", strings.Repeat(b64(small)+"\n", 3000), 1 << 10, 1 << 20},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			total, segments := 0, 0
			for _, f := range disguised(test.text) {
				total += len(f.Text)
				segments++
			}
			if segments == 0 || segments > test.segments || total > test.most {
				t.Errorf("%d segments of %d bytes, want at most %d of %d", segments, total, test.segments, test.most)
			}
		})
	}
}

func TestFindNoFlood(t *testing.T) {
	word := "ghp" + "_Ab3dEf6hIj9lMn2pQr5t"
	for _, text := range []string{
		strings.Repeat(spaced(word, " ")+"\n\n", 2000),
		strings.Repeat(backwards(word)+"\n", 2000),
		strings.Repeat(b64(gz(fox))+"\n", 2000),
	} {
		if got := disguised(text); len(got) != 1<<10 {
			t.Errorf("%d segments, want %d", len(got), 1<<10)
		}
	}
}
