package pipeline

import "strings"

// dotenvFiles are .env files: NAME=value by lines, as docker --env-file, Compose
// and the dotenv libraries read them.
// https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
func dotenvFiles() system {
	return system{
		name: "dotenv",
		owns: func(_, base string) bool {
			return base == ".env" || strings.HasPrefix(base, ".env.") || strings.HasSuffix(base, ".env") || base == ".envrc"
		},
		read: readDotenv,
	}
}

func dotenvHint(name string) string {
	return "git rm --cached the file and name it in .gitignore; give " + name + " to the job from the CI system's secrets"
}

// readDotenv reads the assignments of a file; other lines are not for it.
func readDotenv(f *file, out *collector) error {
	text := string(f.text)
	for at := 0; at < len(text); {
		line, _, _ := strings.Cut(text[at:], "\n")
		name, start := dotenvName(line)
		if name == "" {
			at += len(line) + 1
			continue
		}
		value, offset, size := dotenvValue(text[at+start:])
		v := variable{name: name, path: name, scope: "environment file", hint: dotenvHint(name), value: value}
		v.line, v.column = f.position(at + start + offset)
		out.add(v)
		at += start + size
		rest, _, _ := strings.Cut(text[at:], "\n")
		at += len(rest) + 1
	}
	return nil
}

// dotenvName reads NAME= at the start of a line, with or without export, and
// returns where the value begins.
func dotenvName(line string) (string, int) {
	rest := strings.TrimLeft(line, " \t")
	if after, ok := strings.CutPrefix(rest, "export "); ok {
		rest = strings.TrimLeft(after, " \t")
	}
	n := 0
	for n < len(rest) && (nameLen(rest[n:]) > 0 || isDigit(rest[n]) || rest[n] == '.' || rest[n] == '-') {
		n++
	}
	sep := strings.TrimLeft(rest[n:], " \t")
	if n == 0 || sep == "" || sep[0] != '=' && sep[0] != ':' {
		return "", 0
	}
	value := strings.TrimLeft(sep[1:], " \t")
	return rest[:n], len(line) - len(value)
}

// dotenvValue reads the value with which text begins: quoted, then over several
// lines too, or up to a comment. offset is where it begins, size how long it is
// with its quotes.
func dotenvValue(text string) (value string, offset, size int) {
	if text != "" && strings.IndexByte("\"'`", text[0]) >= 0 {
		for i := 1; i < len(text); i++ {
			switch {
			case text[i] == '\\' && text[0] == '"':
				i++
			case text[i] == text[0]:
				return text[1:i], 1, i + 1
			}
		}
	}
	line, _, _ := strings.Cut(text, "\n")
	if i := strings.Index(line, " #"); i >= 0 {
		return strings.TrimRight(line[:i], " \t\r"), 0, i
	}
	return strings.TrimRight(line, " \t\r"), 0, len(line)
}
