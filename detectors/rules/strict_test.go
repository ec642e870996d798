package rules

import (
	"errors"
	"strings"
	"testing"
)

// strictFile has one field of each type that the files of ours have.
type strictFile struct {
	Name     string   `toml:"name"`
	Entropy  float64  `toml:"entropy"`
	Lines    int      `toml:"lines"`
	All      bool     `toml:"all"`
	Words    []string `toml:"words"`
	Severity Severity `toml:"severity"`
	Rotate   struct {
		URL string `toml:"url"`
	} `toml:"rotate"`
	Credential []struct {
		ID    string `toml:"id"`
		Allow []struct {
			Paths []string `toml:"paths"`
		} `toml:"allow"`
	} `toml:"credential"`
}

func TestDecodeStrict(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown key", "name = 'x'\n  nmae = 'y'", `f.toml:2:3: unknown key "nmae"`},
		{"unknown key in a table", "[rotate]\nurl = 'x'\nsteps = 1", `f.toml:3:1: unknown key "rotate.steps"`},
		{"unknown key in the second of two tables", "[[credential]]\nid = 'a'\n[[credential]]\nidd = 'b'", `f.toml:4:1: unknown key "credential.idd"`},
		{"unknown key in a table of a table", "[[credential]]\n[[credential.allow]]\npath = 'b'", `f.toml:3:1: unknown key "credential.allow.path"`},
		{"unknown key, quoted", "\"nmae\" = 'y'", `f.toml:1:1: unknown key "nmae"`},
		{"unknown key, dotted", "rotate . steps = 1", `f.toml:1:1: unknown key "rotate.steps"`},
		{"unknown key, inline", "rotate = {url = 'x', steps = 1}", `f.toml:1:1: unknown key "rotate.steps"`},
		{"unknown table", "name = 'x'\n[scan]\na = 1", `f.toml:2:1: unknown key "scan"`},
		{"unknown table of a table", "\n[rotate.how]\na = 1", `f.toml:2:1: unknown key "rotate.how"`},
		{"unknown key named in a comment first", "# nmae = 1\nnmae = 1", `f.toml:2:1: unknown key "nmae"`},

		{"number for a string", "\n name = 1", `f.toml:2:2: key "name": a whole number: want a string`},
		{"string for a number", "entropy = 'high'", `f.toml:1:1: key "entropy": a string: want a number`},
		{"number with a fraction for a whole one", "lines = 1.5", `f.toml:1:1: key "lines": a number: want a whole number`},
		{"string for a truth value", "all = 'yes'", `f.toml:1:1: key "all": a string: want true or false`},
		{"string for a list", "words = 'x'", `f.toml:1:1: key "words": a string: want a list`},
		{"date in a list", "words = [1979-05-27]", `f.toml:1:1: key "words": a date: want a string`},
		{"number for a severity", "severity = 3", `f.toml:1:12: key "severity": severity "3": want one of info, low, medium, high, critical`},
		{"list for a severity", "severity = ['low']", `f.toml:1:1: key "severity": a list: want a string`},
		{"no such severity", "severity = 'awful'", `f.toml:1:13: key "severity": severity "awful": want one of info, low, medium, high, critical`},
		{"string for a table", "rotate = 'x'", `f.toml:1:1: key "rotate": a string: want a table`},
		{"list of tables for a table", "\n[[rotate]]", `f.toml:2:1: key "rotate": a list of tables: want a table`},
		{"table for a list of tables", "[credential]\nid = 'a'", `f.toml:1:1: key "credential": a table: want a list`},
		{"wrong type in the first of two tables", "[[credential]]\nid = 1\n[[credential]]\nid = 'b'", `f.toml:2:1: key "credential.id": a whole number: want a string`},
		{"wrong type in the first table of a table", "[[credential]]\n[[credential.allow]]\n\tpaths = 1\n[[credential.allow]]\npaths = []", `f.toml:3:2: key "credential.allow.paths": a whole number: want a list`},
		{"wrong type before a header in a string", "[[credential]]\nid = 1\n[[credential]]\nid = '''\n[[credential]]\n'''", `f.toml:2:1: key "credential.id": a whole number: want a string`},

		{"duplicate key", "name = 'x'\nname = 'y'", `f.toml:2:12: key "name": Key 'name' has already been defined.`},
		{"no value", "name =", `f.toml:1:6: key "name": unexpected EOF; expected value`},
		{"string that is not closed", "name = 'x\n", `f.toml:1:10: key "name": strings cannot contain newlines`},
		{"no key", "= 1", `f.toml:1:1: unexpected '=': key name appears blank`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := DecodeStrict("f.toml", []byte(tt.text), &strictFile{})
			if err == nil {
				t.Fatal("no error")
			}
			if err.Error() != tt.want {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
			var ce *ConfigError
			if !errors.As(err, &ce) {
				t.Errorf("the error is no *ConfigError but %T", err)
			}
		})
	}
}

// A decoder that is given these takes minutes.
func TestDecodeStrictTooDeep(t *testing.T) {
	dots := func(n int) string { return strings.Repeat("a.", n) + "a" }
	tests := []struct{ name, text, want string }{
		{"key", "\n " + dots(33) + " = 1", `f.toml:2:67: a key of more than 32 dots`},
		{"key, long", dots(50_000) + " = 1", `f.toml:1:66: a key of more than 32 dots`},
		{"key with quotes and blanks", strings.Repeat("'a' . ", 50_000) + "a = 1", `f.toml:1:197: a key of more than 32 dots`},
		{"header", "[" + dots(33) + "]", `f.toml:1:67: a key of more than 32 dots`},
		{"key of an inline table", "a = {" + dots(33) + " = 1}", `f.toml:1:71: a key of more than 32 dots`},
		{"inline tables", "a = " + strings.Repeat("{a=", 50_000), `f.toml:1:101: more than 32 inline tables in one another`},
		{"as deep as may be", dots(32) + " = 1", `f.toml:1:1: unknown key "` + dots(32) + `"`},
		{"in a string", `name = "` + dots(33) + `" #` + dots(33), ""},
		{"in a literal string", `name = '\'` + "\nwords = ['" + dots(33) + "']", ""},
		{"behind an escaped quote", `name = "\"` + dots(33) + `"`, ""},
		{"in a string of several lines", "name = \"\"\"\n\\\"\"\" {" + dots(33) + "\"\"\"\"\"\nall = true", ""},
		{"numbers in a list", "words = [" + strings.Repeat("'a.b',", 40) + "]", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := DecodeStrict("f.toml", []byte(tt.text), &strictFile{}); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %.200s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestConfigErrorForms(t *testing.T) {
	tests := []struct {
		name string
		err  ConfigError
		want string
	}{
		{"line and column", ConfigError{File: "f", Line: 2, Column: 3}, "f:2:3: bad"},
		{"line alone", ConfigError{File: "f", Line: 2}, "f:2: bad"},
		{"file alone", ConfigError{File: "f"}, "f: bad"},
	}
	bad := errors.New("bad")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.err.Err = bad
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if !errors.Is(&tt.err, bad) {
				t.Error("the cause is not wrapped")
			}
		})
	}
}
