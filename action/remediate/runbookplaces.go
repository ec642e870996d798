package remediate

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/scanner"
)

// Repository is where a secret was found, or is used.
type Repository struct {
	Name   Text
	Places []Place // what uses it first, at most 20
	More   int     // places beyond these
}

// Place is one place in a repository.
type Place struct {
	Kind   string // variable, workflow, file, build log, history
	Name   Text   // the variable, the path, the run
	Detail Text
}

// How many places and repositories a runbook lists: it is read by a person.
const (
	maxPlaces       = 20
	maxRepositories = 50
)

// placeKinds are the kinds of places, what may break first.
var placeKinds = []string{"variable", "workflow", "file", "build log", "history"}

// usedIn tells from the occurrences of a secret where it is used: the repositories,
// workflows and variables that hold it, and the names under which they do.
func (f *Facts) usedIn(h *ledger.History) {
	places := map[string][]Place{}
	names, hints := map[Text]bool{}, map[Text]bool{}
	if f.Name != "" {
		names[f.Name] = true
	}
	for i := range h.Occurrences {
		o := &h.Occurrences[i].Occurrence
		places[o.Repository] = append(places[o.Repository], placeIn(o))
		if name := textOf(variableName(o.Variable)); name != "" {
			names[name] = true
		}
		if hint := textOf(o.Hint); hint != "" {
			hints[hint] = true
		}
	}
	f.Names, f.Hints = sortedTexts(names, maxPlaces), sortedTexts(hints, maxPlaces)
	for name, list := range places {
		f.Repositories = append(f.Repositories, repositoryOf(name, list))
	}
	slices.SortFunc(f.Repositories, func(a, b Repository) int { return cmp.Compare(a.Name, b.Name) })
	if len(h.Occurrences) > 0 {
		f.Leaked = count(len(h.Occurrences), "occurrence") + " in " + count(len(f.Repositories), "repository")
	}
	if n := len(f.Repositories); n > maxRepositories {
		f.Repositories, f.MoreRepositories = f.Repositories[:maxRepositories], n-maxRepositories
	}
	f.MorePlaces = slices.ContainsFunc(f.Repositories, func(r Repository) bool { return r.More > 0 })
}

func repositoryOf(name string, places []Place) Repository {
	r := Repository{Name: textOf(name)}
	if r.Name == "" {
		r.Name = "outside of a repository"
	}
	slices.SortFunc(places, func(a, b Place) int {
		return cmp.Or(cmp.Compare(slices.Index(placeKinds, a.Kind), slices.Index(placeKinds, b.Kind)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Detail, b.Detail))
	})
	r.Places = slices.Compact(places)
	if n := len(r.Places); n > maxPlaces {
		r.Places, r.More = r.Places[:maxPlaces], n-maxPlaces
	}
	return r
}

// placeIn tells what an occurrence says of a use.
func placeIn(o *scanner.Occurrence) Place {
	switch {
	case o.Kind == scanner.InLog:
		return Place{"build log", textOf(cmp.Or(o.Run, o.Path, "standard input")), joined(", ", "job "+o.Job, "step "+o.Step)}
	case o.Kind == scanner.InVariable && o.Path == "":
		return Place{"variable", textOf(cmp.Or(o.Variable, o.Field)), textOf(o.Scope)}
	case o.Field != "" && o.Kind != scanner.InVariable:
		return Place{"history", textOf(o.Field), joined("", "commit "+short(o.Commit))}
	case o.Path == "":
		return Place{"history", textOf(cmp.Or(short(o.Commit), short(o.Blob), string(o.Kind))), ""}
	}
	p := Place{"file", textOf(o.Path), joined("", "variable "+o.Variable)}
	switch {
	case o.Kind == scanner.InGit && !o.InHead:
		p.Kind, p.Detail = "history", joined(", ", "commit "+short(o.Commit), "variable "+o.Variable)
	case isWorkflow(o.Path):
		p.Kind = "workflow"
	}
	return p
}

// joined joins those of the words that do not end with a space: those of which
// something is known.
func joined(separator string, words ...string) Text {
	return textOf(strings.Join(slices.DeleteFunc(words, func(w string) bool { return strings.HasSuffix(w, " ") }), separator))
}

// short is an object id as people write it.
func short(id string) string { return id[:min(len(id), 12)] }

// isWorkflow reports whether a CI system takes its orders from a file.
func isWorkflow(name string) bool {
	dir, base := path.Split(name)
	switch strings.TrimSuffix(strings.TrimSuffix(base, ".yml"), ".yaml") {
	case ".gitlab-ci", "azure-pipelines", "bitbucket-pipelines", ".travis", "appveyor", ".drone", ".woodpecker", "cloudbuild", "Jenkinsfile":
		return true
	}
	for _, folder := range []string{".github/workflows/", ".github/actions/", ".gitea/workflows/", ".forgejo/workflows/", ".circleci/", ".buildkite/", ".woodpecker/", ".gitlab/ci/"} {
		if strings.HasPrefix(dir, folder) {
			return true
		}
	}
	return false
}

// variableName is the name by which a variable is referred to: the end of
// "jobs.deploy.env.API_KEY".
func variableName(variable string) string { return variable[strings.LastIndexAny(variable, "./")+1:] }

func sortedTexts(set map[Text]bool, most int) []Text {
	var all []Text
	for t := range set {
		all = append(all, t)
	}
	slices.Sort(all)
	return all[:min(len(all), most)]
}

// count writes a number with its noun.
func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y"):
		noun = strings.TrimSuffix(noun, "y") + "ie"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
