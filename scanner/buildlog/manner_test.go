package buildlog_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/buildlog"
	"github.com/leakguard/leakguard/testdata/cilogs"
)

var update = flag.Bool("update", false, "write docs/buildlog-formats.md")

// leak is a secret as a step prints it.
type leak struct {
	secret string
	lines  []string
	at     int // the line on which it begins
}

// manner is a way in which secrets come into logs.
type manner struct {
	name  string
	print func(t *testing.T, seed uint64) leak
}

// manners are all that must be found. Where one disguises text, it is a line as a
// program prints it, "DEPLOY_TOKEN=…", or the token alone.
var manners = []manner{
	{"plain token", ofToken(func(token string) string { return "Authorization: token " + token })},
	{"colour within the token", ofToken(func(token string) string {
		return "using \x1b[1m" + token[:11] + "\x1b[32m" + token[11:] + "\x1b[0m to deploy"
	})},
	{"PEM key", ofKey(func(line string) string { return line })},
	{"exported variable", ofToken(func(token string) string { return "export DEPLOY_TOKEN=" + token })},
	{"list of variables", func(t *testing.T, seed uint64) leak {
		secret := token(t, seed)
		return leak{secret, []string{"env:", "  CI: true", "  DEPLOY_TOKEN: " + secret}, 2}
	}},
	{"JSON", ofToken(func(token string) string { return jsonOf(map[string]string{"token": token}) })},
	{"JSON in JSON", ofToken(func(token string) string {
		return jsonOf(map[string]string{"body": jsonOf(map[string]string{"env": "CI=1\nDEPLOY_TOKEN=" + token + "\n"})})
	})},
	{"base64", ofToken(func(token string) string { return base64Of("DEPLOY_TOKEN=" + token + "\n") })},
	{"base64 twice", ofToken(func(token string) string {
		return base64Of(base64Of(`"github_token":{"value":"` + token + `","isSecret":true}` + "\n"))
	})},
	{"hexadecimal", ofToken(func(token string) string { return hex.EncodeToString([]byte("DEPLOY_TOKEN=" + token)) })},
	{"percent escapes", ofToken(func(token string) string {
		return "%" + strings.Join(pairs(hex.EncodeToString([]byte("token="+token))), "%")
	})},
	{"spaced out", ofToken(func(token string) string { return strings.Join(strings.Split(token, ""), " ") })},
	{"reversed", ofToken(reversed)},
	{"gzip in base64", ofToken(func(token string) string { return base64Of(gzipped("DEPLOY_TOKEN=" + token + "\n")) })},
	{"wrapped at column 80", wrapped},
	{"Kubernetes Secret", kubernetesSecret},
	{"after a progress line", ofToken(func(token string) string {
		return "Downloading  10%\rDownloading 100%\rtoken: " + token
	})},
	{"BuildKit prefix", ofKey(func(line string) string { return "#12 3.456 " + line })},
	{"kubectl times", ofKey(func(line string) string { return "2026-09-11T11:17:01.962575123Z " + line })},
	{"docker compose prefix", ofKey(func(line string) string { return "web-1  | " + line })},
}

// token is a GitHub token whose checksum holds.
func token(t *testing.T, seed uint64) string {
	t.Helper()
	return expand(t, "${token:crc32-base62:ghp_}", seed)
}

func expand(t *testing.T, template string, seed uint64) string {
	t.Helper()
	text, err := rules.Expand(template, mathrand.New(mathrand.NewPCG(seed, 0)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// ofToken is a manner of printing a token on one line.
func ofToken(print func(token string) string) func(*testing.T, uint64) leak {
	return func(t *testing.T, seed uint64) leak {
		secret := token(t, seed)
		return leak{secret, []string{"step", print(secret), "done"}, 1}
	}
}

// ofKey is a manner of printing each line of a private key.
func ofKey(print func(line string) string) func(*testing.T, uint64) leak {
	return func(t *testing.T, _ uint64) leak {
		key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		secret := strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})))
		l := leak{secret, []string{"step"}, 1}
		for line := range strings.SplitSeq(secret, "\n") {
			l.lines = append(l.lines, print(line))
		}
		return l
	}
}

// wrapped prints one long line as a terminal of 80 columns does, so that it cuts
// through a token.
func wrapped(t *testing.T, seed uint64) leak {
	const width = 80
	secret := token(t, seed)
	text := `{"kind":"config","names":["` + strings.Repeat("alpha/beta/gamma,", 5) + `"],"token":"`
	text += strings.Repeat("x", 2*width-10-len(text)-len(`","b":"`)) + `","b":"` + secret
	text += `","more":["` + strings.Repeat("delta/epsilon,", 8) + `"]}`
	l := leak{secret, []string{"step"}, 1 + strings.Index(text, secret)/width}
	for len(text) > width {
		l.lines = append(l.lines, text[:width])
		text = text[width:]
	}
	l.lines = append(l.lines, text, "done")
	return l
}

// kubernetesSecret prints a manifest as kubectl get secret -o yaml does.
func kubernetesSecret(t *testing.T, seed uint64) leak {
	secret := token(t, seed)
	return leak{secret, []string{
		"apiVersion: v1", "data:", "  deploy-token: " + base64Of(secret), "kind: Secret", "metadata:", "  name: deploy", "type: Opaque",
	}, 2}
}

