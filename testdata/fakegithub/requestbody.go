package fakegithub

import (
	"bytes"
	"net/http"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// requestBody is an error if body is not what the description says of the request's.
func (s *Spec) requestBody(r *http.Request, body []byte) error {
	pointer, op, err := s.operation(r)
	if err != nil || op["requestBody"] == nil {
		return err
	}
	schema, err := s.schema(specURL + "#" + pointer + "/requestBody/content/application~1json/schema")
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return schema.Validate(v)
}
