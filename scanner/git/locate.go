package git

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

// Locate finds for each hit the commit that introduced it, its path and whether
// HEAD still has it.
func (h *History) Locate(ctx context.Context, hits []scanner.Hit, cov *scanner.Coverage) ([]scanner.Located, error) {
	if h.graph == nil || h.graph.owner == nil {
		return h.bare(hits), nil // reading was cut short: the objects are all we know
	}
	l := &locator{h: h, cov: cov, g: h.graph, hits: hits, reader: h.store.Reader(), people: map[int32]*person{}, byBlob: map[uint32][]int{}}
	for i := range hits {
		place := hits[i].Place.(objectPlace)
		if place.typ == pack.Blob {
			l.byBlob[place.ordinal] = append(l.byBlob[place.ordinal], i)
			continue
		}
		l.meta(i, place)
	}
	for _, list := range l.byBlob {
		slices.SortFunc(list, func(a, b int) int {
			x, y := hits[a].Region, hits[b].Region
			return cmp.Or(cmp.Compare(x.StartLine, y.StartLine), cmp.Compare(x.StartColumn, y.StartColumn))
		})
	}
	if len(l.byBlob) > 0 {
		sightings, head, err := h.graph.origins(ctx, h.graph.bitmap(h.hot), h.opts.workers())
		if err != nil {
			return append(l.out, h.bare(hits)...), err
		}
		l.blobs(sightings, head)
	}
	return l.out, nil
}

// bare places hits by their object alone.
func (h *History) bare(hits []scanner.Hit) []scanner.Located {
	var out []scanner.Located
	for i := range hits {
		place := hits[i].Place.(objectPlace)
		occ := occurrence(h.repo, &hits[i])
		occ.Blob = h.store.Hash.Hex(h.store.NameOf(place.ordinal))
		occ.Path = strings.TrimPrefix(place.member, "!")
		out = append(out, scanner.Located{Hit: i, Occurrence: occ})
	}
	return out
}

func occurrence(r *Repository, h *scanner.Hit) scanner.Occurrence {
	return scanner.Occurrence{Kind: scanner.InGit, Repository: r.WebOrRoot(), Region: h.Region, Snippet: h.Snippet, Decoded: h.Decoded}
}

// locator places the hits of one history.
type locator struct {
	h      *History
	cov    *scanner.Coverage
	g      *graph
	hits   []scanner.Hit
	reader *pack.Reader
	people map[int32]*person // authors, by commit
	byBlob map[uint32][]int
	out    []scanner.Located
}

// meta places a hit in a commit or tag object itself.
func (l *locator) meta(i int, place objectPlace) {
	id := l.h.store.NameOf(place.ordinal)
	occ := occurrence(l.h.repo, &l.hits[i])
	_, data, err := l.reader.Get(id)
	if err == nil {
		field, line, skipped := fieldAt(data, occ.StartLine, place.typ == pack.Tag)
		if occ.EndLine == occ.StartLine {
			occ.EndColumn -= skipped
		}
		occ.StartColumn -= skipped
		occ.EndLine += line - occ.StartLine
		occ.StartLine = line
		occ.Field = field
	}
	if place.typ == pack.Tag {
		occ.Commit = l.h.store.Hash.Hex(l.g.peel(id))
		occ.Blob = l.h.store.Hash.Hex(id)
		who := parsePerson(header(data, "tagger"))
		occ.Author, occ.Email, occ.Date = who.name, who.email, who.when
		for _, r := range l.g.refs {
			if r.id == id {
				occ.Ref = r.name
			}
		}
		occ.Unreachable = occ.Ref == "" && !l.tagged(id)
	} else {
		n := l.g.number[id]
		l.commit(&occ, n, l.g.owner[n])
		occ.InHead = l.g.refs != nil && l.g.head != nil && l.g.owner[n] >= 0 && l.g.refs[l.g.owner[n]].name == "HEAD"
		occ.Link = webLink(l.h.repo.web, occ.Commit, "", 0)
	}
	l.emit(i, occ)
}

