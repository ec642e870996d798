package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

// facts are what conditions and expressions of a provider file see of an answer.
// The language is that of https://expr-lang.org: typed, without loops that do not
// end, and without a way out.
type facts struct {
	Status int                 `expr:"status"`
	Header func(string) string `expr:"header"` // "" if the answer has none of that name
	JSON   any                 `expr:"json"`   // nil unless the body is JSON
	Body   string              `expr:"body"`
	Vars   map[string]string   `expr:"vars"`   // of earlier requests
	Filled func(any) bool      `expr:"filled"` // neither missing nor empty nor zero
}

func factsOf(a *Answer, vars values) facts {
	return facts{
		Status: a.Status, Header: a.Header.Get, JSON: decodeJSON(a.Body), Body: string(a.Body),
		Vars: vars, Filled: filled,
	}
}

// decodeJSON returns the JSON value that a body is, or nil. Whole numbers stay
// whole.
func decodeJSON(body []byte) any {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil || dec.More() {
		return nil
	}
	return plain(v)
}

func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.Atoi(v.String()); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return v
}

func filled(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return !reflect.ValueOf(v).IsZero()
}

// programs are compiled expressions, by their text.
type programs struct{ byText sync.Map }

func (p *programs) compile(text string, want ...expr.Option) (*vm.Program, error) {
	if prog, ok := p.byText.Load(text); ok {
		return prog.(*vm.Program), nil
	}
	prog, err := expr.Compile(text, append(want, expr.Env(facts{}))...)
	if err != nil {
		return nil, err
	}
	p.byText.Store(text, prog)
	return prog, nil
}

// holds reports whether a condition is true of an answer. One that cannot be
// computed of it, because the answer has another form, is not.
func (p *programs) holds(condition string, f facts) bool {
	if condition == "" {
		return false
	}
	prog, err := p.compile(condition, expr.AsBool())
	if err != nil {
		return false // CheckProvider has said so
	}
	got, err := expr.Run(prog, f)
	held, _ := got.(bool)
	return err == nil && held
}

// value computes an expression, or returns nil.
func (p *programs) value(text string, f facts) any {
	prog, err := p.compile(text)
	if err != nil {
		return nil
	}
	got, err := expr.Run(prog, f)
	if err != nil {
		return nil
	}
	return got
}

// asText is a value as it is told to people, or "".
func asText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int, bool:
		return fmt.Sprint(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// asList reads scopes: a list, or words separated by spaces or commas.
func asList(v any) []string {
	var out []string
	switch v := v.(type) {
	case string:
		return strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == ',' })
	case []any:
		for _, e := range v {
			if s := asText(e); s != "" {
				out = append(out, s)
			}
		}
	case []string:
		out = v
	}
	return out
}

// forms of times that issuers give.
var timeForms = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05 -0700",
	"2006-01-02 15:04:05", time.RFC1123, time.RFC1123Z, "2006-01-02",
}

// asTime reads a time: text, or seconds or milliseconds since 1970. The zero time
// is none, and so is one that RFC 3339 cannot write.
func asTime(v any) time.Time {
	if t := readTime(v); t.Year() >= 1970 && t.Year() <= 9999 {
		return t
	}
	return time.Time{}
}

func readTime(v any) time.Time {
	switch v := v.(type) {
	case string:
		for _, form := range timeForms {
			if t, err := time.Parse(form, v); err == nil {
				return t.UTC()
			}
		}
		if n, err := strconv.Atoi(v); err == nil {
			return readTime(n)
		}
	case int:
		switch {
		case v <= 0:
		case v > 1e11:
			return time.UnixMilli(int64(v)).UTC()
		default:
			return time.Unix(int64(v), 0).UTC()
		}
	case float64:
		return readTime(int(v))
	}
	return time.Time{}
}
