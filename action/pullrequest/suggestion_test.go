package pullrequest

import (
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/redact"
	"github.com/leakguard/leakguard/scanner"
)

// suggest is the suggestion for a line in which SECRET stands for a secret.
func suggest(t testing.TB, value, path, template string, change func(*scanner.Secret, *scanner.Occurrence)) (string, bool) {
	t.Helper()
	before, _, ok := strings.Cut(template, "SECRET")
	if !ok {
		t.Fatalf("no SECRET in %q", template)
	}
	o := at("1", path, 3, len([]rune(before))+1, len([]rune(value)))
	o.InHead = true
	s := secretOf(stripeKey, value, "a", o)
	s.Redacted = redact.Secret([]byte(value))
	if change != nil {
		change(&s, &o)
	}
	return Suggestion(&s, &o, strings.Replace(template, "SECRET", value, 1))
}

func TestSuggestion(t *testing.T) {
	value := fresh(t, "sk_live_${alnum:24}")
	for _, tt := range []struct{ name, path, line, want string }{
		{"Go", "a/b.go", "\tstripeKey := \"SECRET\"", "\tstripeKey := os.Getenv(\"STRIPE_KEY\")"},
		{"Go, var", "b.go", "var stripeAPIKey string = `SECRET`", "var stripeAPIKey string = os.Getenv(\"STRIPE_APIKEY\")"},
		{"Python", "b.py", `STRIPE_KEY = "SECRET"`, `STRIPE_KEY = os.environ["STRIPE_KEY"]`},
		{"Python, typed", "b.py", `stripe_key: str = 'SECRET'`, `stripe_key: str = os.environ["STRIPE_KEY"]`},
		{"Python, attribute", "b.py", `stripe.api_key = "SECRET"`, `stripe.api_key = os.environ["STRIPE_API_KEY"]`},
		{"Python, self", "b.py", `    self.api_key="SECRET"`, `    self.api_key=os.environ["API_KEY"]`},
		{"Python, argument", "b.py", `    api_key="SECRET",`, `    api_key=os.environ["API_KEY"],`},
		{"Python, dictionary", "b.py", `  "api-key": "SECRET",`, `  "api-key": os.environ["API_KEY"],`},
		{"JavaScript", "b.js", `const apiKey = 'SECRET';`, `const apiKey = process.env.API_KEY;`},
		{"JavaScript, property", "b.mjs", `  apiKey: "SECRET",`, `  apiKey: process.env.API_KEY,`},
		{"TypeScript, export", "b.ts", `export const apiKey = "SECRET"`, `export const apiKey = process.env.API_KEY`},
		{"JavaScript, attribute", "b.js", `module.exports.apiKey = "SECRET";`, `module.exports.apiKey = process.env.API_KEY;`},
		{"Ruby", "b.rb", `API_KEY = "SECRET"`, `API_KEY = ENV.fetch("API_KEY")`},
		{"Ruby, attribute", "b.rb", `Stripe.api_key = 'SECRET'`, `Stripe.api_key = ENV.fetch("STRIPE_API_KEY")`},
		{"Ruby, hash", "b.rb", `  :api_key => "SECRET",`, `  :api_key => ENV.fetch("API_KEY"),`},
		{"Java", "B.java", `  private static final String API_KEY = "SECRET";`, `  private static final String API_KEY = System.getenv("API_KEY");`},
		{"shell", "b.sh", `export API_KEY="SECRET"`, `export API_KEY="${API_KEY:?}"`},
		{"shell, bare", "b.sh", `API_KEY=SECRET`, `API_KEY="${API_KEY:?}"`},
		{"workflow", ".github/workflows/ci.yml", `      STRIPE_KEY: SECRET`, `      STRIPE_KEY: ${{ secrets.STRIPE_KEY }}`},
		{"workflow, quoted", ".github/workflows/ci.yaml", `  api-key: "SECRET"`, `  api-key: ${{ secrets.API_KEY }}`},
		{"Dockerfile, ENV", "deploy/Dockerfile", `ENV API_KEY=SECRET`, `ENV API_KEY=""`},
		{"Dockerfile, ARG", "Dockerfile.prod", `ARG API_KEY="SECRET"`, `ARG API_KEY=""`},
		{"dotenv", ".env", `API_KEY=SECRET`, `API_KEY=`},
		{"dotenv, quoted", "config/prod.env", `export API_KEY="SECRET"`, `export API_KEY=`},
		{"characters before it", "b.py", `clé_key = "SECRET"`, ""},

		{"a constant of Go", "b.go", `const apiKey = "SECRET"`, ""},
		{"a line of a block of constants", "b.go", "\tapiKey = \"SECRET\"", ""},
		{"part of a literal", "b.py", `url = "https://a:SECRET@acme.example"`, ""},
		{"two literals", "b.py", `a_key = "x"; b_key = "SECRET"`, ""},
		{"a call", "b.py", `login("SECRET")`, ""},
		{"a formatted literal", "b.py", `api_key = f"SECRET"`, ""},
		{"three quotes", "b.py", `api_key = """SECRET"""`, ""},
		{"joined", "b.py", `api_key = "SECRET" + x`, ""},
		{"a comment behind it", "b.py", `api_key = "SECRET"  # of acme`, ""},
		{"a comment", "b.py", `# api_key = "SECRET"`, ""},
		{"another quote", "b.py", `api_key = "SECRET'`, ""},
		{"no name", "b.py", `k = "SECRET"`, ""},
		{"no quotes", "b.py", `api_key = SECRET`, ""},
		{"a type of TypeScript", "b.ts", `type Key = "SECRET";`, ""},
		{"two of a Dockerfile", "Dockerfile", `ENV A_KEY=SECRET B_KEY=x`, ""},
		{"a reserved name", ".github/workflows/ci.yml", `  GITHUB_TOKEN: SECRET`, ""},
		{"a script of a workflow", ".github/workflows/ci.yml", `  - run: curl -u SECRET`, ""},
		{"other YAML", "config.yml", `api_key: SECRET`, ""},
		{"an unknown language", "b.txt", `api_key = "SECRET"`, ""},
		{"in an archive", "a.zip!b.py", `api_key = "SECRET"`, ""},
		{"a command behind it", "b.sh", `API_KEY=SECRET make`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := suggest(t, value, tt.path, tt.line, nil)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("got %q, %t; want %q", strings.ReplaceAll(got, value, "SECRET"), ok, tt.want)
			}
		})
	}
}

