package scanner

import "context"

// Source is one place where secrets hide: a repository's history, a tree of
// files, the index, standard input, a log.
type Source interface {
	// Name says what is read, for coverage: "git history of /src/app".
	Name() string

	// Kind is the kind of its occurrences.
	Kind() Kind

	// Read hands each text to scan, once, and says in coverage what was read and
	// what could not be. scan may be called from several goroutines at once and
	// returns how many matches the text holds. An error means that the source as
	// a whole could not be read; whatever costs only a part is a gap.
	Read(ctx context.Context, scan func(Chunk) int, cov *Coverage) error

	// Locate finds the occurrences of hits in this source's chunks, all in one
	// batch. A hit may have several occurrences, or none if it is not new.
	Locate(ctx context.Context, hits []Hit, cov *Coverage) ([]Located, error)
}

// Located is an occurrence of one of the hits given to Locate.
type Located struct {
	Hit        int // index into hits
	Occurrence Occurrence
}
