package pipeline

import (
	"fmt"
	"os"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// azureFile is how a file is owned that another one names as a template.
const azureFile = "azure-pipelines.yml"

// azureFiles are the pipelines of Azure DevOps and their templates.
// https://learn.microsoft.com/en-us/azure/devops/pipelines/yaml-schema/
func azureFiles() system {
	s := search{
		scope: "pipeline",
		keys:  []string{"variables", "env", "parameters", "inputs"},
		units: map[string]string{"stages": "stage", "jobs": "job", "steps": "step"},
		names: []string{"stage", "job", "deployment", "displayName", "name"},
	}
	return system{
		name: "Azure Pipelines",
		owns: func(path, base string) bool {
			return isYAML(base) && (strings.Contains(base, "azure-pipeline") || in(path, ".azure-pipelines/") ||
				in(path, "azure-pipelines/") || in(path, ".azuredevops/"))
		},
		read: readYAML(azureHint, s.run),
	}
}

func azureHint(name, _ string) string {
	return fmt.Sprintf("az pipelines variable create --pipeline-name PIPELINE --name %s --secret true asks for the value; "+
		"then map it with env: %s: $(%s)", name, name, name)
}

// azureTemplates are the files of the repository that a pipeline's file names as
// templates: relative to itself, or from the root with a leading slash.
func azureTemplates(root *os.Root, name string) (names []string) {
	text, err := readSmall(root, name)
	if err != nil {
		return nil
	}
	var doc yaml.Node
	if yaml.Unmarshal(text, &doc) != nil {
		return nil
	}
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		for i, child := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "template" && child.Kind == yaml.ScalarNode {
				target := child.Value
				if !strings.HasPrefix(target, "/") {
					target = path.Join(path.Dir(name), target)
				}
				if !strings.ContainsAny(target, "@$") {
					names = append(names, strings.TrimPrefix(path.Clean(target), "/"))
				}
			}
			visit(child)
		}
	}
	visit(&doc)
	return names
}
