// Package tomlschema holds JSON Schemas for TOML files against the Go types that these
// files are read into, so that an editor and the reader take the same keys.
package tomlschema

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema is a JSON Schema.
type Schema struct {
	path     string
	compiled *jsonschema.Schema
	root     map[string]any
}

// Open reads the schema at path.
func Open(t *testing.T, path string) *Schema {
	t.Helper()
	s := &Schema{path: path}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &s.root); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if s.compiled, err = jsonschema.NewCompiler().Compile(path); err != nil {
		t.Fatal(err)
	}
	return s
}

// Validate returns what the schema finds wrong in a TOML text.
func (s *Schema) Validate(t *testing.T, text string) error {
	t.Helper()
	table := map[string]any{}
	if _, err := toml.Decode(text, &table); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(table)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.compiled.Validate(v)
}

// WantKeysOf wants each table of the schema to have the keys of the struct that it is
// read into, no others, each with a description and closed to what is not named.
func (s *Schema) WantKeysOf(t *testing.T, typ reflect.Type) {
	t.Helper()
	s.compare(t, "", typ, s.root)
}

func (s *Schema) compare(t *testing.T, key string, typ reflect.Type, node map[string]any) {
	t.Helper()
	if ref, ok := node["$ref"].(string); ok {
		node = s.root["definitions"].(map[string]any)[strings.TrimPrefix(ref, "#/definitions/")].(map[string]any)
	}
	if reflect.PointerTo(typ).Implements(reflect.TypeFor[toml.Unmarshaler]()) {
		return // it decides for itself what it takes
	}
	switch typ.Kind() {
	case reflect.Slice:
		s.wantType(t, key, node, "array")
		s.compare(t, key+"[]", typ.Elem(), node["items"].(map[string]any))
	case reflect.Map:
		s.wantType(t, key, node, "object")
		s.compare(t, key+".*", typ.Elem(), valuesOf(node))
	case reflect.Struct:
		s.compareKeys(t, key, fieldsOf(typ), node)
	case reflect.Bool:
		s.wantType(t, key, node, "boolean")
	case reflect.Float64:
		s.wantType(t, key, node, "number")
	case reflect.String:
		s.wantType(t, key, node, "string")
	case reflect.Int:
		if reflect.PointerTo(typ).Implements(reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()) {
			s.wantType(t, key, node, "string")
		} else {
			s.wantType(t, key, node, "integer")
		}
	default:
		t.Errorf("%s: %s is a %s, which no schema is compared with", s.path, key, typ)
	}
}

// valuesOf is the schema of a table's values, whatever their keys are called. A table
// of named values, all alike, is as good.
func valuesOf(node map[string]any) map[string]any {
	if values, ok := node["additionalProperties"].(map[string]any); ok {
		return values
	}
	properties := node["properties"].(map[string]any)
	return properties[slices.Min(slices.Collect(maps.Keys(properties)))].(map[string]any)
}

func (s *Schema) compareKeys(t *testing.T, key string, fields map[string]reflect.Type, node map[string]any) {
	t.Helper()
	s.wantType(t, key, node, "object")
	if node["additionalProperties"] != false {
		t.Errorf("%s: %s takes keys that it does not name", s.path, key)
	}
	properties, _ := node["properties"].(map[string]any)
	for name := range properties {
		if fields[name] == nil {
			t.Errorf("%s: %s.%s: the reader has no such key", s.path, key, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		child, ok := properties[name].(map[string]any)
		if !ok {
			t.Errorf("%s: %s.%s is missing", s.path, key, name)
			continue
		}
		if text, _ := child["description"].(string); text == "" && child["$ref"] == nil {
			t.Errorf("%s: %s.%s has no description", s.path, key, name)
		}
		s.compare(t, key+"."+name, fields[name], child)
	}
}

func (s *Schema) wantType(t *testing.T, key string, node map[string]any, want string) {
	t.Helper()
	if node["type"] != want {
		t.Errorf("%s: %s has type %v, the reader wants %s", s.path, key, node["type"], want)
	}
}

// fieldsOf are the types of the struct's keys, with those of what is embedded.
func fieldsOf(typ reflect.Type) map[string]reflect.Type {
	all := map[string]reflect.Type{}
	for i := range typ.NumField() {
		f := typ.Field(i)
		if f.Anonymous {
			maps.Copy(all, fieldsOf(f.Type))
		} else {
			all[f.Tag.Get("toml")] = f.Type
		}
	}
	return all
}
