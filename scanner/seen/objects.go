package seen

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"

	"github.com/leakguard/leakguard/scanner/database"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

// Objects remembers which git objects were read whole under a ruleset and held nothing,
// for all repositories together. It is a plain table of names: an object that was not
// added is never taken for one that was. It is safe for concurrent use, also by several
// processes.
//
// A ruleset is named by all that decides what is found in an object: Engine.Hash, the
// limits of size and of archives, and the version of the program.
type Objects struct {
	db    *database.DB
	names string // the parameter of a batch's names, with its type where it has to be told
}

//go:embed migrations/*.sql
var migrations embed.FS

const (
	// latest is the number of the last migration.
	latest = 1
	// migrating is the lock under which the tables are brought up to date.
	migrating = 0x1ea46_5ee0
	// most is how many names a statement is about.
	most = 4096
)

// OpenObjects is the memory in an open database, with its tables brought up to date.
func OpenObjects(ctx context.Context, db *database.DB) (*Objects, error) {
	o := &Objects{db: db, names: "?"}
	if db.Postgres() {
		o.names = "?::bytea"
	}
	files, err := fs.Sub(migrations, "migrations")
	if err == nil {
		err = db.Migrate(ctx, "seen", files, latest, migrating)
	}
	if err != nil {
		return nil, fmt.Errorf("the memory of objects cannot be opened: %w", database.Concealed(err))
	}
	return o, nil
}

