package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// acme is a provider file of a user's own.
const acme = `id = "acme"
name = "Acme"
[[credential]]
id = "key"
name = "Acme key"
source = "https://acme.example/keys"
regex = '\b(acme_[0-9a-z]{24})\b'
match = ["key: acme_${loweralnum:24}"]
ignore = ["acme_${loweralnum:23}"]
`

// acmeWith is acme with one line replaced.
func acmeWith(t *testing.T, old, line string) string {
	t.Helper()
	if strings.Count(acme, old) != 1 {
		t.Fatalf("%q is not there once", old)
	}
	return strings.Replace(acme, old, line, 1)
}

// listed is a rule as the JSON of rules list and rules show has it.
type listed struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Provider   string   `json:"provider"`
	Severity   string   `json:"severity"`
	Confidence string   `json:"confidence"`
	Identity   string   `json:"identity"`
	OWASP      []string `json:"owasp"`
	Pattern    string   `json:"pattern"`
	Detector   string   `json:"detector"`
	Keywords   []string `json:"keywords"`
	Entropy    float64  `json:"entropy"`
	Checksum   string   `json:"checksum"`
	Source     string   `json:"source"`
	Rotate     string   `json:"rotate"`
	Runbook    bool     `json:"runbook"`
	Matches    int      `json:"matches"`
	Ignores    int      `json:"ignores"`
	Steps      []string `json:"steps"`
	Verifiable bool     `json:"verifiable"`
	Revocable  bool     `json:"revocable"`
}

// strictly reads JSON and fails on a field that v does not have.
func strictly(t *testing.T, text string, v any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		t.Fatal(err)
	}
}

func TestRulesList(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text, stderr, code := run(t, dir, "rules", "list")
	if code != exitClean || stderr != "" {
		t.Fatalf("exit code %d, stderr %q", code, stderr)
	}
	table, total, _ := strings.Cut(text, "\n\n")
	var inText []string
	providers := map[string]bool{}
	for line := range strings.Lines(table) {
		inText = append(inText, strings.Fields(line)[0])
	}
	if !slices.IsSorted(inText) {
		t.Error("the list is not in the order of ids")
	}

	out, stderr, code := run(t, dir, "rules", "list", "--format", "json")
	if code != exitClean || stderr != "" {
		t.Fatalf("--format json: exit code %d, stderr %q", code, stderr)
	}
	var all []listed
	strictly(t, out, &all)
	var inJSON []string
	for _, r := range all {
		inJSON = append(inJSON, r.ID)
		providers[r.Provider] = true
		wantListed(t, r)
	}
	if !slices.Equal(inText, inJSON) {
		t.Errorf("the text lists %d rules, the JSON %d, or in another order", len(inText), len(inJSON))
	}
	asked, _, _ := run(t, dir, "rules", "list", "--verifiable")
	verifiable := 0
	for _, r := range all {
		if r.Verifiable {
			verifiable++
		}
		if strings.Contains(asked, r.ID+" ") != r.Verifiable {
			t.Errorf("%s: verifiable: %t, and --verifiable says otherwise", r.ID, r.Verifiable)
		}
	}
	if verifiable < 80 {
		t.Errorf("%d credentials are verifiable, want at least 80", verifiable)
	}
	if want := fmt.Sprintf("%d credentials of %d providers\n", len(all), len(providers)); total != want {
		t.Errorf("the last line is %q, want %q", total, want)
	}
}

// wantListed wants all fields that each rule has.
func wantListed(t *testing.T, r listed) {
	t.Helper()
	for field, missing := range map[string]bool{
		"name":                r.Name == "",
		"provider":            !strings.HasPrefix(r.ID, r.Provider+"-"),
		"severity":            !slices.Contains([]string{"info", "low", "medium", "high", "critical"}, r.Severity),
		"identity":            !slices.Contains([]string{"either", "machine", "person"}, r.Identity),
		"owasp":               len(r.OWASP) == 0,
		"source":              !strings.HasPrefix(r.Source, "https://"),
		"rotate":              !strings.HasPrefix(r.Rotate, "https://"),
		"pattern or detector": (r.Pattern == "") == (r.Detector == ""),
		"confidence":          r.Detector == "" && !slices.Contains([]string{"low", "medium", "high"}, r.Confidence),
		"runbook":             !r.Runbook,
		"matches":             r.Matches == 0,
		"ignores":             r.Ignores == 0,
		"keywords":            r.Detector == "" && len(r.Keywords) == 0,
	} {
		if missing {
			t.Errorf("%s: %s is missing or wrong: %+v", r.ID, field, r)
		}
	}
}

