package ledger

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// latest is the number of the last migration.
const latest = 2

// migrate brings the tables up to date, or says that the program is too old for
// them.
func (l *Ledger) migrate(ctx context.Context) error {
	return l.write(ctx, func(tx *tx) error {
		if err := tx.exec("CREATE TABLE IF NOT EXISTS ledger_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)"); err != nil {
			return err
		}
		have := 0
		err := tx.each("SELECT value FROM ledger_meta WHERE name = 'version'", nil, func(scan func(...any) error) error {
			var text string
			if err := scan(&text); err != nil {
				return err
			}
			_, err := fmt.Sscan(text, &have)
			return err
		})
		if err != nil {
			return err
		}
		if have > latest {
			return fmt.Errorf("the ledger has version %d, this program knows %d: use a newer leakguard", have, latest)
		}
		for n := have + 1; n <= latest; n++ {
			if err := l.apply(tx, n); err != nil {
				return fmt.Errorf("migration %d: %w", n, err)
			}
		}
		return tx.exec("INSERT INTO ledger_meta (name, value) VALUES ('version', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", fmt.Sprint(latest))
	})
}

// apply runs one migration: what both databases share, then what each has of its
// own.
func (l *Ledger) apply(tx *tx, n int) error {
	for _, name := range []string{fmt.Sprintf("%04d.sql", n), fmt.Sprintf("%04d.%s.sql", n, l.dialect.name)} {
		text, err := migrations.ReadFile("migrations/" + name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := tx.exec(strings.ReplaceAll(string(text), "{{serial}}", l.dialect.serial)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
