package suppress

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; got\n%s", path, got)
	}
}

// scanned is a result: two secrets that count, one of a baseline, one ignored.
func scanned() *scanner.Result {
	third := secret(3, "acme-key", "c.env:1")
	third.Suppression = &scanner.Suppression{Kind: "baseline", Where: "b.json"}
	fourth := secret(4, "acme-key", "d.env:1")
	fourth.Suppression = &scanner.Suppression{Kind: "ignore-file", Where: "ig:1"}
	second := secret(2, "acme-key", "b <&>.env:7", "b <&>.env:9", "a.env:1")
	second.Occurrences = append(second.Occurrences, scanner.Occurrence{Kind: scanner.InGit, Field: "message"})
	return &scanner.Result{
		Secrets:    []scanner.Secret{second, secret(1, "acme-id", "a.env:2")},
		Suppressed: []scanner.Secret{third, fourth},
	}
}

func TestWriteBaseline(t *testing.T) {
	var out bytes.Buffer
	if err := WriteBaseline(&out, scanned(), now); err != nil {
		t.Fatal(err)
	}
	golden(t, "baseline.json", out.Bytes())
	b, err := ParseBaseline("b.json", out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if want := (&Baseline{"b.json", []string{fingerprint(1), fingerprint(2), fingerprint(3)}}); !reflect.DeepEqual(b, want) {
		t.Errorf("read back: %+v, want %+v", b, want)
	}
	for _, s := range scanned().Secrets {
		if strings.Contains(out.String(), s.Value) {
			t.Errorf("the baseline holds the secret %s in clear", s.Fingerprint)
		}
	}
}

func TestWriteEmptyBaseline(t *testing.T) {
	var out bytes.Buffer
	if err := WriteBaseline(&out, &scanner.Result{}, now); err != nil {
		t.Fatal(err)
	}
	golden(t, "empty.json", out.Bytes())
}

// report is a JSON report, of which a baseline reader needs little.
var report = `{
  "schemaVersion": "1",
  "tool": {"name": "leakguard", "secrets": [1]},
  "coverage": [{"gaps": []}],
  "secrets": [{"fingerprint": "` + fingerprint(2) + `", "occurrences": [{"fingerprint": "x"}]}],
  "suppressed": [ {"rule": "r", "fingerprint": "` + fingerprint(1) + `"}, {"fingerprint": "` + fingerprint(2) + `"} ]
}`

func TestParseBaselineReport(t *testing.T) {
	b, err := ParseBaseline("r.json", []byte(report))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{fingerprint(1), fingerprint(2)}; !reflect.DeepEqual(b.Fingerprints, want) {
		t.Errorf("fingerprints = %q, want %q", b.Fingerprints, want)
	}
}

func TestParseBaselineErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", `b.json:1:1: byte 0: broken JSON: unexpected end of JSON input`},
		{"broken", "{\n  \"secrets\": [,]}", `b.json:2:15: byte 17: broken JSON: invalid character ',' looking for beginning of value`},
		{"cut short", "{\n\"a\": [", `b.json:2:6: byte 8: broken JSON: unexpected end of JSON input`},
		{"more behind it", "{}\n{}", `b.json:2:1: byte 4: broken JSON: invalid character '{' after top-level value`},
		{"an array", "[]", `b.json:1:1: want a leakguard baseline or JSON report: an object with schemaVersion and secrets`},
		{"no version", `{"secrets": []}`, `b.json:1:1: no schemaVersion: want a leakguard baseline or JSON report`},
		{"other version", "{\n\"schemaVersion\": \"2\"}", `b.json:2:20: schemaVersion "2": want "1"; write the baseline anew`},
		{"version is a number", `{"schemaVersion": 1}`, `b.json:1:19: schemaVersion 1: want "1"; write the baseline anew`},
		{"secrets is no list", `{"schemaVersion": "1", "secrets": null}`, `b.json:1:38: secrets: want a list of secrets`},
		{"entry is no object", `{"schemaVersion": "1", "secrets": [{"fingerprint": "x"}, 7]}`, `b.json:1:58: secrets[1]: want an object with a fingerprint`},
		{"entry without a fingerprint", `{"schemaVersion": "1", "suppressed": [ {"rule": "x"}]}`, `b.json:1:40: suppressed[0]: want an object with a fingerprint`},
		{"fingerprint is a number", `{"schemaVersion": "1", "secrets": [{"fingerprint": 7}]}`, `b.json:1:36: secrets[0]: want an object with a fingerprint`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseBaseline("b.json", []byte(tt.text))
			if err == nil {
				t.Fatal("no error")
			}
			if err.Error() != tt.want {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
		})
	}
}

func FuzzParseBaseline(f *testing.F) {
	f.Add([]byte(report))
	f.Add([]byte(`{"secrets" :[ ],"schemaVersion":"1"}`))
	f.Add([]byte(`{"schemaVersion":"1","secrets":[{"fingerprint":"a"} , {"fingerprint":"b"}],"suppressed":[{"fingerprint":"a"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := ParseBaseline("b.json", data)
		if err != nil {
			var ce *rules.ConfigError
			if !errors.As(err, &ce) || ce.Line < 1 || ce.Column < 1 {
				t.Errorf("the error has no place in the file: %v", err)
			}
			return
		}
		r := &scanner.Result{}
		for _, f := range b.Fingerprints {
			r.Secrets = append(r.Secrets, scanner.Secret{Fingerprint: f})
		}
		if out, n, err := Prune(data, r); err != nil || n != 0 || !bytes.Equal(out, data) {
			t.Errorf("pruned though all was found: removed %d, %v", n, err)
		}
		if len(r.Secrets) == 0 {
			return
		}
		r.Secrets = r.Secrets[1:]
		out, n, err := Prune(data, r)
		if err != nil || n == 0 {
			t.Fatalf("one secret is gone, removed %d, %v", n, err)
		}
		left, err := ParseBaseline("b.json", out)
		if err != nil {
			t.Fatalf("the pruned baseline cannot be read: %v", err)
		}
		if want := b.Fingerprints[1:]; len(left.Fingerprints) != len(want) {
			t.Errorf("%d entries are left, want %d", len(left.Fingerprints), len(want))
		}
	})
}
