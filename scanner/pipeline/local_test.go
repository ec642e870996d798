package pipeline

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/scanner"
)

// In these files PASS is a password and TOKEN a token, built at run time.
var systemFiles = []struct {
	name, file, text string
	want             []string // "line:column variable (scope)"
}{
	{"GitHub workflow", ".github/workflows/ci.yml", `
on:
  workflow_dispatch:
    inputs:
      password: {default: PASS}
env: &all
  DB_PASSWORD: "PASS"
jobs:
  deploy:
    env:
      <<: *all
      AWS_PASSWORD: ${{ secrets.AWS_PASSWORD }}
      API_TOKEN: TOKEN # the old one
    strategy:
      matrix:
        include:
          - admin_password: PASS
    services:
      db:
        env:
          POSTGRES_PASSWORD: PASS
    container:
      credentials:
        password: PASS
    steps:
      - run: true
      - uses: acme/deploy@v1
        with:
          password: PASS
          build-args: |
            A=1
            GH_TOKEN=TOKEN
`, []string{
		"5:27 on.workflow_dispatch.inputs.password (workflow)",
		"7:17 env.DB_PASSWORD (workflow)",
		"13:18 jobs.deploy.env.API_TOKEN (job deploy)",
		"17:29 jobs.deploy.strategy.matrix.include[0].admin_password (matrix of job deploy)",
		"21:30 jobs.deploy.services.db.env.POSTGRES_PASSWORD (service db of job deploy)",
		"24:19 jobs.deploy.container.credentials.password (container of job deploy)",
		"29:21 jobs.deploy.steps[1].with.password (step 2 of job deploy)",
		"32:22 jobs.deploy.steps[1].with.build-args (step 2 of job deploy)",
	}},
	{"GitHub action", "tools/action.yml", "inputs:\n  password:\n    default: PASS\nruns:\n  using: composite\n  steps:\n    - env: {DB_PASSWORD: PASS}\n", []string{
		"3:14 inputs.password (action)", "7:26 runs.steps[0].env.DB_PASSWORD (step 1 of the action)",
	}},
	{"GitLab", ".gitlab-ci.yml", `
include: [{local: /ci/deploy.yml}]
variables:
  DB_PASSWORD: {value: PASS, description: of the database}
  OTHER: !reference [.x, variables]
build:
  variables: {ADMIN_PASSWORD: PASS}
  services:
    - variables: {MYSQL_PASSWORD: PASS}
  rules:
    - variables: {ROOT_PASSWORD: PASS}
  parallel:
    matrix:
      - SMTP_PASSWORD: [PASS]
`, []string{
		"4:24 variables.DB_PASSWORD (pipeline)",
		"7:31 build.variables.ADMIN_PASSWORD (job build)",
		"9:35 build.services[0].variables.MYSQL_PASSWORD (service of job build)",
		"11:34 build.rules[0].variables.ROOT_PASSWORD (rule of job build)",
		"14:25 build.parallel.matrix.SMTP_PASSWORD[0] (matrix of job build)",
	}},
	{"GitLab include", "ci/deploy.yml", "deploy:\n  variables:\n    DB_PASSWORD: PASS\n", []string{"3:18 deploy.variables.DB_PASSWORD (job deploy)"}},
	{"CircleCI", ".circleci/config.yml", `
jobs:
  build:
    docker:
      - image: x
        auth: {password: PASS}
        environment: {DB_PASSWORD: PASS}
    steps:
      - run:
          environment:
            - ADMIN_PASSWORD: PASS
workflows:
  main:
    jobs:
      - build:
          root_password: PASS
`, []string{
		"6:26 jobs.build.docker[0].auth.password (job build)",
		"7:36 jobs.build.docker[0].environment.DB_PASSWORD (job build)",
		"11:31 jobs.build.steps[0].run.environment.ADMIN_PASSWORD (step 1 of job build)",
		"16:26 workflows.main.jobs[0].build.root_password (workflow)",
	}},
	{"Travis", ".travis.yml", `
env:
  global:
    - DB_PASSWORD=PASS A=b
    - secure: abc
jobs:
  include:
    - env: ADMIN_PASSWORD='PASS'
deploy:
  password: PASS
  api_key: {secure: abc}
`, []string{
		"4:19 env.global.DB_PASSWORD (build)", "8:28 jobs.include[0].env.ADMIN_PASSWORD (job 1)", "10:13 deploy.password (deploy)",
	}},
	{"Azure", "azure-pipelines.yml", `
variables:
  - group: shared
  - name: DB_PASSWORD
    value: PASS
stages:
  - stage: test
    jobs:
      - job: unit
        steps:
          - template: build/steps.yml
          - script: echo
            displayName: run
            env: {ADMIN_PASSWORD: PASS, OTHER_PASSWORD: $(dbPassword)}
`, []string{
		"5:12 variables.DB_PASSWORD (pipeline)",
		"14:35 stages[0].jobs[0].steps[1].env.ADMIN_PASSWORD (step run of job unit of stage test)",
	}},
	{"Azure template", "build/steps.yml", "parameters:\n  - name: adminPassword\n    default: PASS\nsteps: []\n", []string{"3:14 parameters.adminPassword (pipeline)"}},
	{"Bitbucket", "bitbucket-pipelines.yml", `
pipelines:
  default:
    - step:
        name: deploy
        script:
          - pipe: acme/ftp:1.0.0
            variables: {FTP_PASSWORD: PASS}
definitions:
  services:
    mysql:
      variables: {MYSQL_PASSWORD: PASS}
`, []string{
		"8:39 pipelines.default[0].step.script[0].variables.FTP_PASSWORD (step deploy)",
		"12:35 definitions.services.mysql.variables.MYSQL_PASSWORD (service mysql)",
	}},
	{"Buildkite", ".buildkite/pipeline.yml", `
env: {DB_PASSWORD: PASS}
steps:
  - label: test
    plugins:
      - docker#v5:
          environment: ["ADMIN_PASSWORD=PASS", HOME]
`, []string{
		"2:20 env.DB_PASSWORD (pipeline)", "7:41 steps[0].plugins[0].docker#v5.environment.ADMIN_PASSWORD (step test)",
	}},
	{"Jenkins", "Jenkinsfile", `
// PASSWORD = 'PASS'
pipeline {
  environment { DB_PASSWORD = 'PASS'; OTHER = credentials('PASS') }
  parameters { string(name: 'ADMIN_PASSWORD', defaultValue: "PASS") }
  stages {
    stage('Deploy') {
      steps {
        withEnv(["ROOT_PASSWORD=PASS", "HOME=/x"]) { sh 'x' }
        script { def smtpPassword = 'PASS' }
      }
    }
  }
}
`, []string{
		"4:32 environment.DB_PASSWORD (pipeline)",
		"5:62 parameters.ADMIN_PASSWORD (pipeline)",
		"9:33 withEnv.ROOT_PASSWORD (stage Deploy)",
		"10:38 smtpPassword (stage Deploy)",
	}},
	{"Compose", "docker-compose.prod.yml", `
services:
  db:
    environment: ["POSTGRES_PASSWORD=PASS"]
    build: {args: {ADMIN_PASSWORD: "${ADMIN_PASSWORD:-PASS}"}}
`, []string{
		"4:38 services.db.environment.POSTGRES_PASSWORD (service db)", "5:55 services.db.build.args.ADMIN_PASSWORD (service db)",
	}},
	{"Kubernetes", "k8s/web.yaml", `
apiVersion: v1
kind: ConfigMap
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: app
          env:
            - {name: DB_PASSWORD, value: PASS}
            - {name: OTHER_PASSWORD, valueFrom: {secretKeyRef: {name: a, key: b}}}
---
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {password: PASS}
`, []string{
		"14:42 spec.template.spec.containers[0].env.DB_PASSWORD (container app of Deployment web)", "20:24 stringData.password (Secret db)",
	}},
	{"Helm", "chart/values.yaml", "auth:\n  rootPassword: PASS\n", []string{"2:17 auth.rootPassword (chart)"}},
	{"dotenv", ".env.local", "# DB_PASSWORD=PASS\nexport DB_PASSWORD=PASS # live\nADMIN_PASSWORD=\"PASS\"\nROOT_PASSWORD=${OTHER}\n", []string{
		"2:20 DB_PASSWORD (environment file)", "3:17 ADMIN_PASSWORD (environment file)",
	}},
	{"Terraform", "prod.tfvars", "db_password = \"PASS\" # x\nservers = [{ admin_password : \"PASS\" }]\nroot_password = <<-EOT\n  PASS\nEOT\n", []string{
		"1:16 db_password (Terraform variable file)", "2:32 servers.admin_password (Terraform variable file)", "4:3 root_password (Terraform variable file)",
	}},
}

