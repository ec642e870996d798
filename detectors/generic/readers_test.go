package generic_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/rules"
)

// placed are values that are secrets by where they stand: no name of a secret is near.
var placed = []struct{ name, text string }{
	{"mysql", "mysql -h db.corp.internal -u app -p{P} shop"},
	{"mysql, quoted", "mysqldump -u app -p'{P}' shop > shop.sql"},
	{"mysql, on two lines", "mysql -h db.corp.internal \\\n  -u app -p{P} shop"},
	{"mysql in a program", `exec("mysql -u app -p{P} shop")`},
	{"mysql in a history of zsh", ": 1700000000:0;mysql -uapp -p{P} shop"},
	{"Redis", "redis-cli -h cache -a '{P}' ping"},
	{"MongoDB", "mongodump --host db -u app -p {P} --out /backup"},
	{"Docker", "docker login -u deploy -p {P} registry.corp.internal"},
	{"Docker, in Markdown", "Run `docker login registry.corp.internal -u deploy -p {P}` first."},
	{"Helm", "helm registry login registry.corp.internal -u deploy -p \"{P}\""},
	{"OpenShift", "oc login https://cluster.corp.internal:6443 -u admin -p {P}"},
	{"Azure", "az login --service-principal -u app -p {P} --tenant corp"},
	{"SQL Server", "sqlcmd -S db.corp.internal -U app -P {P} -Q 'select 1'"},
	{"LDAP", "ldapsearch -x -H ldap://dc -D cn=admin,dc=corp -w {P} uid=app"},
	{"PuTTY", "plink -ssh app@host.corp.internal -pw {P} uptime"},
	{"Samba", "smbclient //files/shop -U app%{P} -c ls"},
	{"lftp", "lftp -u app,{P} ftp.corp.internal"},
	{"Apache", "htpasswd -bc /etc/apache2/.htpasswd app {P}"},
	{"RabbitMQ", "rabbitmqctl add_user app {P}"},
	{"Windows, user", "net user deploy {P} /add"},
	{"Windows, share", `net use X: \\files\shop {P} /user:CORP\app`},
	{"archive", "zip -r -P {P} backup.zip data"},
	{"PowerShell", `ConvertTo-SecureString "{P}" -AsPlainText -Force`},
	{"Oracle's client", "sqlplus -s app/{P}@db.corp.internal/shop"},
	{"Oracle's driver", `url = "jdbc:oracle:thin:app/{P}@//db.corp.internal:1521/shop"`},
	{"pipe into chpasswd", "echo 'deploy:{P}' | chpasswd"},
	{"pipe into a login", "echo {P} | docker login -u deploy --password-stdin"},
	{"pipe into sudo", "echo '{P}' | sudo -S apt-get update"},

	{"call of C", `mysql_real_connect(db, "db.corp.internal", "app", "{P}", "shop", 0, NULL, 0);`},
	{"call of Java", `DriverManager.getConnection("jdbc:postgresql://db/shop", "app", "{P}");`},
	{"call of Java, on three lines", "DriverManager.getConnection(\n    url,\n    \"app\", \"{P}\");"},
	{"call of Java, characters", `new PasswordAuthentication("app", "{P}".toCharArray())`},
	{"call of C#", `new NetworkCredential("app", "{P}", "CORP")`},
	{"call of PHP", `new PDO('mysql:host=db;dbname=shop', 'app', '{P}')`},
	{"call of PHP, mysqli", `new mysqli("db", "app", "{P}", "shop")`},
	{"call of Perl", `DBI->connect('dbi:Pg:dbname=shop', 'app', '{P}')`},
	{"call of Python", `requests.get(url, auth=("deploy", "{P}"))`},
	{"call of Python, class", `requests.get(url, auth=HTTPBasicAuth('deploy', '{P}'))`},
	{"call of Python, SMTP", `smtp.login("app@corp.internal", "{P}")`},
	{"call of Python, MySQL", `pymysql.connect("db", "app", "{P}", "shop")`},
	{"call of Go", `smtp.PlainAuth("", "app@corp.internal", "{P}", "mail.corp.internal")`},
	{"call of Go, request", `req.SetBasicAuth("app", "{P}")`},
	{"call of Rust", `client.get(url).basic_auth("app", Some("{P}"))`},
	{"call of Scala", `Credentials("Nexus", "nexus.corp.internal", "deploy", "{P}")`},
	{"call of Redis", `client.auth("{P}")`},
	{"call of LDAP", `conn.simple_bind_s("cn=admin,dc=corp", "{P}")`},

	{"variable of Terraform", "variable \"db_password\" {\n  type    = string\n  default = \"{P}\"\n}\n"},
	{"output of Terraform", "\"admin\": {\n \"value\": \"{P}\",\n \"type\": \"string\",\n \"sensitive\": true\n}"},
	{"parameter of CloudFormation", "Parameters:\n  DbPassword:\n    Type: String\n    Default: {P}\n"},
	{"parameter in a file", `[{"ParameterKey": "DbPassword", "ParameterValue": "{P}"}]`},

	{".pgpass", "db.corp.internal:5432:shop:app:{P}\n"},
	{".pgpass, any server", "*:*:*:app:{P}\n"},
	{".pgpass, any database", "# reports\ndb.corp.internal:5432:*:app:{P}\n"},
	{".pgpass from a script", `echo "db.corp.internal:5432:shop:app:{P}" > ~/.pgpass`},
	{"Postfix", "[mail.corp.internal]:587 app@corp.internal:{P}\n"},

	{"cookie in a request", "GET / HTTP/1.1\nCookie: theme=dark; sessionid={T}\n"},
	{"cookie in a response", "Set-Cookie: app_session={T}; Path=/; HttpOnly\n"},
	{"cookie in a command", "curl -H 'Cookie: lang=en; PHPSESSID={T}' https://shop.corp.internal"},
	{"cookie as an option", "curl --cookie 'connect.sid={T}' https://shop.corp.internal"},
	{"cookie in a recorded header", `{"name": "Cookie", "value": "a=b; auth_token={T}"}`},
	{"cookie in a recording", `{"name": "sessionid", "value": "{T}", "httpOnly": true}`},
	{"cookie in a program", `headers = {"Cookie": "sid={T}"}`},
}