// Where the line is not the one in which the secret was found, there is none.
func TestSuggestionOfAnotherLine(t *testing.T) {
	value := fresh(t, "sk_live_${alnum:24}")
	for name, change := range map[string]func(*scanner.Secret, *scanner.Occurrence){
		"another value":   func(s *scanner.Secret, _ *scanner.Occurrence) { s.Redacted = "abcd***" },
		"another length":  func(s *scanner.Secret, _ *scanner.Occurrence) { s.Length++ },
		"another column":  func(_ *scanner.Secret, o *scanner.Occurrence) { o.StartColumn--; o.EndColumn-- },
		"beyond the line": func(_ *scanner.Secret, o *scanner.Occurrence) { o.StartColumn += 90; o.EndColumn += 90 },
		"no column":       func(_ *scanner.Secret, o *scanner.Occurrence) { o.StartColumn, o.EndColumn = 0, 0 },
		"several lines":   func(_ *scanner.Secret, o *scanner.Occurrence) { o.EndLine++ },
		"encoded":         func(_ *scanner.Secret, o *scanner.Occurrence) { o.Decoded = []string{"base64"} },
		"only in history": func(_ *scanner.Secret, o *scanner.Occurrence) { o.InHead = false },
		"a log":           func(_ *scanner.Secret, o *scanner.Occurrence) { o.Kind = scanner.InLog },
	} {
		t.Run(name, func(t *testing.T) {
			if _, ok := suggest(t, value, "b.py", `api_key = "SECRET"`, change); ok {
				t.Error("there is one")
			}
		})
	}
}

// A literal that may be more than its characters is left alone.
func TestSuggestionOfOddLiterals(t *testing.T) {
	head := fresh(t, "${alnum:20}")
	for _, odd := range []string{`\n`, `"`, "'", "$x", "#{x}", "`", " ", "é"} {
		if got, ok := suggest(t, head+odd+head, "b.rb", `api_key = "SECRET"`, nil); ok {
			t.Errorf("%q: %s", odd, strings.ReplaceAll(got, head, "SECRET"))
		}
	}
}

// A suggestion never holds the secret.
func FuzzSuggestion(f *testing.F) {
	for _, path := range []string{"b.go", "b.py", "b.ts", "b.rb", "B.java", "b.sh", ".github/workflows/a.yml", "Dockerfile", ".env"} {
		f.Add(path, `api_key = "`, `"`)
		f.Add(path, `ENV KEY=`, ``)
	}
	value := fresh(f, "sk_live_${alnum:24}")
	f.Fuzz(func(t *testing.T, path, before, after string) {
		if strings.Contains(before, "SECRET") || strings.ContainsAny(before+after, "\r\n") {
			t.Skip()
		}
		if got, ok := suggest(t, value, path, before+"SECRET"+after, nil); ok && strings.Contains(got, value) {
			t.Errorf("the secret is in the suggestion for %q, %q, %q", path, before, after)
		}
	})
}
