package forge

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// InvalidError is a change that is against the server's rules: an answer of status
// 422.
type InvalidError struct {
	Err      *Error
	Problems []Problem
}

// Problem is one of the rules.
// https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed
type Problem struct {
	Field   string `json:"field"`
	Code    string `json:"code"` // "already_exists"
	Message string `json:"message"`
}

func (e *InvalidError) Error() string { return e.Err.Error() }
func (e *InvalidError) Unwrap() error { return e.Err }

// Has reports whether one of the problems is with a field and of a code; "" stands
// for any.
func (e *InvalidError) Has(field, code string) bool {
	return slices.ContainsFunc(e.Problems, func(p Problem) bool {
		return (field == "" || p.Field == field) && (code == "" || p.Code == code)
	})
}

// refusal is the error of an answer that is no success.
func refusal(method string, u *url.URL, status int, answer []byte) error {
	e := &Error{method, bare(u), status, message(answer)}
	if status != http.StatusUnprocessableEntity {
		return e
	}
	var details struct {
		Errors []json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(answer, &details) != nil {
		return e
	}
	invalid := &InvalidError{Err: e}
	for _, d := range details.Errors {
		var p Problem
		if json.Unmarshal(d, &p) != nil && json.Unmarshal(d, &p.Message) != nil {
			continue
		}
		invalid.Problems = append(invalid.Problems, p)
		e.Message += "; " + shorten(strings.TrimSpace(p.Field+" "+cmp.Or(p.Message, p.Code)))
	}
	return invalid
}
