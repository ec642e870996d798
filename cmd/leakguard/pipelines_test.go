package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

const pipelinesFolder = docsRoot + "/docs/pipelines/"

// pipelineFile is a file of docs/pipelines, and how its CI system runs what is in it.
type pipelineFile struct {
	file    string
	depth   int      // of the clone; 0 is all
	fetches []string // refspecs of the clone; the job is on the first one's source
	shell   []string // what a script is an argument of
	scripts func(t *testing.T, text string, j *pipelineJob) []string
	keeps   func(t *testing.T, text string, j *pipelineJob) []string // files of which the job's end makes a report
	env     func(j *pipelineJob) []string                            // what the CI system says of a pull request
	builds  bool                                                     // each time, as nothing is kept between its jobs
}

// pipelineJob is a job for the pull request 7, of feature into main.
type pipelineJob struct {
	work, home, temp string // folders: of the checkout, of the user, of temporary files
	base, head       string // commits
	merge            string // the commit that merges head into main
	url              string // of the remote
}

var bash = []string{"bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"}

// pipelines are all files of docs/pipelines. The shells and variables are those of
// the systems' own documentation: GitLab "Predefined CI/CD variables", Jenkins
// "Pipeline Syntax" and "env-vars.html", CircleCI "Project values and variables",
// Azure "Use predefined variables", Bitbucket "Variables and secrets", Buildkite
// "Environment variables".
var pipelines = []pipelineFile{
	{file: "gitlab-ci.yml", depth: 1, fetches: []string{"refs/merge-requests/7/head:refs/pipelines/1"}, shell: bash, scripts: gitlabScripts, keeps: gitlabKeeps, env: gitlabEnv, builds: true},
	{file: "Jenkinsfile", fetches: []string{"refs/pull/7/head:refs/remotes/origin/PR-7", "refs/heads/main:refs/remotes/origin/main"}, shell: []string{"sh", "-xec"}, scripts: jenkinsScripts, keeps: jenkinsKeeps, env: jenkinsEnv},
	{file: "circleci-config.yml", fetches: []string{"refs/heads/feature:refs/remotes/origin/feature", "refs/heads/main:refs/remotes/origin/main"}, shell: bash, scripts: circleScripts, keeps: circleKeeps, env: circleEnv},
	{file: "azure-pipelines.yml", depth: 1, fetches: []string{"refs/pull/7/merge:refs/remotes/pull/7/merge"}, shell: []string{"bash", "--noprofile", "--norc", "-c"}, scripts: azureScripts, keeps: azureKeeps, env: azureEnv},
	{file: "bitbucket-pipelines.yml", depth: 1, fetches: []string{"refs/heads/feature:refs/remotes/origin/feature"}, shell: []string{"bash", "-ec"}, scripts: bitbucketScripts, keeps: bitbucketKeeps, env: bitbucketEnv},
	{file: "buildkite-pipeline.yml", fetches: []string{"refs/heads/feature:refs/remotes/origin/feature", "refs/heads/main:refs/remotes/origin/main"}, shell: []string{"bash", "-ec"}, scripts: buildkiteScripts, keeps: buildkiteKeeps, env: buildkiteEnv},
}

// TestPipelinesQuoted holds docs/pipelines.md to the files, and this test to all of
// them.
func TestPipelinesQuoted(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(pipelinesFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.ContainsFunc(pipelines, func(p pipelineFile) bool { return p.file == e.Name() }) {
			t.Errorf("docs/pipelines/%s is not tested", e.Name())
		}
	}
	wantQuoted(t, "docs/pipelines.md", "docs/pipelines")
}

// TestPipelines runs the scripts of each file in a checkout as its CI system makes
// one, with the variables that the system sets.
func TestPipelines(t *testing.T) {
	t.Parallel()
	for _, p := range pipelines {
		for _, c := range []struct {
			name   string
			leaked bool // by a commit in the middle
			cut    bool // no history, and the remote cannot be reached
			want   int
		}{
			{"clean", false, false, exitClean},
			{"found", true, false, exitFound},
			{"incomplete", true, true, exitIncomplete},
		} {
			t.Run(p.file+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				if _, err := exec.LookPath("bash"); err != nil {
					t.Skip("no bash to run the scripts with")
				}
				secret := token(t, 1)
				j := p.checkout(t, c.leaked, c.cut, secret)
				run := p.prepare(t, j)
				run.wantScripts(t, c.want, secret)
				if !p.builds {
					run.dropGo(t)
					run.wantScripts(t, c.want, secret) // with the leakguard that the first job built
				}
			})
		}
	}
}

