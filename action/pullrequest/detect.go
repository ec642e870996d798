package pullrequest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/leakguard/leakguard/scanner/git"
)

// Detect tells why the CI job runs whose environment getenv reads (os.Getenv).
// Outside of CI it is what leads to HEAD and not to the default branch. An error
// names the variable, or the field of the event's payload, that is at fault.
func Detect(getenv func(string) string) (Event, error) {
	v := &values{getenv: getenv}
	var e Event
	switch {
	case getenv("GITHUB_ACTIONS") == "true":
		e = github(v)
	case getenv("GITLAB_CI") == "true":
		e = gitlab(v)
	case getenv("CIRCLECI") == "true":
		e = circleci(v)
	case strings.EqualFold(getenv("TF_BUILD"), "true"):
		e = azure(v)
	case getenv("BITBUCKET_BUILD_NUMBER") != "":
		e = bitbucket(v)
	case getenv("BUILDKITE") == "true":
		e = buildkite(v)
	case getenv("JENKINS_URL") != "":
		e = jenkins(v)
	default:
		return Event{Kind: KindChanges, Head: "HEAD"}, nil
	}
	if v.err != nil {
		return Event{}, v.err
	}
	return e, nil
}

// values reads what others wrote and keeps the first error. What it lets pass can
// be an argument of git: it is no option and names no second thing.
type values struct {
	getenv func(string) string
	err    error
}

func (v *values) fail(field, value, want string) {
	if v.err == nil {
		v.err = fmt.Errorf("%s: want %s, got %.100q", field, want, value)
	}
}

// commit checks the id of a commit; "" if there is none.
func (v *values) commit(field, id string) string {
	switch {
	case isZero(id):
		return ""
	case len(id) != 40 && len(id) != 64, !isHex(id):
		v.fail(field, id, "the id of a commit, 40 or 64 hexadecimal digits")
		return ""
	}
	return strings.ToLower(id)
}

// wanted is commit where there has to be one.
func (v *values) wanted(field, id string) string {
	checked := v.commit(field, id)
	if checked == "" {
		v.fail(field, id, "the id of a commit")
	}
	return checked
}

// ref checks the name of a branch, a tag or another ref.
func (v *values) ref(field, name string) string {
	if name != "" && !git.IsRefName(name) {
		v.fail(field, name, "the name of a branch or tag")
		return ""
	}
	return name
}

// The same for variables of the environment.

func (v *values) commitIn(name string) string { return v.commit(name, v.getenv(name)) }
func (v *values) wantedIn(name string) string { return v.wanted(name, v.getenv(name)) }
func (v *values) refIn(name string) string    { return v.ref(name, v.getenv(name)) }

// branchIn is the short name of the branch that a variable names either way.
func (v *values) branchIn(name string) string { return strings.TrimPrefix(v.refIn(name), branches) }

// number is a pull request's number; 0 if the variable is empty.
func (v *values) number(name string) int {
	s := v.getenv(name)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		v.fail(name, s, "the number of a pull request")
		return 0
	}
	return n
}

const (
	branches = "refs/heads/"
	tags     = "refs/tags/"
)

// prefixed is a full ref name, or "" for no name.
func prefixed(prefix, name string) string {
	if name == "" {
		return ""
	}
	return prefix + name
}

// branchOrTag is the ref that was pushed, from two variables of which one is set.
func (v *values) branchOrTag(branch, tag string) string {
	if t := v.refIn(tag); t != "" {
		return prefixed(tags, t)
	}
	return prefixed(branches, v.refIn(branch))
}

// isZero reports whether there is no commit: no id, or the one that stands for a
// ref that was not there before, or is not any more.
func isZero(id string) bool { return strings.Trim(id, "0") == "" }

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdefABCDEF") == "" }