func TestPlacedFound(t *testing.T) {
	for _, tt := range placed {
		t.Run(tt.name, func(t *testing.T) {
			for round := range uint64(rounds) {
				text, pass, tok := fill(t, tt.text, round)
				if !slices.ContainsFunc(read(text), func(c generic.Candidate) bool {
					v := text[c.Start:c.End]
					return (v == pass || v == tok) && c.Confidence >= rules.Likely
				}) {
					t.Fatalf("round %d: %s: not found", round, tt.text)
				}
			}
		})
	}
}

// placedSpared are texts in which nothing but a placeholder, a reference or something
// else stands where a secret would.
var placedSpared = []struct{ name, text string }{
	{"mysql asks", "mysql -u root -p shop1"},
	{"mysql, variable", "mysql -u root -p${dollar}DB1 shop"},
	{"mysql, variable in braces", "mysql -u root -p\"${dollar}{MYSQL_PWD1}\" shop"},
	{"mysql, put together", `"mysql -u root -p" + password1 + " shop"`},
	{"mysql, format", `fmt.Sprintf("mysql -u root -p%s shop", password1)`},
	{"mysql, port", "mysql -h db -P 3306 --protocol tcp1 shop"},
	{"mysql, options of another program", "jet -source=mysql -port=3306 -password=${dollar}DB1 -path=./gen1"},
	{"mysql, the name only", "docker exec -it mysql sh -c 'x1'"},
	{"login of no tool", "the login -p1 of {T}"},
	{"login, placeholder", "docker login -u <user> -p <password-1>"},
	{"login, masked", "docker login -u deploy -p ******** registry1"},
	{"login, next option", "docker login -u deploy -p --verbose1 registry"},
	{"chpasswd, variable", "echo \"deploy:${dollar}DEPLOY_PASSWORD1\" | chpasswd"},
	{"pipe, words", "echo Now we log in 1 | docker login --password-stdin"},
	{"pipe, file", "cat ~/{T}.txt | docker login --password-stdin"},
	{"encrypted string of PowerShell", `ConvertTo-SecureString "{T}"`},
	{"net user without a change", "net user growth1 {T}"},

	{"call, variables", "DriverManager.getConnection(url, user1, password1)"},
	{"call, environment", `smtp.login(user1, os.environ["SMTP_PASSWORD_1"])`},
	{"call, placeholder", `new NetworkCredential("app", "changeme1")`},
	{"call, stand-in", `requests.get(url, auth=("user", "<your-password-1>"))`},
	{"call of a socket", `socket.connect("{T}", "{T}", "{T}")`},
	{"call of signals", `connect(button1, "clicked", window, "{T}")`},
	{"call, joined strings", `new PDO(dsn, 'app', 'a{P}' . suffix . 'b')`},
	{"call without an end", `new PDO('mysql:host=db', 'app', '{P}'`},

	{"variable of Terraform, no default", "variable \"db_password\" {\n  type = string\n}\nvariable \"image\" {\n  default = \"{T}\"\n}\n"},
	{"variable of Terraform, another name", "variable \"image\" {\n  default = \"{T}\"\n}\n"},
	{"output of Terraform, not sensitive", "\"image\": {\n \"value\": \"{T}\",\n \"type\": \"string\"\n}"},
	{"parameter of another name", "Parameters:\n  Image:\n    Type: String\n    Default: {T}\n"},
	{"parameter, reference", "Parameters:\n  DbPassword:\n    Default: '{{resolve:ssm:db1}}'\n"},
	{"parameter, a word", "properties:\n  tokenState:\n    default: UNVERIFIED\n"},
	{"parameter below its sibling", "DbPassword:\n  NoEcho: true\nImage:\n  Default: {T}\n"},

	{"published ports", "ports:\n  - 127.0.0.1:5432:5432\n  - db1:5432:5432\n"},
	{".pgpass, its manual", "hostname:5432:database:username:password1"},
	{".pgpass, variable", "db.corp.internal:5432:shop:app:${dollar}PGPASSWORD1"},
	{"Postfix, lookup", "smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd1"},

	{"cookie, none of a session", "Cookie: theme={T}"},
	{"cookie against forgery", "Cookie: csrftoken={T}"},
	{"cookie, variable", "Cookie: sessionid=${dollar}{SESSION_1}"},
	{"cookie, expression", "document.cookie = 'session=' + sessionId1 + '; path=/'"},
	{"cookie, short", "Cookie: sessionid=a1b2c3"},
	{"cookie, deleted", "Set-Cookie: sessionid=deleted; expires=Thu, 01 Jan 1970 00:00:01 GMT"},
	{"cookie, words", "Set-Cookie: session=some-session-of-a-user-1; Path=/"},
}