// TestGitLabPipeline gives gitlab-ci.yml to gitlab-ci-local, which holds it to the
// schema that GitLab publishes, follows its rules and runs its job in a shell. The
// path of the npm package's program is in LEAKGUARD_GITLAB_CI_LOCAL.
func TestGitLabPipeline(t *testing.T) {
	t.Parallel()
	program := needSetting(t, "LEAKGUARD_GITLAB_CI_LOCAL", "the path of the program of the npm package gitlab-ci-local")
	p := pipelines[slices.IndexFunc(pipelines, func(p pipelineFile) bool { return p.file == "gitlab-ci.yml" })]
	secret := token(t, 1)
	j := p.checkout(t, true, false, secret)
	r := p.prepare(t, j)
	gitrepo.At(t, j.work).Write(".gitlab-ci.yml", r.text)
	local := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), program, append([]string{"--force-shell-executor", "--file", ".gitlab-ci.yml"}, args...)...)
		cmd.Dir, cmd.Env = j.work, r.env
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, c := range []struct {
		name      string
		variables []string
		runs      bool
	}{
		{"merge request", []string{"CI_PIPELINE_SOURCE=merge_request_event", "CI_COMMIT_BRANCH=", "CI_OPEN_MERGE_REQUESTS=acme/shop!7"}, true},
		{"push to a branch", []string{"CI_PIPELINE_SOURCE=push", "CI_COMMIT_BRANCH=feature"}, true},
		{"push to a branch with a merge request", []string{"CI_PIPELINE_SOURCE=push", "CI_COMMIT_BRANCH=feature", "CI_OPEN_MERGE_REQUESTS=acme/shop!7"}, false},
		{"tag", []string{"CI_PIPELINE_SOURCE=push", "CI_COMMIT_BRANCH=", "CI_COMMIT_TAG=v1.2.0"}, true},
		{"schedule", []string{"CI_PIPELINE_SOURCE=schedule", "CI_COMMIT_BRANCH=main"}, true},
	} {
		args := []string{"--list"}
		for _, v := range c.variables {
			args = append(args, "--variable", v)
		}
		out, err := local(args...)
		if listed := regexp.MustCompile(`(?m)^leakguard `).MatchString(out); err != nil || listed != c.runs {
			t.Errorf("%s: the job runs: %t, want %t (%v)\n%s", c.name, listed, c.runs, err, out)
		}
	}
	var args []string
	for _, v := range p.env(j) {
		args = append(args, "--variable", v)
	}
	out, err := local(args...)
	if err == nil || !strings.Contains(out, "app.env") || !strings.Contains(out, "FAIL") || strings.Contains(out, secret) {
		t.Errorf("a merge request with a secret: %v\n%s", err, masked(out, secret))
	}
}

// jenkinsBlocks are the blocks that may stand in a block of a declarative pipeline,
// of those that we use, and the steps with a block.
// https://www.jenkins.io/doc/book/pipeline/syntax/
var jenkinsBlocks = map[string][]string{
	"":                {"pipeline"},
	"pipeline":        {"agent", "stages", "post"},
	"agent":           {"docker"},
	"stages":          {"stage"},
	"stage":           {"steps"},
	"steps":           {"withCredentials"},
	"post":            {"always"},
	"docker":          nil,
	"withCredentials": nil,
	"always":          nil,
}

var (
	jenkinsQuiet = regexp.MustCompile(`(?s)'''.*?'''|'[^'\n]*'|//[^\n]*`)
	jenkinsToken = regexp.MustCompile(`(\w+)\s*(?:\([^{}]*?\))?\s*\{|\}`)
)