func TestRulesShow(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{".leakguard.toml": "", "rules.d/acme.toml": acme})
	var got listed
	out, _, code := run(t, dir, "rules", "show", "acme-key")
	if code != exitClean {
		t.Fatalf("exit code %d", code)
	}
	strictly(t, out, &got)
	want := listed{
		ID: "acme-key", Name: "Acme key", Provider: "acme", Severity: "high", Confidence: "high", Identity: "either",
		OWASP: []string{"NHI2:2025"}, Pattern: `\b(acme_[0-9a-z]{24})\b`, Keywords: []string{"acme_"},
		Source: "https://acme.example/keys", Matches: 1, Ignores: 1,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}

	out, _, _ = run(t, dir, "rules", "show", tokenRule)
	strictly(t, out, &got)
	if got.Checksum != "crc32-base62" || len(got.Steps) < 3 {
		t.Errorf("%s without its checksum or its runbook: %+v", tokenRule, got)
	}
}

func TestRulesUsage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want string
		args       []string
	}{
		{"show unknown", `leakguard: no rule "gihub-pat": see leakguard rules list`, []string{"rules", "show", "gihub-pat"}},
		{"show none", "leakguard: accepts 1 arg(s), received 0", []string{"rules", "show"}},
		{"list format", `leakguard: --format "xml": want text, summary or json`, []string{"rules", "list", "--format", "xml"}},
		{"bench nothing", "leakguard: requires at least 1 arg(s), only received 0", []string{"rules", "bench"}},
		{"bench what is not there", "leakguard: stat gone: no such file or directory", []string{"rules", "bench", "gone"}},
		{"bench format", `leakguard: --format "xml": want text or json`, []string{"rules", "bench", "--format", "xml", "."}},
		{"new provider, bad id", `leakguard: "Acme Cloud": want lower-case words joined by hyphens`, []string{"rules", "new", "Acme Cloud"}},
		{"scan unknown", `leakguard: no rule "gihub-pat": see leakguard rules list`, []string{"scan", "stdin", "--rule", "gihub-pat"}},
		{"explain unknown", `leakguard: "gihub-pat" is no fingerprint and no rule: see leakguard rules list`, []string{"explain", "gihub-pat"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := run(t, t.TempDir(), tt.args...)
			if code != exitUsage || stdout != "" || stderr != tt.want+"\n" {
				t.Errorf("exit code %d, stdout %q\nstderr %q\nwant   %q", code, stdout, stderr, tt.want+"\n")
			}
		})
	}
}

func TestRulesTest(t *testing.T) {
	t.Parallel()
	const ran = "ran  acme-key: 2 templates, a program of 35 instructions\n"
	for _, tt := range []struct {
		name, text     string
		stdout, stderr string // stderr names the file and holds this
		code           int
	}{
		{"good", acme, ran, "", exitClean},
		{"match that is not found", acmeWith(t, "key: acme_${loweralnum:24}", "key: acme_${loweralnum:22}"),
			`FAIL acme-key: match "key: acme_${loweralnum:22}": the pattern does not match` + "\n" + ran, "", exitFound},
		{"ignore that is found", acmeWith(t, "acme_${loweralnum:23}", "acme_${loweralnum:24}"),
			`FAIL acme-key: ignore "acme_${loweralnum:24}": the rule finds something` + "\n" + ran, "", exitFound},
		{"no ignore", acmeWith(t, `ignore = ["acme_${loweralnum:23}"]`, ""),
			"FAIL acme-key: it needs at least one match and one ignore template\n" + strings.Replace(ran, "2 t", "1 t", 1), "", exitFound},
		{"unknown key", acmeWith(t, `name = "Acme"`, `nmae = "Acme"`), "",
			`acme.toml:2:1: unknown key "nmae"`, exitUsage},
		{"no TOML", acmeWith(t, `id = "key"`, `id = key`), "",
			`acme.toml:4:6: key "credential.id": expected value`, exitUsage},
		{"regex that does not compile", acmeWith(t, `{24})\b'`, `{24}\b'`), "",
			"missing closing )", exitUsage},
		{"unknown template", acmeWith(t, "key: acme_${loweralnum:24}", "key: acme_${letters:24}"), "",
			`${letters:24}: unknown name "letters"`, exitUsage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{"acme.toml": tt.text})
			stdout, stderr, code := run(t, dir, "rules", "test", "acme.toml")
			if code != tt.code || stdout != tt.stdout {
				t.Errorf("exit code %d, want %d\nstdout %q\nwant   %q", code, tt.code, stdout, tt.stdout)
			}
			if tt.stderr == "" && stderr != "" || !strings.Contains(stderr, tt.stderr) || code == exitUsage && !strings.Contains(stderr, "acme.toml") {
				t.Errorf("stderr %q: want acme.toml and %q", stderr, tt.stderr)
			}
		})
	}
}

