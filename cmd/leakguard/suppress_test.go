package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// TestInlineMark puts a mark behind a secret. It either suppresses, or the
// report says why not.
func TestInlineMark(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, mark, config string
		args               []string
		want               *suppression // nil: the secret counts
		unused             string
	}{
		{"reason", "leakguard:allow made up for a test", "", nil, &suppression{Kind: "inline", Where: "leakguard:allow", Reason: "made up for a test"}, ""},
		{"no reason", "leakguard:allow", "", nil, &suppression{Kind: "inline", Where: "leakguard:allow"}, ""},
		{"its rule", "leakguard:allow=aws-access-key-id,github-pat", "", nil, &suppression{Kind: "inline", Where: "leakguard:allow"}, ""},
		{"another rule", "leakguard:allow=npm-access-token", "", nil, nil, ""},
		{"not expired", "leakguard:allow until=9999-12-31 soon gone", "", nil,
			&suppression{Kind: "inline", Where: "leakguard:allow", Reason: "soon gone", Until: "9999-12-31"}, ""},
		{"expired", "leakguard:allow until=2020-01-31", "", nil, nil, "app.py:1: leakguard:allow expired on 2020-01-31; it suppresses nothing"},
		{"no date", "leakguard:allow until=soon", "", nil, nil, "app.py:1: leakguard:allow: until=soon: want a date as YYYY-MM-DD; it suppresses nothing"},
		{"word of another tool", "gitleaks:allow", "", nil, &suppression{Kind: "inline", Where: "gitleaks:allow"}, ""},
		{"on the next line", "\n# leakguard:allow", "", nil, nil, ""},
		{"refused by flag", "leakguard:allow", "", []string{"--no-inline-allow"}, nil, "app.py:1: leakguard:allow is refused in this scan; it suppresses nothing"},
		{"refused by config", "leakguard:allow", "suppress.inline = false", nil, nil, "app.py:1: leakguard:allow is refused in this scan; it suppresses nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{".leakguard.toml": tt.config, "app.py": "token = '" + token(t, 1) + "' # " + tt.mark + "\n"})
			got := judge(t, dir, append([]string{"files", "."}, tt.args...)...)
			wantSuppressed(t, got, tt.want)
			wantUnused(t, got, tt.unused)
		})
	}
}

// wantSuppressed wants the one secret to be suppressed as given, or to count.
func wantSuppressed(t *testing.T, r judged, want *suppression) {
	t.Helper()
	if len(r.Secrets)+len(r.Suppressed) != 1 {
		t.Fatalf("%d secrets count and %d are suppressed, want one in all", len(r.Secrets), len(r.Suppressed))
	}
	if want == nil {
		if len(r.Suppressed) > 0 {
			t.Errorf("it is suppressed: %+v", *r.Suppressed[0].Suppressed)
		}
		return
	}
	if len(r.Suppressed) == 0 {
		t.Fatal("it is not suppressed")
	}
	if got := r.Suppressed[0].Suppressed; got == nil || *got != *want {
		t.Errorf("suppressed by %+v, want %+v", got, *want)
	}
}

// wantUnused wants one sentence on suppressions that did not serve, or none.
func wantUnused(t *testing.T, r judged, want string) {
	t.Helper()
	if want == "" && len(r.Unused) > 0 || want != "" && !slices.Equal(r.Unused, []string{want}) {
		t.Errorf("unused suppressions %q, want %q", r.Unused, want)
	}
}

// TestMarkOfOneOccurrence wants a mark to suppress where it stands only.
func TestMarkOfOneOccurrence(t *testing.T) {
	t.Parallel()
	secret := token(t, 1)
	dir := folder(t, map[string]string{"a.py": "k = '" + secret + "' # leakguard:allow\n", "b.py": "k = '" + secret + "'\n"})
	got := judge(t, dir, "files", ".")
	if len(got.Secrets) != 1 || len(got.Suppressed) != 0 {
		t.Fatalf("%d secrets count and %d are suppressed, want 1 and 0", len(got.Secrets), len(got.Suppressed))
	}
	for _, o := range got.Secrets[0].Occurrences {
		if (o.Suppressed != nil) != (o.Path == "a.py") {
			t.Errorf("%s: suppressed by %+v", o.Path, o.Suppressed)
		}
	}
	text, _, _ := run(t, dir, "scan", "files", ".")
	if !strings.Contains(text, "1 secret in 1 place:") || !strings.Contains(text, "1 place is suppressed") || strings.Contains(text, "a.py") {
		t.Errorf("the text report is not of b.py alone:\n%s", text)
	}
}