func TestPlacedSpared(t *testing.T) {
	for _, tt := range placedSpared {
		t.Run(tt.name, func(t *testing.T) {
			for round := range uint64(rounds) {
				text, _, _ := fill(t, tt.text, round)
				if c, ok := first(read(text)); ok {
					t.Fatalf("round %d: %q at %d to %d is taken for a secret, with name %q", round, tt.text, c.Start, c.End, c.Name)
				}
			}
		})
	}
}

// proven are values that prove themselves: each is found for certain.
var proven = []struct{ name, text, value string }{
	{"JWK, elliptic curve", `{"kty": "EC", "crv": "P-256", "x": "${base64url:43}", "d": "{V}"}`, "${base64url:42}A"},
	{"JWK, curve of 521 bits", `{"kty": "EC", "crv": "P-521", "d": "{V}"}`, "${base64url:88}"},
	{"JWK, kty at its end", `{"d":"{V}","x":"${base64url:43}","crv":"Ed25519","kty":"OKP"}`, "${base64url:42}A"},
	{"JWK, RSA", `{"kty":"RSA","n":"${base64url:342}","e":"AQAB","d":"{V}","p":"${base64url:171}"}`, "${base64url:341}A"},
	{"JWK, symmetric", `{"kty": "oct", "alg": "HS256", "k": "{V}"}`, "${base64url:42}A"},
	{"JWK of a set", `{"keys": [{"kty": "RSA", "e": "AQAB"}, {"kty": "EC", "key_ops": ["sign"], "d": "{V}"}]}`, "${base64url:42}A"},
	{"JWK in a string", `"{\"kty\": \"EC\", \"d\": \"{V}\"}"`, "${base64url:42}A"},
	{"JWK in a program", "const key = { kty: 'EC', crv: 'P-256', d: '{V}' };", "${base64url:42}A"},
	{"JWK of PHP", "['keys' => new JWK(['x' => 1]), {'kty' => 'oct', 'k' => '{V}'}]", "${base64url:42}A"},

	{"phrase in an environment", `MNEMONIC="{V}"`, "${token:bip39:}"},
	{"phrase of JSON", `{"seed": "{V}", "index": 0}`, "${token:bip39:}"},
	{"phrase below its heading", "Recovery phrase:\n\n{V}\n", "${token:bip39:}"},
	{"phrase with words before it", "my seed phrase for the main wallet is {V}.", "${token:bip39:}"},
}

