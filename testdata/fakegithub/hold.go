package fakegithub

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Hold holds the requests to h, and its answers, to GitHub's description. The test
// is skipped, or fails, where that is not at hand: see RequireSpec.
func Hold(t testing.TB, h http.Handler) http.Handler {
	RequireSpec(t)
	spec := loadSpec(t)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := spec.request(r); err != nil {
			t.Errorf("%s %s is no request of GitHub's API: %v", r.Method, r.URL.Path, err)
		}
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		body := bytes.Clone(answer.Body.Bytes())
		if err := spec.answer(r, answer.Code, body); err != nil {
			t.Errorf("the answer to %s %s is none of GitHub's API: %v", r.Method, r.URL.Path, err)
		}
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		w.Write(body)
	})
}

// answer is an error if body is not what the description says of an answer of that
// status. Errors that it does not name for a path have the form of all errors.
func (s *Spec) answer(r *http.Request, status int, body []byte) error {
	_, op, err := s.operation(r)
	if err != nil {
		return err
	}
	responses, _ := op["responses"].(object)
	response, named := responses[fmt.Sprint(status)].(object)
	at := "#/components/schemas/basic-error"
	ref, shared := response["$ref"].(string)
	switch {
	case named && !shared:
		return s.response(r, status, body)
	case shared:
		at = ref + "/content/application~1json/schema"
	case status < 400:
		return fmt.Errorf("it has no status %d", status)
	}
	schema, err := s.schema(specURL + at)
	if err != nil {
		return err
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return err
	}
	return schema.Validate(v)
}
