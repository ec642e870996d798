package git

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/leakguard/leakguard/scanner"
)

// maxMessage bounds a commit message, in bytes.
const maxMessage = 16 << 20

// Message is the source of the message of a commit that is about to be made, as
// git hands it to the commit-msg hook: in a file.
type Message struct {
	repo *Repository
	file string
}

// NewMessage returns the message in a file. What git will cut from it is not
// read: comments, and what is below the scissors line (git-commit(1), --cleanup).
func NewMessage(r *Repository, file string) *Message { return &Message{r, file} }

// Name says what is read.
func (m *Message) Name() string { return "the commit message " + m.file }

// Kind is the kind of its occurrences: it is committed no more than what is staged.
func (m *Message) Kind() scanner.Kind { return scanner.InStaged }

// Read scans the message.
func (m *Message) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	info, err := os.Stat(m.file)
	if err != nil {
		return err
	}
	if info.Size() > maxMessage {
		return fmt.Errorf("%s is larger than %d MiB", m.file, maxMessage>>20)
	}
	text, err := os.ReadFile(m.file)
	if err != nil {
		return err
	}
	text = m.repo.messageRules(ctx, os.Getenv("GIT_EDITOR") != ":").clean(text)
	cov.Count("bytes", int64(len(text)))
	scan(scanner.Chunk{Text: text})
	return nil
}

// Locate turns hits into places of the message.
func (m *Message) Locate(_ context.Context, hits []scanner.Hit, _ *scanner.Coverage) ([]scanner.Located, error) {
	var out []scanner.Located
	for i := range hits {
		occ := occurrence(m.repo, &hits[i])
		occ.Kind, occ.Field = scanner.InStaged, "message"
		out = append(out, scanner.Located{Hit: i, Occurrence: occ})
	}
	return out, nil
}

// messageRules are what git cuts from a message.
type messageRules struct {
	comment  string // lines that begin with it are cut; "": none are
	scissors bool   // whether a scissors line cuts off what follows
}

// messageRules are those of the repository's settings. Without an editor, of
// which git tells its hooks by GIT_EDITOR=":", nothing is cut but by request.
//
// What a hook cannot know is the flag --cleanup and, under core.commentChar=auto,
// the character that git chose: where in doubt a line is read.
func (r *Repository) messageRules(ctx context.Context, edited bool) messageRules {
	rules := messageRules{comment: "#", scissors: edited}
	cleanup := ""
	// git config --get-regexp ends with 1 where nothing is set.
	out, _ := plainGit(ctx, r.Root, "config", "-z", "--get-regexp", `^(core\.comment(char|string)|commit\.cleanup)$`)
	for setting := range strings.SplitSeq(string(out), "\x00") {
		key, value, _ := strings.Cut(setting, "\n")
		switch key {
		case "core.commentchar", "core.commentstring":
			rules.comment = value
		case "commit.cleanup":
			cleanup = value
		}
	}
	if rules.comment == "auto" {
		rules.comment = ""
	}
	switch cleanup {
	case "strip":
	case "scissors":
		rules.comment = ""
	case "whitespace", "verbatim":
		rules.comment = ""
	default:
		if !edited {
			rules.comment = ""
		}
	}
	return rules
}

// scissorsLine is what git writes behind the comment character above what is to
// be cut (wt-status.c).
const scissorsLine = " ------------------------ >8 ------------------------\n"

// clean empties the lines that are cut, so that the others keep their numbers.
func (m messageRules) clean(text []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(text) {
		if m.scissors && isScissors(string(line), m.comment) {
			break
		}
		if m.comment != "" && bytes.HasPrefix(line, []byte(m.comment)) {
			line = []byte("\n")
		}
		out.Write(line)
	}
	return out.Bytes()
}

// isScissors reports whether a line is the scissors line. Where the comment
// character is not known, any single one is taken for it.
func isScissors(line, comment string) bool {
	before, ok := strings.CutSuffix(line, scissorsLine)
	return ok && (before == comment || comment == "" && len(before) == 1)
}
