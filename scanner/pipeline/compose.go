package pipeline

import "strings"

// composeFiles are those of Docker Compose.
// https://docs.docker.com/reference/compose-file/
func composeFiles() system {
	s := search{
		scope: "project",
		keys:  []string{"environment", "args", "configs"},
		units: map[string]string{"services": "service"},
	}
	return system{
		name: "Docker Compose",
		owns: func(_, base string) bool {
			return isYAML(base) && (strings.HasPrefix(base, "docker-compose") || strings.HasPrefix(base, "compose.") || strings.HasPrefix(base, "compose-"))
		},
		read: readYAML(composeHint, s.run),
	}
}

func composeHint(name, _ string) string {
	return "keep it in a file that is not committed, name that under secrets: of the service, and read /run/secrets/" + strings.ToLower(settingName(name))
}
