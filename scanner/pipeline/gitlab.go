package pipeline

import (
	"errors"
	"os"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

const gitlabFile = ".gitlab-ci.yml"

// gitlabFiles are .gitlab-ci.yml, what it includes from its own repository, and
// the files that lie where such includes are kept.
// https://docs.gitlab.com/ci/yaml/
func gitlabFiles() system {
	return system{
		name: "GitLab CI/CD",
		owns: func(path, base string) bool {
			return isYAML(base) && (strings.HasSuffix(base, gitlabFile) || strings.HasSuffix(base, ".gitlab-ci.yaml") || in(path, ".gitlab/ci/"))
		},
		read: readYAML(gitlabHint, readGitLab),
	}
}

func gitlabHint(name, _ string) string {
	return "Settings > CI/CD > Variables: add " + settingName(name) + " as masked and hidden and protected (glab variable set " +
		settingName(name) + " --masked --protected reads the value from standard input), then take it out of the file"
}

func readGitLab(w *walker, root *yaml.Node) {
	w.env(w.get(root, "variables"), "variables", "pipeline")
	w.env(w.get(root, "spec", "inputs"), "spec.inputs", "pipeline")
	for name, job := range w.pairs(root) {
		if job.Kind != yaml.MappingNode || name == "variables" || name == "spec" {
			continue
		}
		scope := "job " + name
		if name == "default" {
			scope = "all jobs"
		}
		w.env(w.get(job, "variables"), name+".variables", scope)
		w.env(w.get(job, "parallel", "matrix"), name+".parallel.matrix", "matrix of "+scope)
		w.env(w.get(job, "image", "docker"), name+".image.docker", scope)
		w.env(w.get(job, "inputs"), name+".inputs", scope)
		w.env(w.get(job, "trigger", "inputs"), name+".trigger.inputs", scope)
		w.gitlabRules(w.get(job, "rules"), name, scope)
		for i, service := range w.items(w.get(job, "services")) {
			w.env(w.get(service, "variables"), index(name+".services", i)+".variables", "service of "+scope)
		}
	}
	w.gitlabRules(w.get(root, "workflow", "rules"), "workflow", "pipeline")
}

func (w *walker) gitlabRules(rules *yaml.Node, path, scope string) {
	for i, rule := range w.items(rules) {
		w.env(w.get(rule, "variables"), index(path+".rules", i)+".variables", "rule of "+scope)
	}
}

// includesOf are the local includes of one file. What is wrong with the file is
// said when it is read for its variables.
func includesOf(root *os.Root, name string) (names []string) {
	text, err := readSmall(root, name)
	if err != nil {
		return nil
	}
	w := &walker{}
	var doc yaml.Node
	if yaml.Unmarshal(text, &doc) != nil || len(doc.Content) == 0 {
		return nil
	}
	include := w.get(doc.Content[0], "include")
	list := []*yaml.Node{include}
	for _, item := range w.items(include) {
		list = append(list, item)
	}
	for _, item := range list {
		target := w.text(w.get(item, "local"))
		if target == "" {
			target = w.text(item)
		}
		if target = strings.TrimPrefix(target, "/"); target != "" && !strings.Contains(target, "://") {
			names = append(names, matching(root, target)...)
		}
	}
	return names
}

// matching are the files that an include names.
func matching(root *os.Root, target string) (names []string) {
	if !strings.Contains(target, "*") {
		return []string{path.Clean(target)}
	}
	dir := path.Dir(target)
	d, err := root.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	entries, _ := d.ReadDir(1000)
	for _, e := range entries {
		if ok, err := path.Match(path.Base(target), e.Name()); err == nil && ok {
			names = append(names, path.Join(dir, e.Name()))
		}
	}
	return names
}

// readSmall reads a regular file of the folder that is small enough to parse.
func readSmall(root *os.Root, name string) ([]byte, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, errors.New("it is no small file")
	}
	return root.ReadFile(name)
}
