package pipeline

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// githubFiles are workflows and actions.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
func githubFiles() system {
	return system{
		name: "GitHub Actions",
		owns: func(path, base string) bool {
			return isYAML(base) && (in(path, ".github/workflows/") || base == "action.yml" || base == "action.yaml")
		},
		read: readYAML(githubHint, readGitHub),
	}
}

func githubHint(name, scope string) string {
	return fmt.Sprintf("gh secret set %s, then ${{ secrets.%s }} in its place", settingName(name), settingName(name))
}

func readGitHub(w *walker, root *yaml.Node) {
	w.env(w.get(root, "env"), "env", "workflow")
	for _, event := range []string{"workflow_dispatch", "workflow_call"} {
		w.env(w.get(root, "on", event, "inputs"), "on."+event+".inputs", "workflow")
	}
	w.env(w.get(root, "inputs"), "inputs", "action")
	for name, job := range w.pairs(w.get(root, "jobs")) {
		w.githubJob(name, job)
	}
	runs := w.get(root, "runs")
	w.env(w.get(runs, "env"), "runs.env", "action")
	w.githubSteps(w.get(runs, "steps"), "runs", "the action")
}

func (w *walker) githubJob(name string, job *yaml.Node) {
	path, scope := "jobs."+name, "job "+name
	for _, key := range []string{"env", "with", "secrets", "outputs"} {
		w.env(w.get(job, key), path+"."+key, scope)
	}
	for _, key := range []string{"env", "credentials"} {
		w.env(w.get(job, "container", key), path+".container."+key, "container of "+scope)
		for service, s := range w.pairs(w.get(job, "services")) {
			at := path + ".services." + service + "." + key
			w.env(w.get(s, key), at, "service "+service+" of "+scope)
		}
	}
	w.env(w.get(job, "strategy", "matrix"), path+".strategy.matrix", "matrix of "+scope)
	w.githubSteps(w.get(job, "steps"), path, scope)
}

func (w *walker) githubSteps(steps *yaml.Node, path, scope string) {
	for i, step := range w.items(steps) {
		at := index(path+".steps", i)
		in := fmt.Sprintf("step %d of %s", i+1, scope)
		w.env(w.get(step, "env"), at+".env", in)
		w.env(w.get(step, "with"), at+".with", in)
	}
}

// settingName is a name as CI systems take it for a secret: capitals, digits and
// underscores.
func settingName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		}
		return '_'
	}, name)
}

func isYAML(base string) bool {
	return strings.HasSuffix(base, ".yml") || strings.HasSuffix(base, ".yaml")
}

// in reports whether path is below folder, which ends in a slash, at any depth.
func in(path, folder string) bool {
	return strings.HasPrefix(path, folder) || strings.Contains(path, "/"+folder)
}
