package generic_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/prefilter"
	"github.com/leakguard/leakguard/detectors/rules"
)

var (
	keywords []string
	readerOf []generic.Reader // by keyword
	matcher  = func() *prefilter.Matcher {
		for _, r := range []generic.Reader{generic.Password, generic.Token, generic.URL, generic.Header, generic.Command, generic.Call,
			generic.Declared, generic.Passfile, generic.Cookie, generic.JWK, generic.Mnemonic} {
			for _, k := range generic.Keywords(r) {
				keywords = append(keywords, k)
				readerOf = append(readerOf, r)
			}
		}
		return prefilter.New(keywords)
	}()
)

// read returns what the readers find in text, as the engine asks them.
func read(text string) []generic.Candidate {
	var s generic.Scanner
	s.Reset([]byte(text))
	var out []generic.Candidate
	matcher.Scan([]byte(text), func(keyword uint16, end int) {
		if c, ok := s.At(readerOf[keyword], end); ok {
			out = append(out, c)
		}
	})
	return out
}

// Values are made at run time, so that this file holds none. In a test's text,
// {P} stands for a password and {T} for a token.
const (
	password = "${lower:3}${digit:2}${upper:3}${digit:2}z"
	token    = "${lower:1}${digit:1}${upper:2}${alnum:26}${digit:2}"
)

const rounds = 10

