package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/leakguard/leakguard/scanner"
)

// maxJSON bounds the text that is read, in bytes. GitHub keeps at most 10 MB of
// variables for a run.
const maxJSON = 64 << 20

// NewJSON returns the source of the variables in r: an object of names and
// values, as ${{ toJSON(vars) }} gives it, or an array of {name, value}. It is
// called name in coverage and in occurrences.
func NewJSON(r io.Reader, name string, o Options) scanner.Source {
	return &jsonVariables{source{o}, r, name}
}

type jsonVariables struct {
	source
	r    io.Reader
	name string
}

// Name says what is read.
func (j *jsonVariables) Name() string { return "variables in JSON of " + j.name }

// Read hands out what could be read before an error too.
func (j *jsonVariables) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	var all []variable
	cov.Count("variables", 0)
	in := &io.LimitedReader{R: j.r, N: maxJSON + 1}
	err := j.read(json.NewDecoder(in), func(name, value string) {
		if literal(value) == "" {
			return
		}
		hint := "gh secret set " + settingName(name) + ", then gh variable delete " + name + "; read it as secrets." + settingName(name)
		all = append(all, variable{name: name, path: name, scope: "variables of " + j.name, hint: hint, value: value})
	})
	emit(nil, all, scan, cov)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case in.N == 0:
		cov.Gap(j.Name(), fmt.Sprintf("it has more than %d bytes; the rest was not read", maxJSON), "split it")
	case err != nil:
		cov.Gap(j.Name(), "it is no JSON of variables: "+jsonReason(err), `give an object of names and values, such as ${{ toJSON(vars) }}, or an array of {"name", "value"}`)
	}
	return nil
}

var errNoVariables = errors.New("it is neither an object of names and values nor an array of {name, value}")

// jsonReason is the error without what it quotes of the text.
func jsonReason(err error) string {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("it breaks at byte %d", syntax.Offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends early"
	case errors.Is(err, errNoVariables):
		return err.Error()
	}
	return "its values are of another form"
}

func (j *jsonVariables) read(dec *json.Decoder, add func(name, value string)) error {
	dec.UseNumber()
	open, err := dec.Token()
	if err != nil {
		return err
	}
	for dec.More() {
		switch open {
		case json.Delim('{'):
			name, err := dec.Token()
			if err != nil {
				return err
			}
			var value any
			if err := dec.Decode(&value); err != nil {
				return err
			}
			addJSON(name.(string), value, add)
		case json.Delim('['):
			var entry struct {
				Name  string
				Key   string
				Value any
			}
			if err := dec.Decode(&entry); err != nil {
				return err
			}
			addJSON(entry.Name+entry.Key, entry.Value, add)
		default:
			return errNoVariables
		}
	}
	if open != json.Delim('{') && open != json.Delim('[') {
		return errNoVariables
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errNoVariables
	}
	return nil
}

// addJSON adds a value, or each value within it, under the name.
func addJSON(name string, value any, add func(name, value string)) {
	switch v := value.(type) {
	case string:
		add(name, v)
	case json.Number:
		add(name, v.String())
	case []any:
		for _, item := range v {
			addJSON(name, item, add)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			addJSON(key, v[key], add)
		}
	}
}
