package buildlog

import (
	"path"
	"strings"
)

// GitHub packs the logs of a run as "<job>/<n>_<step>.txt", beside the same lines
// once more as "<n>_<job>.txt" (cli/cli, pkg/cmd/run/view/logs.go). Older ones
// have "-2147483648_<job>.txt".

// repeated tells which of the logs have the lines of others: those of a whole
// job of whose steps there are logs.
func (r *reading) repeated(paths []string) map[string]bool {
	steps := map[string]bool{} // folders that hold logs of steps
	for _, p := range paths {
		if _, ok := numbered(p); ok {
			steps[path.Dir(p)] = true
		}
	}
	all := map[string]bool{}
	for _, p := range paths {
		if job, ok := numbered(p); ok && steps[path.Join(path.Dir(p), job)] {
			all[p] = true
		}
	}
	if len(all) > 0 {
		r.cov.Exclude("logs of whole jobs", "their lines are those of the logs of the jobs' steps, which are read", "name the log itself", len(all))
	}
	return all
}

// placeInRun tells job and step by the path of a log of GitHub's.
func placeInRun(p string) Where {
	p = p[strings.LastIndexByte(p, '!')+1:]
	name, ok := numbered(p)
	dir := path.Base(path.Dir(p))
	switch {
	case ok && path.Dir(p) == ".":
		return Where{Job: name}
	case ok:
		return Where{Job: dir, Step: name}
	case path.Base(p) == "system.txt":
		return Where{Job: dir}
	}
	return Where{}
}

// numbered returns the name in "<n>_<name>.txt".
func numbered(p string) (name string, ok bool) {
	base, ok := strings.CutSuffix(path.Base(p), ".txt")
	number, name, found := strings.Cut(base, "_")
	digits := strings.TrimPrefix(number, "-")
	if !ok || !found || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	return name, true
}