func TestProven(t *testing.T) {
	for _, tt := range proven {
		t.Run(tt.name, func(t *testing.T) {
			for round := range uint64(rounds) {
				value, _, _ := fill(t, tt.value, round)
				text, _, _ := fill(t, tt.text, round)
				before, after, ok := strings.Cut(text, "{V}")
				if !ok {
					t.Fatal("no {V}")
				}
				text = before + value + after
				if !slices.ContainsFunc(read(text), func(c generic.Candidate) bool {
					return text[c.Start:c.End] == value && c.Verdict == generic.Proven && c.Confidence == rules.Certain
				}) {
					t.Fatalf("round %d: %s: not found", round, tt.text)
				}
			}
		})
	}
}

// unproven are texts of the shape of those, which hold no secret.
var unproven = []struct{ name, text string }{
	{"JWK, public", `{"kty": "EC", "crv": "P-256", "x": "${base64url:43}", "y": "${base64url:43}"}`},
	{"JWK, encrypted outside", `{"d": "${base64url:42}A"}, {"kty": "EC", "x": "${base64url:43}"}`},
	{"JWK, too short", `{"kty": "EC", "d": "${base64url:20}"}`},
	{"JWK, placeholder", `{"kty": "oct", "k": "your-key-goes-here-your-key-goes-here"}`},
	{"JWK, one character", `{"kty": "oct", "k": "${repeat:A:43}"}`},
	{"JWK of RFC 8037", `{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZ` + `cDusAxyuf2A"}`},

	{"phrase of no wallet", `mnemonic = "${repeat:abandon :11}about"`},
	{"phrase of Hardhat", `mnemonic = "${repeat:test :11}junk"`},
	{"phrase of Ganache", `mnemonic = "myth like bonus scare over problem ` + `client lizard pioneer submit female collect"`},
	{"phrase of 0x7f", `mnemonic: "legal winner thank year wave sausage ` + `worth useful legal winner thank yellow"`},
	{"phrase whose checksum fails", `mnemonic = "legal winner thank year wave sausage ` + `worth useful zebra young thank zoo"`},
	{"prose", "The seed phrase must be kept secret at all times, by all means and for all of us."},
	{"list of words", "mnemonic words: abandon ability able about above absent absorb abstract absurd abuse access accident"},
}

func TestUnproven(t *testing.T) {
	for _, tt := range unproven {
		t.Run(tt.name, func(t *testing.T) {
			for round := range uint64(rounds) {
				text, _, _ := fill(t, tt.text, round)
				if c, ok := first(read(text)); ok {
					t.Fatalf("round %d: at %d to %d is taken for a secret", round, c.Start, c.End)
				}
			}
		})
	}
}