// Clean says which of the objects were added under the ruleset.
func (o *Objects) Clean(ctx context.Context, ruleset string, ids []pack.ID) (func(pack.ID) bool, error) {
	clean := map[pack.ID]bool{}
	err := o.db.Read(ctx, func(tx *database.Tx) error {
		var number int64
		err := tx.Row("SELECT number FROM seen_ruleset WHERE name = ?", ruleset).Scan(&number)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		for b := range batches(ids) {
			if err := o.ask(tx, number, b, clean); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("asking which objects were read before: %w", database.Concealed(err))
	}
	return func(id pack.ID) bool { return clean[id] }, nil
}

// numbers are the numbers of a batch's names, from 0.
const numbers = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?) "

// ask marks those of the batch that were added.
func (o *Objects) ask(tx *database.Tx, ruleset int64, b batch, clean map[pack.ID]bool) error {
	query := numbers + "SELECT i FROM n WHERE EXISTS (SELECT 1 FROM seen_object WHERE ruleset = ? AND id = substr(" + o.names + ", i * ? + 1, ?))"
	return tx.Each(query, []any{len(b.ids), ruleset, b.names(), b.width, b.width}, func(scan func(...any) error) error {
		var i int
		if err := scan(&i); err != nil {
			return err
		}
		clean[b.ids[i]] = true
		return nil
	})
}

// Add records that the objects were read whole under the ruleset and held nothing. Once
// it returns without an error, a kill of the process does not lose them; with one, none
// was added.
func (o *Objects) Add(ctx context.Context, ruleset string, ids []pack.ID) error {
	err := o.db.Write(ctx, 0, func(tx *database.Tx) error {
		number, err := o.intern(tx, ruleset)
		if err != nil {
			return err
		}
		query := "INSERT INTO seen_object (ruleset, id) " + numbers +
			"SELECT ?, substr(" + o.names + ", i * ? + 1, ?) FROM n WHERE TRUE ORDER BY i ON CONFLICT DO NOTHING"
		for b := range batches(ids) {
			if err := tx.Exec(query, len(b.ids), number, b.names(), b.width, b.width); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("remembering which objects were read: %w", database.Concealed(err))
	}
	return nil
}

// intern is the number of a ruleset, which stays its number until tx ends.
func (o *Objects) intern(tx *database.Tx, ruleset string) (number int64, err error) {
	query := "SELECT number FROM seen_ruleset WHERE name = ?"
	if o.db.Postgres() {
		query += " FOR KEY SHARE" // Forget waits for it
	}
	err = tx.Row(query, ruleset).Scan(&number)
	if !errors.Is(err, sql.ErrNoRows) {
		return number, err
	}
	if err := tx.Exec("INSERT INTO seen_ruleset (name) VALUES (?) ON CONFLICT DO NOTHING", ruleset); err != nil {
		return 0, err
	}
	return number, tx.Row(query, ruleset).Scan(&number)
}

// Forget deletes what was added under rulesets other than those of keep. Where it is
// ended before it is done, the next one goes on.
func (o *Objects) Forget(ctx context.Context, keep []string) error {
	var gone []int64
	err := o.db.Write(ctx, migrating, func(tx *database.Tx) (err error) {
		gone, err = retire(tx, keep)
		return err
	})
	for _, number := range gone {
		for more := err == nil; more && err == nil; {
			more, err = o.deleteSome(ctx, number)
		}
	}
	if err != nil {
		return fmt.Errorf("forgetting objects of older rulesets: %w", database.Concealed(err))
	}
	return nil
}

// retire takes their names from the rulesets that are not to be kept, so that nothing is
// found or added under them any more, and lists all that have none.
func retire(tx *database.Tx, keep []string) (gone []int64, err error) {
	err = tx.Each("SELECT number, name FROM seen_ruleset", nil, func(scan func(...any) error) error {
		var number int64
		var name sql.NullString
		if err := scan(&number, &name); err != nil {
			return err
		}
		if !name.Valid || !slices.Contains(keep, name.String) {
			gone = append(gone, number)
		}
		return nil
	})
	for _, number := range gone {
		if err == nil {
			err = tx.Exec("UPDATE seen_ruleset SET name = NULL WHERE number = ?", number)
		}
	}
	return gone, err
}

// deleteSome deletes some objects of a ruleset without a name, so that no other writer
// waits for long, and at the end the ruleset itself.
func (o *Objects) deleteSome(ctx context.Context, number int64) (more bool, err error) {
	err = o.db.Write(ctx, 0, func(tx *database.Tx) error {
		query := "DELETE FROM seen_object WHERE ruleset = ? AND id IN (SELECT id FROM seen_object WHERE ruleset = ? LIMIT ?) RETURNING 1"
		err := tx.Each(query, []any{number, number, 4 * most}, func(func(...any) error) error {
			more = true
			return nil
		})
		if err == nil && !more {
			err = tx.Exec("DELETE FROM seen_ruleset WHERE number = ?", number)
		}
		return err
	})
	return more, err
}

// batch is as many objects as one statement is about, all with names of one width.
type batch struct {
	ids   []pack.ID
	width int // of a name, in bytes
}

// batches cuts ids into batches in the order of names: writers that add the same objects
// in one order do not lock one another out.
func batches(ids []pack.ID) iter.Seq[batch] {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b pack.ID) int { return cmp.Or(cmp.Compare(width(a), width(b)), bytes.Compare(a[:], b[:])) })
	return func(yield func(batch) bool) {
		for rest := ids; len(rest) > 0; {
			b := batch{width: width(rest[0])}
			n := 1
			for n < min(most, len(rest)) && width(rest[n]) == b.width {
				n++
			}
			b.ids, rest = rest[:n], rest[n:]
			if !yield(b) {
				return
			}
		}
	}
}

// names are the names one behind the other.
func (b batch) names() []byte {
	all := make([]byte, 0, len(b.ids)*b.width)
	for _, id := range b.ids {
		all = append(all, id[:b.width]...)
	}
	return all
}

// width is how many bytes of id are its name; those behind a SHA-1 are zero.
func width(id pack.ID) int {
	if bytes.Count(id[pack.SHA1:], []byte{0}) == int(pack.SHA256-pack.SHA1) {
		return int(pack.SHA1)
	}
	return int(pack.SHA256)
}
