package suppress

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/rules"
)

func TestParseIgnore(t *testing.T) {
	text := "\uFEFF# keys of the test server\n\n" +
		fingerprint(1) + "\r\n" +
		"  " + fingerprint(2) + "\tuntil=2026-12-31 owner=ops even-live # old key, see #12\n" +
		fingerprint(3) + " #\n" +
		strings.Replace(fingerprint(4), "lg1s", "lg1a", 1) + " # why"
	got, err := ParseIgnore("ig", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{
		{File: "ig", Line: 3, Fingerprint: fingerprint(1)},
		{File: "ig", Line: 4, Fingerprint: fingerprint(2), Until: "2026-12-31", Owner: "ops", Reason: "old key, see #12", EvenLive: true},
		{File: "ig", Line: 5, Fingerprint: fingerprint(3)},
		{File: "ig", Line: 6, Fingerprint: strings.Replace(fingerprint(4), "lg1s", "lg1a", 1), Reason: "why"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseIgnoreErrors(t *testing.T) {
	const first = ": want a secret's fingerprint first, as the report has it: lg1s- and 40 hexadecimal digits"
	const word = ": want until=YYYY-MM-DD, owner=NAME, even-live or # and a reason"
	tests := []struct{ name, line, want string }{
		{"no fingerprint", "until=2026-12-31", `ig:2:1: "until=2026-12-31"` + first},
		{"fingerprint cut short", "  lg1s-00", `ig:2:3: "lg1s-00"` + first},
		{"reason without a space", "lg1s-00#why", `ig:2:1: "lg1s-00#why"` + first},
		{"position", "a.go:rule:12", `ig:2:1: "a.go:rule:12"` + first},
		{"unknown word", fingerprint(1) + " forever", `ig:2:47: "forever"` + word},
		{"unknown key", fingerprint(1) + " untill=2026-12-31", `ig:2:47: "untill=2026-12-31"` + word},
		{"word with a value that takes none", fingerprint(1) + " even-live=yes", `ig:2:47: "even-live=yes"` + word},
		{"key without a value", fingerprint(1) + " owner", `ig:2:47: "owner"` + word},
		{"date that is none", fingerprint(1) + " until=2026-02-30", `ig:2:47: until=2026-02-30: want a date as YYYY-MM-DD`},
		{"date twice", fingerprint(1) + " until=2026-12-30 until=2026-12-31", `ig:2:64: until stands here twice`},
		{"owner twice", fingerprint(1) + " owner=a  owner=b", `ig:2:56: owner stands here twice`},
		{"no owner", fingerprint(1) + " owner= # why", `ig:2:47: owner= without a name`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseIgnore("ig", []byte("# first\n"+tt.line+"\n"))
			if err == nil {
				t.Fatal("no error")
			}
			if err.Error() != tt.want {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
		})
	}
}

func FuzzParseIgnore(f *testing.F) {
	f.Add([]byte(fingerprint(1) + " until=2026-12-31 owner=ops even-live # why\n"))
	f.Add([]byte("# only a comment\r\n\n \t\r"))
	f.Add([]byte(fingerprint(1) + " # a\n" + fingerprint(2) + " wrong"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := ParseIgnore("ig", data)
		lines := strings.Split(string(data), "\n")
		if err != nil {
			var ce *rules.ConfigError
			if !errors.As(err, &ce) || ce.Line < 1 || ce.Line > len(lines) || ce.Column < 1 {
				t.Errorf("the error has no place in the file: %v", err)
			}
			return
		}
		for _, e := range entries {
			if !strings.Contains(lines[e.Line-1], e.Fingerprint) {
				t.Errorf("line %d does not hold the fingerprint %q", e.Line, e.Fingerprint)
			}
			if _, err := expired(e.Until, now); err != nil {
				t.Errorf("line %d: %v", e.Line, err)
			}
		}
	})
}