func TestSystems(t *testing.T) {
	all := map[string]string{}
	for _, s := range systemFiles {
		all[s.file] = filled(t, s.text)
	}
	for _, s := range systemFiles {
		t.Run(s.name, func(t *testing.T) {
			files := map[string]string{s.file: all[s.file]}
			switch s.name {
			case "GitLab include":
				files[gitlabFile] = all[gitlabFile]
			case "Azure template":
				files[azureFile] = all[azureFile]
			}
			r := scanned(t, NewLocal(folder(t, files), Options{}))
			var want []string
			for _, w := range s.want {
				want = append(want, s.file+":"+w)
			}
			for _, other := range systemFiles {
				if other.file != s.file && files[other.file] != "" {
					for _, w := range other.want {
						want = append(want, other.file+":"+w)
					}
				}
			}
			wantPlaces(t, r, want...)
			wantGaps(t, r)
		})
	}
}

// filled puts secrets where a file of the tables has a word for one.
func filled(t testing.TB, text string) string {
	text = regexp.MustCompile(`\bPASS\b`).ReplaceAllLiteralString(text, value(t, password))
	return regexp.MustCompile(`\bTOKEN\b`).ReplaceAllLiteralString(text, value(t, pat))
}

func TestNothingToFind(t *testing.T) {
	root := folder(t, map[string]string{
		".github/workflows/ci.yml": `
env:
  CACHE_KEY: v3-` + value(t, "${hex:40}") + `
  GO_VERSION: 1.26.8
  IMAGE: ghcr.io/acme/web@sha256:` + value(t, "${hex:64}") + `
  TOKEN_URL: https://login.example.com/oauth2/token
  DB_PASSWORD: ${{ secrets.DB_PASSWORD }}
  API_TOKEN: "${{ vars.API_TOKEN }}"
  SECRET_NAME: projects/acme/secrets/db/versions/latest
  PASSWORD: ""
`,
		"compose.yml": "services: {db: {environment: {POSTGRES_PASSWORD: $PW, MYSQL_PASSWORD: \"${PW:-}\"}}}\n",
		"web.yaml":    "password: " + value(t, password) + "\n", // no manifest
	})
	r := scanned(t, NewLocal(root, Options{}))
	wantPlaces(t, r)
	wantGaps(t, r)
	if read := r.Coverage[0].Read; read["files"] != 2 || read["references"] != 4 {
		t.Errorf("read %v, want 2 files and 4 references", read)
	}
}

