package files

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
)

// maxIgnoreFile bounds the ignore files that are honoured: a larger one would
// cost more time than it saves.
const maxIgnoreFile = 1 << 20 // bytes

// ignores are the patterns of one folder, on top of those of the folders above
// it in the same repository. nil ignores nothing.
type ignores struct {
	up       *ignores
	depth    int // of the folder, below the repository's root
	patterns []ignorePattern
}

type ignorePattern struct {
	gitignore.Pattern
	anywhere bool // it is for a name, in whatever folder
}

// match reports whether git ignores the entry of which path holds each folder's
// name from the repository's root on. What is in an ignored folder is not asked
// for.
func (g *ignores) match(path []string, isDir bool) bool {
	for ; g != nil; g = g.up {
		for i := len(g.patterns) - 1; i >= 0; i-- {
			p, below := g.patterns[i], path[g.depth:]
			if p.anywhere {
				below = path[len(path)-1:]
			}
			if m := p.Match(below, isDir); m != gitignore.NoMatch {
				return m == gitignore.Exclude
			}
		}
	}
	return false
}

// enter returns the patterns that hold in a folder, which is at within from its
// repository's root, and that path. A repository of its own inherits none.
func (g *ignores) enter(folder *os.Root, within []string) (*ignores, []string) {
	if _, err := folder.Lstat(".git"); err == nil {
		own := &ignores{patterns: readIgnores(folder, ".git/info/exclude")}
		own.patterns = append(own.patterns, readIgnores(folder, ".gitignore")...)
		return own, nil
	}
	if own := readIgnores(folder, ".gitignore"); len(own) > 0 {
		return &ignores{g, len(within), own}, within
	}
	return g, within
}

// above returns the patterns that hold around the folder at path, and the names
// of the folders that lead to it from its repository's root. Outside of a
// repository there are none.
func above(path string) (g *ignores, names []string) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, nil
	}
	root := path
	for {
		if _, err := os.Lstat(filepath.Join(root, ".git")); err == nil {
			break
		}
		up := filepath.Dir(root)
		if up == root {
			return nil, nil
		}
		root = up
	}
	if root == path {
		return nil, nil // its own, which enter reads
	}
	relative, err := filepath.Rel(root, path)
	if err != nil {
		return nil, nil
	}
	names = strings.Split(filepath.ToSlash(relative), "/")
	for depth := range names {
		folder, err := os.OpenRoot(filepath.Join(root, filepath.Join(names[:depth]...)))
		if err != nil {
			return g, names
		}
		g, _ = g.enter(folder, names[:depth])
		folder.Close()
	}
	return g, names
}

// readIgnores reads an ignore file. One that is missing, or unreadable, or too
// large ignores nothing, so that the more is scanned.
func readIgnores(folder *os.Root, name string) (patterns []ignorePattern) {
	info, err := folder.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxIgnoreFile {
		return nil
	}
	data, err := folder.ReadFile(name)
	if err != nil {
		return nil
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) != "" && line[0] != '#' {
			patterns = append(patterns, parseIgnore(line))
		}
	}
	return patterns
}

// parseIgnore parses a pattern, and mends where go-git's matcher would ignore
// more than git does: it takes "x/**" for x itself, in which a later pattern may
// ask for a file, and "[!a]" for a set with "!" in it.
func parseIgnore(line string) ignorePattern {
	if strings.HasSuffix(line, "/**") {
		line += "/*"
	}
	line = strings.ReplaceAll(line, "[!", "[^")
	name := strings.TrimSuffix(strings.TrimRight(line, " "), "/")
	return ignorePattern{gitignore.ParsePattern(line, nil), !strings.Contains(name, "/")}
}
