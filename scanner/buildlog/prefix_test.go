package buildlog

import "testing"

func TestToolPrefix(t *testing.T) {
	for _, tt := range []struct{ name, prefix, text string }{
		{"none", "", "plain text"},
		{"empty", "", ""},
		{"BuildKit with seconds", "#12 3.456 ", "text"},
		{"BuildKit without", "#7 ", "RUN make"},
		{"BuildKit, a stage", "#7 [build 2/3] ", "RUN make"},
		{"BuildKit, no text", "#12 3.456", ""},
		{"BuildKit, text that is a number", "#12 ", "42 things"},
		{"an issue number", "", "#12: fixed"},
		{"a heading", "", "# Heading"},
		{"kubectl", "2026-08-20T23:51:25.123456789Z ", "text"},
		{"kubectl, no fraction", "2026-08-20T23:51:25Z ", "text"},
		{"kubectl, offset", "2026-08-20T23:51:25.123456789+02:00 ", "text"},
		{"a time in a word", "", "2026-08-20T23:51:25Ztext"},
		{"a date", "", "2026-08-20 text"},
		{"compose", "web-1  | ", "text"},
		{"compose, older", "my_app_web_12 | ", "text"},
		{"compose, no text", "web-1  |", ""},
		{"compose with a time", "web-1  | 2026-08-20T23:51:25.123456789Z ", "text"},
		{"a table", "", "password | text"},
		{"a table with a number", "", "api1 | text"},
		{"brackets", "[web] ", "text"},
		{"brackets twice", "[web] [1] ", "text"},
		{"pod", "[pod/web-5d4f9c7b8d-x2x4z/app] ", "text"},
		{"brackets as long as a key", "", "[0123456789abcdefghij] text"},
		{"an array", "", `["a", "b"] text`},
		{"an index", "", "[1]text"},
		{"BuildKit in compose", "web-1  | #12 3.456 ", "text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := toolPrefix([]byte(tt.prefix + tt.text)); got != len(tt.prefix) {
				t.Errorf("prefix %q, want %q", (tt.prefix + tt.text)[:got], tt.prefix)
			}
		})
	}
}

func FuzzToolPrefix(f *testing.F) {
	for _, s := range []string{"#12 3.456 a", "web-1  | a", "[web] a", "2026-08-20T23:51:25.1Z a", "#1 2.", "web-1  |"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		n := toolPrefix(text)
		if n < 0 || n > len(text) {
			t.Fatalf("prefix of %d bytes in %d", n, len(text))
		}
		if n > 0 && n < len(text) && text[n-1] != ' ' && text[n-1] != '|' {
			t.Fatalf("prefix %q ends in a word", text[:n])
		}
	})
}