func TestInlineMark(t *testing.T) {
	text := filled(t, "env:\n  DB_PASSWORD: PASS # leakguard:allow of a test\n")
	r := scanned(t, NewLocal(folder(t, map[string]string{".github/workflows/a.yml": text}), Options{}))
	if len(r.Secrets) != 1 || r.Secrets[0].Occurrences[0].Suppression == nil {
		t.Errorf("%d secrets; the mark on the value's line is not honoured", len(r.Secrets))
	}
}

func TestParts(t *testing.T) {
	text := "env:\n  AWS_ACCESS_KEY_ID: " + value(t, "AKIA${base32:16}") + "\n  AWS_SECRET_ACCESS_KEY: " + value(t, "${alnum:40}") + "\n"
	r := scanned(t, NewLocal(folder(t, map[string]string{".github/workflows/a.yml": text}), Options{}))
	for _, s := range r.Secrets {
		if len(s.Parts) > 0 {
			return
		}
	}
	t.Errorf("the id and the key of one credential were not joined: %v", places(r))
}

func TestBadFiles(t *testing.T) {
	bomb := "a0: &a0 {DB_PASSWORD: " + value(t, password) + "}\n"
	for i := 1; i < 40; i++ {
		bomb += fmt.Sprintf("a%d: &a%d {x: *a%d, y: *a%d}\n", i, i, i-1, i-1)
	}
	for _, tt := range []struct{ name, text, gap string }{
		{"broken", "env:\n  DB_PASSWORD: " + value(t, password) + "\n bad: [", "values.yaml: it is not read as a file of Helm: broken YAML"},
		{"bomb", bomb, "values.yaml: it is not read as a file of Helm: its anchors and merge keys come to more than"},
		{"too large", strings.Repeat("a: b # c\n", maxFile/8), "values.yaml: it has more than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := scanned(t, NewLocal(folder(t, map[string]string{"values.yaml": tt.text}), Options{}))
			wantGaps(t, r, tt.gap)
			for _, g := range r.Coverage[0].Gaps {
				if strings.Contains(g.Why, value(t, password)) {
					t.Error("the gap quotes the secret")
				}
			}
		})
	}
}

