package detectors_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
)

// goSources returns size bytes of Go's own sources: real text, the same in each
// run, and full of keys, tokens and passwords that are none.
func goSources(t testing.TB, size int) []byte {
	t.Helper()
	src := goSrc(t)
	var text []byte
	for _, dir := range []string{"net/http", "crypto/tls", "crypto/x509", "cmd/go/internal/auth", "encoding/pem", "net/url", "go/token", "runtime"} {
		names, err := filepath.Glob(filepath.Join(src, filepath.FromSlash(dir), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if text = append(text, data...); len(text) >= size {
				return text[:size]
			}
		}
	}
	t.Fatalf("%d bytes of Go's sources, want %d", len(text), size)
	return nil
}

// goSrc returns the folder of Go's own sources. The go command is asked, as a
// test built with -trimpath does not know where Go is.
func goSrc(t testing.TB) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(root)), "src")
}

// example is a text that a rule must find something in.
type example struct {
	rule *rules.Rule
	text string
}

// examples expands the match templates of all embedded rules.
func examples(t testing.TB) []example {
	t.Helper()
	all, err := providers.ReadDir("providers")
	if err != nil {
		t.Fatal(err)
	}
	var out []example
	for _, p := range all {
		for _, r := range p.Rules {
			for _, template := range r.Match {
				out = append(out, example{r, expand(t, template, 1)})
			}
		}
	}
	return out
}

// hits returns size bytes of real text with an example every 4 KB.
func hits(t testing.TB, size int) []byte {
	t.Helper()
	text, all := goSources(t, size), examples(t)
	r := rand.New(rand.NewPCG(4, 4))
	var out bytes.Buffer
	for len(text) > 4<<10 {
		out.Write(text[:4<<10])
		text = text[4<<10:]
		out.WriteString("\n" + all[r.IntN(len(all))].text + "\n")
	}
	out.Write(text)
	return out.Bytes()
}
