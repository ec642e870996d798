package remediate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hmarr/codeowners"
)

// The bounds of a CODEOWNERS file.
const (
	maxCodeowners      = 3 << 20 // bytes; GitHub does not use a larger one
	maxCodeownersLines = 50_000
	maxCodeownersLine  = 1024 // bytes; a longer line is not valid
	maxOwnedPaths      = 200  // of one repository that are looked up
)

// codeownersPlaces are where a CODEOWNERS file may be; only the first that exists
// counts. They are those of
// https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
// and https://docs.gitlab.com/user/project/codeowners/
func codeownersPlaces(u *use) []string {
	switch {
	case u.onGitHub():
		return []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"}
	case u.onGitLab():
		return []string{"CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"}
	}
	return []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"}
}

// ownedPaths are the paths to look up. A secret that is in logs or variables only
// belongs to whom the definition of the pipeline belongs to.
func ownedPaths(u *use) []string {
	switch {
	case len(u.paths) > 0:
		return u.paths[:min(len(u.paths), maxOwnedPaths)]
	case u.onGitLab():
		return []string{".gitlab-ci.yml"}
	}
	return []string{".github/workflows/build.yml"}
}

// fromCodeowners asks the CODEOWNERS file.
func (f *Finder) fromCodeowners(ctx context.Context, u *use) (answer, error) {
	file, err := f.files.first(ctx, u, maxCodeowners, codeownersPlaces(u)...)
	if err != nil || file.data == nil {
		return answer{without: file.without}, err
	}
	where := fmt.Sprintf("%s of %s", file.path, u.title())
	list, err := f.lists.get([2]string{u.address, file.path}, func() (*ownerList, error) {
		return readCodeowners(ctx, file.data, !u.onGitHub(), u.onGitLab() || file.path == ".gitlab/CODEOWNERS")
	})
	if err != nil {
		return answer{without: fmt.Sprintf("%s: %v", where, err)}, nil
	}
	claims, skipped, err := list.claims(ctx, ownedPaths(u))
	if err != nil {
		return answer{}, err
	}
	note := ""
	if len(skipped) > 0 {
		note = fmt.Sprintf(" (lines that are not valid and were skipped: %d, the first of them %d)", len(skipped), slices.Min(skipped))
	}
	a := answer{without: "no line of " + where + " matches" + note}
	for _, c := range claims {
		evidence := fmt.Sprintf("%s line %d of %s%s", file.path, c.line, u.title(), note)
		if len(c.owners) == 0 {
			a.without = evidence + " says that there is no owner"
		}
		for _, o := range c.owners {
			if owner, ok := accountOf(o.String()); ok {
				owner.Evidence = evidence
				a.owners = append(a.owners, owner)
			}
		}
	}
	if a.owners != nil {
		a.without = ""
	}
	return a, nil
}

// ownerLists remembers CODEOWNERS files of a bounded number of lines together, each
// of which takes some kilobytes.
type ownerLists struct {
	mu    sync.Mutex
	known map[[2]string]*ownerList // by repository and path
	lines int
}

// get returns a list, which read reads if it is not known.
func (l *ownerLists) get(key [2]string, read func() (*ownerList, error)) (*ownerList, error) {
	l.mu.Lock()
	list, known := l.known[key]
	l.mu.Unlock()
	if known {
		return list, nil
	}
	list, err := read()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil || l.lines+list.lines > maxCodeownersLines {
		l.known, l.lines = map[[2]string]*ownerList{}, 0
	}
	l.known[key] = list
	l.lines += list.lines
	return list, nil
}

// ownerList is a CODEOWNERS file: one section, unless it is GitLab's.
type ownerList struct {
	gitLab   bool
	lines    int
	sections []*ownerSection
}

// ownerSection is a part of the file for whose owners only its own lines count.
type ownerSection struct {
	name   string             // in lower case
	owners []codeowners.Owner // of lines that name none
	lines  []ownerLine
}

type ownerLine struct {
	number int
	text   string
	rule   *parsedLine // nil: it is not valid
}

// claim is the line that names the owners of a path.
type claim struct {
	line   int
	owners []codeowners.Owner
}

// readCodeowners reads a file. GitLab's way of reading applies if it is
// certain that the file is GitLab's, or if it may be and has a section.
func readCodeowners(ctx context.Context, data []byte, mayBeGitLab, gitLab bool) (*ownerList, error) {
	switch {
	case len(data) > maxCodeowners:
		return nil, fmt.Errorf("it is larger than %d MB", maxCodeowners>>20)
	case bytes.Count(data, []byte{'\n'}) >= maxCodeownersLines:
		return nil, fmt.Errorf("it has more than %d lines", maxCodeownersLines)
	}
	l := &ownerList{gitLab: gitLab}
	section := l.section("")
	for text := range strings.Lines(string(bytes.TrimPrefix(data, []byte("\ufeff")))) {
		l.lines++
		text = strings.TrimSpace(text)
		if text == "" || text[0] == '#' {
			continue
		}
		if name, rest, ok := sectionHeader(text); ok && mayBeGitLab {
			l.gitLab = true
			section = l.section(name)
			section.owners = append(section.owners, defaultOwners(rest)...)
			continue
		}
		section.lines = append(section.lines, ownerLine{number: l.lines, text: text})
	}
	return l, l.parse(ctx)
}

