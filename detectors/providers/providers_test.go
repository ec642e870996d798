package providers_test

import (
	"reflect"
	"testing"

	"github.com/leakguard/leakguard/detectors/providers"
)

// TestBuiltinIsCurrent fails when a provider file was changed and builtin.go was
// not made anew.
func TestBuiltinIsCurrent(t *testing.T) {
	files, err := providers.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	builtin := providers.Load()
	ids := map[string]bool{}
	for _, p := range files {
		for _, r := range p.Rules {
			if ids[r.ID] {
				t.Errorf("rule %s is there twice", r.ID)
			}
			ids[r.ID] = true
		}
	}
	if len(files) != len(builtin) {
		t.Fatalf("%d provider files, %d builtin: run make generate", len(files), len(builtin))
	}
	for i, p := range files {
		p.Digest = p.Sum()
		for _, r := range p.Rules {
			r.Match, r.Ignore = nil, nil
		}
		for i := range p.Verify {
			p.Verify[i].Answers = nil
		}
		if !reflect.DeepEqual(p, builtin[i]) {
			t.Errorf("builtin.go has an older %s: run make generate", p.ID)
		}
	}
}
