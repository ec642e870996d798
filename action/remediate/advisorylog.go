package remediate

import (
	"slices"
	"strings"
)

// The history of an advisory stands in its description between two comments of its
// own, so that it stays when our part is replaced.
const (
	beginLog = "<!-- leakguard-history -->\n"
	endLog   = "\n<!-- /leakguard-history -->"
	entryAt  = "\n\n### " // begins an entry
)

// logLimit is how long a history becomes, in bytes. Then the oldest entries go: the
// ledger has them all.
const logLimit = 8 << 10

// logRoom is what has to be left free in a description for its history.
const logRoom = logLimit + len("\n\n"+beginLog+endLog)

// withEntry is a description with an entry at the end of its history.
func withEntry(description, at, text string) string {
	text = strings.NewReplacer("<!--", "&lt;!--", entryAt, "\n\n").Replace(strings.TrimSpace(text))
	before, rest, found := strings.Cut(description, beginLog)
	log, behind, _ := strings.Cut(rest, endLog)
	entries := strings.Split(log, entryAt) // behind the heading
	if !found {
		before, entries = strings.TrimSpace(description)+"\n\n", []string{history}
	}
	entries = append(entries, at+"\n\n"+cut(text, logLimit/2))
	for len(entries) > 2 && len(strings.Join(entries, entryAt)) > logLimit {
		entries = slices.Delete(entries, 1, 2)
	}
	return before + beginLog + strings.Join(entries, entryAt) + endLog + behind
}
