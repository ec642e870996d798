package main

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/generic/label"
)

// nothingIsOne is a config under which every value without an issuer is a near miss,
// whatever the model has learnt.
const nothingIsOne = "[generic]\ncut-high = 1.0\ncut-medium = 1.0\ncut-low = 0.01\n"

// weighedReport is what a JSON report says of values without an issuer.
type weighedReport struct {
	Secrets, Rejected []struct {
		Fingerprint string  `json:"fingerprint"`
		Rule        string  `json:"rule"`
		Probability float64 `json:"probability"`
		Reasons     []struct {
			Share float64 `json:"share"`
		} `json:"reasons"`
	}
}

// nearMiss is a folder with a password that is a near miss there.
func nearMiss(t *testing.T) (dir, value, fingerprint string) {
	t.Helper()
	value = expand(t, "${alnum:20}", 1)
	dir = folder(t, map[string]string{".leakguard.toml": nothingIsOne, "app.yml": "billing_password: \"" + value + "\"\n"})
	stdout, stderr, code := run(t, dir, "scan", "--show-rejected", "--report", "json")
	var r weighedReport
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || code != exitClean {
		t.Fatalf("exit code %d, stderr %q, report: %v", code, masked(stderr, value), err)
	}
	if len(r.Secrets) != 0 || len(r.Rejected) != 1 || r.Rejected[0].Probability == 0 || len(r.Rejected[0].Reasons) == 0 {
		t.Fatalf("%d secrets and near misses %+v, want one, with its reasons", len(r.Secrets), r.Rejected)
	}
	return dir, value, r.Rejected[0].Fingerprint
}

func TestShowRejected(t *testing.T) {
	t.Parallel()
	dir, value, fingerprint := nearMiss(t)
	for _, tt := range []struct {
		name string
		args []string
		want bool
	}{
		{"asked for", []string{"scan", "--show-rejected"}, true},
		{"not asked for", []string{"scan"}, false},
		{"of files", []string{"scan", "files", ".", "--show-rejected"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := run(t, dir, tt.args...)
			if code != exitClean {
				t.Errorf("exit code %d, stderr %q", code, masked(stderr, value))
			}
			if got := strings.Contains(stdout, "Near misses") && strings.Contains(stdout, fingerprint); got != tt.want {
				t.Errorf("near miss told: %v, want %v:\n%s", got, tt.want, masked(stdout, value))
			}
			wantConcealed(t, "stdout", stdout, value)
		})
	}
	stdout, _, _ := run(t, dir, "scan", "--report", "json")
	if strings.Contains(stdout, `"rejected"`) || strings.Contains(stdout, `"reasons"`) {
		t.Error("the JSON report tells near misses that nobody asked for")
	}
}

func TestCutsOfConfig(t *testing.T) {
	t.Parallel()
	dir, _, fingerprint := nearMiss(t)
	overwrite(t, filepath.Join(dir, ".leakguard.toml"), []byte("[generic]\ncut-low = 0.01\ncut-medium = 0.01\n"))
	stdout, _, code := run(t, dir, "scan", "--report", "json")
	if code != exitFound || !strings.Contains(stdout, fingerprint) {
		t.Errorf("exit code %d: what a low cut lets through is not reported", code)
	}
	overwrite(t, filepath.Join(dir, ".leakguard.toml"), []byte("[generic]\ncut-medium = 1.0\n"))
	if _, stderr, code := run(t, dir, "scan"); code != exitUsage || !strings.Contains(stderr, "cut-medium") {
		t.Errorf("exit code %d, stderr %q; want levels out of order refused", code, stderr)
	}
}

func TestLabel(t *testing.T) {
	t.Parallel()
	dir, value, fingerprint := nearMiss(t)
	stdout, stderr, code := run(t, dir, "label", fingerprint, "true")
	if code != exitClean || !strings.Contains(stdout, "a secret") {
		t.Fatalf("exit code %d, stdout %q, stderr %q", code, stdout, masked(stderr, value))
	}
	stdout, _, code = run(t, dir, "label", fingerprint, "false")
	if code != exitClean || !strings.Contains(stdout, "in place of") {
		t.Errorf("exit code %d, stdout %q; want the label replaced", code, stdout)
	}
	text := string(read(t, filepath.Join(dir, label.FileName)))
	for what, part := range hashesOf(value) {
		if strings.Contains(text, part) {
			t.Errorf("the file holds %s", what)
		}
	}
	for _, part := range []string{fingerprint, fingerprint[5:], "billing", "app.yml", "generic-password"} {
		if strings.Contains(text, part) {
			t.Errorf("the file holds %s", part)
		}
	}
	line := regexp.MustCompile(`^[0-9a-f]{12}  \d{4}-\d\d-\d\d  [01]\.\d\d  no secret\n$`)
	if stdout, _, code = run(t, dir, "label", "list"); code != exitClean || !line.MatchString(stdout) {
		t.Errorf("exit code %d, list %q", code, stdout)
	}
	if stdout, _, code = run(t, dir, "label", "suggest"); code != exitClean || !strings.HasPrefix(stdout, "# 1 labels;") {
		t.Errorf("exit code %d, suggestion %q", code, stdout)
	}
}

// hashesOf are forms of a value that must not be in what is safe to commit.
func hashesOf(value string) map[string]string {
	forms := map[string]string{"the value": value, "its base64": base64.RawStdEncoding.EncodeToString([]byte(value))}
	m, s1, s2 := md5.Sum([]byte(value)), sha1.Sum([]byte(value)), sha256.Sum256([]byte(value))
	for name, sum := range map[string][]byte{"MD5": m[:], "SHA-1": s1[:], "SHA-256": s2[:]} {
		forms["its "+name] = hex.EncodeToString(sum)[:12]
		forms["its "+name+" in base64"] = base64.RawStdEncoding.EncodeToString(sum)[:12]
	}
	return forms
}

func TestLabelRefuses(t *testing.T) {
	t.Parallel()
	secret := token(t, 1)
	dir := folder(t, map[string]string{"a.env": withSecret(secret)})
	stdout, _, _ := run(t, dir, "scan", "--report", "json")
	var r weighedReport
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || len(r.Secrets) != 1 {
		t.Fatalf("%d secrets, error %v", len(r.Secrets), err)
	}
	found := r.Secrets[0].Fingerprint
	for _, tt := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no verdict", []string{found}, exitUsage, "accepts 2 arg(s)"},
		{"another verdict", []string{found, "maybe"}, exitUsage, "want true"},
		{"what an issuer's rule found", []string{found, "false"}, exitUsage, "suppress it"},
		{"nothing of that fingerprint", []string{"lg1s-" + strings.Repeat("0", 40), "false"}, exitFound, "no secret with fingerprint"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, stderr, code := run(t, dir, append([]string{"label"}, tt.args...)...)
			if code != tt.code || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit code %d, stderr %q; want %d and %q", code, masked(stderr, secret), tt.code, tt.want)
			}
			if _, err := os.Stat(filepath.Join(dir, label.FileName)); err == nil {
				t.Error("a file of labels was written")
			}
		})
	}
}