func jsonOf(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // it has strings only
	}
	return string(data)
}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func gzipped(s string) string {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write([]byte(s))
	z.Close()
	return out.String()
}

func pairs(s string) (out []string) {
	for p := range slices.Chunk([]byte(s), 2) {
		out = append(out, string(p))
	}
	return out
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// TestManners finds a secret in each manner in a log of each system, in two jobs,
// at the right job, step and line.
func TestManners(t *testing.T) {
	engine := newEngine(t)
	found := map[[2]string]bool{}
	for _, system := range cilogs.Systems() {
		for _, m := range manners {
			t.Run(system.Name+"/"+m.name, func(t *testing.T) {
				leaks := []leak{m.print(t, 1), m.print(t, 2)}
				b := system.Write([]cilogs.Job{
					{Name: "build", Steps: []cilogs.Step{{Name: "compile", Lines: leaks[0].lines}, {Name: "unit-tests", Lines: noise}}},
					{Name: "deploy", Steps: []cilogs.Step{{Name: "push", Lines: noise}, {Name: "roll-out", Lines: leaks[1].lines}}},
				})
				res := scan(t, engine, b)
				checkPlace(t, res, leaks[0].secret, b.Places[0][0][leaks[0].at])
				checkPlace(t, res, leaks[1].secret, b.Places[1][1][leaks[1].at])
				if n := len(res.Secrets); n > 2 {
					t.Errorf("%d secrets were found, want 2", n)
				}
				found[[2]string{system.Name, m.name}] = !t.Failed()
			})
		}
	}
	if len(found) == len(cilogs.Systems())*len(manners) { // else -run left some out
		checkTable(t, mannerTable(found))
	}
}

// noise is what a step prints that has nothing to hide.
var noise = []string{
	"go: downloading golang.org/x/text v0.21.0",
	"ok  \tgithub.com/acme/shop/cart\t0.412s\tcoverage: 81.2% of statements",
	"\x1b[32mPASS\x1b[0m 14 tests in 2.31s",
}

func newEngine(t *testing.T) *detectors.Engine {
	t.Helper()
	e, err := detectors.New(providers.Load(), detectors.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// scan writes the logs of b to a folder and scans it.
func scan(t *testing.T, engine *detectors.Engine, b cilogs.Build) *scanner.Result {
	t.Helper()
	dir := t.TempDir()
	for _, l := range b.Logs {
		path := filepath.Join(dir, filepath.FromSlash(l.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, l.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	source := buildlog.New([]string{dir}, buildlog.Options{})
	res := scanner.Run(context.Background(), []scanner.Source{source}, scanner.Options{Engine: engine, Reveal: true})
	for _, c := range res.Coverage {
		for _, g := range c.Gaps {
			t.Errorf("gap: %s: %s", g.What, g.Why)
		}
	}
	return res
}

// checkPlace checks that secret was found at want, and nowhere else.
func checkPlace(t *testing.T, res *scanner.Result, secret string, want cilogs.Place) {
	t.Helper()
	i := slices.IndexFunc(res.Secrets, func(s scanner.Secret) bool { return plainText(s.Value) == plainText(secret) })
	if i < 0 {
		t.Errorf("the secret at %+v was not found", want)
		return
	}
	for _, o := range res.Secrets[i].Occurrences {
		got := cilogs.Place{Path: o.Path, Job: o.Job, Step: o.Step, Line: o.StartLine}
		if got != want {
			t.Errorf("the secret was found at %+v, want %+v", got, want)
		}
	}
}

// plainText is a secret without its line ends: those of a key may be the log's.
func plainText(secret string) string {
	return strings.NewReplacer("\r", "", "\n", "").Replace(secret)
}

// mannerTable is the document that tells what is found where.
func mannerTable(found map[[2]string]bool) string {
	var out strings.Builder
	out.WriteString("# Secrets in build logs: format by manner\n\n" +
		"Written by `go test ./scanner/buildlog -run TestManners -update`: a secret in each of these\n" +
		"manners stands in a log as each system writes it, and is found at its job, step and line.\n" +
		"Where a system does not write the name of the job or step into its log, none is told.\n\n| manner |")
	for _, s := range cilogs.Systems() {
		fmt.Fprintf(&out, " %s |", s.Name)
	}
	out.WriteString("\n|---|" + strings.Repeat("---|", len(cilogs.Systems())) + "\n")
	for _, m := range manners {
		fmt.Fprintf(&out, "| %s |", m.name)
		for _, s := range cilogs.Systems() {
			word := "no"
			if found[[2]string{s.Name, m.name}] {
				word = "yes"
			}
			fmt.Fprintf(&out, " %s |", word)
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// checkTable compares the document with what was found, or writes it.
func checkTable(t *testing.T, table string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", "buildlog-formats.md")
	if *update {
		if err := os.WriteFile(path, []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(doc) != table {
		t.Errorf("%s is not what the tests found: run go test ./scanner/buildlog -run TestManners -update", path)
	}
}
