package pipeline

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"
)

// kubernetesFiles are manifests, and the values of Helm charts. Templates of
// charts are no YAML; their text is read by package files.
// https://kubernetes.io/docs/reference/kubernetes-api/
func kubernetesFiles() system {
	return system{
		name: "Kubernetes",
		owns: func(_, base string) bool { return isYAML(base) },
		sniff: func(text []byte) bool {
			manifest := bytes.Contains(text, []byte("apiVersion:")) && bytes.Contains(text, []byte("kind:"))
			return manifest && !bytes.Contains(text, []byte("{{"))
		},
		read: readYAML(kubernetesHint, readManifest),
	}
}

func helmFiles() system {
	return system{
		name: "Helm",
		owns: func(path, base string) bool {
			return isYAML(base) && strings.HasPrefix(base, "values") && !in(path, "templates/")
		},
		read: readYAML(helmHint, func(w *walker, root *yaml.Node) { w.tree(root, "", "chart", 0) }),
	}
}

func kubernetesHint(name, _ string) string {
	return "kubectl create secret generic NAME --from-file=" + name + "=FILE, then valueFrom.secretKeyRef in its place; keep the manifest of the Secret out of the repository or sealed"
}

func helmHint(name, _ string) string {
	return "leave " + name + " out of the values; refer to a Secret that exists already, or pass the value with helm --set-file"
}

func readManifest(w *walker, root *yaml.Node) {
	if w.get(root, "apiVersion") == nil {
		return
	}
	kind := w.text(w.get(root, "kind"))
	s := search{
		scope: strings.TrimSpace(kind + " " + w.text(w.get(root, "metadata", "name"))),
		named: true,
		keys:  []string{"env", "data", "stringData"},
		units: map[string]string{"containers": "container", "initContainers": "container"},
		names: []string{"name"},
	}
	s.run(w, root)
}