// ignoreLine is what the text report of a scan with one secret says to paste
// into the ignore file.
func ignoreLine(t *testing.T, dir string, args ...string) string {
	t.Helper()
	text, _, code := run(t, dir, append([]string{"scan"}, args...)...)
	if code != exitFound {
		t.Fatalf("exit code %d, want 1", code)
	}
	_, rest, ok := strings.Cut(text, "to ignore: ")
	if !ok || strings.Contains(rest, "to ignore: ") {
		t.Fatal("the report has not one line that says what to paste")
	}
	line, _, _ := strings.Cut(rest, "\n")
	return line + "\n"
}

// TestPastedIgnoreLine follows a user who pastes what the report offers.
func TestPastedIgnoreLine(t *testing.T) {
	t.Parallel()
	for name, template := range map[string]string{
		"random":    "token = '${token:crc32-base62:ghp_}'",
		"guessable": "password = '${lower:5}${digit:4}${upper:4}'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := repository(t)
			line := expand(t, template, 1)
			r.Write("conf/app.py", line+"\n").Commit("add")
			r.Write(".leakguardignore", ignoreLine(t, r.Dir))
			got := judge(t, r.Dir)
			if len(got.Secrets) != 0 || len(got.Suppressed) != 1 || len(got.Unused) != 0 {
				t.Fatalf("%d secrets count, %d are suppressed, unused: %q; want 0, 1, none", len(got.Secrets), len(got.Suppressed), got.Unused)
			}
			if s := got.Suppressed[0].Suppressed; s.Kind != "ignore-file" || filepath.Base(s.Where) != ".leakguardignore:1" || !strings.HasSuffix(s.Reason, ": why it is harmless") {
				t.Errorf("suppressed by %+v", *s)
			}

			r.Remove("conf").Write("moved.py", "\n\n# moved\n  "+line+"\n").Commit("move")
			if got := judge(t, r.Dir); len(got.Secrets) != 0 || len(got.Suppressed) != 1 {
				t.Errorf("moved: %d secrets count and %d are suppressed, want 0 and 1", len(got.Secrets), len(got.Suppressed))
			}
			r.Write("moved.py", "\n\n# moved\n  "+line+" ; "+expand(t, template, 2)+"\n").Git("add", ".")
			for _, args := range [][]string{nil, {"staged"}, {"files", "moved.py"}} {
				if got := judge(t, r.Dir, args...); len(got.Secrets) != 1 {
					t.Errorf("scan %q with a new one on its line: %d secrets count, want 1", args, len(got.Secrets))
				}
			}
		})
	}
}

func TestIgnoreFile(t *testing.T) {
	t.Parallel()
	where := ".leakguardignore:1"
	for _, tt := range []struct {
		name, words string // words stand behind the fingerprint FP
		want        *suppression
		unused      string
	}{
		{"all words", " until=9999-12-31 owner=ada even-live # made up", &suppression{"ignore-file", where, "made up", "9999-12-31", "ada"}, ""},
		{"expired", " until=2020-01-31", nil, where + ": expired on 2020-01-31; FP is reported again"},
		{"bare", "", &suppression{Kind: "ignore-file", Where: where}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{"app.env": withSecret(token(t, 1))})
			fingerprint := strings.Fields(ignoreLine(t, dir, "files", "."))[0]
			overwrite(t, filepath.Join(dir, ".leakguardignore"), []byte(fingerprint+tt.words+"\n"))
			got := judge(t, dir, "files", ".")
			wantSuppressed(t, got, tt.want)
			wantUnused(t, got, strings.ReplaceAll(tt.unused, "FP", fingerprint))
		})
	}
}

