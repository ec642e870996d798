package git

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

// APIRange is the source of the commits of a range that are not all in the
// repository and cannot be fetched: they are read through the API of GitHub, and
// only what is missing. It finds what Range finds, but for the headers of commits
// that the API does not tell of, such as mergetag.
type APIRange struct {
	repo    *Repository
	opts    Options
	spec    string
	head    pack.ID
	api     *apiObjects
	commits []apiCommit // of the range, in the order of GitHub
	unnamed int         // commits of the range that GitHub counts and does not name
	trees   map[pack.ID]pack.ID
	tip     *changes
}

// apiCommit is a commit as the API tells of it.
type apiCommit struct {
	id, tree          pack.ID
	parents           []pack.ID
	author, committer apiPerson
	message           string
}

// apiPerson is an author or committer.
type apiPerson struct {
	Name, Email string
	Date        time.Time
}

// apiText is where a chunk that is in no file comes from.
type apiText struct {
	commit int32
	field  string // "author", "committer", "message"
}

func (t apiText) String() string { return "the " + t.field + " of a commit" }

// NewAPIRange asks which commits lead to head and not to base, both by id. An error
// means that GitHub does not tell.
func NewAPIRange(ctx context.Context, r *Repository, api API, base, head string, o Options) (*APIRange, error) {
	if r.hash != pack.SHA1 {
		return nil, errors.New("GitHub has no repositories of SHA-256")
	}
	if _, err := r.hash.Parse(base); err != nil {
		return nil, fmt.Errorf("base %.50q: want the id of a commit", base)
	}
	to, err := r.hash.Parse(head)
	if err != nil {
		return nil, fmt.Errorf("head %.50q: want the id of a commit", head)
	}
	g := &APIRange{repo: r, opts: o, spec: base + ".." + head, head: to, trees: map[pack.ID]pack.ID{}, api: newAPIObjects(ctx, api, o.MaxSize)}
	return g, g.list(base, head)
}

// list asks for the commits of the range.
// https://docs.github.com/en/rest/commits/commits#compare-two-commits
func (g *APIRange) list(base, head string) error {
	for page := 1; ; page++ {
		var answer struct {
			Total     int          `json:"total_commits"`
			Base      toldCommit   `json:"base_commit"`
			MergeBase toldCommit   `json:"merge_base_commit"`
			Commits   []toldCommit `json:"commits"`
		}
		err := g.api.askFor(g.api.path(fmt.Sprintf("compare/%s...%s?per_page=100&page=%d", base, head, page)), &answer)
		if err != nil {
			return fmt.Errorf("which commits lead to %s and not to %s: %w", head, base, err)
		}
		for _, told := range []toldCommit{answer.Base, answer.MergeBase} {
			if c, err := told.read(); err == nil {
				g.trees[c.id] = c.tree
			}
		}
		for _, told := range answer.Commits {
			c, err := told.read()
			if err != nil {
				return err
			}
			g.trees[c.id] = c.tree
			g.commits = append(g.commits, c)
		}
		if g.unnamed = answer.Total - len(g.commits); g.unnamed <= 0 || len(answer.Commits) == 0 {
			return nil
		}
	}
}

// toldCommit is a commit in an answer.
type toldCommit struct {
	SHA    string
	Commit struct {
		Message           string
		Author, Committer apiPerson
		Tree              struct{ SHA string }
	}
	Parents []struct{ SHA string }
}

func (t *toldCommit) read() (c apiCommit, err error) {
	parse := func(sha string) (id pack.ID) {
		id, perr := pack.SHA1.Parse(sha)
		if perr != nil {
			err = &apiError{fmt.Errorf("GitHub's API names an object %.50q", sha), fullFix}
		}
		return id
	}
	c = apiCommit{id: parse(t.SHA), tree: parse(t.Commit.Tree.SHA), author: t.Commit.Author, committer: t.Commit.Committer, message: t.Commit.Message}
	for _, p := range t.Parents {
		c.parents = append(c.parents, parse(p.SHA))
	}
	return c, err
}

// Name says what is read.
func (g *APIRange) Name() string {
	return "git history of " + g.api.api.Name + ", " + g.spec + ", through GitHub's API"
}

// Kind is the kind of its occurrences.
func (g *APIRange) Kind() scanner.Kind { return scanner.InGit }

