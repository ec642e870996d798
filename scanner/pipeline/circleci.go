package pipeline

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// circleciFiles are the configurations of CircleCI.
// https://circleci.com/docs/reference/configuration-reference/
func circleciFiles() system {
	s := search{
		scope: "pipeline",
		keys:  []string{"environment", "parameters", "auth", "aws_auth"},
		units: map[string]string{"jobs": "job", "steps": "step", "executors": "executor", "commands": "command"},
	}
	return system{
		name: "CircleCI",
		owns: func(path, base string) bool { return isYAML(base) && in(path, ".circleci/") },
		read: readYAML(circleciHint, func(w *walker, root *yaml.Node) {
			s.run(w, root)
			w.tree(w.get(root, "workflows"), "workflows", "workflow", 0)
		}),
	}
}

func circleciHint(name, _ string) string {
	return fmt.Sprintf("circleci context store-secret --org-id ORG CONTEXT %s, then name the context in the job", settingName(name))
}
