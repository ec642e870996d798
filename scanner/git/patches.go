package git

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakguard/leakguard/scanner"
)

// Patches is the source of what commits add, line by line, as git log -p shows it:
// each hunk is a text of its own. It sees less than History, neither merges nor what
// stands in no patch, and is what gitleaks reads.
type Patches struct {
	repo *Repository
	opts Options
	name string
	kind scanner.Kind
	args []string
}

// NewPatches returns the patches of all that refs lead to or, if span is not "", of
// the revision range span. Of the options it honours Exclude and Workers.
func NewPatches(r *Repository, span string, o Options) *Patches {
	p := &Patches{repo: r, opts: o, kind: scanner.InGit, name: "patches of " + r.Root}
	p.args = []string{"log", "-p", "-U0", "--format=%x00%H %an <%ae> %at"}
	if span == "" {
		p.args = append(p.args, "--full-history", "--all", "--diff-filter=tuxdb")
	} else {
		p.name += ", " + span
		p.args = append(p.args, "--end-of-options", span)
	}
	p.args = append(p.args, "--")
	return p
}

// NewStagedPatches returns the patches of what is staged in dir, the absolute path of
// the working tree or of a folder in it.
func NewStagedPatches(r *Repository, dir string, o Options) *Patches {
	return &Patches{
		repo: r, opts: o, kind: scanner.InStaged, name: "staged patches of " + dir,
		args: []string{"diff", "-U0", "--staged", "--", ":(literal)" + dir},
	}
}

// plainPatches are the settings under which patches have the form that is read here,
// whatever the repository or the user configured, and no program of theirs makes them.
var plainPatches = []string{
	"-c", "core.quotePath=true", "-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false",
	"-c", "diff.srcPrefix=a/", "-c", "diff.dstPrefix=b/", "-c", "diff.submodule=short", "-c", "color.ui=false",
}

// Name says what is read.
func (p *Patches) Name() string { return p.name }

// Kind is the kind of its occurrences.
func (p *Patches) Kind() scanner.Kind { return p.kind }

// hunkPlace is where a hunk is from.
type hunkPlace struct {
	commit string
	author person
	path   string
}

func (h *hunkPlace) String() string { return fmt.Sprintf("path %q of commit %s", h.path, h.commit) }

// Read has git make the patches and scans each hunk.
func (p *Patches) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	args := append(append([]string{}, hardened...), plainPatches...)
	args = append(args, p.args[0], "--no-ext-diff", "--no-textconv", "--no-color")
	cmd := exec.CommandContext(ctx, "git", append(args, p.args[1:]...)...)
	cmd.Dir, cmd.Env = p.repo.Root, environment(os.Environ())
	cmd.WaitDelay = time.Second
	said := new(lastWords)
	cmd.Stderr = said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	workers := pool.New().WithMaxGoroutines(p.opts.workers())
	r := &patchReader{in: bufio.NewReaderSize(out, 64<<10), emit: func(h hunk) {
		if p.opts.Exclude != nil && p.opts.Exclude(h.place.path) {
			cov.Exclude(excludedPaths, excludedWhy, excludedFix, 1)
			return
		}
		cov.Count("hunks", 1)
		cov.Count("bytes", int64(len(h.added)))
		workers.Go(func() {
			scan(scanner.Chunk{Text: h.added, Place: h.place, Path: h.place.path, Commit: h.place.commit, Lines: h.line - 1})
		})
	}, commit: func() { cov.Count("commits", 1) }}
	err = r.read()
	workers.Wait()
	if err != nil {
		// Git may be stuck with what nobody reads any more.
		_, _ = io.Copy(io.Discard, out)
	}
	if werr := cmd.Wait(); werr != nil && ctx.Err() == nil {
		return fmt.Errorf("git %s: %w: %s", p.args[0], werr, firstLine(said.complaints()))
	}
	return errors.Join(err, ctx.Err())
}

