package pullrequest

import (
	"bytes"
	"io"
	"iter"
	"strings"
)

// shortestMasked is the length in bytes below which a value is not masked: the runner
// would blank out ordinary words of the log.
const shortestMasked = 8

// Mask has GitHub's runner replace values by *** in all that the job prints from now
// on, each line of those with several lines too. It is to be called before anything
// else is printed. The runner does not print the commands that it writes; other CI
// systems would.
func Mask(w io.Writer, values iter.Seq[[]byte]) error {
	var b strings.Builder
	done := map[string]bool{}
	mask := func(value []byte) {
		if s := string(value); len(s) >= shortestMasked && strings.TrimSpace(s) != "" && !done[s] {
			done[s] = true
			b.WriteString(command("add-mask", nil, s))
		}
	}
	for value := range values {
		mask(value)
		for line := range bytes.FieldsFuncSeq(value, func(r rune) bool { return r == '\r' || r == '\n' }) {
			mask(line)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
