package decode_test

import (
	"bytes"
	"encoding/base64"
	"go/build"
	"os"
	"path/filepath"
	"testing"

	"github.com/leakguard/leakguard/detectors/decode"
)

// goSource returns at least 1 MiB of the standard library's sources.
func goSource(tb testing.TB) []byte {
	tb.Helper()
	var text []byte
	for _, dir := range []string{"net/http", "go/types", "cmd/go/internal/load", "encoding/json", "os", "runtime"} {
		files, err := filepath.Glob(filepath.Join(build.Default.GOROOT, "src", dir, "*.go"))
		if err != nil {
			tb.Fatal(err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				tb.Fatal(err)
			}
			if text = append(text, data...); len(text) >= 1<<20 {
				return text
			}
		}
	}
	tb.Skip("the standard library's sources are not installed")
	return nil
}

// reversed has prefixes of some tokens, as the engine gives them.
var reversed = decode.NewReversed([]string{"ghp_", "github_pat_", "glpat-", "akia", "asia", "xoxb-", "npm_", "hvs.", "dapi", "sk_live_", "eyj"})

func benchmarkFind(b *testing.B, text []byte) {
	buf := decode.Buffer{Reversed: reversed}
	n := 0
	count := func(*decode.Segment) { n++ }
	buf.Find(text, count)
	b.ReportMetric(float64(n), "segments")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		buf.Find(text, count)
	}
}

func BenchmarkFindPlainSource(b *testing.B) {
	benchmarkFind(b, goSource(b))
}

func BenchmarkFindBase64Heavy(b *testing.B) {
	var text bytes.Buffer
	for source := goSource(b)[:512<<10]; len(source) > 200; source = source[200:] {
		text.WriteString("  value: ")
		text.WriteString(base64.StdEncoding.EncodeToString(source[:200]))
		text.WriteString("\n")
	}
	benchmarkFind(b, text.Bytes())
}

func BenchmarkFindMinified(b *testing.B) {
	source := bytes.Join(bytes.Fields(goSource(b)), nil)
	benchmarkFind(b, source)
}
