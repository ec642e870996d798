package buildlog

import "bytes"

// Travis is the job log of Travis CI. Its build script (travis-ci/travis-build,
// lib/travis/build/bash) encloses each stage in travis_fold:start:NAME and
// travis_fold:end:NAME, and each command in
//
//	travis_time:start:1ba88ac0
//	travis_time:end:1ba88ac0:start=1524667470431467929,finish=…,duration=…
//
// all ended by a carriage return, which copies of a log often lack. Commands
// outside of folds, such as those of script, have no step.
var Travis = Format{
	Name:    "travis",
	Summary: "Travis CI",
	Signs:   travisSigns,
	New:     func() Lines { return new(travisLines) },
}

func travisSigns(head []byte) int {
	return countLines(head, func(line []byte) bool {
		return bytes.Contains(line, []byte("travis_fold:")) || bytes.Contains(line, []byte("travis_time:"))
	})
}

type travisLines struct {
	folds blocks
	job   string
}

func (t *travisLines) Line(line []byte) (start int, text bool) {
	for n := travisTimeLen(line); n > 0; n = travisTimeLen(line[start:]) {
		start += n
	}
	rest := line[start:]
	if id, ok := bytes.CutPrefix(rest, []byte("Job id: ")); ok && t.folds.innermost() == "system_info" {
		t.job = nameOf(id[:digits(id)])
	}
	body, ok := bytes.CutPrefix(rest, []byte("travis_fold:"))
	if !ok {
		return start, len(rest) > 0 || start == 0
	}
	verb, name, _ := bytes.Cut(body, []byte(":"))
	switch string(verb) {
	case "start":
		t.folds.open(foldName(name))
	case "end":
		t.folds.close(foldName(name))
	default:
		return start, true
	}
	// Jobs may print folds of their own, so that the name is text.
	return len(line) - len(name), len(name) > 0
}

// travisTimeLen is the length of the travis_time marker with which s begins, or
// 0. Nothing but ids and numbers is taken for one.
func travisTimeLen(s []byte) int {
	rest, ok := bytes.CutPrefix(s, []byte("travis_time:"))
	if !ok {
		return 0
	}
	rest, end := bytes.CutPrefix(rest, []byte("end:"))
	if !end {
		if rest, ok = bytes.CutPrefix(rest, []byte("start:")); !ok {
			return 0
		}
	}
	rest = rest[travisIDLen(rest):]
	if end {
		for _, key := range []string{":start=", ",finish=", ",duration="} {
			if value, ok := bytes.CutPrefix(rest, []byte(key)); ok {
				rest = value[digits(value):]
			}
		}
	}
	return len(s) - len(rest)
}

// travisIDLen is the length of a timer's id: eight hexadecimal digits.
func travisIDLen(s []byte) int {
	const length = 8
	for n := range min(len(s), length) {
		if !isHex(s[n]) {
			return n
		}
	}
	return min(len(s), length)
}

// foldName is a fold's name; a marker that follows without the carriage return
// between them is no part of it.
func foldName(rest []byte) string {
	name, _, _ := bytes.Cut(rest, []byte("travis_time:"))
	return nameOf(name)
}

func (t *travisLines) Where() Where { return Where{Job: t.job, Step: t.folds.innermost()} }
