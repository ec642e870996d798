package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// TestDeterminism wants the same bytes out on any number of cores and workers,
// however often the scan is run.
func TestDeterminism(t *testing.T) {
	t.Parallel()
	r := scattered(t)
	first := map[string]string{}
	for _, cores := range []string{"1", "2"} {
		for _, workers := range []string{"1", "8"} {
			for n := range 3 {
				where := fmt.Sprintf("%s cores, %s workers, run %d", cores, workers, n+1)
				for format, text := range threeReports(t, r.Dir, cores, workers) {
					if first[format] == "" {
						first[format] = text
					}
					if at := firstDifference(first[format], text); at >= 0 {
						t.Errorf("%s: the %s report differs from the first at byte %d of %d: %q",
							where, format, at, len(first[format]), text[max(0, at-80):min(len(text), at+40)])
					}
				}
			}
		}
	}
	var got judged
	if err := json.Unmarshal([]byte(first["json"]), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Secrets) < 50 || got.Complete {
		t.Errorf("%d secrets, complete %t: too few for a test of order", len(got.Secrets), got.Complete)
	}
}

// threeReports scans dir once and returns the reports by format.
func threeReports(t *testing.T, dir, cores, workers string) map[string]string {
	t.Helper()
	out := t.TempDir()
	all := map[string]string{"json": "", "sarif": "", "text": ""}
	args := []string{"scan", "--workers", workers}
	for format := range all {
		args = append(args, "--report", format+"="+filepath.Join(out, format))
	}
	_, stderr, code := command{dir: dir, env: []string{"GOMAXPROCS=" + cores}, args: args}.run(t)
	if code != exitFound || stderr != "" {
		t.Fatalf("exit code %d, stderr %q", code, stderr)
	}
	for format := range all {
		all[format] = string(read(t, filepath.Join(out, format)))
	}
	return all
}

// firstDifference is where a and b first differ; -1 if they are the same.
func firstDifference(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return min(len(a), len(b))
	}
	return -1
}

// scattered is a repository with some sixty secrets of several rules in all
// kinds of places, many of them in more than one, and with gaps.
func scattered(t *testing.T) *gitrepo.Repo {
	t.Helper()
	r := repository(t)
	n := uint64(0)
	next := func() string { n++; return token(t, n) }
	for i := range 6 {
		name := fmt.Sprintf("service-%d", i)
		shared := next()
		r.Switch("b-"+name).Write(name+"/app.env", withSecret(next())+"k = "+shared+"\n")
		r.Write(name+"/conf.py", fmt.Sprintf("password = '%s'\nkey = '%s'\n", expand(t, "${lower:5}${digit:4}${upper:4}", n), next()))
		r.With("GIT_AUTHOR_NAME=" + next()).Commit("add " + next())
		r.Write(name+"/copy.env", "k = "+shared+"\n").Write(name+"/old.zip", zipOf(t, "inner.env", withSecret(next()))).Commit("copy")
		r.Git("tag", "-a", "v-"+name, "-m", "built with "+next())
		r.Switch("main").Merge("b-" + name).Commit("merge " + name)
	}
	dangling(t, r, next())
	r.Write("stash.env", withSecret(next())).Git("add", ".")
	r.Git("stash", "-q")
	r.Git("notes", "add", "-m", "see "+next())
	r.Git("gc", "-q")
	r.Write("staged.env", withSecret(next())).Git("add", ".")
	for i := range 6 {
		r.Write(fmt.Sprintf("untracked/%d.env", i), withSecret(next())+"\nsecond = "+next()+"\n")
	}
	r.SetRef("refs/heads/broken-1", "none").SetRef("refs/heads/broken-2", "none")
	return r
}
