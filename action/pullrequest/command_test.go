package pullrequest

import (
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestCommand(t *testing.T) {
	for _, tt := range []struct {
		name  string
		props []property
		data  string
		want  string
	}{
		{"no properties", nil, "x", "::error::x\n"},
		{"properties", []property{{"file", "a b"}, {"line", "3"}}, "x", "::error file=a b,line=3::x\n"},
		{"an empty one", []property{{"file", ""}, {"line", "3"}}, "x", "::error line=3::x\n"},
		{"message", nil, "100%\r\n::error::y", "::error::100%25%0D%0A::error::y\n"},
		{"property", []property{{"file", "a,line=9::x%2C\r\n"}}, "", "::error file=a%2Cline=9%3A%3Ax%252C%0D%0A::\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := command("error", tt.props, tt.data)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			read := run(got)
			if len(read) != 1 || read[0].data != tt.data {
				t.Fatalf("read as %+v", read)
			}
			for _, p := range tt.props {
				if read[0].props[p.key] != p.value {
					t.Errorf("%s is read as %q, want %q", p.key, read[0].props[p.key], p.value)
				}
			}
		})
	}
}

func guard(t testing.TB, parts ...string) string {
	t.Helper()
	var b strings.Builder
	w := Guarded(&b)
	for _, part := range parts {
		if n, err := io.WriteString(w, part); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGuarded(t *testing.T) {
	for _, tt := range []struct {
		name  string
		parts []string
		want  string
	}{
		{"nothing", nil, ""},
		{"lines", []string{"a\n", "b\n"}, "a\nb\n"},
		{"no end", []string{"a"}, "a\n"},
		{"in pieces", []string{"\xc3", "\xa4#", "#[add-path]x\n"}, "ä## [add-path]x\n"},
		{"terminal", []string{"\x1b[31mred\a\x7f\u009b\n"}, "\ufffd[31mred\ufffd\ufffd\ufffd\n"},
		{"white space", []string{"a\tb\r\n\u2028c\u0085\n"}, "a b \n c \n"},
		{"direction", []string{"a\u202eb\u200b\n"}, "a\ufffdb\ufffd\n"},
		{"no UTF-8", []string{"a\xff\n"}, "a\ufffd\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			head, rest, _ := strings.Cut(guard(t, tt.parts...), "\n")
			token, ok := strings.CutPrefix(head, "::stop-commands::")
			if text, closed := strings.CutSuffix(rest, "::"+token+"::\n"); !ok || !closed || text != tt.want {
				t.Errorf("after %q: %q, want %q and the token", head, rest, tt.want)
			}
		})
	}
}

func TestGuardedTokenIsNew(t *testing.T) {
	if first, second := guard(t, "x"), guard(t, "x"); first == second {
		t.Error("two calls have one token")
	}
}

// The text is obeyed neither while the guard is up nor, being broken up, if it were
// not; after it the runner obeys again.
func TestGuardedHostile(t *testing.T) {
	for _, evil := range hostile {
		text := guard(t, evil, "\n", evil)
		if got := names(run(text + command("debug", nil, "x"))); strings.Join(got, " ") != "stop-commands resume debug" {
			t.Errorf("%q: the runner obeys %q", evil, got)
		}
	}
}

func TestGuardedTellsOfErrors(t *testing.T) {
	r, w := io.Pipe()
	broken := errors.New("the log is gone")
	r.CloseWithError(broken)
	g := Guarded(w)
	if _, err := io.WriteString(g, "x\n"); !errors.Is(err, broken) {
		t.Errorf("Write: %v", err)
	}
	if err := g.Close(); !errors.Is(err, broken) {
		t.Errorf("Close: %v", err)
	}
}

func FuzzGuarded(f *testing.F) {
	for _, evil := range hostile {
		f.Add(evil, 3)
	}
	f.Fuzz(func(t *testing.T, text string, at int) {
		at = max(0, min(at, len(text)))
		out := guard(t, text[:at], text[at:])
		if got := names(run(out)); strings.Join(got, " ") != "stop-commands resume" {
			t.Errorf("the runner obeys %q", got)
		}
		if !utf8.ValidString(out) || strings.ContainsFunc(out, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Errorf("not all of it prints: %q", out)
		}
	})
}

// Quiet's lines are no commands for the runner, whatever is written.
func TestQuiet(t *testing.T) {
	for _, text := range []string{
		"::set-output name=x::y", "  ::add-path::/x\n", "a\n::error::x\nb", "x ##[add-path]/y", "\r::error::x", "\t::error::x", "::::error::x", "\u00a0::error::x",
		"plain",
	} {
		var out strings.Builder
		w := Quiet(&out)
		for _, c := range []byte(text) { // in any pieces
			if _, err := w.Write([]byte{c}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got := names(run(out.String())); len(got) > 0 {
			t.Errorf("%q: the runner obeys %q", text, got)
		}
		if !strings.HasSuffix(out.String(), "\n") {
			t.Errorf("%q: the last line has no end", text)
		}
	}
}
