package git

import (
	"context"
	"errors"
	"fmt"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

// Again reads single objects of a repository once more: those in which an earlier
// scan found something. Their occurrences are the ones of that scan.
type Again struct {
	repo   *Repository
	opts   Options
	places map[string][]scanner.Occurrence // by the object's id in hex
}

// NewAgain returns the source of the objects in which the occurrences lie. Each
// must name a blob or a commit.
func NewAgain(r *Repository, places []scanner.Occurrence, o Options) *Again {
	a := &Again{repo: r, opts: o, places: map[string][]scanner.Occurrence{}}
	for _, p := range places {
		id := p.Blob
		if id == "" {
			id = p.Commit
		}
		a.places[id] = append(a.places[id], p)
	}
	return a
}

// Name says what is read.
func (a *Again) Name() string { return "objects of " + a.repo.Root }

// Kind is the kind of its occurrences.
func (a *Again) Kind() scanner.Kind { return scanner.InGit }

// againPlace is where a chunk of Again comes from.
type againPlace struct{ id string }

func (p againPlace) String() string { return "object " + p.id }

// Read scans the objects, or what they hold if they are archives.
func (a *Again) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	store, err := a.repo.objects(a.opts.MaxSize, func(f pack.Fault) { gapOf(f, cov) })
	if err != nil {
		return fmt.Errorf("the object database cannot be opened: %w", err)
	}
	defer store.Close()
	reader := store.Reader()
	for id := range a.places {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		name := againPlace{id}.String()
		parsed, err := store.Hash.Parse(id)
		if err != nil {
			cov.Gap(name, "it is no object of this repository", "name the repository that the report is of")
			continue
		}
		typ, data, err := reader.Get(parsed)
		if err != nil {
			fix := "run git fsck, and fetch the repository anew"
			if errors.Is(err, pack.ErrMissing) {
				fix = "name the repository that the report is of, or fetch what is missing"
			}
			cov.Gap(name, err.Error(), fix)
			continue
		}
		cov.Count(typ.String()+"s", 1)
		content := files.Content{}
		if typ == pack.Blob {
			content = files.ContentOf(data, "")
		}
		if content.Packed() {
			files.Unpack(ctx, name, data, a.opts.Archives, func(c scanner.Chunk) {
				c.Place, c.Path = againPlace{id}, ""
				scan(c)
			}, cov)
		}
		if content.Plain() {
			scan(scanner.Chunk{Text: data, Place: againPlace{id}})
		}
	}
	return nil
}

// Locate gives each hit the occurrences that the earlier scan had in its object,
// at the line if one lay there.
func (a *Again) Locate(_ context.Context, hits []scanner.Hit, _ *scanner.Coverage) ([]scanner.Located, error) {
	var out []scanner.Located
	for i := range hits {
		h := &hits[i]
		places := a.places[h.Place.(againPlace).id]
		before := len(out)
		for _, p := range places {
			if p.StartLine == h.Region.StartLine {
				p.Region, p.Snippet, p.Decoded = h.Region, h.Snippet, h.Decoded
				out = append(out, scanner.Located{Hit: i, Occurrence: p})
			}
		}
		if len(out) == before {
			p := places[0]
			p.Region, p.Snippet, p.Decoded = h.Region, h.Snippet, h.Decoded
			out = append(out, scanner.Located{Hit: i, Occurrence: p})
		}
	}
	return out, nil
}
