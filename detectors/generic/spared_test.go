package generic_test

import "testing"

// spared are texts with what looks like a secret and is none: found there, it
// would be a false alarm.
var spared = []struct{ name, text string }{
	{"a string that ends in a name, and another string", `withEnv(["ROOT_PASSWORD=${dollar}PASS", "${alnum:12}1a"]) { sh 'x' }`},
	{"environment variable, shell", "DB_PASSWORD=${dollar}{DB_PASSWORD}"},
	{"environment variable, batch", "set PASSWORD=%DB_PASSWORD%"},
	{"environment variable, Python", "password = os.environ['DB_PASSWORD_1']"},
	{"environment variable, Node.js", "password: process.env.DB_PASSWORD_1,"},
	{"environment variable, Go", "password := os.Getenv(\"DB_PASSWORD_1\")"},
	{"environment variable, PowerShell", "$password = $env:DB_PASSWORD_1"},
	{"workflow expression", "token: ${dollar}{{ secrets.DEPLOY_TOKEN_2 }}"},
	{"Helm template", "password: {{ .Values.db.password1 | quote }}"},
	{"Jinja template", "password: \"{{ vault_db_password1 }}\""},
	{"ERB template", "password: <%= ENV['DB_PASSWORD1'] %>"},
	{"Terraform reference", "password = var.db_password1"},
	{"Terraform interpolation", "password = \"${dollar}{random_password.db1.result}\""},
	{"CloudFormation reference", "MasterUserPassword: !Ref DbPassword1"},
	{"CloudFormation dynamic reference", "password: '{{resolve:secretsmanager:Db1:SecretString:password}}'"},
	{"Key Vault reference", "\"ClientSecret\": \"@Microsoft.KeyVault(VaultName=v;SecretName=s1)\""},
	{"1Password reference", "PASSWORD=op://vault/item1/password"},
	{"Kubernetes secret reference", "secretKeyRef: {name: db1, key: password}"},
	{"encrypted by Ansible", "password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256"},
	{"encrypted by SOPS", "password: ENC[AES256_GCM,data:{T},type:str]"},
	{"encrypted by Spring", "password: '{cipher}{T}'"},
	{"ARN", "secret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:db1"},

	{"call", "password = get_password(user1)"},
	{"call with a string", "token = request.headers.get('X-Token-1')"},
	{"attribute", "password = self.config1.password"},
	{"comparison", "if password == other1Password {"},
	{"parameter", "func login(user1, password string) error {"},
	{"type", "password: SecretStr1 = None"},
	{"conditional", "if (!password1 || !token1) return;"},
	{"printing", "fmt.Printf(\"token=%s\\n\", token1)"},
	{"format", "url = f\"?token={token1}\""},
	{"regular expression", "password = r'^[a-zA-Z0-9]{8,}$'"},
	{"SQL parameter", "WHERE password = :password1"},
	{"SQL placeholder", "SET password = ?, token = $2"},

	{"placeholder in angle brackets", "password = \"<your-password-1>\""},
	{"placeholder in words", "api_key = \"your-api-key-goes-here-1\""},
	{"changeme", "password: changeme123"},
	{"masked", "password: ********1"},
	{"letter x", "api_key = 'xxxxxxxxxxxxxxxxxxx1'"},
	{"counting", "api_key = '0123456789abcdef0123456789abcdef'"},
	{"repeating", "secret = '${repeat:ab:16}'"},
	{"name again", "password: password1"},
	{"empty", "password = \"\""},
	{"null", "password: null"},
	{"truth value", "token: true"},
	{"number", "token = ${digit:14}"},
	{"label", "label.password = \"Choose a new password of 12 letters, please\""},
	{"translated label", "password: 'Contraseña nueva'"},
	{"prose", "The password must have 8 characters. The token: see page 4."},

	{"path", "private_key = \"/etc/ssl/private/server1.key\""},
	{"file", "secret = 'server1.pem'"},
	{"URL", "token = \"https://auth.corp.internal/oauth2/token1\""},
	{"name of a secret", "secret_name = '{T}'"},
	{"id of a key", "key_id = '{T}'"},
	{"address of tokens", "token_url = '{T}'"},
	{"file of passwords", "password_file = '{P}'"},
	{"hash of a password", "password_hash = '{T}'"},
	{"public key", "public_key = '{T}'"},
	{"cache key", "cache_key = '{T}'"},
	{"page token", "next_page_token = '{T}'"},
	{"csrf token", "csrf_token = '{T}'"},
	{"English word that ends in pass", "compass = '{T}'"},
	{"English word that ends in key", "monkey = '{T}'"},
	{"hash under a weak name", "key = '${hex:40}'"},
	{"UUID under a weak name", "key: ${uuid}"},

	{"URL of documentation", "postgres://user:password@localhost:5432/db"},
	{"URL with the user again", "amqp://guest:guest@localhost"},
	{"URL with variables", "postgres://${dollar}{USER}:${dollar}{PASS}@db/app"},
	{"URL with placeholders", "http://<user>:<password>@host.corp.internal"},
	{"URL with a port", "https://host.corp.internal:8080/x@2x.png"},
	{"URL without a password", "ssh://git@host.corp.internal/r.git"},
	{"URL of an example host", "postgres://app:{P}@db.example.com/app"},
	{"addresses of mails", "Write to https://x.corp.internal: a@b.corp.internal"},
	{"header with a variable", "Authorization: Bearer ${dollar}{TOKEN1}"},
	{"header with a placeholder", "Authorization: Bearer <token-1>"},
	{"header in prose", "Basic authentication and bearer tokens are supported"},
	{"kind of token of a parser", "t.createToken('COERCERTLFULL', src[x])"},
	{"constant", "\"token\": \"FROMMEMBER\","},
	{"what a flag takes", "--proxy-passwd=PASS"},
	{"variable in a quoted name", "if test \"x${dollar}ac_header_pwd\" = xyes1"},
	{"first words of a sentence", "password changes2) are made on the primary"},
	{"ways to authenticate", "250-AUTH=DIGEST-MD5 PLAIN CRAM-MD5"},
	{"way through", "passThroughHooks = new Set([\"pre1process\"])"},
	{"details of a key", "\"keyDetails\": \"{T}\""},
	{"digest of a key", "X-Customer-Key-Md5: \"{T}\""},
	{"nonce of a handshake", "req.Header.Set(\"Sec-WebSocket-Key\", \"{T}\")"},
	{"fingerprint of a key that signs", "RELEASE_SIGNKEY=${hex:40}"},
	{"sealed key", "\"encrypted_key\": \"{T}\""},
	{"query as a key", "key := \"&kind=noOp1&period=2\""},
	{"fraction", "\"ms_per_token\": 8.339258620689655"},
	{"public token of a badge", "https://codecov.io/gh/a/b/branch/main/graph/badge.svg?token={T}"},
	{"switch named for passwords", "olcSmbK5PwdEnable: shadow1"},
	{"rule of a makefile", "mypwd.o: mypwd.c"},
	{"name of a key of the keyboard", "KeyScrollLock: \"scrolllock\","},
	{"result of a test", "--- PASS: TestMin/Min_between_2/4 (0.00s)"},
	{"what should pass", "validation should pass: item_count1 is valid"},
	{"prefix of an error", "fmt.Errorf(\"auth.ldap: search1: %w\", err)"},
	{"scope of a signature", "AWS4-HMAC-SHA256 Credential=AKID/19700101/us-west-2/es/aws4_request, SignedHeaders=host"},
	{"kind of a token, and its value", "token{role: licenseToken, value: \"Apache-2.0\"}"},
	{"fields of a line", "HOSTNAME:PORT:USERNAME:PASSWORD:BASE_DN:FLAGS"},
	{"network address", "IPv6StableSecretAddress=0123:4567:89ab:cdef:0123:4567:89ab:cdef"},
	{"comparison with a word", "return key.value === \"constructor\";"},
	{"header of documentation", "Authorization: Basic ${base64of:user:password}"},
}

func TestSpared(t *testing.T) {
	for _, tt := range spared {
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
