package pipeline

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
)

// buildkiteRemote reads the environments of pipelines and of their steps that
// Buildkite keeps, by https://buildkite.com/docs/apis/rest-api/pipelines.
func buildkiteRemote() remoteSystem {
	return remoteSystem{
		name: "buildkite", title: "Buildkite",
		missing: func(o RemoteOptions) string {
			if o.Org == "" {
				return "name --org"
			}
			return ""
		},
		read: func(r *remoteReading) { buildkiteAPI{r}.pipelines() },
	}
}

type buildkiteAPI struct{ *remoteReading }

type buildkitePipeline struct {
	Slug          string
	Env           map[string]json.RawMessage
	Configuration string
	Steps         []struct{ Env map[string]json.RawMessage }
}

func (b buildkiteAPI) pipelines() {
	path := "organizations/" + url.PathEscape(b.opts.Org) + "/pipelines"
	if b.opts.Project != "" {
		var p buildkitePipeline
		if _, err := b.get(path+"/"+url.PathEscape(b.opts.Project), &p); err != nil {
			b.gap("pipeline "+b.opts.Project, err)
			return
		}
		b.pipeline(&p)
		return
	}
	err := pages(b.remoteReading, path+"?per_page=100", linked[[]buildkitePipeline], func(page *[]buildkitePipeline) {
		for i := range *page {
			b.pipeline(&(*page)[i])
		}
	})
	if err != nil {
		b.gap("pipelines of "+b.opts.Org, err)
	}
}

// pipeline reads what is set for all steps, for one, and in the steps' YAML.
func (b buildkiteAPI) pipeline(p *buildkitePipeline) {
	b.cov.Count("pipelines", 1)
	scope := "pipeline " + p.Slug
	b.environment(p.Env, scope)
	for _, step := range p.Steps {
		b.environment(step.Env, "a step of "+scope)
	}
	out := &collector{file: &file{text: []byte(p.Configuration)}, cov: b.cov, emit: func(vs []variable) {
		for i := range vs {
			vs[i].scope += " of " + scope
		}
		b.hand(vs)
	}}
	if err := buildkiteFiles().read(out.file, out); err != nil {
		b.gap("steps of "+scope, err)
	}
}

func (b buildkiteAPI) environment(env map[string]json.RawMessage, scope string) {
	var vs []variable
	for _, name := range slices.Sorted(maps.Keys(env)) {
		vs = append(vs, variable{name: name, path: name, scope: scope, hint: buildkiteHint(name, scope), value: textOf(env[name])})
	}
	b.hand(vs)
}
