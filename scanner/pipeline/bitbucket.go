package pipeline

import "fmt"

// bitbucketFiles are the configurations of Bitbucket Pipelines.
// https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/
func bitbucketFiles() system {
	s := search{
		scope: "pipeline",
		keys:  []string{"variables", "environment", "image"},
		units: map[string]string{"services": "service", "step": "step", "custom": "pipeline", "branches": "branch"},
		names: []string{"name"},
	}
	return system{
		name: "Bitbucket Pipelines",
		owns: func(_, base string) bool {
			return base == "bitbucket-pipelines.yml" || base == "bitbucket-pipelines.yaml"
		},
		read: readYAML(bitbucketHint, s.run),
	}
}

func bitbucketHint(name, _ string) string {
	return fmt.Sprintf("Repository settings > Repository variables: add %s with Secured ticked, then write $%s in its place", settingName(name), settingName(name))
}
