package pullrequest

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxPayload bounds the payload of an event, in bytes. GitHub caps it at 25 MB.
const maxPayload = 25_000_000

// The fields of payloads that count here. What GitHub Actions adds to payloads,
// or leaves out of them, is told on GitHub's page "Events that trigger workflows";
// the fields are those of "Webhook events and payloads".
type (
	githubPull struct {
		Number  int `json:"number"`
		Commits int `json:"commits"`
		Base    struct {
			SHA  string      `json:"sha"`
			Ref  string      `json:"ref"`
			Repo *githubRepo `json:"repo"`
		} `json:"base"`
		Head struct {
			SHA  string      `json:"sha"`
			Repo *githubRepo `json:"repo"` // null if the fork was deleted
		} `json:"head"`
	}

	githubRepo struct {
		FullName      string `json:"full_name"`
		DefaultBranch string `json:"default_branch"`
	}

	githubPush struct {
		Ref        string            `json:"ref"`
		Before     string            `json:"before"` // zeros: the branch is new
		After      string            `json:"after"`  // zeros: it was deleted
		Deleted    bool              `json:"deleted"`
		Forced     bool              `json:"forced"`
		Commits    []json.RawMessage `json:"commits"`
		Repository githubRepo        `json:"repository"`
	}

	githubMergeGroup struct {
		BaseSHA string `json:"base_sha"`
		BaseRef string `json:"base_ref"` // "refs/heads/main"
		HeadSHA string `json:"head_sha"`
		HeadRef string `json:"head_ref"`
	}

	githubRun struct {
		ID             int64       `json:"id"`
		RunAttempt     int         `json:"run_attempt"`
		HeadSHA        string      `json:"head_sha"`
		HeadRepository *githubRepo `json:"head_repository"` // null if the fork was deleted
	}
)

// github reads an event of GitHub Actions from the variables on GitHub's page
// "Variables reference" and, where it is about a range, from its payload. An event
// that is not known here is a run on everything.
func github(v *values) Event {
	e := Event{CI: "github", Name: v.getenv("GITHUB_EVENT_NAME"), Repository: v.getenv("GITHUB_REPOSITORY")}
	if server := v.getenv("GITHUB_SERVER_URL"); server != "" && e.Repository != "" {
		e.Web = strings.TrimSuffix(server, "/") + "/" + e.Repository
	}
	switch e.Name {
	case "pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment":
		var p struct {
			PullRequest *githubPull `json:"pull_request"`
		}
		if v.payload(&p) {
			v.githubPull(&e, p.PullRequest)
		}
	case "push":
		var p githubPush
		if v.payload(&p) {
			v.githubPush(&e, p)
		}
	case "merge_group":
		var p struct {
			MergeGroup githubMergeGroup `json:"merge_group"`
		}
		if v.payload(&p) {
			g := p.MergeGroup
			e.Kind = KindChanges
			e.Base = v.wanted("merge_group.base_sha", g.BaseSHA)
			e.Head = v.wanted("merge_group.head_sha", g.HeadSHA)
			e.Ref = v.ref("merge_group.head_ref", g.HeadRef)
			e.Target = strings.TrimPrefix(v.ref("merge_group.base_ref", g.BaseRef), branches)
			e.Fallback = e.Target
		}
	case "workflow_run":
		var p struct {
			WorkflowRun githubRun `json:"workflow_run"`
		}
		if v.payload(&p) {
			v.githubRun(&e, p.WorkflowRun)
		}
	default:
		e.Kind, e.Head, e.Ref = KindAll, v.commitIn("GITHUB_SHA"), v.refIn("GITHUB_REF")
	}
	return e
}

// payload reads the event's payload into p.
func (v *values) payload(p any) bool {
	path := v.getenv("GITHUB_EVENT_PATH")
	if path == "" {
		v.fail("GITHUB_EVENT_PATH", path, "the file of the event's payload")
		return false
	}
	data, err := readPayload(path)
	if err == nil {
		err = json.Unmarshal(data, p)
	}
	if err != nil {
		v.err = fmt.Errorf("payload of the event, %s: %w", path, err)
	}
	return err == nil
}

func readPayload(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPayload+1))
	if len(data) > maxPayload {
		return nil, fmt.Errorf("it is larger than %d bytes", maxPayload)
	}
	return data, err
}

// githubPull is the event of a pull request, whatever was done to it: one that
// was merged or closed has its commits still.
func (v *values) githubPull(e *Event, p *githubPull) {
	if p == nil {
		v.fail("pull_request", "", "a pull request")
		return
	}
	if p.Number < 1 {
		v.fail("pull_request.number", fmt.Sprint(p.Number), "the number of a pull request")
	}
	e.Kind, e.Number, e.Commits = KindChanges, p.Number, max(p.Commits, 0)
	e.Base = v.wanted("pull_request.base.sha", p.Base.SHA)
	e.Head = v.wanted("pull_request.head.sha", p.Head.SHA)
	e.Target = v.ref("pull_request.base.ref", p.Base.Ref)
	e.Fallback = e.Target
	e.Ref = fmt.Sprintf("refs/pull/%d/head", p.Number)
	home := e.Repository
	if p.Base.Repo != nil {
		home = p.Base.Repo.FullName
	}
	// A job for pull_request_target has the rights of the base, whoever asks; the
	// changes are those of a fork all the same.
	e.Fork = p.Head.Repo == nil || !strings.EqualFold(p.Head.Repo.FullName, home) ||
		e.Name != "pull_request_target" && v.dependabot()
}

// dependabot reports whether the job is one that GitHub treats like that of a
// fork ("Troubleshooting Dependabot on GitHub Actions").
func (v *values) dependabot() bool { return v.getenv("GITHUB_ACTOR") == "dependabot[bot]" }

func (v *values) githubPush(e *Event, p githubPush) {
	e.Ref = v.ref("ref", p.Ref)
	e.Fork = v.dependabot()
	if p.Deleted || p.After != "" && isZero(p.After) {
		e.Kind = KindNothing
		return
	}
	e.Kind, e.Commits, e.Forced = KindChanges, len(p.Commits), p.Forced
	e.Base = v.commit("before", p.Before)
	e.Head = v.wanted("after", p.After)
	e.Fallback = v.ref("repository.default_branch", p.Repository.DefaultBranch)
}

func (v *values) githubRun(e *Event, r githubRun) {
	if r.ID < 1 {
		v.fail("workflow_run.id", fmt.Sprint(r.ID), "the number of a run")
	}
	e.Kind, e.Run, e.Attempt = KindLogs, r.ID, max(r.RunAttempt, 1)
	e.Head = v.wanted("workflow_run.head_sha", r.HeadSHA)
	e.Fork = r.HeadRepository == nil || !strings.EqualFold(r.HeadRepository.FullName, e.Repository)
}
