package pipeline

import "os"

// maxIncluded bounds how many files may be named by others.
const maxIncluded = 1000

// includes are the files of the folder that its pipelines include, at any
// remove, each with the name as which it is read.
func (l *local) includes() map[string]string {
	all := map[string]string{}
	root, err := os.OpenRoot(l.root)
	if err != nil {
		return all // a file, or what the walk says
	}
	defer root.Close()
	follow(root, all, gitlabFile, includesOf)
	follow(root, all, azureFile, azureTemplates)
	return all
}

// follow adds the file called first, and those that named says it names.
func follow(root *os.Root, all map[string]string, first string, named func(root *os.Root, name string) []string) {
	pending := []string{first}
	for len(pending) > 0 && len(all) < maxIncluded {
		name := pending[0]
		pending = pending[1:]
		if all[name] == "" {
			all[name] = first
			pending = append(pending, named(root, name)...)
		}
	}
}