// fill puts values into a text.
func fill(t testing.TB, text string, round uint64) (filled, pass, tok string) {
	t.Helper()
	r := rand.New(rand.NewPCG(round, 1))
	expand := func(template string) string {
		s, err := rules.Expand(template, r)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	pass, tok = expand(password), expand(token)
	return strings.NewReplacer("{P}", pass, "{T}", tok).Replace(expand(text)), pass, tok
}

// found are texts with a value that must be found, under the given name.
var found = []struct {
	syntax, text, name string
	bare               bool
}{
	{"JSON", `{"db": {"password": "{P}", "port": 1}}`, "password", false},
	{"JSON, camel case", `{"clientSecret":"{T}"}`, "clientSecret", false},
	{"JSON in a string", `"{\"apiKey\": \"{T}\"}"`, "apiKey", false},
	{"YAML", "db:\n  password: {P}\n", "password", true},
	{"YAML, quoted", "db:\n  password: '{P}'\n", "password", false},
	{"YAML with a comment", "auth_token: {T} # the new one\n", "auth_token", true},
	{"YAML list", "- api_key: {T}\n", "api_key", true},
	{"TOML", "[db]\npassword = \"{P}\"\n", "password", false},
	{"INI", "[client]\nuser = app\npassword = {P}\n", "password", true},
	{"environment file", "DB_PASSWORD={P}\nUSER=x\n", "DB_PASSWORD", true},
	{"environment file, numbered", "DB_PASSWORD_2={P}\n", "DB_PASSWORD_2", true},
	{"environment file, of production", "API_SECRET_PROD={T}\n", "API_SECRET_PROD", true},
	{"properties", "spring.datasource.password={P}\n", "spring.datasource.password", true},
	{"properties with a colon", "db.password: {P}\n", "db.password", true},
	{"XML element", "<db><password>{P}</password></db>", "password", true},
	{"XML attribute", `<user name="app" password="{P}"/>`, "password", false},
	{"XML key and value", `<add key="DbPassword" value="{P}" />`, "DbPassword", false},
	{"plist", "<key>apiSecret</key>\n\t<string>{T}</string>", "apiSecret", true},
	{"Terraform", "resource \"x\" \"y\" {\n  master_password = \"{P}\"\n}", "master_password", false},
	{"Terraform variables", "db_password = \"{P}\"\n", "db_password", false},
	{"Dockerfile ENV", "FROM x\nENV DB_PASSWORD {P}\n", "DB_PASSWORD", true},
	{"Dockerfile ENV with equals", "ENV DB_PASSWORD={P}\n", "DB_PASSWORD", true},
	{"Dockerfile ARG", "ARG API_TOKEN={T}\n", "API_TOKEN", true},
	{"shell", "export PGPASSWORD='{P}'\n", "PGPASSWORD", false},
	{"shell, bare", "export PGPASSWORD={P}; psql\n", "PGPASSWORD", true},
	{"PowerShell", "$password = \"{P}\"", "$password", false},
	{"batch", "set DB_PASSWORD={P}\r\n", "DB_PASSWORD", true},
	{"flag with equals", "mysql --password={P} db\n", "--password", true},
	{"flag", "tool --api-key {T} run\n", "--api-key", false},
	{"PHP array", "'password' => '{P}',", "password", false},
	{"PHP define", "define('DB_PASSWORD', '{P}');", "DB_PASSWORD", false},
	{"PHP variable", "$db_password = '{P}';", "$db_password", false},
	{"Python", "API_KEY = \"{T}\"\n", "API_KEY", false},
	{"Python, keyword argument", "connect(user='app', password='{P}')", "password", false},
	{"Python, bytes", "SECRET_KEY = b'{T}'", "SECRET_KEY", false},
	{"Python, typed", "password: str = \"{P}\"", "password", false},
	{"Python, index", "config['API_SECRET'] = '{T}'", "API_SECRET", false},
	{"Ruby", "config.secret_key = '{T}'", "config.secret_key", false},
	{"Ruby hash", ":password => '{P}'", "password", false},
	{"Ruby, symbol", "password: '{P}',", "password", false},
	{"Java", "private static final String PASSWORD = \"{P}\";", "PASSWORD", false},
	{"Java, setter by name", "props.setProperty(\"password\", \"{P}\");", "password", false},
	{"C#", "string clientSecret = \"{T}\";", "clientSecret", false},
	{"C#, verbatim", "var password = @\"{P}\";", "password", false},
	{"Go", "password := \"{P}\"", "password", false},
	{"Go, constant", "const apiKey = `{T}`", "apiKey", false},
	{"Go, bytes", "var secret = []byte(\"{T}\")", "secret", false},
	{"Go, field", "Config{Password: \"{P}\"}", "Password", false},
	{"JavaScript", "const apiKey = '{T}';", "apiKey", false},
	{"JavaScript object", "{ user: 'app', password: '{P}' }", "password", false},
	{"TypeScript", "private readonly apiSecret: string = '{T}';", "apiSecret", false},
	{"Rust", "const API_KEY: &str = \"{T}\";", "API_KEY", false},
	{"SQL", "ALTER ROLE app WITH PASSWORD '{P}';", "PASSWORD", false},
	{"Helm values", "postgresql:\n  auth:\n    postgresPassword: \"{P}\"\n", "postgresPassword", false},
	{"Kubernetes env", "- name: DB_PASSWORD\n  value: \"{P}\"\n", "DB_PASSWORD", false},
	{"Kubernetes env, bare", "- name: DB_PASSWORD\n  value: {P}\n", "DB_PASSWORD", true},
	{"appsettings.json", `"Jwt": { "SecretKey": "{T}" }`, "SecretKey", false},
	{"docker-compose", "    environment:\n      - MYSQL_ROOT_PASSWORD={P}\n", "MYSQL_ROOT_PASSWORD", true},
	{"docker-compose map", "    environment:\n      MYSQL_ROOT_PASSWORD: {P}\n", "MYSQL_ROOT_PASSWORD", true},
	{"URL", "DATABASE=postgres://app:{P}@db.corp.internal:5432/app", "app", false},
	{"URL without a user", "redis://:{P}@cache.corp.internal/0", "", false},
	{"URL with a token for a user", "git clone https://{T}@git.corp.internal/x.git", "", false},
	{"header, bearer", "Authorization: Bearer {T}", "", false},
	{"header in a command", "curl -H \"Authorization: Bearer {T}\" https://x", "", false},
	{"header in a program", "headers['Authorization'] = 'Token {T}'", "", false},
	{"header, basic", "Authorization: Basic ${base64of:svc-deploy:${lower:3}${digit:3}${upper:4}}", "", false},
}

func TestFound(t *testing.T) {
	for _, tt := range found {
		t.Run(tt.syntax, func(t *testing.T) {
			for round := range uint64(rounds) {
				text, pass, tok := fill(t, tt.text, round)
				c, ok := first(read(text))
				if !ok {
					t.Fatalf("round %d: nothing is found", round)
				}
				if v := text[c.Start:c.End]; v != pass && v != tok && !strings.Contains(tt.text, "base64of") {
					t.Fatalf("round %d: the value at %d to %d is not the secret", round, c.Start, c.End)
				}
				if string(c.Name) != tt.name || c.Bare != tt.bare {
					t.Errorf("round %d: name %q, bare %t; want %q, %t", round, c.Name, c.Bare, tt.name, tt.bare)
				}
				if c.WholeStart > c.Start || c.WholeEnd < c.End {
					t.Errorf("round %d: whole %d to %d, value %d to %d", round, c.WholeStart, c.WholeEnd, c.Start, c.End)
				}
			}
		})
	}
}

// first is the first candidate that is reported by default.
func first(found []generic.Candidate) (generic.Candidate, bool) {
	for _, c := range found {
		if c.Confidence >= rules.Likely {
			return c, true
		}
	}
	return generic.Candidate{}, false
}
