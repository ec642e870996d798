package fakegithub

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Spec is GitHub's OpenAPI description, as the npm package @octokit/openapi has
// it in generated/api.github.com.json:
//
//	npm install --prefix DIR @octokit/openapi@23.0.2
//	LEAKGUARD_GITHUB_OPENAPI=DIR/node_modules/@octokit/openapi/generated/api.github.com.json go test ./...
//
// It is not kept with our sources, for it is 13 MB.
type Spec struct {
	doc       object
	paths     object
	templates map[string][]string // their parts, by path
	compiler  *jsonschema.Compiler

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema
}

const specURL = "https://openapi.example/github.json"

// SpecPath is where the description lies, or "".
func SpecPath() string { return os.Getenv("LEAKGUARD_GITHUB_OPENAPI") }

// RequireSpec skips the test without a description, or fails it if
// LEAKGUARD_REQUIRE_ALL is 1.
func RequireSpec(t testing.TB) {
	if SpecPath() != "" {
		return
	}
	const why = "LEAKGUARD_GITHUB_OPENAPI does not name GitHub's OpenAPI description; see package fakegithub"
	if os.Getenv("LEAKGUARD_REQUIRE_ALL") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

var readSpec = sync.OnceValues(func() (*Spec, error) {
	data, err := os.ReadFile(SpecPath())
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	whole, ok := doc.(object)
	if !ok {
		return nil, fmt.Errorf("%s is no JSON object", SpecPath())
	}
	paths, ok := whole["paths"].(object)
	if !ok {
		return nil, fmt.Errorf("%s has no paths", SpecPath())
	}
	nullable(whole)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4) // OpenAPI 3.0 is closest to it
	if err := c.AddResource(specURL, whole); err != nil {
		return nil, err
	}
	s := &Spec{doc: whole, paths: paths, templates: map[string][]string{}, compiler: c, schemas: map[string]*jsonschema.Schema{}}
	for template := range paths {
		s.templates[template] = strings.Split(template, "/")
	}
	return s, nil
})

func loadSpec(t testing.TB) *Spec {
	spec, err := readSpec()
	if err != nil {
		t.Fatalf("GitHub's OpenAPI description: %v", err)
	}
	return spec
}

// nullable turns OpenAPI's own "nullable" into what JSON Schema has for it.
// https://spec.openapis.org/oas/v3.0.3#fixed-fields-19
func nullable(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			nullable(e)
		}
	case object:
		for _, e := range v {
			nullable(e)
		}
		if v["nullable"] != true {
			return
		}
		if of, ok := v["type"].(string); ok {
			v["type"] = []any{of, "null"}
		}
		if of, ok := v["enum"].([]any); ok && !slices.Contains(of, any(nil)) {
			v["enum"] = append(of, nil)
		}
		for _, some := range []string{"allOf", "anyOf", "oneOf"} {
			if of, ok := v[some]; ok {
				delete(v, some)
				v["anyOf"] = []any{object{"type": "null"}, object{some: of}}
			}
		}
	}
}

// request is an error if the description has no such path, or no such parameter
// of it.
func (s *Spec) request(r *http.Request) error {
	_, op, err := s.operation(r)
	if err != nil {
		return err
	}
	var known []string
	params, _ := op["parameters"].([]any)
	for _, p := range params {
		if p := s.deref(p); p["in"] == "query" {
			known = append(known, fmt.Sprint(p["name"]))
		}
	}
	for name := range r.URL.Query() {
		if !slices.Contains(known, name) {
			return fmt.Errorf("there is no parameter %q", name)
		}
	}
	if size := r.URL.Query().Get("per_page"); size != "" {
		if n, err := strconv.Atoi(size); err != nil || n < 1 || n > 100 {
			return fmt.Errorf("per_page is %s", size)
		}
	}
	return nil
}

// response is an error if body is not what the description says of that answer.
func (s *Spec) response(r *http.Request, status int, body []byte) error {
	pointer, _, err := s.operation(r)
	if err != nil {
		return err
	}
	at := fmt.Sprintf("%s#%s/responses/%d/content/application~1json/schema", specURL, pointer, status)
	schema, err := s.schema(at)
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return schema.Validate(v)
}

func (s *Spec) schema(at string) (*jsonschema.Schema, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if schema, ok := s.schemas[at]; ok {
		return schema, nil
	}
	schema, err := s.compiler.Compile(at)
	if err == nil {
		s.schemas[at] = schema
	}
	return schema, err
}

// operation finds what a request asks for, and the JSON pointer to it. Of
// several templates that fit, the one with the fewest parameters is meant.
func (s *Spec) operation(r *http.Request) (pointer string, op object, err error) {
	best, holes := "", 0
	path := strings.Split(r.URL.EscapedPath(), "/")
	for template, parts := range s.templates {
		if n, ok := fits(parts, path); ok && (best == "" || n < holes) {
			best, holes = template, n
		}
	}
	item, _ := s.paths[best].(object)
	method := strings.ToLower(r.Method)
	op, ok := item[method].(object)
	if !ok {
		return "", nil, fmt.Errorf("there is no such path, or no %s of it", r.Method)
	}
	escaped := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(best)
	return "/paths/" + escaped + "/" + method, op, nil
}

// fits reports whether a path is of a template, and how many parameters it has.
func fits(want, have []string) (holes int, ok bool) {
	if len(want) != len(have) {
		return 0, false
	}
	for i := range want {
		switch {
		case strings.HasPrefix(want[i], "{") && have[i] != "":
			holes++
		case want[i] != have[i]:
			return 0, false
		}
	}
	return holes, true
}

// deref follows a reference within the description.
func (s *Spec) deref(v any) object {
	o, _ := v.(object)
	ref, ok := o["$ref"].(string)
	if !ok {
		return o
	}
	var at any = s.doc
	for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		in, _ := at.(object)
		at = in[part]
	}
	o, _ = at.(object)
	return o
}
