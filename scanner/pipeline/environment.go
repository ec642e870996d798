package pipeline

import (
	"context"
	"strings"

	"github.com/leakguard/leakguard/scanner"
)

// NewEnvironment returns the source of the variables in environ, which has the
// form of os.Environ: those of leakguard's own process, and so of the job that
// it runs in.
func NewEnvironment(environ []string, o Options) scanner.Source {
	return &environment{source{o}, environ}
}

type environment struct {
	source
	environ []string
}

// Name says what is read.
func (e *environment) Name() string { return "environment of this process" }

// Read hands out the variables.
func (e *environment) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	cov.Count("variables", 0)
	emit(nil, environVariables(e.environ, "environment of this process", cov), scan, cov)
	return ctx.Err()
}

// environVariables are the variables of an environment but for those in which
// the CI system itself hands a job its short-lived token.
func environVariables(environ []string, scope string, cov *scanner.Coverage) []variable {
	var all []variable
	for _, entry := range environ {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || name == "" || value == "" {
			continue // cmd.exe keeps folders under names that begin with "="
		}
		if system := jobToken(name, value); system != "" {
			cov.Exclude("variable "+name, system+" sets it for this job, and it ends with the job", "leakguard scan stdin reads what is piped into it", 1)
			continue
		}
		all = append(all, variable{name: name, path: name, scope: scope, hint: environHint(name), value: value})
	}
	return all
}

func environHint(name string) string {
	return "give " + name + " only to the step that needs it, from the CI system's secrets, so that it is masked in logs"
}

// jobToken is the CI system that sets the variable to a token of the job's own,
// or "". GITHUB_TOKEN is there only if a workflow puts it: the job's own token has
// an installation's prefix, and a person's under that name is a finding.
func jobToken(name, value string) string {
	switch name {
	case "GITHUB_TOKEN":
		if strings.HasPrefix(value, "ghs_") {
			return "GitHub Actions"
		}
	case "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_CACHE_TOKEN":
		return "GitHub Actions" // github.com/actions/runner
	case "CI_JOB_TOKEN", "CI_BUILD_TOKEN", "CI_JOB_JWT", "CI_JOB_JWT_V1", "CI_JOB_JWT_V2", "CI_REGISTRY_PASSWORD",
		"CI_DEPENDENCY_PROXY_PASSWORD", "CI_REPOSITORY_URL":
		return "GitLab CI/CD" // docs.gitlab.com/ci/variables/predefined_variables
	case "SYSTEM_ACCESSTOKEN", "SYSTEM_OIDCREQUESTTOKEN":
		return "Azure Pipelines" // learn.microsoft.com/azure/devops/pipelines/build/variables
	case "CIRCLE_OIDC_TOKEN", "CIRCLE_OIDC_TOKEN_V2", "CIRCLE_INTERNAL_TASK_DATA":
		return "CircleCI" // circleci.com/docs/reference/variables
	case "BITBUCKET_STEP_OIDC_TOKEN":
		return "Bitbucket Pipelines"
	case "BUILDKITE_AGENT_ACCESS_TOKEN":
		return "Buildkite" // buildkite.com/docs/pipelines/configure/environment-variables
	}
	return ""
}
