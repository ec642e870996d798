package main

import (
	"slices"
	"strings"
	"testing"
)

// TestConfigErrors wants a mistake in a config file to stop the scan, and its
// message to say where it is and what was expected.
func TestConfigErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"unknown key", "[scan]\nmax-sise = '1KiB'\n", `:2:1: unknown key "scan.max-sise"`},
		{"unknown table", "[scna]\n", `:1:1: unknown key "scna"`},
		{"no TOML", "[scan\n", `:2:6: expected '.' or ']' to end table name`},
		{"no UTF-8", "# \xff\n", `invalid UTF-8 byte: 0xff`},
		{"wrong type", "[scan]\n  unreachable = 'yes'\n", `:2:3: key "scan.unreachable": a string: want true or false`},
		{"size", "[scan]\nmax-size = '1Kib'\n", `:2:13: key "scan.max-size": "1Kib": want a size such as "64MiB" or "1GiB"`},
		{"confidence", "[scan]\nmin-confidence = 'hihg'\n", `:2:19: key "scan.min-confidence": confidence "hihg": want one of low, medium, high`},
		{"depth", "[scan]\narchive-depth = -1\n", `:2:17: key "scan.archive-depth": -1: want a whole number from 0 to 32`},
		{"glob", "[scan]\nexclude = ['!a']\n", `:2:12: key "scan.exclude": glob "!a": ! is not supported`},
		{"severity", "[rules.severity]\ngithub-pat = 'bad'\n", `severity "bad": want one of info, low, medium, high, critical`},
		{"allowlist of nothing", "\n[[allow]]\nreason = 'x'\n", `:2:1: [[allow]] 1: an allowlist needs paths, regexes or stopwords`},
		{"allowlist's regex", "[[allow]]\npaths = ['a', '(']\n", "[[allow]] 1: paths: error parsing regexp: missing closing ): `(`; want a regular expression of RE2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{".leakguard.toml": tt.text, "app.env": withSecret(token(t, 1))})
			stdout, stderr, code := run(t, dir, "scan", "files", ".")
			if code != exitUsage || stdout != "" {
				t.Errorf("exit code %d with %d bytes on stdout, want 2 with none", code, len(stdout))
			}
			if !strings.HasPrefix(stderr, "leakguard: .leakguard.toml:") || !strings.Contains(stderr, tt.want) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("stderr %q: want one line with %q", stderr, tt.want)
			}
		})
	}
}

// TestFilesOfConfig wants a file that the config file leads to, and that is
// wrong or missing, to stop the scan.
func TestFilesOfConfig(t *testing.T) {
	t.Parallel()
	fingerprint := "lg1s-" + strings.Repeat("0123", 10)
	for _, tt := range []struct {
		name  string
		files map[string]string
		args  []string
		want  string
	}{
		{"rule's regex", map[string]string{".leakguard.toml": "", "rules.d/acme.toml": acmeWith(t, `{24})\b'`, `{24}\b'`)}, nil,
			"missing closing )"},
		{"two providers of one id", map[string]string{".leakguard.toml": "", "rules.d/a.toml": acme, "rules.d/b.toml": acme}, nil,
			`rules.d/b.toml: provider "acme" stands in rules.d/a.toml too`},
		{"baseline missing", map[string]string{".leakguard.toml": "suppress.baseline = 'known.json'"}, nil,
			"baseline: open known.json: "},
		{"baseline broken", map[string]string{"known.json": "{\n"}, []string{"--baseline", "known.json"},
			"known.json:1:2: byte 2: broken JSON"},
		{"baseline of something else", map[string]string{"known.json": "[]"}, []string{"--baseline", "known.json"},
			"known.json:1:1: want a leakguard baseline or JSON report"},
		{"ignore file", map[string]string{".leakguardignore": "# known\nnonsense\n"}, nil,
			`.leakguardignore:2:1: "nonsense": want a secret's fingerprint first`},
		{"ignore file's date", map[string]string{".leakguardignore": fingerprint + " until=2020-13-01"}, nil,
			`.leakguardignore:1:47: until=2020-13-01: want a date as YYYY-MM-DD`},
		{"ignore file is a folder", map[string]string{".leakguardignore/x": ""}, nil, ".leakguardignore: "},
		{"config missing", nil, []string{"--config", "other.toml"}, "other.toml: "},
		{"config is a folder", map[string]string{".leakguard.toml/x": ""}, nil, ".leakguard.toml: want a regular file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := run(t, folder(t, tt.files), append([]string{"scan", "stdin"}, tt.args...)...)
			if code != exitUsage || stdout != "" || !strings.HasPrefix(stderr, "leakguard: ") || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit code %d, stdout %q, stderr %q: want 2 and %q", code, stdout, stderr, tt.want)
			}
			if name := "rules.d/acme.toml"; tt.files[name] != "" && (!strings.Contains(stderr, name) || !strings.Contains(stderr, "key")) {
				t.Errorf("stderr %q: want %s and its rule to be named", stderr, name)
			}
		})
	}
}

func TestFlagErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--confidence", "sure"}, `--confidence: confidence "sure": want one of low, medium, high`},
		{[]string{"--max-size", "big"}, `--max-size: "big": want a size such as "64MiB"`},
		{[]string{"--exclude", "!a"}, `--exclude !a: glob "!a": ! is not supported`},
		{[]string{"--fail-on", "all"}, `--fail-on "all": want any, verified-or-unknown or verified`},
		{[]string{"--timeout", "5"}, `"--timeout"`},
		{[]string{"--workers", "many"}, `"--workers"`},
		{[]string{"--baseline", "gone.json"}, "gone.json: "},
		{[]string{"--colour"}, "unknown flag: --colour"},
	} {
		t.Run(tt.args[0], func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := run(t, t.TempDir(), append([]string{"scan", "stdin"}, tt.args...)...)
			if code != exitUsage || stdout != "" || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit code %d, stdout %q, stderr %q: want 2 and %q", code, stdout, stderr, tt.want)
			}
		})
	}
}

func TestSeverityOverride(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		severity string
		code     int
	}{{"critical", exitFound}, {"low", exitFound}, {"info", exitClean}} {
		t.Run(tt.severity, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{
				".leakguard.toml": "[rules.severity]\ngithub-pat = '" + tt.severity + "'\n", "app.env": withSecret(token(t, 1)),
			})
			stdout, stderr, code := run(t, dir, "scan", "files", ".", "--report", "json")
			r := parseReport(t, stdout, stderr)
			if len(r.Secrets) != 1 || r.Secrets[0].Severity != tt.severity || code != tt.code {
				t.Errorf("exit code %d, want %d; secrets: %+v", code, tt.code, r.Secrets)
			}
		})
	}
}

// TestExclude wants globs of the config file and of the flag to add up, whatever
// is scanned.
func TestExclude(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		commit bool
		args   []string
	}{
		{"files", false, []string{"files", "."}},
		{"staged", false, []string{"staged"}},
		{"git", true, []string{"git"}},
		{"range", true, []string{"git", "--range", "HEAD~1..HEAD"}},
		{"committed, with all else", true, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := repository(t)
			r.Write(".leakguard.toml", "scan.exclude = ['vendor/**']\n")
			r.Write("vendor/a/x.env", withSecret(token(t, 1))).Write("b.gen.js", withSecret(token(t, 2))).Write("src/c.env", withSecret(token(t, 3)))
			r.Git("add", ".")
			if tt.commit {
				r.Commit("add")
			}
			got := judge(t, r.Dir, append(tt.args, "--exclude", "*.gen.js")...)
			if paths := pathsOf(got.Secrets); !slices.Equal(paths, []string{"src/c.env"}) {
				t.Errorf("found in %q, want src/c.env alone", paths)
			}
		})
	}
}

func TestMinConfidence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, config string
		args         []string
		want         []string
	}{
		{"default", "", nil, []string{tokenRule, "generic-password"}},
		{"config", "scan.min-confidence = 'high'", nil, []string{tokenRule}},
		{"flag", "", []string{"--confidence", "high"}, []string{tokenRule}},
		{"flag before config", "scan.min-confidence = 'high'", []string{"--confidence", "medium"}, []string{tokenRule, "generic-password"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			password := expand(t, "${lower:5}${digit:4}${upper:4}", 2)
			dir := folder(t, map[string]string{
				".leakguard.toml": "generic.cut-high = 1.0\n" + tt.config, "app.py": "token = '" + token(t, 1) + "'\npassword = '" + password + "'\n",
			})
			got := judge(t, dir, append([]string{"files", "."}, tt.args...)...)
			if ids := rulesOf(got.Secrets); !slices.Equal(ids, tt.want) {
				t.Errorf("found %q, want %q", ids, tt.want)
			}
		})
	}
}

func TestInit(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"sub/app.env": withSecret(token(t, 1))})
	before := judge(t, dir, "files", ".")
	stdout, stderr, code := run(t, dir, "init")
	if code != exitClean || stdout != "wrote .leakguard.toml\n" || stderr != "" {
		t.Fatalf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	_, stderr, code = run(t, dir, "scan", "files", ".")
	if code != exitFound || stderr != "" {
		t.Errorf("a scan with the new file: exit code %d, stderr %q", code, stderr)
	}
	if after := judge(t, dir, "files", "."); len(after.Secrets) != len(before.Secrets) {
		t.Errorf("%d secrets with the new file, %d before it", len(after.Secrets), len(before.Secrets))
	}

	overwrite(t, dir+"/.leakguard.toml", []byte("# mine\n"))
	_, stderr, code = run(t, dir, "init")
	if want := "leakguard: .leakguard.toml is there already\n"; code != exitUsage || stderr != want {
		t.Errorf("once more: exit code %d, stderr %q, want 2, %q", code, stderr, want)
	}
	if got := string(read(t, dir+"/.leakguard.toml")); got != "# mine\n" {
		t.Errorf("the file was overwritten with %d bytes", len(got))
	}

	if stdout, _, code = run(t, dir, "init", "sub"); code != exitClean || stdout != "wrote sub/.leakguard.toml\n" {
		t.Errorf("init sub: exit code %d, stdout %q", code, stdout)
	}
	if _, stderr, code = run(t, dir, "init", "gone"); code != exitUsage || !strings.Contains(stderr, "gone") {
		t.Errorf("init gone: exit code %d, stderr %q", code, stderr)
	}
}
