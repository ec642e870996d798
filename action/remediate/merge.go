package remediate

import (
	"slices"
	"strings"
)

// onto is what an issue becomes by a draft: it has the draft's title, our part of the
// body is the draft's, and labels and assignees that were missing are behind those
// that it has.
func (d Draft) onto(t Ticket) Ticket {
	t.ID = d.ID
	t.Title = oneLine(d.Title)
	t.Body = Replaced(t.Body, d.ID, d.Body)
	t.Labels = withMissing(t.Labels, d.Labels, sameLabel)
	t.Assignees = withMissing(t.Assignees, d.Assignees, strings.EqualFold)
	return t
}

// agrees reports whether nothing is to be written to make one issue the other.
func (t Ticket) agrees(o Ticket) bool {
	return t.Project == o.Project && t.Title == o.Title && t.Body == o.Body && t.Open == o.Open &&
		slices.Equal(t.Labels, o.Labels) && slices.Equal(t.Assignees, o.Assignees)
}

// withMissing is a list with those of want behind it that it lacks.
func withMissing(list, want []string, same func(a, b string) bool) []string {
	list = slices.Clone(list)
	for _, w := range want {
		if !slices.ContainsFunc(list, func(have string) bool { return same(have, w) }) {
			list = append(list, w)
		}
	}
	return list
}

func sameLabel(a, b string) bool { return a == b }
