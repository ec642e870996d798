package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strconv"
)

// judgement is what a finding is, to one who read its line and what is round it.
type judgement string

const (
	secret   judgement = "secret"   // a literal credential that something accepts or accepted, a test's server too
	sample   judgement = "sample"   // stands for one that nothing accepts: in documentation, a comment, a test's input
	none     judgement = "none"     // no credential; also when in doubt
	unjudged judgement = "unjudged" // drawn only
)

// judged is one finding that was drawn and looked at. Its value is kept as a hash.
type judged struct {
	finding   // its rule and level when it was drawn; leakguard's if both found it
	drawn     map[tool]bool
	judgement judgement
	why       string // the kind of thing that it is, in a word or a few
}

// columns are those of the file of judged findings, which is TSV.
var columns = []string{"drawn", "corpus", "package", "path", "line", "rule", "level", "value", "judgement", "why"}

func readJudged(file string) ([]judged, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.FieldsPerRecord = '\t', len(columns)
	records, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var all []judged
	for i, fields := range records[min(1, len(records)):] {
		row, err := parseJudged(fields)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, i+2, err)
		}
		all = append(all, row)
	}
	return all, nil
}

func parseJudged(fields []string) (judged, error) {
	line, err := strconv.Atoi(fields[4])
	if err != nil {
		return judged{}, fmt.Errorf("line %q is no number", fields[4])
	}
	row := judged{
		finding: finding{corpus: fields[1], path: fields[3], start: line, end: line,
			rule: fields[5], level: fields[6], value: fields[7]},
		judgement: judgement(fields[8]), why: fields[9],
	}
	switch fields[0] {
	case "both":
		row.drawn = map[tool]bool{leakguard: true, gitleaks: true}
	case string(leakguard), string(gitleaks):
		row.drawn = map[tool]bool{tool(fields[0]): true}
	default:
		return judged{}, fmt.Errorf("drawn is %q, want leakguard, gitleaks or both", fields[0])
	}
	switch row.judgement {
	case secret, sample, none, unjudged:
		return row, nil
	}
	return judged{}, fmt.Errorf("judgement is %q, want secret, sample, none or unjudged", row.judgement)
}

func writeJudged(out io.Writer, all []judged) error {
	w := csv.NewWriter(out)
	w.Comma = '\t'
	records := [][]string{columns}
	for _, row := range all {
		drawn := string(gitleaks)
		switch {
		case row.drawn[leakguard] && row.drawn[gitleaks]:
			drawn = "both"
		case row.drawn[leakguard]:
			drawn = string(leakguard)
		}
		records = append(records, []string{drawn, row.corpus, packageOf(row.path), row.path,
			strconv.Itoa(row.start), row.rule, row.level, row.value, string(row.judgement), row.why})
	}
	return w.WriteAll(records)
}