// tagged reports whether another tag that is named leads to the tag id.
func (l *locator) tagged(id pack.ID) bool {
	for _, r := range l.g.refs {
		at := r.id
		for range 1000 {
			target, ok := l.g.tags[at]
			if !ok {
				break
			}
			if target == id {
				return true
			}
			at = target
		}
	}
	return false
}

// commit fills in what a commit says.
func (l *locator) commit(occ *scanner.Occurrence, n, ref int32) {
	c := &l.g.commits[n]
	occ.Commit = l.h.store.Hash.Hex(c.id)
	who := l.people[n]
	if who == nil {
		who = new(person)
		if _, data, err := l.reader.Get(c.id); err == nil {
			*who = parsePerson(header(data, "author"))
		}
		l.people[n] = who
	}
	occ.Author, occ.Email, occ.Date = who.name, who.email, who.when
	if ref >= 0 {
		occ.Ref = l.g.refs[ref].name
	} else {
		occ.Unreachable = true
	}
}

// emit keeps an occurrence, unless it is unreachable and that was not asked for.
func (l *locator) emit(hit int, occ scanner.Occurrence) {
	switch {
	case occ.Unreachable && !l.h.opts.Unreachable:
		return
	case occ.Path != "" && l.h.opts.Exclude != nil && l.h.opts.Exclude(occ.Path):
		// History is read by object, before paths are known.
		l.cov.Exclude("findings at excluded paths", excludedWhy, excludedFix, 1)
		return
	}
	l.out = append(l.out, scanner.Located{Hit: hit, Occurrence: occ})
}

// secretAt is a secret at a path of the history.
type secretAt struct{ path, value string }

// blobs places the hits in blobs. A secret that stays in a file over many
// versions is one occurrence, at the commit that brought it; if it is pasted once
// more into the same file later, that is another.
func (l *locator) blobs(sightings []sighting, head map[string]uint32) {
	most := map[secretAt]int{}
	inHead := l.stillThere(head)
	placed := map[uint32]bool{}
	for _, s := range sightings {
		placed[s.blob] = true
		perValue := map[secretAt][]int{}
		var keys []secretAt
		for _, i := range l.byBlob[s.blob] {
			k := secretAt{s.path + l.hits[i].Place.(objectPlace).member, string(l.hits[i].Value)}
			if perValue[k] == nil {
				keys = append(keys, k)
			}
			perValue[k] = append(perValue[k], i)
		}
		for _, k := range keys {
			list := perValue[k]
			if len(list) <= most[k] {
				continue
			}
			for _, i := range list[most[k]:] {
				l.emit(i, l.blob(i, s, k.path, inHead[k]))
			}
			most[k] = len(list)
		}
	}
	for blob, list := range l.byBlob {
		if placed[blob] {
			continue
		}
		for _, i := range list {
			occ := l.blob(i, sighting{blob, "", -1, -1}, strings.TrimPrefix(l.hits[i].Place.(objectPlace).member, "!"), false)
			l.emit(i, occ)
		}
	}
}

func (l *locator) blob(i int, s sighting, path string, inHead bool) scanner.Occurrence {
	occ := occurrence(l.h.repo, &l.hits[i])
	occ.Path = path
	occ.Blob = l.h.store.Hash.Hex(l.h.store.NameOf(s.blob))
	occ.InHead = inHead
	switch {
	case s.commit >= 0:
		l.commit(&occ, s.commit, s.ref)
		occ.Link = webLink(l.h.repo.web, occ.Commit, s.path, occ.StartLine)
	case s.ref >= 0:
		occ.Ref = l.g.refs[s.ref].name
	default:
		occ.Unreachable = true
	}
	return occ
}

// stillThere says which secrets HEAD has at which path.
func (l *locator) stillThere(head map[string]uint32) map[secretAt]bool {
	there := map[secretAt]bool{}
	for path, blob := range head {
		for _, i := range l.byBlob[blob] {
			there[secretAt{path + l.hits[i].Place.(objectPlace).member, string(l.hits[i].Value)}] = true
		}
	}
	return there
}