func TestManyVariables(t *testing.T) {
	var yaml, env strings.Builder
	yaml.WriteString("env:\n")
	for i := range 10_000 {
		fmt.Fprintf(&yaml, "  V%d: value\n", i)
		fmt.Fprintf(&env, "V%d=value\n", i)
	}
	fmt.Fprintf(&yaml, "  DB_PASSWORD: %s\n", value(t, password))
	fmt.Fprintf(&env, "DB_PASSWORD=%s\n", value(t, password))
	r := scanned(t, NewLocal(folder(t, map[string]string{".github/workflows/a.yml": yaml.String(), ".env": env.String()}), Options{}))
	wantPlaces(t, r, ".github/workflows/a.yml:10002:16 env.DB_PASSWORD (workflow)", ".env:10001:13 DB_PASSWORD (environment file)")
	if n := r.Coverage[0].Read["variables"]; n != 20_002 {
		t.Errorf("%d variables read, want 20,002", n)
	}
}

func TestLeftOut(t *testing.T) {
	root := folder(t, map[string]string{".env": "DB_PASSWORD=" + value(t, password), ".gitignore": ".env\n", "b/x.env": "X=1"})
	if err := os.Mkdir(filepath.Join(root, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := scanned(t, NewLocal(root, Options{GitIgnore: true, Exclude: func(path string) bool { return path == "b/x.env" }}))
	wantPlaces(t, r)
	if c := r.Coverage[0]; len(c.Excluded) != 2 || c.Read["files"] != 0 {
		t.Errorf("read %v, left out %v", c.Read, c.Excluded)
	}
}

// fuzzReader checks that a reader ends, and that each value stands where it says.
func fuzzReader(f *testing.F, read func(*file, *collector) error, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in := &file{path: "x", text: []byte(text)}
		out := &collector{file: in, cov: scanner.NewCoverage("x", scanner.InVariable)}
		out.emit = func(vs []variable) {
			for _, v := range vs {
				if !strings.Contains(text[in.offset(v.line, v.column):], v.value) {
					t.Errorf("the value of %q is not at %d:%d", v.name, v.line, v.column)
				}
			}
		}
		if err := read(in, out); err == nil {
			out.flush()
		}
	})
}

func FuzzJenkinsfile(f *testing.F) {
	fuzzReader(f, readJenkins, "environment { A = 'b' }", "withEnv(['A=b', \"C=d\"]) {}", "x = '''a\n'''/* // x", `x = "a\"b`)
}

func FuzzDotenv(f *testing.F) {
	fuzzReader(f, readDotenv, "A=b # c\nexport B='x\ny'\n", `A="a\"b"`, "A: b\r\n=x", "A=${B:-c}")
}

func FuzzTfvars(f *testing.F) {
	fuzzReader(f, readTfvars, "a = \"b\"\nc = { d = [\"e\"] }", "a = <<-EOT\n b\nEOT\n", "a = <<X", `/* a */ "a" : "b\"c`)
}

func TestMultiLine(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})))
	text := "env:\n  KEY: |\n    " + strings.ReplaceAll(lines, "\n", "\n    ") + "\n"
	r := scanned(t, NewLocal(folder(t, map[string]string{".github/workflows/a.yml": text}), Options{}))
	wantPlaces(t, r, ".github/workflows/a.yml:3:5 env.KEY (workflow)")
	if len(r.Secrets) == 1 && r.Secrets[0].Occurrences[0].EndLine != 7 {
		t.Errorf("it ends on line %d, want 7", r.Secrets[0].Occurrences[0].EndLine)
	}
}
