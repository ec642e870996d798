package pullrequest

import (
	"path"
	"regexp"
	"strings"
	"unicode"

	"github.com/leakguard/leakguard/detectors/redact"
	"github.com/leakguard/leakguard/scanner"
)

// Suggestion is what a line can be replaced by that assigns a secret to a variable:
// the same with a read of an environment variable in place of the literal. line is
// the line at occ, without its end.
//
// There is none in any doubt: if the line does more than assign one literal that is
// the secret as a whole, if the language is not known, or where a read may not stand,
// as in a constant of Go. Whether the file imports what the read needs is not looked
// at.
func Suggestion(s *scanner.Secret, occ *scanner.Occurrence, line string) (replacement string, ok bool) {
	form := formOf(occ.Path)
	before, after, ok := around(s, occ, line)
	if !ok || form == nil {
		return "", false
	}
	before, after, ok = form.unquoted(before, after)
	if !ok || !strings.Contains(form.ends, after) || len(after) > 1 {
		return "", false
	}
	m := regexp.MustCompile(`^\s*(?:` + form.assign + `)$`).FindStringSubmatch(before)
	if m == nil {
		return "", false
	}
	name, ok := variable(strings.Join(m[1:], "")) // one of the groups took part
	if !ok || form.reserved != "" && strings.HasPrefix(name, form.reserved) {
		return "", false
	}
	return before + strings.ReplaceAll(form.read, "NAME", name) + after, true
}

// form is how a language assigns and reads a variable.
type form struct {
	assign   string // RE2 of what stands in front of the literal, with the variable as its one group that takes part
	quotes   string // those of a literal in which nothing is replaced
	bare     bool   // whether a literal may stand without quotes
	ends     string // any one of these may follow the literal
	read     string // the value of the environment variable NAME
	reserved string // how names begin that cannot be used
}

// formOf is the form of a file's language, by its name; nil if that is not known.
func formOf(file string) *form {
	base := strings.ToLower(path.Base(file))
	switch {
	case strings.Contains(file, "!"): // a member of an archive
		return nil
	case base == "dockerfile", base == "containerfile", strings.HasPrefix(base, "dockerfile."), strings.HasSuffix(base, ".dockerfile"):
		// The value is given when the container is run.
		return &form{assign: `(?i:ENV)\s+([A-Za-z_]\w{0,63})=|(?i:ARG)\s+([A-Za-z_]\w{0,63})=`, quotes: `"'`, bare: true, read: `""`}
	case base == ".env", strings.HasPrefix(base, ".env."), strings.HasSuffix(base, ".env"):
		return &form{assign: `(?:export\s+)?([A-Za-z_]\w{0,63})\s*=\s*`, quotes: `"'`, bare: true}
	case strings.HasPrefix(file, ".github/workflows/") && (path.Ext(base) == ".yml" || path.Ext(base) == ".yaml"):
		return &form{assign: `["']?([A-Za-z_][\w-]{0,63})["']?:\s+`, quotes: `"'`, bare: true, read: "${{ secrets.NAME }}", reserved: "GITHUB_"}
	}
	switch path.Ext(base) {
	case ".go":
		return &form{assign: `var\s+([A-Za-z_]\w{0,63})(?:\s+string)?\s*=\s*|([A-Za-z_]\w{0,63})\s*:=\s*`, quotes: "\"`", read: `os.Getenv("NAME")`}
	case ".py":
		return &form{assign: `([A-Za-z_][\w.]{0,63})\s*(?::\s*str\s*)?=\s*|["']([\w-]{1,64})["']\s*:\s*`, quotes: `"'`, ends: ",", read: `os.environ["NAME"]`}
	case ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx":
		return &form{
			assign: `(?:export\s+)?(?:const|let|var)\s+([\w$]{1,64})\s*=\s*|([\w$]{1,32}(?:\.[\w$]{1,32}){1,4})\s*=\s*|["']?([A-Za-z_][\w$-]{0,63})["']?\s*:\s*`,
			quotes: "\"'", ends: ";,", read: "process.env.NAME",
		}
	case ".rb":
		return &form{assign: `([A-Za-z_][\w.]{0,63})\s*=\s*|([a-z_]\w{0,63}):\s*|["':]([\w-]{1,64})["']?\s*=>\s*`, quotes: `"'`, ends: ",", read: `ENV.fetch("NAME")`}
	case ".java":
		return &form{assign: `(?:(?:public|private|protected|static|final)\s+)*String\s+([A-Za-z_]\w{0,63})\s*=\s*`, quotes: `"`, ends: ";", read: `System.getenv("NAME")`}
	case ".sh", ".bash", ".zsh":
		return &form{assign: `(?:(?:export|readonly|local)\s+)?([A-Za-z_]\w{0,63})=`, quotes: `"'`, bare: true, read: `"${NAME:?}"`}
	}
	return nil
}

// unquoted takes the quotes of a literal off what stands in front of it and behind.
func (f *form) unquoted(before, after string) (string, string, bool) {
	if before == "" {
		return "", "", false
	}
	if quote := before[len(before)-1:]; strings.Contains(f.quotes, quote) {
		rest, ok := strings.CutPrefix(after, quote)
		return before[:len(before)-1], rest, ok
	}
	return before, after, f.bare
}

// around is what stands in front of a secret in its line and behind it. It is not ok
// if the secret is not there as a whole and as it is.
func around(s *scanner.Secret, occ *scanner.Occurrence, line string) (before, after string, ok bool) {
	const longest = 4 << 10
	inFile := occ.Kind == scanner.InFile || occ.Kind == scanner.InGit && occ.InHead
	if !inFile || len(occ.Decoded) > 0 || occ.StartLine != occ.EndLine || len(line) > longest {
		return "", "", false
	}
	characters := []rune(line)
	from, to := occ.StartColumn-1, occ.EndColumn-1
	if from < 0 || to < from || to > len(characters) || string(characters) != line {
		return "", "", false
	}
	value := string(characters[from:to])
	if len(value) != s.Length || redact.Secret([]byte(value)) != s.Redacted || strings.ContainsFunc(value, notOfLiteral) {
		return "", "", false
	}
	return string(characters[:from]), string(characters[to:]), true
}

// notOfLiteral reports whether a literal with r in it could be more than its text.
func notOfLiteral(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune("\\$\"'`{}#", r)
}

// variable is the environment variable that goes by the name of a variable of a
// program: STRIPE_API_KEY for stripeApiKey and stripe.api_key.
func variable(name string) (string, bool) {
	for _, self := range []string{"self.", "this.", "module.exports."} {
		name = strings.TrimPrefix(name, self)
	}
	var b strings.Builder
	last := rune(0)
	for _, r := range name {
		if r == '.' || r == '-' || r == '$' {
			r = '_'
		}
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
		last = r
	}
	const shortest = 3 // less says nothing
	env := strings.Trim(b.String(), "_")
	return env, len(env) >= shortest && (env[0] < '0' || env[0] > '9')
}