// Read scans the files that each commit of the range changed, its message, and who
// made it.
func (g *APIRange) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	// A fault costs nothing but a request for the object.
	store, err := g.repo.objects(g.opts.MaxSize, func(pack.Fault) {})
	if err != nil {
		return fmt.Errorf("the object database cannot be opened: %w", err)
	}
	g.api.ctx = ctx
	g.tip = &changes{ctx: ctx, reader: store.Reader(), hash: g.repo.hash, archives: g.opts.Archives, exclude: g.opts.Exclude, scan: scan, cov: cov, elsewhere: g.api.get}
	cov.Count("commits", 0)
	if g.unnamed > 0 {
		cov.Gap(fmt.Sprintf("%d commit(s) of the range", g.unnamed), "GitHub's API counts them and does not name them", fullFix)
	}
	for n := range g.commits {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if left := len(g.commits) - n; g.api.stopped != nil {
			cov.Gap(fmt.Sprintf("%d of the range's %d commits, from %s on", left, len(g.commits), g.repo.hash.Hex(g.commits[n].id)), g.api.stopped.Error(), fixOf(g.api.stopped))
			break
		}
		g.readCommit(int32(n), cov)
	}
	return ctx.Err()
}

func (g *APIRange) readCommit(n int32, cov *scanner.Coverage) {
	c := &g.commits[n]
	cov.Count("commits", 1)
	for _, t := range []struct{ field, text string }{{"author", c.author.String()}, {"committer", c.committer.String()}, {"message", c.message}} {
		g.tip.scan(scanner.Chunk{Text: []byte(t.text), Place: apiText{n, t.field}})
	}
	var before []pack.ID
	for _, p := range c.parents {
		tree, err := g.treeOf(p)
		if err != nil {
			cov.Gap("the files of commit "+g.repo.hash.Hex(c.id), "what it was made on cannot be read: "+err.Error(), fixOf(err))
			return
		}
		before = append(before, tree)
	}
	g.tip.between(n, c.tree, before)
}

// String is a person as in a commit.
func (p apiPerson) String() string { return p.Name + " <" + p.Email + ">" }

// treeOf is the tree of a commit, of the range or beside it.
func (g *APIRange) treeOf(id pack.ID) (pack.ID, error) {
	if tree, ok := g.trees[id]; ok {
		return tree, nil
	}
	var tree pack.ID
	if typ, data, err := g.tip.reader.Get(id); err == nil && typ == pack.Commit {
		tree = parseCommit(data, g.repo.hash).tree
	} else {
		// https://docs.github.com/en/rest/git/commits#get-a-commit-object
		var answer struct{ Tree struct{ SHA string } }
		if err := g.api.askFor(g.api.path("git/commits/"+g.repo.hash.Hex(id)), &answer); err != nil {
			return tree, err
		}
		if tree, err = g.repo.hash.Parse(answer.Tree.SHA); err != nil {
			return tree, &apiError{fmt.Errorf("GitHub's API names an object %.50q", answer.Tree.SHA), fullFix}
		}
	}
	g.trees[id] = tree
	return tree, nil
}

// Locate turns the hits that the range adds into occurrences.
func (g *APIRange) Locate(ctx context.Context, hits []scanner.Hit, _ *scanner.Coverage) ([]scanner.Located, error) {
	var out []scanner.Located
	g.api.ctx = ctx
	for _, i := range fresh(hits) {
		p := hits[i].Place.(changePlace)
		occ := p.occurrence(g.repo, &hits[i])
		g.place(&occ, p.commit, p.path)
		occ.InHead = g.tip.holds(g.trees[g.head], hits, p, string(hits[i].Value))
		out = append(out, scanner.Located{Hit: i, Occurrence: occ})
	}
	for i := range hits {
		if t, ok := hits[i].Place.(apiText); ok {
			occ := occurrence(g.repo, &hits[i])
			occ.Field = t.field
			g.place(&occ, t.commit, "")
			out = append(out, scanner.Located{Hit: i, Occurrence: occ})
		}
	}
	return out, nil
}

// place fills in what a commit says.
func (g *APIRange) place(occ *scanner.Occurrence, commit int32, path string) {
	c := &g.commits[commit]
	occ.Commit, occ.Ref = g.repo.hash.Hex(c.id), g.spec
	occ.Author, occ.Email, occ.Date = c.author.Name, c.author.Email, c.author.Date.UTC()
	occ.Link = webLink(g.repo.web, occ.Commit, path, occ.StartLine)
}
