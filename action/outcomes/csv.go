package outcomes

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"
)

// WriteCSV writes one row a figure and group, with times in days. A cell is empty
// where there is nothing to be counted. No cell begins with what somebody else
// chose, so that none is taken for a formula: groups are written "team NAME".
func WriteCSV(w io.Writer, o *Outcomes) error {
	out := csv.NewWriter(w)
	out.Write([]string{ // its error stays in out until Error
		"figure", "group", "unit", "value", "median", "p90", "rests_on", "still_open",
		"since", "until", "owasp_nhi_2025", "nist_csf_2_0", "older_texts",
	})
	for _, d := range Definitions() {
		out.Write(d.row("all", d.of(&o.All), o))
		for _, by := range []struct {
			what   string
			groups []Group
		}{{"team", o.Teams}, {"provider", o.Providers}, {"severity", o.Severities}} {
			for i := range by.groups {
				out.Write(d.row(by.what+" "+inert(by.groups[i].Name), d.of(&by.groups[i].Figures), o))
			}
		}
	}
	for _, d := range keptByGroup() {
		out.Write(d.row("all", count(d.of(&o.Kept.All)), o))
		for _, g := range o.Kept.Owners {
			out.Write(d.row("owner "+inert(g.Name), count(d.of(&g.Figures)), o))
		}
		for _, g := range o.Kept.Repositories {
			out.Write(d.row("repository "+inert(g.Name), count(d.of(&g.Figures)), o))
		}
	}
	complete, known := o.Coverage.Share()
	worth := map[string]quantity{
		"kept_in_use":        count(o.Kept.InUse),
		"kept_rotations":     count(o.Kept.Rotations),
		"kept_managers_late": count(o.Kept.Late()),
		"scans":              count(o.Coverage.Scans),
		"complete_share":     share(complete, known, o.Coverage.Scans),
		"sources":            count(len(o.Coverage.Sources)),
		"sources_with_gaps":  count(o.Coverage.Gappy()),
	}
	for _, d := range append(keptWhole(), CoverageDefinitions()...) {
		out.Write(d.row("all", worth[d.Figure], o))
	}
	out.Flush()
	return out.Error()
}

func (d *Definition) row(group string, q quantity, o *Outcomes) []string {
	value, median, p90 := "", "", ""
	switch {
	case q.none:
	case q.times != nil:
		median, p90 = decimal(inDays(q.times.Median)), decimal(inDays(q.times.P90))
	default:
		value = decimal(q.number)
	}
	return []string{
		d.Figure, group, d.Unit, value, median, p90, countable(q.rests), countable(q.open),
		o.Since.Format(time.RFC3339), o.Now.Format(time.RFC3339),
		strings.Join(d.NHI, " "), strings.Join(d.CSF, " "), strings.Join(d.Older, " "),
	}
}

// countable is n, or "" for what cannot be counted.
func countable(n int) string {
	if n < 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// decimal is n with at most three places behind the point.
func decimal(n float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(n, 'f', 3, 64), "0"), ".")
}
