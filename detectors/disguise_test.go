package detectors_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func gzipped(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// What an attacker prints to get past the masking of secrets is found with the
// embedded rules, at its line.
func TestScanDisguised(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	spaced := func(sep string) func(string) string {
		return func(s string) string { return strings.Join(strings.Split(s, ""), sep) }
	}
	octal := func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			fmt.Fprintf(&b, `\%03o`, c)
		}
		return b.String()
	}
	lines := func(s string) string {
		all := strings.Split(s, "\n")
		for i := range all {
			all[i] = reversed(all[i])
		}
		return strings.Join(all, "\n")
	}
	manifest := func(s string) string {
		return "apiVersion: v1\nkind: Secret\ndata:\n  DB_PASSWORD: " + b64(s) + "\n"
	}
	const pat, aws, pem, password = "github-pat", "aws-access-key-id", "privatekey-pem", "generic-password"
	secrets := map[string]string{
		pat: "${token:crc32-base62:ghp_}", aws: "AKIA${base32:16}", password: "Hx7${digit:1}qz${lower:2}K9",
		pem: "${token:pem:EC }",
	}
	tests := []struct {
		name, rule string
		disguise   func(string) string
		decoded    []string
	}{
		{"base64 twice", pat, func(s string) string { return b64(b64(`{"t":"` + s + `"}`)) }, []string{"base64", "base64"}},
		{"gzip", pat, func(s string) string { return gzipped(t, "GITHUB_TOKEN="+s+"\n") }, []string{"gzip"}},
		{"gzip in base64", pat, func(s string) string { return b64(gzipped(t, "GITHUB_TOKEN="+s+"\n")) }, []string{"base64", "gzip"}},
		{"spaces", pat, spaced(" "), []string{"spaced"}},
		{"lines", pat, spaced("\n"), []string{"spaced"}},
		{"dashes", pat, spaced("-"), []string{"spaced"}},
		{"commas", aws, spaced(","), []string{"spaced"}},
		{"spaces in base64", pat, func(s string) string { return b64(spaced(" ")(s)) }, []string{"base64", "spaced"}},
		{"reversed", pat, reversed, []string{"reversed"}},
		{"reversed key id", aws, reversed, []string{"reversed"}},
		{"reversed with its name", pat, func(s string) string { return reversed("GITHUB_TOKEN=" + s) }, []string{"reversed"}},
		{"reversed base64", pat, func(s string) string { return b64(reversed("x " + s + " y")) }, []string{"base64", "reversed"}},
		{"reversed key", pem, reversed, []string{"reversed"}},
		{"reversed key, line by line", pem, lines, []string{"reversed"}},
		{"octal", pat, octal, []string{"octal"}},
		{"manifest", password, manifest, []string{"kubernetes-secret"}},
	}
	e := engine(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for round := range uint64(5) {
				secret := expand(t, secrets[tt.rule], round)
				run := tt.disguise(secret)
				text := "step 1\n" + run + "\nstep 3\n"
				got := e.Scan([]byte(text), "")
				if len(got) != 1 || got[0].Rule.ID != tt.rule || string(got[0].Value) != secret || !slices.Equal(got[0].Decoded, tt.decoded) {
					t.Fatalf("round %d: found %v, want %s", round, places(got, 0), tt.rule)
				}
				if at := got[0].Secret; at.Start < 7 || at.End > 7+len(run) {
					t.Errorf("round %d: span %v, the run is %d long", round, at, len(run))
				}
			}
		})
	}
}

// Disguises are looked for in every text, so none of them may be a false alarm:
// in sources, scripts and data that hold no secret, none is.
func TestScanSeesNoDisguise(t *testing.T) {
	roots := []string{goSrc(t)}
	if node, err := exec.LookPath("node"); err == nil {
		lib := filepath.Join(filepath.Dir(filepath.Dir(node)), "lib", "node_modules")
		if _, err := os.Stat(lib); err == nil {
			roots = append(roots, lib)
		}
	}
	e := engine(t)
	files := 0
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			if (testing.Short() || underRace) && files >= 500 {
				return filepath.SkipAll
			}
			files++
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(root, path)
			for _, m := range e.Scan(text, rel) {
				for _, kind := range m.Decoded {
					if slices.Contains([]string{"gzip", "spaced", "reversed", "octal", "kubernetes-secret"}, kind) {
						t.Errorf("%s, at %d: %s, %v", rel, m.Secret.Start, m.Rule.ID, m.Decoded)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 500 {
		t.Errorf("%d files show nothing", files)
	}
}
