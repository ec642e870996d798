package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// table is a Markdown table whose first column holds words, and the others figures.
type table struct {
	header []string
	rows   [][]string
}

func newTable(header ...string) *table { return &table{header: header} }

// row adds a row; figures are rounded to three digits behind the point.
func (t *table) row(name string, cells ...any) {
	row := []string{name}
	for _, c := range cells {
		if f, ok := c.(float64); ok {
			row = append(row, fmt.Sprintf("%.3f", f))
		} else {
			row = append(row, fmt.Sprint(c))
		}
	}
	t.rows = append(t.rows, row)
}

func (t *table) writeTo(w io.Writer) {
	width := make([]int, len(t.header))
	for _, row := range append(t.rows, t.header) {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell), 3)
		}
	}
	line := func(row []string) {
		for i, cell := range row {
			blanks := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				fmt.Fprintf(w, "| %s%s ", cell, blanks)
			} else {
				fmt.Fprintf(w, "| %s%s ", blanks, cell)
			}
		}
		fmt.Fprintln(w, "|")
	}
	line(t.header)
	rule := make([]string, len(width))
	for i, n := range width {
		rule[i] = strings.Repeat("-", n-1) + ":"
	}
	rule[0] = strings.Repeat("-", width[0])
	line(rule)
	for _, row := range t.rows {
		line(row)
	}
	fmt.Fprintln(w)
}
