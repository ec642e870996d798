package pipeline

import "fmt"

// buildkiteFiles are the pipelines of Buildkite.
// https://buildkite.com/docs/pipelines/configure/defining-steps
func buildkiteFiles() system {
	s := search{
		scope: "pipeline",
		keys:  []string{"env", "environment", "build_args", "args", "matrix"},
		units: map[string]string{"steps": "step"},
		names: []string{"label", "key", "group", "name"},
	}
	return system{
		name: "Buildkite",
		owns: func(path, base string) bool {
			return isYAML(base) && (in(path, ".buildkite/") || base == "buildkite.yml" || base == "buildkite.yaml")
		},
		read: readYAML(buildkiteHint, s.run),
	}
}

func buildkiteHint(name, _ string) string {
	return fmt.Sprintf("add %s to the secrets of the cluster and name it under secrets: of the step, or read it with buildkite-agent secret get %s", settingName(name), settingName(name))
}
