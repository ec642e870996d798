package rules

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/tomlschema"
)

const schemaPath = "../../docs/provider.schema.json"

func TestSchemaKeys(t *testing.T) {
	tomlschema.Open(t, schemaPath).WantKeysOf(t, reflect.TypeFor[providerFile]())
}

// TestSchemaTakes wants the schema to take all files of ours.
func TestSchemaTakes(t *testing.T) {
	schema := tomlschema.Open(t, schemaPath)
	files, err := filepath.Glob("../providers/*.toml")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d provider files: %v", len(files), err)
	}
	for _, name := range append(files, "scaffold.toml") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(t, string(data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaRefuses wants both to refuse what is wrong.
func TestSchemaRefuses(t *testing.T) {
	schema := tomlschema.Open(t, schemaPath)
	const good = "id = 'acme'\nname = 'Acme'\n[[credential]]\nid = 'key'\nname = 'Key'\nregex = 'acme_[a-z]{20}'\n"
	const request = "[[verify.request]]\nurl = 'https://acme.example'\nlive = 'true'\n"
	if err := schema.Validate(t, good+"[[verify]]\ncredentials = ['key']\n"+request); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, text string }{
		{"no id", strings.Replace(good, "id = 'acme'", "", 1)},
		{"id with a blank", strings.Replace(good, "'acme'", "'acme cloud'", 1)},
		{"no credential", "id = 'acme'\nname = 'Acme'\n"},
		{"unknown key", "nmae = 'x'\n" + good},
		{"unknown key of a credential", good + "keyword = 'x'\n"},
		{"no name", strings.Replace(good, "name = 'Key'", "", 1)},
		{"no pattern", strings.Replace(good, "regex", "source", 1)},
		{"regex and near", good + "near = ['acme']\nvalue = 'x'\n"},
		{"near without value", strings.Replace(good, "regex = 'acme_[a-z]{20}'", "near = ['acme']", 1)},
		{"detector and regex", good + "detector = 'authorization'\n"},
		{"short keyword", good + "keywords = ['ab']\n"},
		{"no such checksum", good + "checksum = 'crc16'\n"},
		{"no such severity", good + "severity = 'severe'\n"},
		{"empty allowlist", good + "[[credential.allow]]\nreason = 'x'\n"},
		{"part without what it is", good + "[[credential.part]]\nname = 'x'\n"},
		{"verify without credentials", good + "[[verify]]\n" + request},
		{"verify without a request", good + "[[verify]]\ncredentials = ['key']\n"},
		{"verifier and request", good + "[[verify]]\ncredentials = ['key']\nverifier = 'x'\n" + request},
		{"plain http", good + "[[verify]]\ncredentials = ['key']\n" + strings.Replace(request, "https", "http", 1)},
		{"no such method", good + "[[verify]]\ncredentials = ['key']\n" + request + "method = 'LOOK'\n"},
		{"half of basic", good + "[[verify]]\ncredentials = ['key']\n" + request + "basic = ['user']\n"},
		{"no such thing to take", good + "[[verify]]\ncredentials = ['key']\n" + request + "take = {age = '1'}\n"},
		{"no such verdict", good + "[[verify]]\ncredentials = ['key']\n" + request + "[[verify.answer]]\nverdict = 'ill'\nstatus = 200\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ReadProvider("acme.toml", []byte(tt.text)); err == nil {
				t.Error("the reader takes it")
			}
			if schema.Validate(t, tt.text) == nil {
				t.Error("the schema takes it")
			}
		})
	}
}
