package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
)

// The marks of a page between which the figures stand.
const (
	figuresBegin = "<!-- figures: written by make train -->\n"
	figuresEnd   = "<!-- end of the figures -->\n"
)

// putFigures replaces what stands between the marks of a page.
func putFigures(page string, figures []byte) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, ok := bytes.Cut(text, []byte(figuresBegin))
	_, after, ends := bytes.Cut(rest, []byte(figuresEnd))
	if !ok || !ends {
		return fmt.Errorf("%s: the lines %q and %q are missing", page, strings.TrimSpace(figuresBegin), strings.TrimSpace(figuresEnd))
	}
	return os.WriteFile(page, slices.Concat(before, []byte(figuresBegin), []byte("\n"), figures, []byte(figuresEnd), after), 0o644)
}
