package main

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// tool is whose finding it is.
type tool string

const (
	leakguard tool = "leakguard"
	gitleaks  tool = "gitleaks"
)

// finding is one occurrence in a report, or one that was drawn from a report.
type finding struct {
	corpus, path string // path is below the corpus's folder, with slashes
	start, end   int    // lines, from 1
	rule         string
	level        string // confidence; "-" for gitleaks, which has none
	value        string // first 16 hex digits of the SHA-256 of the secret
}

// secretPlace is what the same secret has in the reports of both tools.
type secretPlace struct{ corpus, path, value string }

func (f finding) place() secretPlace { return secretPlace{f.corpus, f.path, f.value} }

// at says whether f covers a line of a file.
func (f finding) at(corpus, path string, line int) bool {
	return f.corpus == corpus && f.path == path && f.start <= line && line <= f.end
}

// shown says whether f is at the default level of its tool; gitleaks has only one.
func (f finding) shown() bool { return f.level != "low" }

// packageOf returns the package that a path lies in: of a Go module the folders up
// to its version, else the first folder.
func packageOf(path string) string {
	if before, after, ok := strings.Cut(path, "@"); ok {
		version, _, _ := strings.Cut(after, "/")
		return before + "@" + version
	}
	first, _, _ := strings.Cut(path, "/")
	return first
}

// hashOf names a value without saying it. White space does not count: the tools
// differ in what they take of a key in armour.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(secret), "")))
	return hex.EncodeToString(sum[:8])
}
