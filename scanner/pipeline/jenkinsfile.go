package pipeline

import (
	"fmt"
	"strings"
)

// jenkinsFiles are Jenkinsfiles and other pipelines in Groovy.
// https://www.jenkins.io/doc/book/pipeline/syntax/
func jenkinsFiles() system {
	return system{
		name: "Jenkins",
		owns: func(path, base string) bool {
			return strings.HasPrefix(base, "jenkinsfile") || strings.HasSuffix(base, ".jenkinsfile") ||
				strings.HasSuffix(base, ".groovy") && (in(path, "jenkins/") || in(path, ".jenkins/") || in(path, "vars/"))
		},
		read: readJenkins,
	}
}

func jenkinsHint(name string) string {
	return fmt.Sprintf("Manage Jenkins > Credentials: add a secret text %s, then environment { %s = credentials('%s') }", name, name, name)
}

// jenkinsfile is a Jenkinsfile being read.
type jenkinsfile struct {
	*collector
	groovy
	blocks []string // the names before the braces that are open
	last   string   // the last word, for the brace that may follow
	stage  string
	param  string // the last name: 'X' of a call, whose defaultValue may follow
	list   bool   // within the list of withEnv
}

// readJenkins takes string literals that are assigned to a name, given to a
// named argument, or listed as NAME=value by withEnv.
func readJenkins(f *file, out *collector) error {
	j := &jenkinsfile{collector: out, groovy: groovy{text: string(f.text)}}
	var before [2]token // the two tokens before this one
	for {
		t := j.next()
		switch t.kind {
		case end:
			return nil
		case stringToken:
			j.literal(t, before)
		case wordToken:
			j.last = t.text
		case sign:
			j.sign(t.text)
		}
		before[0], before[1] = before[1], t
	}
}

// sign keeps count of braces and brackets.
func (j *jenkinsfile) sign(s string) {
	switch s {
	case "{":
		j.blocks = append(j.blocks, j.last)
		j.last = ""
		j.flush()
	case "}":
		j.blocks = j.blocks[:max(0, len(j.blocks)-1)]
		j.flush()
	case "[":
		j.list = j.last == "withEnv"
	case "]":
		j.list = false
	case ")":
		j.param = ""
	}
}

// literal takes the string t for a variable if what is before it says so.
func (j *jenkinsfile) literal(t token, before [2]token) {
	name, op := before[0], before[1]
	switch {
	case j.list:
		if name, value, ok := strings.Cut(t.text, "="); ok && isName(name) {
			j.take(name, "withEnv."+name, value, t.at+len(name)+1)
		}
	case op.kind == wordToken && op.text == "stage", op.text == "(" && name.text == "stage":
		j.stage = t.text
	case name.kind != wordToken && name.kind != stringToken:
	case op.text == ":" && name.text == "name":
		j.param = t.text
	case op.text == ":" && name.text == "defaultValue" && j.param != "":
		j.take(j.param, "parameters."+j.param, t.text, t.at)
	case op.text == ":" || op.text == "=":
		short := name.text[strings.LastIndexByte(name.text, '.')+1:]
		j.take(short, j.path(name.text), t.text, t.at)
	}
}

// path is a name with the environment block that it is set in.
func (j *jenkinsfile) path(name string) string {
	if n := len(j.blocks); n > 0 && j.blocks[n-1] == "environment" {
		return "environment." + name
	}
	return name
}

func (j *jenkinsfile) take(name, path, value string, at int) {
	scope := "pipeline"
	if j.stage != "" && len(j.blocks) > 1 {
		scope = "stage " + j.stage
	}
	v := variable{name: name, path: path, scope: scope, hint: jenkinsHint(settingName(name)), value: value}
	v.line, v.column = j.file.position(at)
	j.add(v)
}
