package pipeline

import (
	"encoding/json"
	"net/url"
	"strings"
)

// jenkinsRemote reads the default values of build parameters, which Jenkins shows
// to all who may read the job, by https://www.jenkins.io/doc/book/using/remote-access-api/.
// Its environment for all jobs is in no API: it is said to be left out.
func jenkinsRemote() remoteSystem {
	return remoteSystem{
		name: "jenkins", title: "Jenkins",
		missing: func(o RemoteOptions) string {
			if o.Org != "" {
				return "it has no organisations: name a job or a folder with --repo, or nothing for all"
			}
			return ""
		},
		read: func(r *remoteReading) {
			j := jenkinsAPI{r}
			path := ""
			if r.opts.Project != "" {
				for part := range strings.SplitSeq(strings.Trim(r.opts.Project, "/"), "/") {
					path += "job/" + url.PathEscape(part) + "/"
				}
			}
			j.item(path, strings.Trim(r.opts.Project, "/"), 0)
			r.cov.Exclude("global environment of Jenkins", "its API does not show it", "leakguard scan files JENKINS_HOME/config.xml on the controller", 1)
		},
	}
}

type jenkinsAPI struct{ *remoteReading }

type jenkinsItem struct {
	Jobs     []struct{ Name string }
	Property []struct {
		Parameters []struct {
			Name, Type string
			Default    struct{ Value json.RawMessage } `json:"defaultParameterValue"`
		} `json:"parameterDefinitions"`
	}
}

// item reads a job, or all that is in a folder.
func (j jenkinsAPI) item(path, name string, depth int) {
	if j.ctx.Err() != nil {
		return
	}
	var item jenkinsItem
	const tree = "jobs[name],property[parameterDefinitions[name,type,defaultParameterValue[value]]]"
	if _, err := j.get(path+"api/json?tree="+url.QueryEscape(tree), &item); err != nil {
		j.gap(strings.TrimSpace("job "+name), err)
		return
	}
	j.cov.Count("jobs", 1)
	var vs []variable
	for _, property := range item.Property {
		for _, p := range property.Parameters {
			if p.Type == "PasswordParameterDefinition" || p.Type == "CredentialsParameterDefinition" {
				j.cov.Count("names of secrets", 1)
				continue
			}
			vs = append(vs, variable{name: p.Name, path: p.Name, scope: "job " + name, hint: jenkinsHint(settingName(p.Name)), value: textOf(p.Default.Value)})
		}
	}
	j.hand(vs)
	if depth == maxDepth {
		j.cov.Gap("jobs in "+name, "folders are nested too deep", "name the folder with --repo")
		return
	}
	for _, job := range item.Jobs {
		j.item(path+"job/"+url.PathEscape(job.Name)+"/", strings.TrimPrefix(name+"/"+job.Name, "/"), depth+1)
	}
}