// TestJenkinsfile wants the blocks of the Jenkinsfile to nest as a declarative
// pipeline's do. Jenkins itself has no linter that runs without a server.
func TestJenkinsfile(t *testing.T) {
	t.Parallel()
	code := jenkinsQuiet.ReplaceAllString(docAt(t, "docs/pipelines/Jenkinsfile").text, "")
	if open, closed := strings.Count(code, "{"), strings.Count(code, "}"); open != closed || strings.Contains(code, "'") {
		t.Fatalf("%d braces open, %d close, quotes do not pair:\n%s", open, closed, code)
	}
	stack, seen := []string{""}, map[string]bool{}
	for _, m := range jenkinsToken.FindAllStringSubmatch(code, -1) {
		if m[1] == "" {
			stack = stack[:len(stack)-1]
			continue
		}
		in := stack[len(stack)-1]
		if !slices.Contains(jenkinsBlocks[in], m[1]) {
			t.Errorf("a block %q may not stand in %q", m[1], in)
		}
		stack = append(stack, m[1])
		seen[m[1]] = true
	}
	for _, required := range []string{"pipeline", "agent", "stages", "stage", "steps"} {
		if !seen[required] {
			t.Errorf("there is no block %q", required)
		}
	}
}

// checkout makes the repository and what the CI system makes of it.
func (p pipelineFile) checkout(t *testing.T, leaked, cut bool, secret string) *pipelineJob {
	t.Helper()
	remote := gitrepo.New(t)
	j := &pipelineJob{home: t.TempDir(), temp: t.TempDir(), base: remote.Write("README", "The shop.\n").Commit("begin"), url: remote.URL()}
	remote.Git("branch", "-M", "main")
	remote.Switch("feature")
	if leaked {
		remote.Write("app.env", withSecret(secret)).Commit("add the configuration")
	}
	j.head = remote.Write("app.env", "clean\n").Commit("the configuration is made at start")
	remote.Git("checkout", "-q", "--detach", "main")
	j.merge = remote.Git("commit-tree", "-p", j.base, "-p", j.head, "-m", "merge", j.head+"^{tree}")
	for ref, id := range map[string]string{"refs/pull/7/head": j.head, "refs/pull/7/merge": j.merge, "refs/merge-requests/7/head": j.head} {
		remote.SetRef(ref, id)
	}

	work := gitrepo.New(t)
	j.work = work.Dir
	work.Git("remote", "add", "origin", j.url)
	depth := p.depth
	if cut {
		depth = 1
	}
	fetch := []string{"fetch", "-q", "--no-tags"}
	if depth > 0 {
		fetch = append(fetch, fmt.Sprintf("--depth=%d", depth))
	}
	fetches := p.fetches
	if cut {
		fetches = fetches[:1]
	}
	for _, spec := range fetches {
		work.Git(append(fetch, "origin", "+"+spec)...)
	}
	_, fetched, _ := strings.Cut(p.fetches[0], ":")
	work.Git("checkout", "-q", "--detach", fetched)
	if cut {
		if err := os.RemoveAll(remote.Dir); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

// pipelineRun is a job that is ready to run.
type pipelineRun struct {
	pipelineFile
	job     *pipelineJob
	text    string
	scripts []string
	env     []string
	tools   string // the folder of the programs that the system's image has
}

// prepare sets the job up: go, whose only use is to install leakguard, and the
// agent of Buildkite stand ready.
func (p pipelineFile) prepare(t *testing.T, j *pipelineJob) *pipelineRun {
	t.Helper()
	r := &pipelineRun{pipelineFile: p, job: j, text: docAt(t, "docs/pipelines/"+p.file).text, tools: t.TempDir()}
	r.scripts = p.scripts(t, r.text, j)
	if len(r.scripts) == 0 {
		t.Fatalf("docs/pipelines/%s has no script", p.file)
	}
	r.tool(t, "go", `[ "$*" = "install github.com/leakguard/leakguard/cmd/leakguard@REVISION" ] || { echo "go $*" >&2; exit 99; }
dir=${GOBIN:-$GOPATH/bin}
mkdir -p "$dir" && cp '`+filepath.Join(onPath(t), "leakguard")+`' "$dir"`)
	r.tool(t, "buildkite-agent", `[ "$*" = "annotate --style error --context leakguard" ] || exit 98
cat > "$HOME/annotation"`)
	gopath := filepath.Join(j.home, "go")
	path := strings.Join([]string{r.tools, filepath.Join(gopath, "bin"), os.Getenv("PATH")}, string(os.PathListSeparator))
	r.env = append(userEnv(t), "HOME="+j.home, "GOPATH="+gopath, "PATH="+path, "CI=true")
	r.env = append(r.env, p.env(j)...)
	return r
}

func (r *pipelineRun) tool(t *testing.T, name, body string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.tools, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// dropGo lets a second build fail.
func (r *pipelineRun) dropGo(t *testing.T) { r.tool(t, "go", "exit 97") }

// wantScripts runs the job, and wants that exit code, the reports which the file
// has uploaded, and nothing else in the checkout.
func (r *pipelineRun) wantScripts(t *testing.T, want int, secret string) {
	t.Helper()
	said, code := r.runScripts(t)
	if code != want {
		t.Fatalf("exit code %d, want %d:\n%s", code, want, masked(said, secret))
	}
	if strings.Contains(said, secret) {
		t.Error("the job's log has the secret in clear")
	}
	work := gitrepo.At(t, r.job.work)
	var kept []string
	for _, f := range r.keeps(t, r.text, r.job) {
		if !filepath.IsAbs(f) {
			kept = append(kept, f)
			f = filepath.Join(r.job.work, f)
		}
		if info, err := os.Stat(f); err != nil || info.Size() == 0 {
			t.Errorf("the report %s is not written", f)
		}
	}
	slices.Sort(kept)
	left := strings.Fields(work.Git("ls-files", "--others"))
	if !slices.Equal(left, slices.Compact(kept)) {
		t.Errorf("the job leaves %q in the checkout, and keeps %q of it", left, kept)
	}
	r.wantAnnotation(t, want != exitClean)
}

// runScripts runs the scripts until one fails.
func (r *pipelineRun) runScripts(t *testing.T) (said string, code int) {
	t.Helper()
	var out bytes.Buffer
	for _, script := range r.scripts {
		args := append(slices.Clone(r.shell[1:]), script)
		cmd := exec.CommandContext(t.Context(), r.shell[0], args...)
		cmd.Dir, cmd.Env = r.job.work, r.env
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if code = cmd.ProcessState.ExitCode(); code != 0 {
			break
		}
	}
	return out.String(), code
}

// wantAnnotation wants Buildkite's annotation to be one block of code, which no text
// of the repository can end: each line is indented.
func (r *pipelineRun) wantAnnotation(t *testing.T, want bool) {
	t.Helper()
	if r.file != "buildkite-pipeline.yml" {
		return
	}
	file := filepath.Join(r.job.home, "annotation")
	data, err := os.ReadFile(file)
	if err != nil {
		if want {
			t.Error("there is no annotation")
		}
		return
	}
	if !want {
		t.Error("there is an annotation though nothing is wrong")
	}
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, "    ") {
			t.Errorf("a line of the annotation is not indented: %s", line)
			break
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

// parsed is a YAML file, to be read by dig.
func parsed(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// dig follows keys and indexes into a parsed file; nil is what is not there.
func dig(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

// texts are the strings of a list, or of one alone.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, fmt.Sprint(e))
		}
		return all
	}
	return nil
}

// steps are what each step of a list has under that key.
func steps(v any, key ...any) []any {
	list, _ := v.([]any)
	var all []any
	for _, s := range list {
		if found := dig(s, key...); found != nil {
			all = append(all, found)
		}
	}
	return all
}

func gitlabScripts(t *testing.T, text string, _ *pipelineJob) []string {
	doc := parsed(t, text)
	var lines []string
	variables, _ := dig(doc, "leakguard", "variables").(map[string]any)
	for name, v := range variables {
		lines = append(lines, fmt.Sprintf("export %s='%v'", name, v))
	}
	return []string{strings.Join(append(lines, texts(dig(doc, "leakguard", "script"))...), "\n")}
}

func gitlabKeeps(t *testing.T, text string, _ *pipelineJob) (files []string) {
	reports, _ := dig(parsed(t, text), "leakguard", "artifacts", "reports").(map[string]any)
	for _, f := range reports {
		files = append(files, texts(f)...)
	}
	return files
}

func gitlabEnv(j *pipelineJob) []string {
	return []string{
		"GITLAB_CI=true", "CI_SERVER_URL=https://gitlab.example", "CI_PROJECT_ID=1", "CI_PROJECT_PATH=acme/shop", "CI_PROJECT_URL=https://gitlab.example/acme/shop",
		"CI_PROJECT_DIR=" + j.work, "CI_DEFAULT_BRANCH=main", "CI_PIPELINE_SOURCE=merge_request_event", "CI_COMMIT_SHA=" + j.head,
		"CI_COMMIT_BEFORE_SHA=" + strings.Repeat("0", 40), "CI_MERGE_REQUEST_IID=7", "CI_MERGE_REQUEST_REF_PATH=refs/merge-requests/7/head",
		"CI_MERGE_REQUEST_DIFF_BASE_SHA=" + j.base, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=feature", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=",
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA=", "CI_MERGE_REQUEST_PROJECT_ID=1", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID=1",
	}
}

var (
	jenkinsShell = regexp.MustCompile(`(?s)\bsh '''(.*?)'''`)
	jenkinsFiles = regexp.MustCompile(`\b(?:testResults|artifacts): '([^']+)'`)
)

func jenkinsScripts(_ *testing.T, text string, _ *pipelineJob) (scripts []string) {
	for _, m := range jenkinsShell.FindAllStringSubmatch(text, -1) {
		scripts = append(scripts, m[1])
	}
	return scripts
}

func jenkinsKeeps(_ *testing.T, text string, _ *pipelineJob) (files []string) {
	for _, m := range jenkinsFiles.FindAllStringSubmatch(text, -1) {
		files = append(files, m[1])
	}
	return files
}

func jenkinsEnv(j *pipelineJob) []string {
	return []string{
		"JENKINS_URL=https://jenkins.example/", "BUILD_ID=3", "BUILD_NUMBER=3", "JOB_NAME=shop/PR-7", "WORKSPACE=" + j.work, "WORKSPACE_TMP=" + filepath.Join(j.temp, "shop PR-7@tmp"),
		"BRANCH_NAME=PR-7", "CHANGE_ID=7", "CHANGE_TARGET=main", "CHANGE_BRANCH=feature", "CHANGE_URL=https://github.com/acme/shop/pull/7", "GIT_COMMIT=" + j.head, "GIT_URL=" + j.url,
	}
}

func circleScripts(t *testing.T, text string, _ *pipelineJob) (scripts []string) {
	doc := parsed(t, text)
	revision := fmt.Sprint(dig(doc, "parameters", "leakguard-revision", "default"))
	for _, s := range steps(dig(doc, "jobs", "leakguard", "steps"), "run", "command") {
		scripts = append(scripts, strings.ReplaceAll(fmt.Sprint(s), "<< pipeline.parameters.leakguard-revision >>", revision))
	}
	return scripts
}

func circleKeeps(t *testing.T, text string, j *pipelineJob) (files []string) {
	all := dig(parsed(t, text), "jobs", "leakguard", "steps")
	for _, folder := range append(steps(all, "store_test_results", "path"), steps(all, "store_artifacts", "path")...) {
		files = append(files, filepath.Join(strings.Replace(fmt.Sprint(folder), "~", j.home, 1), "leakguard.xml"))
	}
	return files
}

func circleEnv(j *pipelineJob) []string {
	return []string{
		"CIRCLECI=true", "CIRCLE_SHA1=" + j.head, "CIRCLE_BRANCH=feature", "CIRCLE_PULL_REQUEST=https://github.com/acme/shop/pull/7", "CIRCLE_PULL_REQUESTS=https://github.com/acme/shop/pull/7",
		"CIRCLE_PROJECT_USERNAME=acme", "CIRCLE_PROJECT_REPONAME=shop", "CIRCLE_REPOSITORY_URL=git@github.com:acme/shop.git", "CIRCLE_BUILD_NUM=3",
	}
}

var azureMacro = regexp.MustCompile(`\$\(([\w.]+)\)`)

// azureExpand replaces Azure's macros, also those in the values of variables.
func azureExpand(t *testing.T, doc any, j *pipelineJob, text string) string {
	t.Helper()
	return azureMacro.ReplaceAllStringFunc(text, func(macro string) string {
		name := azureMacro.FindStringSubmatch(macro)[1]
		switch name {
		case "Pipeline.Workspace":
			return filepath.Join(j.home, "1")
		case "Agent.TempDirectory":
			return j.temp
		}
		value := dig(doc, "variables", name)
		if value == nil {
			t.Fatalf("nothing defines $(%s)", name)
		}
		return azureExpand(t, doc, j, fmt.Sprint(value))
	})
}

func azureScripts(t *testing.T, text string, j *pipelineJob) (scripts []string) {
	doc := parsed(t, text)
	for _, s := range steps(dig(doc, "steps"), "bash") {
		scripts = append(scripts, azureExpand(t, doc, j, fmt.Sprint(s)))
	}
	return scripts
}

func azureKeeps(t *testing.T, text string, j *pipelineJob) (files []string) {
	doc := parsed(t, text)
	for _, folder := range steps(dig(doc, "steps"), "inputs", "searchFolder") {
		for _, name := range steps(dig(doc, "steps"), "inputs", "testResultsFiles") {
			files = append(files, filepath.Join(azureExpand(t, doc, j, fmt.Sprint(folder)), fmt.Sprint(name)))
		}
	}
	return files
}

func azureEnv(j *pipelineJob) []string {
	return []string{
		"TF_BUILD=True", "BUILD_REASON=PullRequest", "BUILD_REPOSITORY_PROVIDER=GitHub", "BUILD_REPOSITORY_NAME=acme/shop", "BUILD_REPOSITORY_URI=https://github.com/acme/shop",
		"BUILD_SOURCEBRANCH=refs/pull/7/merge", "BUILD_SOURCEVERSION=" + j.merge, "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER=7", "SYSTEM_PULLREQUEST_PULLREQUESTID=700",
		"SYSTEM_PULLREQUEST_ISFORK=False", "SYSTEM_PULLREQUEST_SOURCEBRANCH=feature", "SYSTEM_PULLREQUEST_SOURCECOMMITID=" + j.head, "SYSTEM_PULLREQUEST_TARGETBRANCH=main",
		"SYSTEM_PULLREQUEST_TARGETBRANCHNAME=main", "SYSTEM_PULLREQUEST_SOURCEREPOSITORYURI=https://github.com/acme/shop",
	}
}

func bitbucketStep(t *testing.T, text string) any {
	return dig(parsed(t, text), "definitions", "steps", 0, "step")
}

func bitbucketScripts(t *testing.T, text string, _ *pipelineJob) []string {
	return []string{strings.Join(texts(dig(bitbucketStep(t, text), "script")), "\n")}
}

func bitbucketKeeps(t *testing.T, text string, _ *pipelineJob) []string {
	return texts(dig(bitbucketStep(t, text), "artifacts", "upload", 0, "paths"))
}

func bitbucketEnv(j *pipelineJob) []string {
	return []string{
		"BITBUCKET_BUILD_NUMBER=3", "BITBUCKET_REPO_FULL_NAME=acme/shop", "BITBUCKET_GIT_HTTP_ORIGIN=http://bitbucket.org/acme/shop", "BITBUCKET_BRANCH=feature", "BITBUCKET_COMMIT=" + j.head,
		"BITBUCKET_CLONE_DIR=" + j.work, "BITBUCKET_PR_ID=7", "BITBUCKET_PR_DESTINATION_BRANCH=main", "BITBUCKET_PR_DESTINATION_COMMIT=" + j.base[:12],
	}
}

// buildkiteScripts does what the upload of a pipeline does to its commands. A
// single dollar is a variable of the upload's own time: none is meant.
func buildkiteScripts(t *testing.T, text string, _ *pipelineJob) (scripts []string) {
	for _, s := range steps(dig(parsed(t, text), "steps"), "command") {
		command := fmt.Sprint(s)
		if strings.Contains(strings.ReplaceAll(command, "$$", ""), "$") {
			t.Fatalf("a single dollar: %s", command)
		}
		scripts = append(scripts, strings.ReplaceAll(command, "$$", "$"))
	}
	return scripts
}

func buildkiteKeeps(t *testing.T, text string, _ *pipelineJob) []string {
	return texts(dig(parsed(t, text), "steps", 0, "artifact_paths"))
}

func buildkiteEnv(j *pipelineJob) []string {
	return []string{
		"BUILDKITE=true", "BUILDKITE_BUILD_NUMBER=3", "BUILDKITE_BRANCH=feature", "BUILDKITE_COMMIT=" + j.head, "BUILDKITE_REPO=https://github.com/acme/shop.git", "BUILDKITE_PIPELINE_DEFAULT_BRANCH=main",
		"BUILDKITE_PULL_REQUEST=7", "BUILDKITE_PULL_REQUEST_BASE_BRANCH=main", "BUILDKITE_PULL_REQUEST_REPO=https://github.com/acme/shop.git", "BUILDKITE_SOURCE=webhook",
	}
}
