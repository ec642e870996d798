package buildlog

import "bytes"

// GitLab is the job log ("trace") of GitLab CI. It has sections, whose markers
// end in a carriage return (docs.gitlab.com, "CI/CD job logs", Custom
// collapsible sections), and with FF_TIMESTAMPS, the default of new runners,
// each line begins with a time, a stream number, O or E for its output, and "+"
// where it continues the line before:
//
//	2026-09-11T11:17:01.962575Z 00O section_end:1789125421:prepare_executor
//	2026-09-11T11:17:02.145771Z 01E text
//
// The name of the job is not in its log.
var GitLab = Format{
	Name:    "gitlab",
	Summary: "GitLab CI",
	Signs:   gitlabSigns,
	New:     func() Lines { return new(gitlabLines) },
}

func gitlabSigns(head []byte) int {
	return countLines(head, func(line []byte) bool {
		return gitlabPrefix(line) > 0 ||
			bytes.Contains(line, []byte("section_start:")) || bytes.Contains(line, []byte("section_end:")) ||
			bytes.Contains(line, []byte("Running with gitlab-runner "))
	})
}

// gitlabPrefix is the length of a line's time, stream and flag, or 0.
func gitlabPrefix(line []byte) int {
	n := timestampLen(line)
	if n == 0 {
		return 0
	}
	stream := line[n:]
	if len(stream) < len(" 00O ") || stream[0] != ' ' || !isHex(stream[1]) || !isHex(stream[2]) {
		return 0
	}
	if stream[3] != 'O' && stream[3] != 'E' || stream[4] != ' ' && stream[4] != '+' {
		return 0
	}
	return n + len(" 00O ")
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

type gitlabLines struct{ sections blocks }

func (g *gitlabLines) Line(line []byte) (start int, text bool) {
	start = gitlabPrefix(line)
	rest := line[start:]
	name, marker := gitlabMarker(rest, "section_start:")
	if marker {
		g.sections.open(sectionName(name))
	} else if name, marker = gitlabMarker(rest, "section_end:"); marker {
		g.sections.close(sectionName(name))
	} else {
		return start, true
	}
	// Jobs may name sections as they like, so that the name is text.
	return len(line) - len(name), len(name) > 0
}

// gitlabMarker returns what comes behind the keyword and the time of a marker.
func gitlabMarker(text []byte, keyword string) (name []byte, ok bool) {
	rest, ok := bytes.CutPrefix(text, []byte(keyword))
	if !ok {
		return nil, false
	}
	n := digits(rest)
	if n == 0 || n == len(rest) || rest[n] != ':' {
		return nil, false
	}
	return rest[n+1:], true
}

// sectionName is a section's name without options such as "[collapsed=true]".
func sectionName(marker []byte) string {
	name, _, _ := bytes.Cut(marker, []byte("["))
	return nameOf(name)
}

func (g *gitlabLines) Where() Where { return Where{Step: g.sections.innermost()} }
