package suppress

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/leakguard/leakguard/detectors/rules"
)

// Entry is one line of an ignore file.
type Entry struct {
	File string
	Line int // from 1

	Fingerprint string
	Until       string // YYYY-MM-DD, the last day on which it holds; "" is for ever
	Owner       string
	Reason      string
	EvenLive    bool // it holds even if the issuer says that the secret is live
}

// Where is the entry's place, "file:line".
func (e *Entry) Where() string { return fmt.Sprintf("%s:%d", e.File, e.Line) }

// ParseIgnore reads an ignore file: one fingerprint a line, and why it is there.
//
//	FINGERPRINT [until=YYYY-MM-DD] [owner=NAME] [even-live] [# reason]
//
// Blank lines and lines that begin with # are passed over. Anything else is an
// error of type *rules.ConfigError; name is used in it.
func ParseIgnore(name string, data []byte) ([]Entry, error) {
	var entries []Entry
	text := strings.TrimPrefix(string(data), "\uFEFF")
	for i, line := range strings.Split(text, "\n") {
		words, reason := splitIgnoreLine(line)
		if len(words) == 0 {
			continue
		}
		e := Entry{File: name, Line: i + 1, Reason: reason}
		for n, w := range words {
			if err := e.take(n, w.text); err != nil {
				return nil, &rules.ConfigError{File: name, Line: i + 1, Column: w.column, Err: err}
			}
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// word is a word of a line, and its first byte's place in it, from 1.
type word struct {
	text   string
	column int
}

// splitIgnoreLine returns the words up to one that begins with #, and what
// stands behind that.
func splitIgnoreLine(line string) (words []word, reason string) {
	for at := 0; ; {
		rest := line[at:]
		at += len(rest) - len(strings.TrimLeft(rest, " \t\r"))
		if at == len(line) {
			return words, ""
		}
		if line[at] == '#' {
			return words, strings.TrimSpace(line[at+1:])
		}
		end := len(line)
		if n := strings.IndexAny(line[at:], " \t\r"); n >= 0 {
			end = at + n
		}
		words = append(words, word{line[at:end], at + 1})
		at = end
	}
}

// fingerprintForm is that of scanner.Fingerprint, in any version.
var fingerprintForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^lg[0-9]+[a-z]-[0-9a-f]{40}$`) })

// take reads the n-th word of the line.
func (e *Entry) take(n int, text string) error {
	key, value, hasValue := strings.Cut(text, "=")
	if n == 0 {
		if !fingerprintForm().MatchString(text) {
			return fmt.Errorf("%q: want a secret's fingerprint first, as the report has it: lg1s- and 40 hexadecimal digits", text)
		}
		e.Fingerprint = text
		return nil
	}
	if text != "even-live" && !(hasValue && (key == "until" || key == "owner")) {
		return fmt.Errorf("%q: want until=YYYY-MM-DD, owner=NAME, even-live or # and a reason", text)
	}
	switch key {
	case "until":
		if e.Until != "" {
			return errors.New("until stands here twice")
		}
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return fmt.Errorf("until=%s: want a date as YYYY-MM-DD", value)
		}
		e.Until = value
	case "owner":
		if e.Owner != "" {
			return errors.New("owner stands here twice")
		}
		if value == "" {
			return errors.New("owner= without a name")
		}
		e.Owner = value
	default:
		e.EvenLive = true
	}
	return nil
}
