package report

import (
	"encoding/json"
	"strings"
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
	counts := func(r map[string]any) map[string]any { return r["verdicts"].(map[string]any) }
	secret := func(r map[string]any) map[string]any { return r["secrets"].([]any)[0].(map[string]any) }
	verdict := func(r map[string]any) map[string]any { return secret(r)["verdict"].(map[string]any) }
	identity := func(r map[string]any) map[string]any { return verdict(r)["identity"].(map[string]any) }
	risk := func(r map[string]any) map[string]any { return secret(r)["risks"].([]any)[0].(map[string]any) }
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
		{"no counts", func(r map[string]any) { delete(r, "verdicts") }},
		{"count of an unknown verdict", func(r map[string]any) { counts(r)["alive"] = 1 }},
		{"a verdict that is not counted", func(r map[string]any) { delete(counts(r), "live") }},
		{"negative count", func(r map[string]any) { counts(r)["live"] = -1 }},
		{"unknown verdict", func(r map[string]any) { verdict(r)["state"] = "alive" }},
		{"no state", func(r map[string]any) { delete(verdict(r), "state") }},
		{"unknown member of a verdict", func(r map[string]any) { verdict(r)["answer"] = "x" }},
		{"empty evidence", func(r map[string]any) { verdict(r)["evidence"] = "" }},
		{"local time of asking", func(r map[string]any) { verdict(r)["checkedAt"] = "2025-03-20T09:30:00+02:00" }},
		{"expiry that is no time", func(r map[string]any) { verdict(r)["expiresAt"] = "never" }},
		{"unknown access", func(r map[string]any) { verdict(r)["access"] = "root" }},
		{"null scopes", func(r map[string]any) { verdict(r)["scopes"] = nil }},
		{"empty identity", func(r map[string]any) { verdict(r)["identity"] = map[string]any{} }},
		{"unknown member of an identity", func(r map[string]any) { identity(r)["email"] = "x" }},
		{"unknown kind of identity", func(r map[string]any) { identity(r)["kind"] = "robot" }},
		{"name that is too long", func(r map[string]any) { identity(r)["name"] = strings.Repeat("x", maxName+1) }},
		{"empty risks", func(r map[string]any) { secret(r)["risks"] = []any{} }},
		{"risk of another list", func(r map[string]any) { risk(r)["owasp"] = "A01:2021" }},
		{"risk without text", func(r map[string]any) { delete(risk(r), "text") }},
		{"unknown member of a risk", func(r map[string]any) { risk(r)["severity"] = "high" }},
		{"empty kept", func(r map[string]any) { secret(r)["kept"] = []any{} }},
		{"kept nowhere", func(r map[string]any) { secret(r)["kept"] = []any{map[string]any{"manager": "vault"}} }},
		{"local time", func(r map[string]any) { occurrence(r)["date"] = "2025-03-01T09:30:00+02:00" }},
		{"impossible probability", func(r map[string]any) { secret(r)["probability"] = 1.5 }},
		{"reason without a share", func(r map[string]any) { secret(r)["reasons"] = []any{map[string]any{"evidence": "nameKey"}} }},
		{"near miss without a probability", func(r map[string]any) { r["rejected"] = r["secrets"] }},
		{"negative line", func(r map[string]any) { occurrence(r)["startLine"] = -1 }},
		{"unknown kind", func(r map[string]any) { occurrence(r)["kind"] = "svn" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := decoded(t, write(t, "json", verified(t), Options{}))
			c.mutate(r)
			if schema.Validate(r) == nil {
				t.Error("the schema takes it")
			}
		})
	}
}