// TestRulesTestReplaces tests a changed file of rules.d and a copy of a built-in one:
// neither is there twice.
func TestRulesTestReplaces(t *testing.T) {
	t.Parallel()
	github, err := os.ReadFile(filepath.Join(docsRoot, "detectors", "providers", "github.toml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := folder(t, map[string]string{"rules.d/acme.toml": acme, "mine.toml": string(github)})
	stdout, stderr, code := run(t, dir, "rules", "test", "rules.d/acme.toml", "mine.toml")
	if code != exitClean || stderr != "" || !strings.Contains(stdout, "ran  acme-key: ") || !strings.Contains(stdout, "ran  github-pat: ") {
		t.Errorf("exit code %d, stderr %q\n%s", code, stderr, stdout)
	}
}

// TestRulesTestAll tests all rules with a wrong one of rules.d among them.
func TestRulesTestAll(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"rules.d/acme.toml": acmeWith(t, "acme_${loweralnum:23}", "acme_${loweralnum:24}")})
	stdout, stderr, code := run(t, dir, "rules", "test")
	if code != exitFound || stderr != "" {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	var failed []string
	for line := range strings.Lines(stdout) {
		if strings.HasPrefix(line, "FAIL ") {
			failed = append(failed, line)
		}
	}
	want := []string{`FAIL acme-key: ignore "acme_${loweralnum:24}": the rule finds something` + "\n"}
	if !slices.Equal(failed, want) || !strings.Contains(stdout, " templates: failures: 1, warnings: ") {
		t.Errorf("failures %q, want %q", failed, want)
	}
}

func TestRulesSummary(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{".leakguard.toml": `rules.enable-only = ["acme-key", "github-pat", "github-oauth-token", "slack-bot-token"]`, "rules.d/acme.toml": acme})
	stdout, _, code := run(t, dir, "rules", "list", "--format", "summary")
	const want = "  3  providers\n  4  credentials\n  3  verifiable\n  3  revocable\n  2  with checksum\n  3  with runbook\n"
	if code != exitClean || stdout != want {
		t.Errorf("exit code %d\ngot\n%swant\n%s", code, stdout, want)
	}
}

// TestRulesBench measures a file, and a repository whose file is gone since: its
// history is read.
func TestRulesBench(t *testing.T) {
	t.Parallel()
	secret := token(t, 1)
	text := strings.Repeat("nothing here\n", 100) + withSecret(secret)
	r := repository(t)
	r.Write("app.env", text).Commit("add")
	r.Remove("app.env").Commit("remove")
	dir := folder(t, map[string]string{"app.env": text})
	for _, corpus := range []string{dir, filepath.Join(dir, "app.env"), r.Dir} {
		out, stderr, code := run(t, dir, "rules", "bench", "--format", "json", corpus)
		if code != exitClean || stderr != "" || strings.Contains(out, secret) {
			t.Fatalf("exit code %d, stderr %q", code, stderr)
		}
		var got struct {
			Texts, Bytes, Nanoseconds, ScanNanoseconds int64
			Rules                                      []struct {
				ID                                   string
				Nanoseconds, Windows, Bytes, Matches int64
				Share                                float64
			}
		}
		strictly(t, out, &got)
		if got.Texts < 1 || got.Bytes < int64(len(text)) || got.Nanoseconds <= 0 || got.ScanNanoseconds <= 0 {
			t.Errorf("%d texts, %d bytes, %d ns, scan %d ns", got.Texts, got.Bytes, got.Nanoseconds, got.ScanNanoseconds)
		}
		found, share := false, 0.0
		for i, rule := range got.Rules {
			share += rule.Share
			if rule.Windows == 0 || i > 0 && rule.Nanoseconds > got.Rules[i-1].Nanoseconds {
				t.Errorf("%s: never woken, or not in the order of cost", rule.ID)
			}
			found = found || rule.ID == tokenRule && rule.Matches == 1 && rule.Bytes >= int64(len(secret))
		}
		if !found || share <= 0 || share > 1 {
			t.Errorf("%s is not measured, or the shares add up to %v: %+v", tokenRule, share, got.Rules)
		}
		out, _, code = run(t, dir, "rules", "bench", "--top", "1", corpus)
		if lines := strings.Count(out, "\n"); code != exitClean || lines != 6 {
			t.Errorf("--top 1: exit code %d, %d lines\n%s", code, lines, out)
		}
	}
}