// TestIgnoreUnused wants an entry whose secret is gone to be named, and the
// config file's choice of another ignore file to hold.
func TestIgnoreUnused(t *testing.T) {
	t.Parallel()
	gone := "lg1s-" + strings.Repeat("0123", 10)
	dir := folder(t, map[string]string{
		".leakguard.toml": "suppress.ignore-file = 'ci/known'", "ci/known": "# header\n" + gone + "\n", ".leakguardignore": "not read\n",
	})
	want := "ci/known:2: suppresses nothing: " + gone + " was not found; remove the line"
	wantUnused(t, judge(t, dir, "files", "."), want)
	if text, _, _ := run(t, dir, "scan", "files", "."); !strings.Contains(text, "Suppressions to look at\n  "+want+"\n") {
		t.Errorf("the text report does not say so:\n%s", text)
	}
}

// TestBaseline follows a baseline through its life.
func TestBaseline(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"src/old.env": withSecret(token(t, 1)), "src/two.env": withSecret(token(t, 2))})
	file := filepath.Join(dir, "known.json")
	baseline := func(args ...string) string {
		t.Helper()
		out, stderr, code := run(t, dir, append([]string{"baseline"}, args...)...)
		if code != exitClean || stderr != "" {
			t.Fatalf("baseline %s: exit code %d, stderr %q", args[0], code, stderr)
		}
		return out
	}
	if out := baseline("create", "known.json", "src"); out != "wrote known.json: 2 secrets\n" {
		t.Errorf("create said %q", out)
	}
	if text := string(read(t, file)); strings.Contains(text, token(t, 1)) || strings.Contains(text, token(t, 2)) {
		t.Error("the baseline holds a secret in clear")
	}
	got := judge(t, dir, "files", "src", "--baseline", "known.json")
	if len(got.Secrets) != 0 || len(got.Suppressed) != 2 || *got.Suppressed[0].Suppressed != (suppression{Kind: "baseline", Where: "known.json"}) {
		t.Errorf("all known: %d secrets count, suppressed: %+v", len(got.Secrets), got.Suppressed)
	}

	overwrite(t, filepath.Join(dir, "src/new.env"), []byte(withSecret(token(t, 3))))
	got = judge(t, dir, "files", "src", "--baseline", "known.json")
	if paths := pathsOf(got.Secrets); !slices.Equal(paths, []string{"src/new.env"}) && !slices.Equal(paths, []string{"new.env"}) {
		t.Errorf("a new one: found in %q", paths)
	}

	remove(t, filepath.Join(dir, "src/old.env"))
	got = judge(t, dir, "files", "src", "--baseline", "known.json")
	wantUnused(t, got, "known.json: 1 of 2 baseline entries suppress nothing; prune the baseline")
	if out := baseline("prune", "known.json", "src"); out != "wrote known.json: 1 entries dropped\n" {
		t.Errorf("prune said %q", out)
	}
	var kept judged
	if err := json.Unmarshal(read(t, file), &kept); err != nil || len(kept.Secrets) != 1 {
		t.Errorf("the pruned baseline has %d entries, want 1; %v", len(kept.Secrets), err)
	}
	wantUnused(t, judge(t, dir, "files", "src", "--baseline", "known.json"), "")
}

// TestBaselineOfConfig wants the baseline that the config file names to hold,
// and to be written although it is not there yet.
func TestBaselineOfConfig(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{".leakguard.toml": "suppress.baseline = 'known.json'", "app.env": withSecret(token(t, 1))})
	for range 2 { // what the first one suppresses must stay in the second
		if out, stderr, code := run(t, dir, "baseline", "create", "known.json"); code != exitClean || out != "wrote known.json: 1 secrets\n" {
			t.Fatalf("exit code %d, stdout %q, stderr %q", code, out, stderr)
		}
		if got := judge(t, dir, "files", "."); len(got.Secrets) != 0 || len(got.Suppressed) != 1 {
			t.Errorf("%d secrets count and %d are suppressed, want 0 and 1", len(got.Secrets), len(got.Suppressed))
		}
	}
}

