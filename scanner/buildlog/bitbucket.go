package buildlog

import "bytes"

// Bitbucket is the log of one step of Bitbucket Pipelines. Each command comes
// behind "+ " before its output; those of the clone come first, then the images
// that are used, the script, and the teardown, which looks for caches and
// artifacts (support.atlassian.com, "View your pipeline"; the viewer calls the
// first and the last part "Build setup" and "Build teardown"). The names of
// pipeline and step are not in the log.
var Bitbucket = Format{
	Name:    "bitbucket",
	Summary: "Bitbucket Pipelines",
	Signs:   bitbucketSigns,
	New:     func() Lines { return new(bitbucketLines) },
}

func bitbucketSigns(head []byte) int {
	return countLines(head, func(line []byte) bool {
		return string(line) == "+ umask 000" || string(line) == "Images used:" ||
			string(line) == bitbucketSetup || string(line) == bitbucketTeardown ||
			bytes.Contains(line, []byte("/opt/atlassian/pipelines/")) ||
			bytes.Contains(line, []byte("$BITBUCKET_REPO_FULL_NAME"))
	})
}

// The parts of a log. What the viewer shows command by command is one to us: a
// command line may hold a secret, and is no name for a step.
const (
	bitbucketSetup    = "Build setup"
	bitbucketScript   = "Script"
	bitbucketTeardown = "Build teardown"
)

type bitbucketLines struct {
	part   string
	images bool // the images were listed, the script is next
}

func (b *bitbucketLines) Line(line []byte) (start int, text bool) {
	switch {
	case string(line) == bitbucketSetup, string(line) == "+ umask 000":
		b.part = bitbucketSetup
	case string(line) == "Images used:":
		b.images = true
	case string(line) == bitbucketTeardown, bytes.HasPrefix(line, []byte("Searching for files matching artifact pattern")):
		b.part = bitbucketTeardown
	}
	if !bytes.HasPrefix(line, []byte("+ ")) {
		return 0, true
	}
	if b.images {
		b.part, b.images = bitbucketScript, false
	}
	return len("+ "), true
}

func (b *bitbucketLines) Where() Where { return Where{Step: b.part} }
