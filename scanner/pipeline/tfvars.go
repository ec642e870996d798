package pipeline

import (
	"errors"
	"slices"
	"strings"
)

// tfvarsFiles are the variable files of Terraform, in HCL's native syntax.
// https://developer.hashicorp.com/terraform/language/values/variables
// https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
func tfvarsFiles() system {
	return system{
		name: "Terraform",
		owns: func(_, base string) bool { return strings.HasSuffix(base, ".tfvars") },
		read: readTfvars,
	}
}

func tfvarsHint(name string) string {
	return "export TF_VAR_" + name + " from the CI system's secrets, and declare the variable with sensitive = true"
}

// tfvars is a variable file being read.
type tfvars struct {
	*collector
	text string
	at   int
	path []string // of the objects and lists that are open
	key  string   // the name that the next value is for
}

// maxNesting bounds how deep objects and lists may be nested.
const maxNesting = 256

var errNesting = errors.New("objects and lists are nested too deep")

func readTfvars(f *file, out *collector) error {
	t := &tfvars{collector: out, text: string(f.text)}
	for t.at < len(t.text) {
		rest := t.text[t.at:]
		switch c := rest[0]; {
		case c == '#' || strings.HasPrefix(rest, "//"):
			t.skip("\n")
		case strings.HasPrefix(rest, "/*"):
			t.skip("*/")
		case strings.HasPrefix(rest, "<<"):
			t.heredoc()
		case c == '"':
			t.quoted()
		case c == '{' || c == '[':
			if len(t.path) == maxNesting {
				return errNesting
			}
			t.path = append(t.path, t.key)
			t.at++
		case c == '}' || c == ']':
			t.path = t.path[:max(0, len(t.path)-1)]
			t.at++
		default:
			t.bare()
		}
	}
	return nil
}

func (t *tfvars) skip(stop string) {
	i := strings.Index(t.text[t.at:], stop)
	if i < 0 {
		t.at = len(t.text)
		return
	}
	t.at += i + len(stop)
}

// bare reads a name, which is a key if "=" or ":" follows, or skips what is none.
func (t *tfvars) bare() {
	rest := t.text[t.at:]
	n := nameLen(rest)
	for n > 0 && n < len(rest) && (rest[n] == '-' || nameLen(rest[n:]) > 0 || isDigit(rest[n])) {
		n++
	}
	if n > 0 && isKey(rest[n:]) {
		t.key = rest[:n]
	}
	t.at += max(n, 1)
}

// quoted reads a string: a key if "=" or ":" follows, else a value.
func (t *tfvars) quoted() {
	start := t.at + 1
	i := start
	for i < len(t.text) && t.text[i] != '"' && t.text[i] != '\n' {
		if t.text[i] == '\\' {
			i++
		}
		i++
	}
	i = min(i, len(t.text))
	t.at = min(i+1, len(t.text))
	if isKey(t.text[t.at:]) {
		t.key = t.text[start:i]
		return
	}
	t.take(t.text[start:i], start)
}

// heredoc reads <<WORD or <<-WORD up to the line that is WORD.
func (t *tfvars) heredoc() {
	head, body, ok := strings.Cut(t.text[t.at:], "\n")
	word := strings.TrimSpace(strings.TrimLeft(head, "<-"))
	if !ok || !isName(word) {
		t.at += 2
		return
	}
	start := t.at + len(head) + 1
	size := 0
	for line := range strings.Lines(body) {
		if strings.TrimSpace(line) == word {
			value := strings.TrimLeft(body[:size], " \t")
			t.take(strings.TrimRight(value, "\n"), start+size-len(value))
			t.at = start + size + len(line)
			return
		}
		size += len(line)
	}
	t.take(body, start)
	t.at = len(t.text)
}

// isKey reports whether what follows makes a key of the word before it.
func isKey(rest string) bool {
	rest = strings.TrimLeft(rest, " \t")
	return rest != "" && (rest[0] == ':' || rest[0] == '=' && !strings.HasPrefix(rest, "=="))
}

func (t *tfvars) take(value string, at int) {
	if t.key == "" {
		return
	}
	// A list of objects was opened twice under one key.
	path := strings.Join(slices.Compact(append(slices.Clone(t.path), t.key)), ".")
	top, _, _ := strings.Cut(path, ".")
	v := variable{name: t.key, path: path, scope: "Terraform variable file", hint: tfvarsHint(top), value: value}
	v.line, v.column = t.file.position(at)
	t.add(v)
}
