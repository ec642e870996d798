package buildlog

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/leakguard/leakguard/scanner"
)

func TestCircleCIOpen(t *testing.T) {
	const tail = `,"time":"2026-10-09T17:23:05.000Z","type":"out"`
	for _, tt := range []struct {
		name, in, text string
		err            string // "" for the end of the log
	}{
		{"messages", `[{"message":"one\r\ntw"` + tail + `,"truncated":false},{"message":"o\r\n"` + tail + `}]`, "one\r\ntwo\r\n", ""},
		{"escapes", `[{"message":"a\u001b[0m\u00fc\"\\\n"` + tail + `}]`, "a\x1b[0mü\"\\\n", ""},
		{"spread over lines", "[\n  {\"message\": \"x\"}\n]\n", "x", ""},
		{"no messages", `[]`, "", ""},
		{"several steps", "[{\"message\":\"a\"}]\n[]\n[{\"message\":\"b\"}]\n", "ab", ""},
		{"text behind the array", `[{"message":"x"}] more`, "x", "no array of CircleCI's messages"},
		{"a value behind the array", `[{"message":"x"}] 7`, "x", "no array of CircleCI's messages"},
		{"empty", "", "", ""},
		{"text as it is", "#!/bin/bash -eo pipefail\n[INFO] x\n", "#!/bin/bash -eo pipefail\n[INFO] x\n", ""},
		{"text in brackets", "[web] x\n", "[web] x\n", ""},
		{"a page instead", "<html>[{}]</html>", "<html>[{}]</html>", ""},
		{"not kept whole", `[{"message":"x","truncated":true},{"message":"y"}]`, "xy", "cut off"},
		{"ends in a message", `[{"message":"x"},{"message":"y`, "x", "unexpected EOF"},
		{"ends between messages", `[{"message":"x"}`, "x", "unexpected EOF"},
		{"another type", `[{"message":"x"},{"message":["y"]}]`, "x", "no array of CircleCI's messages"},
		{"no JSON", `[{"message":"x"} oops]`, "x", "no array of CircleCI's messages"},
		{"another field", `[{"message":"x"},{"message":"y","more":"z"}]`, "x", "no array of CircleCI's messages"},
		{"too long a message", `[{"message":"x"},{"message":"` + strings.Repeat("y", 2*maxMessage) + `"}]`, "x", "longer than 8 MiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text, err := io.ReadAll(CircleCI.Open(iotest.HalfReader(strings.NewReader(tt.in))))
			if string(text) != tt.text {
				t.Errorf("read %d bytes %.80q, want %q", len(text), text, tt.text)
			}
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want one with %q", err, tt.err)
			}
		})
	}
}

// TestCircleCIErrorsSayHow: what is missing is a gap that can be closed.
func TestCircleCIErrorsSayHow(t *testing.T) {
	for _, in := range []string{`[{"message":"x","truncated":true}]`, `[{"other":"x"}]`} {
		_, err := io.ReadAll(CircleCI.Open(strings.NewReader(in)))
		var fixer scanner.Fixer
		if !errors.As(err, &fixer) || fixer.Fix() == "" {
			t.Errorf("%s: error %v has no fix", in, err)
		}
	}
}

func TestCircleCIReadErrorIsShown(t *testing.T) {
	broken := errors.New("connection reset")
	in := io.MultiReader(strings.NewReader(`[{"message":"x"},`), iotest.ErrReader(broken))
	text, err := io.ReadAll(CircleCI.Open(in))
	if string(text) != "x" || !errors.Is(err, broken) {
		t.Errorf("read %q with error %v, want x and %v", text, err, broken)
	}
}

func FuzzCircleCIOpen(f *testing.F) {
	f.Add(`[{"message":"a\r\n","type":"out"},{"message":"b"}]`)
	f.Add(`[{"message":1}]`)
	f.Add(" [ ] x")
	f.Fuzz(func(t *testing.T, in string) {
		text, err := io.ReadAll(CircleCI.Open(strings.NewReader(in)))
		if err != nil {
			return
		}
		var messages []struct{ Message string }
		if !beginsArray([]byte(in)) {
			if string(text) != in {
				t.Fatal("text did not come out as it was")
			}
		} else if json.Unmarshal([]byte(in), &messages) == nil {
			want := ""
			for _, m := range messages {
				want += m.Message
			}
			if string(text) != want {
				t.Fatalf("read %q, want %q", text, want)
			}
		}
	})
}