// TestReportAsBaseline wants a JSON report to serve as a baseline.
func TestReportAsBaseline(t *testing.T) {
	t.Parallel()
	r := repository(t)
	r.Write("app.env", withSecret(token(t, 1))).Commit("add")
	known := filepath.Join(t.TempDir(), "report.json")
	if _, _, code := run(t, r.Dir, "scan", "--report", "json="+known); code != exitFound {
		t.Fatalf("exit code %d, want 1", code)
	}
	if got := judge(t, r.Dir, "--baseline", known); len(got.Secrets) != 0 || len(got.Suppressed) != 1 {
		t.Errorf("%d secrets count and %d are suppressed, want 0 and 1", len(got.Secrets), len(got.Suppressed))
	}
}

// TestPruneIncomplete wants a baseline to be left alone by a scan that did not
// see everything.
func TestPruneIncomplete(t *testing.T) {
	t.Parallel()
	r := repository(t)
	known := filepath.Join(t.TempDir(), "known.json")
	r.Write("app.env", withSecret(token(t, 1))).Commit("add")
	if _, _, code := run(t, r.Dir, "baseline", "create", known); code != exitClean {
		t.Fatalf("exit code %d", code)
	}
	before := string(read(t, known))
	remove(t, r.Loose(r.Rev("HEAD:app.env")))
	r.Remove("app.env")
	if _, stderr, code := run(t, r.Dir, "baseline", "prune", known); code != exitUsage || !strings.Contains(stderr, "the scan is incomplete") {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	if string(read(t, known)) != before {
		t.Error("the baseline was changed")
	}
}

func TestAllowlist(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, table string // PREFIX stands for the first eight characters of the secret
		suppressed  bool
		unused      string
	}{
		{"path", "paths = ['^testdata/']", true, ""},
		{"another path", "paths = ['^src/']", false, "suppresses nothing; remove it"},
		{"regex", "regexes = ['^PREFIX']", true, ""},
		{"stopword in any case", "stopwords = ['GHP_']", true, ""},
		{"any of two", "paths = ['^src/']\nregexes = ['^ghp_']", true, ""},
		{"all of two, one does not hold", "all = true\npaths = ['^src/']\nregexes = ['^PREFIX']", false, "suppresses nothing; remove it"},
		{"all of two, both hold", "all = true\npaths = ['^testdata/']\nregexes = ['^PREFIX']", true, ""},
		{"its rule", "paths = ['^testdata/']\nrules = ['github-pat']", true, ""},
		{"another rule", "paths = ['^testdata/']\nrules = ['npm-access-token']", false, "suppresses nothing; remove it"},
		{"too broad", "paths = ['.*']", true, "too broad"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			secret := token(t, 1)
			config := "[[allow]]\nreason = 'made up'\n" + strings.ReplaceAll(tt.table, "PREFIX", secret[:8]) + "\n"
			dir := folder(t, map[string]string{".leakguard.toml": config, "testdata/app.env": withSecret(secret)})
			got := judge(t, dir, "files", ".")
			var want *suppression
			if tt.suppressed {
				want = &suppression{Kind: "allowlist", Where: ".leakguard.toml:1", Reason: "made up"}
			}
			wantSuppressed(t, got, want)
			if unused := strings.Join(got.Unused, "\n"); (unused == "") != (tt.unused == "") || !strings.Contains(unused, tt.unused) {
				t.Errorf("unused suppressions %q, want %q", unused, tt.unused)
			}
		})
	}
}

// TestIgnoreOfRoot wants config and ignore file to come from the repository's
// root, wherever in it the scan is started.
func TestIgnoreOfRoot(t *testing.T) {
	t.Parallel()
	r := repository(t)
	r.Write("deep/er/app.env", withSecret(token(t, 1))).Commit("add")
	r.Write(".leakguardignore", ignoreLine(t, r.Dir))
	for _, args := range [][]string{nil, {"git"}, {"staged"}} {
		at := gitrepo.At(t, r.Path("deep/er"))
		if got := judge(t, at.Dir, args...); len(got.Secrets) != 0 {
			t.Errorf("scan %q: %d secrets count, want 0", args, len(got.Secrets))
		}
	}
}
