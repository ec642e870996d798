package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestGitleaksTags(t *testing.T) {
	var findings []gitleaksFinding
	if err := json.Unmarshal([]byte(write(t, "gitleaks", verified(t), Options{})), &findings); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		got = append(got, strings.Join(f.Tags, " "))
	}
	want := []string{"verdict:live access:admin", "verdict:dead", "verdict:unknown", "verdict:unverifiable", ""}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestGitleaksFields(t *testing.T) {
	dec := json.NewDecoder(strings.NewReader(write(t, "gitleaks", leaky(t), Options{})))
	var keys []string
	for range 2 { // [ {
		dec.Token()
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var skip any
		if err := dec.Decode(&skip); err != nil {
			t.Fatal(err)
		}
	}
	want := "RuleID Description StartLine EndLine StartColumn EndColumn Match Secret File SymlinkFile Commit Link " +
		"Entropy Author Email Date Message Tags Fingerprint"
	if got := strings.Join(keys, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := write(t, "gitleaks", clean(t), Options{}); got != "[]\n" {
		t.Errorf("clean: %q", got)
	}
}
