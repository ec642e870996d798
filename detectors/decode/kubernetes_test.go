package decode_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/decode"
)

var secretManifest = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\ndata:\n  password: " +
	b64("s3cr3t pas") + "\n  user: " + b64("admin") + "\n"

func TestFindManifests(t *testing.T) {
	entry := func(name, value string) string { return name + ": " + b64(value) }
	tests := []struct {
		name, text string
		want       []string
	}{
		{"data last", secretManifest, []string{"password: s3cr3t pas", "user: admin"}},
		{"data first", "apiVersion: v1\ndata:\n  " + entry("a", "hunter22") + "\nkind: Secret\n", []string{"a: hunter22"}},
		{"in a list", "apiVersion: v1\nitems:\n- apiVersion: v1\n  data:\n    " + entry("a", "hunter22") + "\n  kind: Secret\n  metadata: {}\n" +
			"- apiVersion: v1\n  data:\n    " + entry("b", "no secret") + "\n  kind: ConfigMap\n" +
			"- data:\n    " + entry("c", "hunter44") + "\n  kind: Secret\nkind: List\n", []string{"a: hunter22", "c: hunter44"}},
		{"kind at the item's start", "apiVersion: v1\nitems:\n  - kind: Secret\n    data:\n      " + entry("a", "hunter22") + "\n", []string{"a: hunter22"}},
		{"several documents", "apiVersion: v1\nkind: ConfigMap\ndata:\n  " + entry("a", "no secret") + "\n---\napiVersion: v1\nkind: Secret\ndata:\n  " +
			entry("b", "hunter22") + "\n---\nkind: ConfigMap\ndata:\n  " + entry("c", "no secret") + "\n", []string{"b: hunter22"}},
		{"data of something deeper", "apiVersion: v1\nkind: Secret\nmetadata:\n  data:\n    " + entry("a", "no secret") + "\n", nil},
		{"quoted", "apiVersion: v1\r\nkind: Secret\r\ndata:\r\n    \"a\": \"" + b64("hunter22") + "\"\r\n", []string{`"a": "hunter22"`}},
		{"line end in the value", "apiVersion: v1\nkind: Secret # of the team\ndata:\n  " + entry("a", "hunter22\n") + "\n", []string{"a: hunter22"}},
		{"empty lines and remarks", "apiVersion: v1\nkind: Secret\n\ndata:\n\n  # x: y\n  " + entry("a", "hunter22"), []string{"a: hunter22"}},
		{"several lines, binary, short, no base64", "apiVersion: v1\nkind: Secret\ndata:\n  " + entry("a", "one\ntwo") + "\n  " + entry("b", noise(9)) +
			"\n  " + entry("c", "abc") + "\n  d: not base64!\n  e: abcdefghi\n  f:\n  g\n", nil},
		{"no apiVersion", "kind: Secret\ndata:\n  " + entry("a", "no secret") + "\n", nil},
		{"another kind", "apiVersion: v1\nkind: SecretStore\ndata:\n  " + entry("a", "no secret") + "\n", nil},
		{"in prose", "apiVersion: v1\nuse kind: Secret\ndata:\n  " + entry("a", "no secret") + "\n", nil},
		{"without data", "apiVersion: v1\nkind: Secret\nstringData:\n  a: hunter22\n", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, f := range disguised(test.text) {
				if f.Kind != "kubernetes-secret" {
					t.Errorf("kind %s", f.Kind)
				}
				got = append(got, f.Text)
			}
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// The value alone is decoded; its name stands in the source as it is.
func TestManifestSource(t *testing.T) {
	var buf decode.Buffer
	var spans []string
	buf.Find([]byte(secretManifest), func(s *decode.Segment) {
		name, value, _ := strings.Cut(string(s.Text), ": ")
		start, end := s.Source(len(name)+2, len(s.Text))
		if want := b64(value); secretManifest[start:end] != want || s.Touched(0, len(name)+2) || !s.Touched(0, len(name)+3) {
			t.Errorf("%s: Source = %q, want %q", name, secretManifest[start:end], want)
		}
		spans = append(spans, name)
	})
	if len(spans) != 2 {
		t.Errorf("entries %q, want two", spans)
	}
}
