package buildlog

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
)

// secretsOf scans a log with the embedded rules.
func secretsOf(t *testing.T, log string, o Options) []scanner.Secret {
	t.Helper()
	engine, err := detectors.New(providers.Load(), detectors.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	src := NewReader(strings.NewReader(log), "build.log", o)
	res := scanner.Run(context.Background(), []scanner.Source{src}, scanner.Options{Engine: engine, Reveal: true})
	if !res.Complete() {
		t.Errorf("gaps: %+v", res.Coverage[0].Gaps)
	}
	return res.Secrets
}

func pemKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})))
}

// TestPlaces finds one secret in each log, in one place, from its first character
// to behind its last.
func TestPlaces(t *testing.T) {
	const stamp = "2026-08-20T23:51:25.1234567Z "
	token, err := rules.Expand("${token:crc32-base62:ghp_}", rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	half, rest := token[:20], token[20:]
	key := pemKey(t)
	fill := strings.Repeat("nothing in this line of a löng log\n", 60_000)
	header := stamp + "##[group]Run make\n" + stamp + "env:\n"
	for _, tt := range []struct {
		name string
		log  string // the secret is between « and »
		want Where
	}{
		{"plain", "a\nb " + "«" + token + "»\n", Where{}},
		{"timestamp", stamp + "ä «" + token + "»", Where{}},
		{"colour in its middle", stamp + "\x1b[1mkey «" + half + "\x1b[31m" + rest + "»\x1b[0m\n", Where{}},
		{"colours around it", "\x1b[1m\x1b[32m«" + token + "»\x1b[0m\n", Where{}},
		{"hyperlink", "\x1b]8;;http://x/«" + token + "»\x1b\\text\x1b]8;;\x1b\\\n", Where{}},
		{"after progress", stamp + "10%\r20%\rtoken «" + token + "»\r\n", Where{}},
		{"variable", header + stamp + "  DEPLOY: «" + token + "»\n", Where{Step: "Run make", Variable: "DEPLOY"}},
		{"key with timestamps", header + stamp + "##[endgroup]\n" + stamp + "«" + strings.ReplaceAll(key, "\n", "\n"+stamp) + "»\n", Where{Step: "Run make"}},
		{"key in docker in compose", "web-1  | #7 1.5 «" + strings.ReplaceAll(key, "\n", "\nweb-1  | #7 1.5 ") + "»\n", Where{}},
		{"coloured key", "\x1b[32m«" + strings.ReplaceAll(key, "\n", "\x1b[0m\r\n\x1b[32m") + "»\x1b[0m\n", Where{}},
		{"wrapped at 80", strings.Repeat("x ", 20) + "«" + token + "» " + strings.Repeat("y", 100), Where{}},
		{"wrapped in its middle", strings.Repeat("x ", 30) + "«" + half + "\n" + rest + "» and more\n", Where{}},
		{"far behind", fill + stamp + "«" + token + "»\n" + fill, Where{}},
		{"in a long line", stamp + strings.Repeat("ä ", 700_000) + "«" + token + "» " + strings.Repeat("x ", 700_000), Where{}},
		{"over the end of a piece", strings.Repeat("x ", (maxLine-20)/2) + "«" + token + "» " + strings.Repeat("x ", 100), Where{}},
		{"over the end of a window", strings.Repeat(strings.Repeat("x", 99)+"\n", windowSize/100-1) + "«" + key + "»\n" + fill, Where{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start, end := placeOf(tt.log, "«"), placeOf(strings.Replace(tt.log, "«", "", 1), "»")
			found := secretsOf(t, strings.NewReplacer("«", "", "»", "").Replace(tt.log), Options{Run: "run 7"})
			if len(found) != 1 || len(found[0].Occurrences) != 1 {
				t.Fatalf("%d secrets, want one in one place", len(found))
			}
			o := found[0].Occurrences[0]
			if got := [2]int{o.StartLine, o.StartColumn}; got != start {
				t.Errorf("begins at %v, want %v", got, start)
			}
			if got := [2]int{o.EndLine, o.EndColumn}; got != end {
				t.Errorf("ends before %v, want %v", got, end)
			}
			if got := (Where{o.Job, o.Step, o.Variable}); got != tt.want || o.Path != "build.log" || o.Run != "run 7" || o.Kind != scanner.InLog {
				t.Errorf("at %+v of %s of %s, want %+v", got, o.Path, o.Run, tt.want)
			}
		})
	}
}

// placeOf is the line and the column of sign in text.
func placeOf(text, sign string) [2]int {
	before := text[:strings.Index(text, sign)]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return [2]int{strings.Count(before, "\n") + 1, utf8.RuneCountInString(line) + 1}
}

// TestNoSecrets holds what logs are full of against the embedded rules.
func TestNoSecrets(t *testing.T) {
	expand := func(template string) string {
		text, err := rules.Expand(template, rand.New(rand.NewPCG(3, 4)))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for _, line := range []string{
		"  API_KEY: ***", "https://user:***@example.com/", "token=***", "Authorization: Bearer ***",
		"HEAD is now at ${hex:40} fix the token parser", "[command]/usr/bin/git checkout --force ${hex:40}",
		"#7 sha256:${hex:64} 0B / 31.2MB", "Digest: sha256:${hex:64}", "docker.io/library/node@sha256:${hex:64}",
		`"integrity": "sha512-${base64:86}=="`, "github.com/a/b v1.2.3 h1:${base64:43}=",
		"Request id: ${uuid}", "key: Linux-node-${hex:64}", "Cache restored from key: Linux-node-${hex:64}",
		"dist/main.${hex:20}.js  120 kB", "Build fingerprint: ${hex:32}",
	} {
		t.Run(line, func(t *testing.T) {
			text := "2026-08-20T23:51:25.1234567Z " + expand(line) + "\n"
			for _, s := range secretsOf(t, text, Options{}) {
				t.Errorf("%s is reported in %q", s.Rule.ID, line)
			}
		})
	}
}
