package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/leakguard/leakguard/action/sweep"
)

// writeAPI says how much was asked of the forges' APIs, and what they have left.
func writeAPI(w io.Writer, s *sweep.Status, t sweep.Totals) {
	if t.Requests == 0 {
		return
	}
	line := fmt.Sprintf("API: %d requests", t.Requests)
	if t.Repositories > 0 {
		line += fmt.Sprintf(", %.1f for each repository", float64(t.Requests)/float64(t.Repositories))
	}
	fmt.Fprintln(w, line+apiLeft(s))
}

// apiLeft says what the APIs have left.
func apiLeft(s *sweep.Status) string {
	var b strings.Builder
	for _, a := range s.API {
		fmt.Fprintf(&b, ", %d left until %s", a.Left, a.Reset.Local().Format("15:04"))
		if len(s.API) > 1 {
			b.WriteString(" at " + a.Host)
		}
	}
	return b.String()
}

// writePipelines says how far logs and variables are, where they are read.
func writePipelines(w io.Writer, t sweep.Totals) {
	for _, of := range []struct {
		kind sweep.Kind
		sweep.Tally
	}{{sweep.Logs, t.Logs}, {sweep.Variables, t.Variables}} {
		if of.All > 0 {
			fmt.Fprintf(w, "%s: %d of %d done, %d of them with gaps; %d given up\n", of.kind, of.Done, of.All, of.Incomplete, of.Failed)
		}
	}
}

// titleOf names what was read: a repository, which stands for its history, or its logs or
// variables.
func titleOf(r *sweep.RepositoryStatus) string {
	if r.Kind == sweep.History {
		return concealed(r.Name)
	}
	return concealed(r.Name) + ", " + string(r.Kind)
}

// pipelinesDone says in a few words how far logs and variables are.
func pipelinesDone(t sweep.Totals) string {
	all, done := t.Logs.All+t.Variables.All, t.Logs.Done+t.Variables.Done
	if all == 0 {
		return ""
	}
	return fmt.Sprintf(", %d of %d logs and variables", done, all)
}
