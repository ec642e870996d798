package generic_test

import (
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/rules"
)

func FuzzScanner(f *testing.F) {
	for _, tt := range found {
		text, _, _ := fill(f, tt.text, 1)
		f.Add(text)
	}
	for _, tt := range spared {
		text, _, _ := fill(f, tt.text, 1)
		f.Add(text)
	}
	for _, s := range []string{"", "password", "password=", "--token", "://", "a://", "a://:@", "key:\\", "<key>", "pass:\"\"\"", "basic ", "authorization:", "ENV key "} {
		f.Add(s)
	}
	f.Fuzz(checkScanner)
}

// checkScanner checks what holds for every text.
func checkScanner(t *testing.T, text string) {
	for _, c := range read(text) {
		if c.WholeStart < 0 || c.WholeStart > c.Start || c.Start >= c.End || c.End > c.WholeEnd || c.WholeEnd > len(text) {
			t.Fatalf("value %d to %d, whole %d to %d, in %d bytes", c.Start, c.End, c.WholeStart, c.WholeEnd, len(text))
		}
		if c.Confidence < rules.Doubtful || c.Confidence > rules.Certain {
			t.Fatalf("confidence %d", c.Confidence)
		}
	}
}

// A reader whose time grew with the square of the text would not come to the end
// of these.
func TestScannerIsLinear(t *testing.T) {
	for _, piece := range []string{"password", "password=", "password = \"", "key:key:", "a://", "a://b:", "a://b:c/", "://@", "token ", "--token ", "authorization: token ",
		"basic a", "<key>token</key>", "secret\n", "pass\\\"", "key, 'x", "x_key_"} {
		t.Run(piece, func(t *testing.T) {
			checkScanner(t, strings.Repeat(piece, 2<<20/len(piece)))
		})
	}
}

func TestBareNamesOfFiles(t *testing.T) {
	tests := []struct {
		path string
		want bool
	}{
		{"", true}, {".env", true}, {"app/.env.production", true}, {"Dockerfile", true}, {"dockerfile.dev", true}, {"a.YAML", true},
		{"log/build.log", true}, {"x.tar.gz!conf/app.properties", true}, {"x.env!main.go", false},
		{"main.go", false}, {"a.py", false}, {"a/yaml", true}, {"env.go", false}, {"a/.env/main.rs", false},
	}
	for _, tt := range tests {
		if got := generic.HasBareValues(tt.path); got != tt.want {
			t.Errorf("%q: %t, want %t", tt.path, got, tt.want)
		}
	}
}
