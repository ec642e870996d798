package report

import (
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func reportSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("../../docs/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decoded(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestJSONFollowsSchema(t *testing.T) {
	schema := reportSchema(t)
	for _, s := range samples {
		for _, reveal := range []bool{false, true} {
			if err := schema.Validate(decoded(t, write(t, "json", s.make(t), Options{Reveal: reveal}))); err != nil {
				t.Errorf("%s, reveal %v: %v", s.name, reveal, err)
			}
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	schema := reportSchema(t)
	secret := func(r map[string]any) map[string]any { return r["secrets"].([]any)[0].(map[string]any) }
	occurrence := func(r map[string]any) map[string]any { return secret(r)["occurrences"].([]any)[0].(map[string]any) }
	for _, c := range []struct {
		name   string
		mutate func(r map[string]any)
	}{
		{"other version", func(r map[string]any) { r["schemaVersion"] = "2" }},
		{"unknown member", func(r map[string]any) { r["extra"] = 1 }},
		{"no coverage", func(r map[string]any) { delete(r, "coverage") }},
		{"null list", func(r map[string]any) { r["suppressed"] = nil }},
		{"unknown member of a secret", func(r map[string]any) { secret(r)["value"] = "x" }},
		{"suppressed secret that counts", func(r map[string]any) { secret(r)["suppressed"] = map[string]any{"kind": "inline"} }},
		{"suppressed without reason", func(r map[string]any) { delete(r["suppressed"].([]any)[0].(map[string]any), "suppressed") }},
		{"fingerprint of a position", func(r map[string]any) { secret(r)["fingerprint"] = "a.env:github-pat:12" }},
		{"unknown severity", func(r map[string]any) { secret(r)["severity"] = "severe" }},
		{"unknown verdict", func(r map[string]any) { secret(r)["verdict"] = map[string]any{"state": "alive"} }},
		{"local time", func(r map[string]any) { occurrence(r)["date"] = "2025-03-01T09:30:00+02:00" }},
		{"negative line", func(r map[string]any) { occurrence(r)["startLine"] = -1 }},
		{"unknown kind", func(r map[string]any) { occurrence(r)["kind"] = "svn" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := decoded(t, write(t, "json", leaky(t), Options{}))
			c.mutate(r)
			if schema.Validate(r) == nil {
				t.Error("the schema takes it")
			}
		})
	}
}