// TestRulesNew writes a provider file, tests it, and does not write it twice.
func TestRulesNew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join("rules.d", "acme-cloud.toml")
	out, _, code := run(t, dir, "rules", "new", "acme-cloud")
	if want := "wrote " + path + "\ntest it: leakguard rules test " + path + "\n"; code != exitClean || out != want {
		t.Fatalf("exit code %d, stdout %q, want %q", code, out, want)
	}
	out, stderr, code := run(t, dir, "rules", "test", path)
	if code != exitClean || !strings.HasPrefix(out, "ran  acme-cloud-api-key: 4 templates") {
		t.Errorf("exit code %d\n%s%s", code, out, stderr)
	}
	_, stderr, code = run(t, dir, "rules", "new", "acme-cloud")
	if want := "leakguard: " + path + " is there already\n"; code != exitUsage || stderr != want {
		t.Errorf("the second time: exit code %d, stderr %q, want %q", code, stderr, want)
	}
}

// TestRulesThatRun scans for a built-in rule's secret and for one of rules.d
// beside the config file.
func TestRulesThatRun(t *testing.T) {
	t.Parallel()
	both := []string{tokenRule, "acme-key"}
	for _, tt := range []struct {
		name, config string
		flags        []string
		want         []string
	}{
		{"all", "", nil, both},
		{"--rule", "", []string{"--rule", "acme-key"}, []string{"acme-key"}},
		{"--rule twice", "", []string{"--rule", "acme-key", "--rule", tokenRule}, both},
		{"disable", `rules.disable = ["github-pat"]`, nil, []string{"acme-key"}},
		{"enable-only", `rules.enable-only = ["acme-key"]`, nil, []string{"acme-key"}},
		{"enable-only and disable", "[rules]\nenable-only = ['acme-key', 'github-pat']\ndisable = ['acme-key']", nil, []string{tokenRule}},
		{"--rule before disable", `rules.disable = ["acme-key"]`, []string{"--rule", "acme-key"}, []string{"acme-key"}},
		{"--rule before enable-only", `rules.enable-only = ["github-pat"]`, []string{"--rule", "acme-key"}, []string{"acme-key"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{
				"conf/.leakguard.toml": tt.config, "conf/rules.d/acme.toml": acme,
				"in/app.env": "a = " + token(t, 1) + "\nb = " + expand(t, "acme_${loweralnum:24}", 2) + "\n",
			})
			got := judge(t, dir, append([]string{"files", "in", "--config", "conf/.leakguard.toml"}, tt.flags...)...)
			if ids := rulesOf(got.Secrets); !slices.Equal(ids, tt.want) {
				t.Errorf("found %q, want %q", ids, tt.want)
			}
		})
	}
}

func TestRulesThatClash(t *testing.T) {
	t.Parallel()
	text := strings.Replace(acmeWith(t, `id = "acme"`, `id = "github"`), `"key"`, `"pat"`, 1)
	dir := folder(t, map[string]string{".leakguard.toml": "", "rules.d/github.toml": text})
	_, stderr, code := run(t, dir, "scan", "stdin")
	if want := "leakguard: rules.d, beside the built-in rules: "; code != exitUsage || !strings.HasPrefix(stderr, want) || !strings.Contains(stderr, "github") {
		t.Errorf("exit code %d, stderr %q, want %q and what is there twice", code, stderr, want)
	}
}

func TestRulesUnknownInConfig(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{".leakguard.toml": `rules.disable = ["gone"]`})
	_, stderr, code := run(t, dir, "scan", "stdin")
	if want := `leakguard: warning: .leakguard.toml: rules.disable: no rule has the id "gone"` + "\n"; code != exitClean || stderr != want {
		t.Errorf("exit code %d, stderr %q, want 0, %q", code, stderr, want)
	}
}