// Locate returns the one occurrence of each hit.
func (p *Patches) Locate(_ context.Context, hits []scanner.Hit, _ *scanner.Coverage) ([]scanner.Located, error) {
	located := make([]scanner.Located, 0, len(hits))
	for i := range hits {
		at := hits[i].Place.(*hunkPlace)
		occ := occurrence(p.repo, &hits[i])
		occ.Kind, occ.Path, occ.Commit = p.kind, at.path, at.commit
		occ.Author, occ.Email, occ.Date = at.author.name, at.author.email, at.author.when
		if at.commit != "" {
			occ.Link = webLink(p.repo.web, at.commit, at.path, occ.StartLine)
		}
		located = append(located, scanner.Located{Hit: i, Occurrence: occ})
	}
	return located, nil
}

// hunk is what one hunk of a patch adds.
type hunk struct {
	place *hunkPlace
	line  int // of the first added line, from 1
	added []byte
}

// patchReader takes apart what git log -p -U0 prints.
type patchReader struct {
	in     *bufio.Reader
	emit   func(hunk)
	commit func() // is told of each commit

	id     string
	author person
	place  *hunkPlace // of the file whose hunks are read
}

func (r *patchReader) read() error {
	for {
		line, err := r.in.ReadBytes('\n')
		text := bytes.TrimSuffix(line, []byte("\n"))
		switch {
		case bytes.HasPrefix(text, []byte{0}):
			id, author, _ := bytes.Cut(text[1:], []byte(" "))
			r.id, r.author = string(id), parsePerson(author)
			r.commit()
		case bytes.HasPrefix(text, []byte("+++ ")):
			r.place = &hunkPlace{commit: r.id, author: r.author, path: patchPath(string(text[4:]))}
		case bytes.HasPrefix(text, []byte("@@ ")):
			if err := r.hunk(string(text)); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// hunk reads the lines of a hunk whose head is "@@ -3,2 +4 @@ …": a count that is
// missing is 1.
func (r *patchReader) hunk(head string) error {
	var removed, added, line int
	fields := strings.Fields(head)
	ok := len(fields) > 3 && r.place != nil && lineCount(fields[1], "-", nil, &removed) && lineCount(fields[2], "+", &line, &added)
	if !ok {
		return fmt.Errorf("git printed a hunk that begins with %.40q", head)
	}
	h := hunk{place: r.place, line: line}
	for removed > 0 || added > 0 || r.atRemark() {
		text, err := r.in.ReadBytes('\n')
		switch {
		case err != nil && err != io.EOF:
			return err
		case len(text) == 0:
			return io.ErrUnexpectedEOF
		case text[0] == '-':
			removed--
		case text[0] == '+':
			added--
			h.added = append(h.added, text[1:]...)
		case added == 0 && len(h.added) > 0: // a remark: no newline at end of file
			h.added = bytes.TrimSuffix(h.added, []byte("\n"))
		}
	}
	r.emit(h)
	return nil
}

// atRemark reports whether the next line is "\ No newline at end of file".
func (r *patchReader) atRemark() bool {
	next, _ := r.in.Peek(1)
	return len(next) > 0 && next[0] == '\\'
}

// lineCount reads "-3,2" of a hunk's head.
func lineCount(text, sign string, line, count *int) bool {
	text, ok := strings.CutPrefix(text, sign)
	first, n, several := strings.Cut(text, ",")
	*count = 1
	var err error
	if several {
		*count, err = strconv.Atoi(n)
	}
	if line != nil && err == nil {
		*line, err = strconv.Atoi(first)
	}
	return ok && err == nil
}

// patchPath reads the path of a "+++" line: b/ before it, a tab behind it if it has
// blanks, and all of it quoted as in C if it has anything unusual.
func patchPath(text string) string {
	text = strings.TrimSuffix(text, "\t")
	if strings.HasPrefix(text, `"`) {
		if s, err := strconv.Unquote(text); err == nil {
			text = s
		}
	}
	return strings.TrimPrefix(text, "b/")
}
