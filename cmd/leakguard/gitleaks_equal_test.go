package main

import (
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// gitleaksConfigs are demanding configs under testdata/gitleaks; "" is gitleaks' own.
var gitleaksConfigs = []string{"", "chain.toml", "required.toml", "conditions.toml", "targets.toml", "paths.toml"}

// gitleaksLimit is how long a scan may take: with rules that find thousands of guessable
// secrets it takes minutes, for each has a fingerprint that is slow to make.
const gitleaksLimit = 30 * time.Minute

// TestGitleaksEqual compares what is found with --rules gitleaks with what gitleaks
// 8.30.1 finds, in a made repository and in those that GITLEAKS_EQUAL names. It needs
// gitleaks, in PATH or in bin; bench/gitleaks-equal.sh puts it there.
func TestGitleaksEqual(t *testing.T) {
	repos := filepath.SplitList(os.Getenv("GITLEAKS_EQUAL"))
	tool := findGitleaks(t)
	if tool == "" {
		t.Skipf("gitleaks 8.30.1 is not installed: %d comparisons were not made", 2*len(gitleaksConfigs)*(len(repos)+1))
	}
	made := gitleaksRepository(t).Dir
	for _, repo := range append([]string{made}, repos...) {
		for _, config := range gitleaksConfigs {
			for _, kind := range []string{"git", "files"} {
				name := cmp.Or(config, "default") + " " + kind
				if repo != made {
					name = filepath.Base(repo) + " " + name
				}
				t.Run(name, func(t *testing.T) { compareWithGitleaks(t, tool, repo, config, kind) })
			}
		}
	}
}

// findGitleaks returns the path of gitleaks 8.30.1; "" if it is not there.
func findGitleaks(t *testing.T) string {
	t.Helper()
	local, err := filepath.Abs("../../bin/gitleaks")
	if err != nil {
		t.Fatal(err)
	}
	tool := local
	if _, err := os.Stat(local); err != nil {
		if tool, err = exec.LookPath("gitleaks"); err != nil {
			return ""
		}
	}
	if info, err := buildinfo.ReadFile(tool); err != nil || info.Main.Version != "v8.30.1" {
		return ""
	}
	return tool
}

// gitleaksFound is one finding, as both tools report it.
type gitleaksFound struct {
	RuleID, File, Commit, Secret string
	StartLine                    int
}

// String shows all but the secret.
func (f gitleaksFound) String() string {
	return fmt.Sprintf("%s %s:%d %s (secret of %d bytes)", f.RuleID, f.File, f.StartLine, f.Commit, len(f.Secret))
}

// compareWithGitleaks runs both tools in the folder of the configs: paths in these are
// relative to it.
func compareWithGitleaks(t *testing.T, tool, repo, config, kind string) {
	dir, err := filepath.Abs("../../testdata/gitleaks")
	if err != nil {
		t.Fatal(err)
	}
	theirs, ours := filepath.Join(t.TempDir(), "theirs"), filepath.Join(t.TempDir(), "ours")
	args := []string{map[string]string{"git": "git", "files": "dir"}[kind], repo, "--no-banner", "--exit-code", "0", "-f", "json", "-r", theirs}
	own := []string{"scan", kind, repo, "--rules", "gitleaks", "--reveal", "--allow-incomplete", "--report", "gitleaks=" + ours}
	if config != "" {
		args, own = append(args, "-c", config), append(own, "--gitleaks-config", config)
	}
	peer := exec.CommandContext(t.Context(), tool, args...)
	peer.Dir = dir
	if out, err := peer.CombinedOutput(); err != nil {
		t.Fatalf("gitleaks: %v in %d bytes of output", err, len(out))
	}
	_, stderr, code := command{dir: dir, args: own, limit: gitleaksLimit}.run(t)
	if code != exitClean && code != exitFound {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	want, got := readFound(t, theirs), readFound(t, ours)
	t.Logf("%d findings", len(want))
	for _, f := range missingFrom(want, got) {
		t.Errorf("gitleaks alone finds %v", f)
	}
	for _, f := range missingFrom(got, want) {
		t.Errorf("leakguard alone finds %v", f)
	}
}

// readFound reads a report's findings, each once.
func readFound(t *testing.T, name string) map[gitleaksFound]bool {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var list []gitleaksFound
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	found := map[gitleaksFound]bool{}
	for _, f := range list {
		found[f] = true
	}
	return found
}

// missingFrom lists what all has and not has not, sorted; at most a few.
func missingFrom(all, not map[gitleaksFound]bool) []gitleaksFound {
	var rest []gitleaksFound
	for f := range all {
		if !not[f] {
			rest = append(rest, f)
		}
	}
	slices.SortFunc(rest, func(a, b gitleaksFound) int { return strings.Compare(a.String(), b.String()) })
	return rest[:min(len(rest), 10)]
}