// parse parses the lines, for which it must be known whose way of reading applies.
func (l *ownerList) parse(ctx context.Context) error {
	for _, s := range l.sections {
		for i := range s.lines {
			if err := ctx.Err(); err != nil {
				return err
			}
			if rule, err := parseOwnerLine(s.lines[i].text, l.gitLab); err == nil {
				s.lines[i].rule = rule
			}
		}
	}
	return nil
}

// section returns the section of that name, which the file may have begun before.
func (l *ownerList) section(name string) *ownerSection {
	for _, s := range l.sections {
		if s.name == strings.ToLower(name) {
			return s
		}
	}
	s := &ownerSection{name: strings.ToLower(name)}
	l.sections = append(l.sections, s)
	return s
}

// claims returns the lines that name the owners of paths, in the order of the paths:
// in each section the last that matches. skipped are lines that are not valid and
// might have matched.
func (l *ownerList) claims(ctx context.Context, paths []string) (claims []claim, skipped []int, err error) {
	byPath := make([][]claim, len(paths))
	for _, s := range l.sections {
		open := len(paths)
		claimed := make([]bool, len(paths))
		for i := len(s.lines) - 1; i >= 0 && open > 0; i-- {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			rule := s.lines[i].rule
			if rule == nil {
				skipped = append(skipped, s.lines[i].number)
				continue
			}
			c := claim{s.lines[i].number, rule.owners}
			if len(c.owners) == 0 && !rule.excludes {
				c.owners = s.owners
			}
			for p, path := range paths {
				if !claimed[p] && rule.matches(path) {
					claimed[p] = true
					open--
					byPath[p] = append(byPath[p], c)
				}
			}
		}
	}
	named := map[int]bool{}
	for _, c := range slices.Concat(byPath...) {
		if !named[c.line] {
			named[c.line] = true
			claims = append(claims, c)
		}
	}
	return claims, skipped, nil
}

// parsedLine is a line of a CODEOWNERS file.
type parsedLine struct {
	rule     codeowners.Rule
	owners   []codeowners.Owner
	excludes bool // GitLab: "!path" has no owner
}

func (p *parsedLine) matches(path string) bool {
	ok, err := p.rule.Match(path)
	return ok && err == nil
}

var errOwnerLine = errors.New("it is not valid")

// parseOwnerLine reads one line.
func parseOwnerLine(text string, gitLab bool) (*parsedLine, error) {
	p := &parsedLine{}
	if gitLab {
		text, p.excludes = strings.CutPrefix(text, "!")
		if !strings.HasPrefix(text, "/") { // it then matches in any folder
			text = "**/" + text
		}
	}
	// The package takes any # for the begin of a comment.
	if i := strings.IndexByte(text, '#'); len(text) > maxCodeownersLine || i > 0 && text[i-1] != ' ' && text[i-1] != '\t' {
		return nil, errOwnerLine
	}
	set, err := codeowners.ParseFile(strings.NewReader(text), codeowners.WithOwnerMatchers([]codeowners.OwnerMatcher{ownerMatcher(gitLab)}))
	switch {
	case err != nil:
		return nil, err
	case len(set) != 1 || set[0].RawPattern() == "/": // the package cannot match this
		return nil, errOwnerLine
	}
	p.rule = set[0]
	for _, o := range p.rule.Owners {
		if o.Type != roleOwner {
			p.owners = append(p.owners, o)
		}
	}
	return p, nil
}

// roleOwner is the type of what GitLab lets stand for owners and is nobody by
// itself, such as @@maintainer.
const roleOwner = "role"

// ownerMatcher says which owners are valid: one that is not makes a line invalid on
// GitHub, while GitLab only skips it.
func ownerMatcher(gitLab bool) codeowners.OwnerMatchFunc {
	return func(text string) (codeowners.Owner, error) {
		account, ok := accountOf(text)
		switch {
		case gitLab && !ok:
			return codeowners.Owner{Value: text, Type: roleOwner}, nil
		case !ok, !gitLab && strings.Count(text, "/") > 1:
			return codeowners.Owner{}, codeowners.ErrNoMatch
		case text[0] != '@':
			return codeowners.Owner{Value: text, Type: codeowners.EmailOwner}, nil
		case account.Kind == ownerTeam:
			return codeowners.Owner{Value: text[1:], Type: codeowners.TeamOwner}, nil
		}
		return codeowners.Owner{Value: text[1:], Type: codeowners.UsernameOwner}, nil
	}
}

// sectionHeader reads GitLab's "[Name]", "^[Name]" and "[Name][2]", which may be
// followed by owners.
func sectionHeader(text string) (name, rest string, ok bool) {
	text, ok = strings.CutPrefix(strings.TrimPrefix(text, "^"), "[")
	if !ok {
		return "", "", false
	}
	if name, rest, ok = strings.Cut(text, "]"); !ok {
		return "", "", false
	}
	if approvals, behind, found := strings.Cut(rest, "]"); found && strings.Trim(approvals, "[0123456789") == "" {
		rest = behind
	}
	name = strings.TrimSpace(name)
	return name, rest, name != "" && (rest == "" || rest[0] == ' ' || rest[0] == '\t')
}

// defaultOwners reads the owners behind a section's name.
func defaultOwners(text string) []codeowners.Owner {
	var all []codeowners.Owner
	text, _, _ = strings.Cut(text, "#")
	for _, field := range strings.Fields(text) {
		if o, err := ownerMatcher(true)(field); err == nil && o.Type != roleOwner {
			all = append(all, o)
		}
	}
	return all
}
