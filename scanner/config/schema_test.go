package config

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/tomlschema"
)

const schemaPath = "../../docs/config.schema.json"

func TestSchemaKeys(t *testing.T) {
	tomlschema.Open(t, schemaPath).WantKeysOf(t, reflect.TypeFor[document]())
}

// TestSchemaTakes wants the schema to take files that the reader takes.
func TestSchemaTakes(t *testing.T) {
	schema := tomlschema.Open(t, schemaPath)
	examples := []string{"", full, Template, exampleConfig}
	for _, page := range []string{"configuration", "verification", "owners", "issues"} {
		data, err := os.ReadFile("../../docs/" + page + ".md")
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range strings.Split(string(data), "```toml\n") {
			if i > 0 {
				text, _, _ := strings.Cut(block, "```")
				examples = append(examples, text)
			}
		}
	}
	for _, text := range examples {
		if _, err := Parse(FileName, []byte(text)); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if err := schema.Validate(t, text); err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
	}
}

// exampleConfig has the tables of tables.
const exampleConfig = `
[verify]
endpoints = {"api.github.com" = "https://github.acme.example/api/v3", "gitlab.com" = ["https://a.example", "https://b.example"]}
jwks = {"https://login.acme.example/" = "https://login.acme.example/jwks.json"}
[[verify.ssh]]
address = "git.acme.example:22"
user = "git"
host-key = "SHA256:x"
[ledger.deadlines]
critical = {live = "24h", other = "1h30m"}
[[owners.rule]]
repositories = ["acme/shop-*"]
paths = ["payments/**"]
owner = "@acme/payments"
`

// TestSchemaRefuses wants both to refuse what is wrong.
func TestSchemaRefuses(t *testing.T) {
	schema := tomlschema.Open(t, schemaPath)
	for _, tt := range []struct{ name, text string }{
		{"unknown table", "[scna]"},
		{"unknown key", "scan.max-sise = 1"},
		{"unknown key of a table of a list", "[[owners.rule]]\nowner = 'x'\nteam = 'y'"},
		{"string for a truth value", "suppress.inline = 'yes'"},
		{"number in a list", "rules.disable = [1]"},
		{"no such confidence", "scan.min-confidence = 'sure'"},
		{"no such severity", "rules.severity.a = 'awful'"},
		{"no size", "scan.max-size = '1 gig'"},
		{"size of nothing", "scan.max-size = 0"},
		{"depth", "scan.archive-depth = 33"},
		{"probability", "generic.cut-low = 1.5"},
		{"no length of time", "verify.timeout = 'soon'"},
		{"count", "verify.rate = 0"},
		{"no source of owners", "owners.order = ['guess']"},
		{"rule without owner", "[[owners.rule]]\npaths = ['a']"},
		{"empty allowlist", "[[allow]]\nreason = 'x'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Parse(FileName, []byte(tt.text)); err == nil {
				t.Error("the reader takes it")
			}
			if schema.Validate(t, tt.text) == nil {
				t.Error("the schema takes it")
			}
		})
	}
}
