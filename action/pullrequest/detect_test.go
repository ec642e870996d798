package pullrequest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var (
	baseID = strings.Repeat("b", 40)
	headID = strings.Repeat("a", 40)
	mixID  = strings.Repeat("c", 40)
	zeroID = strings.Repeat("0", 40)
)

// job is the environment of a job, as "NAME=value".
func job(vars ...string) func(string) string {
	return func(name string) string {
		for _, v := range vars {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

// githubJob is a job of GitHub Actions for an event with that payload.
func githubJob(t testing.TB, event, payload string, vars ...string) func(string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(path, []byte(payload), 0o600); err != nil {
		t.Fatal(err)
	}
	return job(append(vars, "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME="+event, "GITHUB_EVENT_PATH="+path, "GITHUB_ACTOR=ada",
		"GITHUB_REPOSITORY=acme/shop", "GITHUB_SERVER_URL=https://github.com", "GITHUB_SHA="+mixID, "GITHUB_REF=refs/heads/main")...)
}

// fields is a JSON object.
type fields = map[string]any

// pullPayload is the payload of an event of a pull request, with changes.
func pullPayload(t testing.TB, change func(pull fields)) string {
	pull := fields{
		"number": 7, "commits": 3, "draft": false,
		"base": fields{"sha": baseID, "ref": "main", "repo": fields{"full_name": "acme/shop", "fork": false}},
		"head": fields{"sha": headID, "ref": "feature", "repo": fields{"full_name": "acme/shop", "fork": false}},
	}
	if change != nil {
		change(pull)
	}
	return marshal(t, fields{"action": "synchronize", "number": 7, "pull_request": pull})
}

func pushPayload(t testing.TB, change func(push fields)) string {
	push := fields{
		"ref": "refs/heads/main", "before": baseID, "after": headID, "created": false, "deleted": false, "forced": false,
		"commits": []fields{{"id": mixID}, {"id": headID}}, "repository": fields{"full_name": "acme/shop", "default_branch": "main"},
	}
	if change != nil {
		change(push)
	}
	return marshal(t, push)
}

func marshal(t testing.TB, f fields) string {
	t.Helper()
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestDetectGitHub(t *testing.T) {
	pull := Event{
		CI: "github", Name: "pull_request", Kind: KindChanges, Repository: "acme/shop", Web: "https://github.com/acme/shop", Number: 7,
		Base: baseID, Head: headID, Ref: "refs/pull/7/head", Target: "main", Fallback: "main", Commits: 3,
	}
	push := Event{
		CI: "github", Name: "push", Kind: KindChanges, Repository: "acme/shop", Web: "https://github.com/acme/shop",
		Base: baseID, Head: headID, Ref: "refs/heads/main", Fallback: "main", Commits: 2,
	}
	all := Event{CI: "github", Kind: KindAll, Repository: "acme/shop", Web: "https://github.com/acme/shop", Head: mixID, Ref: "refs/heads/main"}
	with := func(e Event, change func(*Event)) Event { change(&e); return e }
	fork := func(head fields) func(fields) {
		return func(pull fields) { pull["head"].(fields)["repo"] = head }
	}
	runPayload := func(repository any) string {
		return marshal(t, fields{"workflow_run": fields{"id": 12345678901, "run_attempt": 2, "head_sha": headID, "head_repository": repository}})
	}
	run := Event{
		CI: "github", Name: "workflow_run", Kind: KindLogs, Repository: "acme/shop", Web: "https://github.com/acme/shop",
		Head: headID, Run: 12345678901, Attempt: 2,
	}
	tests := []struct {
		name, event, payload string
		vars                 []string
		want                 Event
	}{
		{"pull request", "pull_request", pullPayload(t, nil), nil, pull},
		{"review has no count of commits", "pull_request_review", pullPayload(t, func(p fields) { delete(p, "commits") }), nil,
			with(pull, func(e *Event) { e.Name, e.Commits = "pull_request_review", 0 })},
		{"closed and merged", "pull_request", pullPayload(t, func(p fields) { p["merged"] = true; p["state"] = "closed" }), nil, pull},
		{"from a fork", "pull_request", pullPayload(t, fork(fields{"full_name": "eve/shop"})), nil, with(pull, func(e *Event) { e.Fork = true })},
		{"from a deleted fork", "pull_request", pullPayload(t, fork(nil)), nil, with(pull, func(e *Event) { e.Fork = true })},
		{"in a fork, from that fork", "pull_request", pullPayload(t, func(p fields) {
			p["base"].(fields)["repo"] = fields{"full_name": "Acme/Shop", "fork": true}
		}), nil, pull},
		{"pull_request_target from a fork", "pull_request_target", pullPayload(t, fork(fields{"full_name": "eve/shop"})), nil,
			with(pull, func(e *Event) { e.Name, e.Fork = "pull_request_target", true })},
		{"of Dependabot", "pull_request", pullPayload(t, nil), []string{"GITHUB_ACTOR=dependabot[bot]"}, with(pull, func(e *Event) { e.Fork = true })},
		{"pull_request_target of Dependabot", "pull_request_target", pullPayload(t, nil), []string{"GITHUB_ACTOR=dependabot[bot]"},
			with(pull, func(e *Event) { e.Name = "pull_request_target" })},

		{"push", "push", pushPayload(t, nil), nil, push},
		{"push of Dependabot", "push", pushPayload(t, nil), []string{"GITHUB_ACTOR=dependabot[bot]"}, with(push, func(e *Event) { e.Fork = true })},
		{"forced push", "push", pushPayload(t, func(p fields) { p["forced"] = true }), nil, with(push, func(e *Event) { e.Forced = true })},
		{"new branch", "push", pushPayload(t, func(p fields) { p["ref"], p["before"] = "refs/heads/topic", zeroID }), nil,
			with(push, func(e *Event) { e.Ref, e.Base = "refs/heads/topic", "" })},
		{"new tag", "push", pushPayload(t, func(p fields) { p["ref"], p["before"] = "refs/tags/v1", zeroID }), nil,
			with(push, func(e *Event) { e.Ref, e.Base = "refs/tags/v1", "" })},
		{"branch deleted", "push", pushPayload(t, func(p fields) { p["deleted"], p["after"] = true, zeroID }), nil,
			Event{CI: "github", Name: "push", Kind: KindNothing, Repository: "acme/shop", Web: "https://github.com/acme/shop", Ref: "refs/heads/main"}},

		{"merge queue", "merge_group", marshal(t, fields{"action": "checks_requested", "merge_group": fields{
			"base_sha": baseID, "base_ref": "refs/heads/main", "head_sha": headID, "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-" + baseID,
		}}), nil, with(push, func(e *Event) {
			e.Name, e.Commits, e.Target, e.Ref = "merge_group", 0, "main", "refs/heads/gh-readonly-queue/main/pr-7-"+baseID
		})},
		{"finished run", "workflow_run", runPayload(fields{"full_name": "acme/shop"}), nil, run},
		{"finished run of a fork", "workflow_run", runPayload(fields{"full_name": "eve/shop"}), nil, with(run, func(e *Event) { e.Fork = true })},
		{"finished run of a deleted fork", "workflow_run", runPayload(nil), nil, with(run, func(e *Event) { e.Fork = true })},

		{"schedule", "schedule", `{"schedule":"0 3 * * *"}`, nil, with(all, func(e *Event) { e.Name = "schedule" })},
		{"by hand", "workflow_dispatch", `{"inputs":null,"ref":"refs/heads/main"}`, nil, with(all, func(e *Event) { e.Name = "workflow_dispatch" })},
		{"by the API", "repository_dispatch", `{}`, nil, with(all, func(e *Event) { e.Name = "repository_dispatch" })},
		{"comment", "issue_comment", pullPayload(t, nil), nil, with(all, func(e *Event) { e.Name = "issue_comment" })},
		{"an event of tomorrow", "moon_landing", `no JSON`, nil, with(all, func(e *Event) { e.Name = "moon_landing" })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Detect(githubJob(t, tt.event, tt.payload, tt.vars...))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestDetectGitHubErrors(t *testing.T) {
	tests := []struct{ name, event, payload, want string }{
		{"broken JSON", "push", `{"ref":`, "event.json: unexpected end"},
		{"wrong type", "pull_request", pullPayload(t, func(p fields) { p["number"] = "7" }), "pull_request.number"},
		{"a list", "push", `[]`, "event.json: json: "},
		{"no pull request", "pull_request", `{}`, "pull_request: want a pull request"},
		{"no number", "pull_request", pullPayload(t, func(p fields) { delete(p, "number") }), "pull_request.number: "},
		{"no base", "pull_request", pullPayload(t, func(p fields) { delete(p, "base") }), "pull_request.base.sha: want the id of a commit"},
		{"head is an option", "pull_request", pullPayload(t, func(p fields) { p["head"].(fields)["sha"] = "--output=x" }), `pull_request.head.sha: want the id of a commit, 40 or 64 hexadecimal digits, got "--output=x"`},
		{"head is cut", "pull_request", pullPayload(t, func(p fields) { p["head"].(fields)["sha"] = headID[:12] }), "pull_request.head.sha: "},
		{"head is two lines", "pull_request", pullPayload(t, func(p fields) { p["head"].(fields)["sha"] = headID[:20] + "\n" + headID[:19] }), `\n`},
		{"base branch is an option", "pull_request", pullPayload(t, func(p fields) { p["base"].(fields)["ref"] = "-x" }), "pull_request.base.ref: want the name of a branch"},
		{"branch with a control character", "push", pushPayload(t, func(p fields) { p["ref"] = "refs/heads/a\x1b[2J" }), `ref: want the name of a branch or tag, got "refs/heads/a\x1b[2J"`},
		{"branch is a refspec", "push", pushPayload(t, func(p fields) { p["ref"] = "refs/heads/a:refs/heads/b" }), "ref: want the name"},
		{"nothing pushed", "push", `{"ref":"refs/heads/main"}`, "after: want the id of a commit"},
		{"before is no id", "push", pushPayload(t, func(p fields) { p["before"] = "HEAD~1" }), "before: want the id"},
		{"no merge group", "merge_group", `{}`, "merge_group.base_sha: "},
		{"no run", "workflow_run", `{}`, "workflow_run.id: "},
		{"too large", "push", strings.Repeat(" ", maxPayload+1), "larger than 25000000 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Detect(githubJob(t, tt.event, tt.payload))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("%+v, %v; want an error that holds %q", got, err, tt.want)
			}
			if strings.ContainsFunc(err.Error(), func(c rune) bool { return c < ' ' }) {
				t.Errorf("the error holds a control character: %q", err)
			}
		})
	}
	t.Run("no file", func(t *testing.T) {
		_, err := Detect(job("GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=push", "GITHUB_EVENT_PATH=/nowhere/event.json"))
		if err == nil || !strings.Contains(err.Error(), "/nowhere/event.json") {
			t.Errorf("%v, want an error that names the file", err)
		}
	})
	t.Run("no path", func(t *testing.T) {
		_, err := Detect(job("GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=push"))
		if err == nil || !strings.Contains(err.Error(), "GITHUB_EVENT_PATH") {
			t.Errorf("%v, want an error that names the variable", err)
		}
	})
}

func TestDetectOthers(t *testing.T) {
	gitlab := []string{
		"GITLAB_CI=true", "CI_PROJECT_PATH=acme/shop", "CI_PROJECT_URL=https://gitlab.example/acme/shop", "CI_PROJECT_ID=1",
		"CI_DEFAULT_BRANCH=main",
	}
	merge := append([]string{
		"CI_PIPELINE_SOURCE=merge_request_event", "CI_MERGE_REQUEST_IID=7", "CI_MERGE_REQUEST_DIFF_BASE_SHA=" + baseID,
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=feature",
	}, gitlab...)
	bitbucket := []string{"BITBUCKET_BUILD_NUMBER=1", "BITBUCKET_REPO_FULL_NAME=acme/shop", "BITBUCKET_COMMIT=" + headID}
	buildkite := []string{"BUILDKITE=true", "BUILDKITE_REPO=git@github.com:acme/shop.git", "BUILDKITE_PIPELINE_DEFAULT_BRANCH=main", "BUILDKITE_COMMIT=" + headID}
	circle := []string{"CIRCLECI=true", "CIRCLE_SHA1=" + headID, "CIRCLE_PROJECT_USERNAME=acme", "CIRCLE_PROJECT_REPONAME=shop"}
	azure := []string{
		"TF_BUILD=True", "BUILD_REPOSITORY_NAME=shop", "BUILD_SOURCEVERSION=" + mixID, "BUILD_SOURCEBRANCH=refs/heads/main",
		"BUILD_REPOSITORY_URI=https://acme@dev.azure.com/acme/web%20shop/_git/shop", "BUILD_REPOSITORY_PROVIDER=TfsGit",
	}
	azurePull := append([]string{
		"BUILD_REASON=PullRequest", "SYSTEM_PULLREQUEST_PULLREQUESTID=7", "SYSTEM_PULLREQUEST_SOURCECOMMITID=" + headID,
		"SYSTEM_PULLREQUEST_TARGETBRANCH=refs/heads/main", "SYSTEM_PULLREQUEST_SOURCEBRANCH=refs/heads/feature", "SYSTEM_PULLREQUEST_ISFORK=False",
	}, azure...)
	jenkins := []string{"JENKINS_URL=https://ci.example/"}
	const web = "https://gitlab.example/acme/shop"
	tests := []struct {
		name string
		base []string
		vars []string // in front of base: they win
		want Event
	}{
		{"outside of CI", nil, nil, Event{Kind: KindChanges, Head: "HEAD"}},

		{"GitLab merge request", merge, []string{"CI_COMMIT_SHA=" + headID, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID=1", "CI_MERGE_REQUEST_PROJECT_ID=1"}, Event{
			CI: "gitlab", Name: "merge_request_event", Kind: KindChanges, Repository: "acme/shop", Web: web, Number: 7,
			Base: baseID, Head: headID, Ref: "refs/merge-requests/7/head", Target: "main", Fallback: "main"}},
		{"GitLab merge train", merge, []string{"CI_COMMIT_SHA=" + mixID, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=" + headID, "CI_MERGE_REQUEST_EVENT_TYPE=merge_train", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID=1"}, Event{
			CI: "gitlab", Name: "merge_request_event", Kind: KindChanges, Repository: "acme/shop", Web: web, Number: 7,
			Base: baseID, Head: headID, Ref: "refs/merge-requests/7/head", Target: "main", Fallback: "main"}},
		{"GitLab child pipeline of a merge request", merge, []string{"CI_PIPELINE_SOURCE=parent_pipeline", "CI_COMMIT_SHA=" + headID, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID=1"}, Event{
			CI: "gitlab", Name: "parent_pipeline", Kind: KindChanges, Repository: "acme/shop", Web: web, Number: 7,
			Base: baseID, Head: headID, Ref: "refs/merge-requests/7/head", Target: "main", Fallback: "main"}},
		{"GitLab merge request of a fork, run here", merge, []string{"CI_COMMIT_SHA=" + headID, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID=2", "CI_MERGE_REQUEST_PROJECT_ID=1"}, Event{
			CI: "gitlab", Name: "merge_request_event", Kind: KindChanges, Repository: "acme/shop", Web: web, Number: 7, Fork: true,
			Base: baseID, Head: headID, Ref: "refs/merge-requests/7/head", Target: "main", Fallback: "main"}},
		{"GitLab merge request of a fork, run in the fork", merge, []string{"CI_COMMIT_SHA=" + headID, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID=1", "CI_MERGE_REQUEST_PROJECT_ID=3"}, Event{
			CI: "gitlab", Name: "merge_request_event", Kind: KindChanges, Repository: "acme/shop", Web: web, Number: 7, Fork: true,
			Base: baseID, Head: headID, Ref: "refs/heads/feature", Target: "main", Fallback: "main"}},
		{"GitLab push", gitlab, []string{"CI_PIPELINE_SOURCE=push", "CI_COMMIT_SHA=" + headID, "CI_COMMIT_BEFORE_SHA=" + baseID, "CI_COMMIT_BRANCH=topic"}, Event{
			CI: "gitlab", Name: "push", Kind: KindChanges, Repository: "acme/shop", Web: web, Base: baseID, Head: headID, Ref: "refs/heads/topic", Fallback: "main"}},
		{"GitLab new tag", gitlab, []string{"CI_PIPELINE_SOURCE=push", "CI_COMMIT_SHA=" + headID, "CI_COMMIT_BEFORE_SHA=" + zeroID, "CI_COMMIT_TAG=v1"}, Event{
			CI: "gitlab", Name: "push", Kind: KindChanges, Repository: "acme/shop", Web: web, Head: headID, Ref: "refs/tags/v1", Fallback: "main"}},
		{"GitLab schedule", gitlab, []string{"CI_PIPELINE_SOURCE=schedule", "CI_COMMIT_SHA=" + headID, "CI_COMMIT_BRANCH=main"}, Event{
			CI: "gitlab", Name: "schedule", Kind: KindAll, Repository: "acme/shop", Web: web, Head: headID, Ref: "refs/heads/main"}},

		{"Jenkins change", jenkins, []string{"CHANGE_ID=7", "CHANGE_TARGET=main", "GIT_COMMIT=" + headID}, Event{
			CI: "jenkins", Name: "change", Kind: KindChanges, Number: 7, Head: "HEAD", Target: "main", Fallback: "main"}},
		{"Jenkins change of a fork", jenkins, []string{"CHANGE_ID=7", "CHANGE_TARGET=main", "CHANGE_FORK=eve"}, Event{
			CI: "jenkins", Name: "change", Kind: KindChanges, Number: 7, Head: "HEAD", Target: "main", Fallback: "main", Fork: true}},
		{"Jenkins change with an id of its own", jenkins, []string{"CHANGE_ID=I8f2c", "CHANGE_TARGET=main"}, Event{
			CI: "jenkins", Name: "change", Kind: KindChanges, Head: "HEAD", Target: "main", Fallback: "main"}},
		{"Jenkins branch", jenkins, []string{"BRANCH_NAME=topic", "GIT_COMMIT=" + headID, "GIT_PREVIOUS_SUCCESSFUL_COMMIT=" + baseID}, Event{
			CI: "jenkins", Name: "branch", Kind: KindChanges, Base: baseID, Head: headID, Ref: "refs/heads/topic"}},
		{"Jenkins primary branch, first build", jenkins, []string{"BRANCH_NAME=main", "BRANCH_IS_PRIMARY=true"}, Event{
			CI: "jenkins", Name: "branch", Kind: KindChanges, Head: "HEAD", Ref: "refs/heads/main", Fallback: "main"}},

		{"CircleCI pull request", circle, []string{"CIRCLE_BRANCH=feature", "CIRCLE_PULL_REQUEST=https://github.com/acme/shop/pull/7"}, Event{
			CI: "circleci", Name: "pull_request", Kind: KindChanges, Repository: "acme/shop", Web: "https://github.com/acme/shop", Number: 7, Head: headID, Ref: "refs/heads/feature"}},
		{"CircleCI pull request of a fork", circle, []string{"CIRCLE_BRANCH=pull/7", "CIRCLE_PULL_REQUEST=https://github.com/acme/shop/pull/7", "CIRCLE_PR_NUMBER=7", "CIRCLE_PR_REPONAME=shop", "CIRCLE_PR_USERNAME=eve"}, Event{
			CI: "circleci", Name: "pull_request", Kind: KindChanges, Repository: "acme/shop", Web: "https://github.com/acme/shop", Number: 7, Fork: true, Head: headID, Ref: "refs/pull/7/head"}},
		{"CircleCI tag", circle, []string{"CIRCLE_TAG=v1"}, Event{
			CI: "circleci", Name: "push", Kind: KindChanges, Repository: "acme/shop", Head: headID, Ref: "refs/tags/v1"}},

		{"Azure pull request", azurePull, nil, Event{
			CI: "azure", Name: "PullRequest", Kind: KindChanges, Repository: "shop", Web: "https://dev.azure.com/acme/web%20shop/_git/shop", Number: 7,
			Head: headID, Ref: "refs/heads/feature", Target: "main", Fallback: "main"}},
		{"Azure pull request on GitHub, of a fork", azurePull, []string{"BUILD_REPOSITORY_PROVIDER=GitHub", "BUILD_REPOSITORY_NAME=acme/shop", "BUILD_REPOSITORY_URI=https://github.com/acme/shop", "SYSTEM_PULLREQUEST_PULLREQUESTID=1234", "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER=8", "SYSTEM_PULLREQUEST_ISFORK=True"}, Event{
			CI: "azure", Name: "PullRequest", Kind: KindChanges, Repository: "acme/shop", Web: "https://github.com/acme/shop", Number: 8, Fork: true,
			Head: headID, Ref: "refs/pull/8/head", Target: "main", Fallback: "main"}},
		{"Azure push", azure, []string{"BUILD_REASON=IndividualCI"}, Event{
			CI: "azure", Name: "IndividualCI", Kind: KindChanges, Repository: "shop", Web: "https://dev.azure.com/acme/web%20shop/_git/shop", Head: mixID, Ref: "refs/heads/main"}},
		{"Azure schedule", azure, []string{"BUILD_REASON=Schedule"}, Event{
			CI: "azure", Name: "Schedule", Kind: KindAll, Repository: "shop", Web: "https://dev.azure.com/acme/web%20shop/_git/shop", Head: mixID, Ref: "refs/heads/main"}},

		{"Bitbucket pull request", bitbucket, []string{"BITBUCKET_PR_ID=7", "BITBUCKET_BRANCH=feature", "BITBUCKET_PR_DESTINATION_BRANCH=main", "BITBUCKET_PR_DESTINATION_COMMIT=" + baseID[:12]}, Event{
			CI: "bitbucket", Name: "pull_request", Kind: KindChanges, Repository: "acme/shop", Web: "https://bitbucket.org/acme/shop", Number: 7,
			Head: headID, Ref: "refs/heads/feature", Target: "main", Fallback: "main"}},
		{"Bitbucket pull request with a whole id", bitbucket, []string{"BITBUCKET_PR_ID=7", "BITBUCKET_BRANCH=feature", "BITBUCKET_PR_DESTINATION_BRANCH=main", "BITBUCKET_PR_DESTINATION_COMMIT=" + baseID}, Event{
			CI: "bitbucket", Name: "pull_request", Kind: KindChanges, Repository: "acme/shop", Web: "https://bitbucket.org/acme/shop", Number: 7,
			Base: baseID, Head: headID, Ref: "refs/heads/feature", Target: "main", Fallback: "main"}},
		{"Bitbucket tag", bitbucket, []string{"BITBUCKET_TAG=v1"}, Event{
			CI: "bitbucket", Name: "push", Kind: KindChanges, Repository: "acme/shop", Web: "https://bitbucket.org/acme/shop", Head: headID, Ref: "refs/tags/v1"}},

		{"Buildkite pull request", buildkite, []string{"BUILDKITE_SOURCE=webhook", "BUILDKITE_PULL_REQUEST=7", "BUILDKITE_PULL_REQUEST_BASE_BRANCH=next", "BUILDKITE_PULL_REQUEST_REPO=git://github.com/acme/shop.git", "BUILDKITE_BRANCH=feature"}, Event{
			CI: "buildkite", Name: "pull_request", Kind: KindChanges, Number: 7, Head: headID, Ref: "refs/pull/7/head", Target: "next", Fallback: "next"}},
		{"Buildkite pull request of a fork", buildkite, []string{"BUILDKITE_PULL_REQUEST=7", "BUILDKITE_PULL_REQUEST_BASE_BRANCH=main", "BUILDKITE_PULL_REQUEST_REPO=https://github.com/eve/shop.git", "BUILDKITE_BRANCH=eve:feature"}, Event{
			CI: "buildkite", Name: "pull_request", Kind: KindChanges, Number: 7, Head: headID, Ref: "refs/pull/7/head", Target: "main", Fallback: "main", Fork: true}},
		{"Buildkite push", buildkite, []string{"BUILDKITE_SOURCE=webhook", "BUILDKITE_PULL_REQUEST=false", "BUILDKITE_BRANCH=topic", "BUILDKITE_REPO=https://gitlab.example/acme/shop.git"}, Event{
			CI: "buildkite", Name: "webhook", Kind: KindChanges, Web: web, Head: headID, Ref: "refs/heads/topic", Fallback: "main"}},
		{"Buildkite build by hand", buildkite, []string{"BUILDKITE_SOURCE=ui", "BUILDKITE_PULL_REQUEST=false", "BUILDKITE_COMMIT=HEAD", "BUILDKITE_BRANCH=main"}, Event{
			CI: "buildkite", Name: "ui", Kind: KindAll, Head: "HEAD", Ref: "refs/heads/main", Fallback: "main"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Detect(job(append(append([]string{}, tt.vars...), tt.base...)...))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestDetectOthersErrors(t *testing.T) {
	tests := []struct {
		name, want string
		vars       []string
	}{
		{"GitLab without a commit", "CI_COMMIT_SHA: ", []string{"GITLAB_CI=true", "CI_PIPELINE_SOURCE=push"}},
		{"GitLab without a base", "CI_MERGE_REQUEST_DIFF_BASE_SHA: ", []string{"GITLAB_CI=true", "CI_COMMIT_SHA=" + headID, "CI_MERGE_REQUEST_IID=7"}},
		{"GitLab target is an option", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME: ", []string{"GITLAB_CI=true", "CI_COMMIT_SHA=" + headID, "CI_MERGE_REQUEST_IID=7", "CI_MERGE_REQUEST_DIFF_BASE_SHA=" + baseID, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME=--x"}},
		{"Jenkins target of two lines", "CHANGE_TARGET: ", []string{"JENKINS_URL=x", "CHANGE_ID=7", "CHANGE_TARGET=a\nb"}},
		{"Jenkins commit is an option", "GIT_COMMIT: ", []string{"JENKINS_URL=x", "GIT_COMMIT=-x"}},
		{"CircleCI pull request without a number", "CIRCLE_PULL_REQUEST: ", []string{"CIRCLECI=true", "CIRCLE_SHA1=" + headID, "CIRCLE_PULL_REQUEST=https://github.com/acme/shop/pull/x"}},
		{"Azure number", "SYSTEM_PULLREQUEST_PULLREQUESTID: ", []string{"TF_BUILD=True", "BUILD_REASON=PullRequest", "SYSTEM_PULLREQUEST_SOURCECOMMITID=" + headID, "SYSTEM_PULLREQUEST_PULLREQUESTID=-7"}},
		{"Bitbucket base is an option", "BITBUCKET_PR_DESTINATION_COMMIT: ", []string{"BITBUCKET_BUILD_NUMBER=1", "BITBUCKET_COMMIT=" + headID, "BITBUCKET_PR_ID=7", "BITBUCKET_PR_DESTINATION_COMMIT=-x"}},
		{"Buildkite commit", "BUILDKITE_COMMIT: ", []string{"BUILDKITE=true", "BUILDKITE_COMMIT=main"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := Detect(job(tt.vars...)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%+v, %v; want an error of %q", got, err, tt.want)
			}
		})
	}
}

// FuzzGitHubPayload wants of any payload an error or an event whose names git can
// be given.
func FuzzGitHubPayload(f *testing.F) {
	f.Add("pull_request", pullPayload(f, nil))
	f.Add("push", pushPayload(f, nil))
	f.Add("merge_group", `{"merge_group":{"base_sha":"`+baseID+`","head_sha":"`+headID+`","head_ref":"refs/heads/q"}}`)
	f.Add("workflow_run", `{"workflow_run":{"id":1,"head_sha":"`+headID+`"}}`)
	f.Add("push", `{"ref":"-x","after":"`+strings.Repeat("f", 64)+`","repository":null}`)
	path := filepath.Join(f.TempDir(), "event.json")
	f.Fuzz(func(t *testing.T, event, payload string) {
		if err := os.WriteFile(path, []byte(payload), 0o600); err != nil {
			t.Fatal(err)
		}
		e, err := Detect(job("GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME="+event, "GITHUB_EVENT_PATH="+path, "GITHUB_SHA="+mixID))
		if err != nil {
			return
		}
		for _, id := range []string{e.Base, e.Head} {
			if id != "" && (strings.Trim(id, "0123456789abcdef") != "" || len(id) != 40 && len(id) != 64) {
				t.Errorf("%q is no id", id)
			}
		}
		for _, name := range []string{e.Ref, e.Target, e.Fallback} {
			if strings.HasPrefix(name, "-") || strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c == ':' || c == 0x7f }) {
				t.Errorf("%q is no ref", name)
			}
		}
		if e.Head == "" && e.Kind != KindNothing {
			t.Errorf("%s without a head: %+v", e.Kind, e)
		}
	})
}
