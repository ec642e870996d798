package suppress

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/leakguard/leakguard/detectors/rules"
)

// baselineVersion is the schemaVersion of baselines and of JSON reports.
const baselineVersion = "1"

// Baseline is what was known at some time: the secrets of an earlier scan.
type Baseline struct {
	Name         string
	Fingerprints []string // sorted, each once
}

// ParseBaseline reads a baseline: what WriteBaseline wrote, or a whole JSON
// report, of which the suppressed secrets count too. Its errors are of type
// *rules.ConfigError; name is used in them.
func ParseBaseline(name string, data []byte) (*Baseline, error) {
	lists, err := baselineLists(name, data)
	if err != nil {
		return nil, err
	}
	b := &Baseline{Name: name}
	for _, l := range lists {
		for _, e := range l.entries {
			b.Fingerprints = append(b.Fingerprints, e.fingerprint)
		}
	}
	slices.Sort(b.Fingerprints)
	b.Fingerprints = slices.Compact(b.Fingerprints)
	return b, nil
}

// baselineList is one JSON array of secrets in a baseline: from behind its [ to
// before its ], in bytes.
type baselineList struct {
	start, end int
	entries    []baselineEntry
}

type baselineEntry struct {
	start, end  int
	fingerprint string
}

// baselineLists finds the arrays of secrets and their entries.
func baselineLists(name string, data []byte) ([]baselineList, error) {
	r := &baselineReader{name: name, data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, r.fail(int(syntax.Offset), "byte %d: broken JSON: %w", syntax.Offset, err)
		}
		return nil, r.fail(0, "%w", err)
	}
	return r.lists()
}

// baselineReader walks over a text that is known to be JSON.
type baselineReader struct {
	name string
	data []byte
	dec  *json.Decoder
}

// fail places an error behind the first read bytes.
func (r *baselineReader) fail(read int, format string, args ...any) error {
	before := r.data[:max(read-1, 0)]
	return &rules.ConfigError{
		File:   r.name,
		Line:   bytes.Count(before, []byte("\n")) + 1,
		Column: len(before) - bytes.LastIndexByte(before, '\n'),
		Err:    fmt.Errorf(format, args...),
	}
}

func (r *baselineReader) lists() ([]baselineList, error) {
	const want = "want a leakguard baseline or JSON report"
	if open, _ := r.dec.Token(); open != json.Delim('{') {
		return nil, r.fail(0, "%s: an object with schemaVersion and secrets", want)
	}
	var lists []baselineList
	versioned := false
	for r.dec.More() {
		key, err := r.dec.Token()
		if err != nil {
			return nil, r.fail(int(r.dec.InputOffset()), "%w", err)
		}
		switch key {
		case "secrets", "suppressed":
			l, err := r.list(key.(string))
			if err != nil {
				return nil, err
			}
			lists = append(lists, l)
		default:
			var value json.RawMessage
			if err := r.dec.Decode(&value); err != nil {
				return nil, r.fail(int(r.dec.InputOffset()), "%w", err)
			}
			if key != "schemaVersion" {
				continue
			}
			versioned = true
			if string(value) != `"`+baselineVersion+`"` {
				return nil, r.fail(int(r.dec.InputOffset()), "schemaVersion %s: want %q; write the baseline anew", value, baselineVersion)
			}
		}
	}
	if !versioned {
		return nil, r.fail(0, "no schemaVersion: %s", want)
	}
	return lists, nil
}

// list reads the array of secrets that is the value of key.
func (r *baselineReader) list(key string) (baselineList, error) {
	var l baselineList
	if open, _ := r.dec.Token(); open != json.Delim('[') {
		return l, r.fail(int(r.dec.InputOffset()), "%s: want a list of secrets", key)
	}
	l.start = int(r.dec.InputOffset())
	for r.dec.More() {
		var raw json.RawMessage
		if err := r.dec.Decode(&raw); err != nil {
			return l, r.fail(int(r.dec.InputOffset()), "%s[%d]: %w", key, len(l.entries), err)
		}
		end := int(r.dec.InputOffset())
		start := end - len(raw)
		var secret struct {
			Fingerprint string `json:"fingerprint"`
		}
		if err := json.Unmarshal(raw, &secret); err != nil || secret.Fingerprint == "" {
			return l, r.fail(start+1, "%s[%d]: want an object with a fingerprint", key, len(l.entries))
		}
		l.entries = append(l.entries, baselineEntry{start, end, secret.Fingerprint})
	}
	if _, err := r.dec.Token(); err != nil {
		return l, r.fail(int(r.dec.InputOffset()), "%s: %w", key, err)
	}
	l.end = int(r.dec.InputOffset()) - 1
	return l, nil
}
