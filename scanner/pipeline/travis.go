package pipeline

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// travisFiles are the configurations of Travis CI.
// https://docs.travis-ci.com/user/environment-variables/
func travisFiles() system {
	return system{
		name: "Travis CI",
		owns: func(_, base string) bool { return base == ".travis.yml" || base == ".travis.yaml" },
		read: readYAML(travisHint, readTravis),
	}
}

func travisHint(string, string) string {
	return "travis encrypt --add env.global reads NAME=value from standard input; or set it in the repository's settings with its display off"
}

func readTravis(w *walker, root *yaml.Node) {
	w.travisEnv(w.get(root, "env"), "env", "build")
	for _, key := range []string{"jobs", "matrix"} {
		for i, job := range w.items(w.get(root, key, "include")) {
			path := index(key+".include", i)
			w.travisEnv(w.get(job, "env"), path+".env", fmt.Sprintf("job %d", i+1))
			w.tree(w.get(job, "deploy"), path+".deploy", fmt.Sprintf("deployment of job %d", i+1), 0)
		}
	}
	for _, key := range []string{"deploy", "notifications", "addons"} {
		w.flush()
		w.tree(w.get(root, key), key, key, 0)
	}
}

// travisEnv reads an environment, or the two kinds of it that a file may have.
func (w *walker) travisEnv(env *yaml.Node, path, scope string) {
	split := false
	for _, key := range []string{"global", "jobs", "matrix"} {
		if part := w.get(env, key); part != nil && part.Kind != yaml.ScalarNode {
			w.env(part, path+"."+key, scope)
			split = true
		}
	}
	if !split {
		w.env(env, path, scope)
	}
}
