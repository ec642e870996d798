package ledger

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/leakguard/leakguard/scanner/database"
)

// KeyVariable is the environment variable that holds a ledger's key, in
// hexadecimal digits.
const KeyVariable = "LEAKGUARD_LEDGER_KEY"

// LoadKey returns the key of the ledger at dsn: that of the environment, else, of a
// SQLite file, that of the file beside it, which is made if both are new. A
// PostgreSQL ledger is shared, and so its key must be given.
func LoadKey(dsn string, getenv func(string) string) ([]byte, error) {
	if text := getenv(KeyVariable); text != "" {
		return parseKey(KeyVariable, text)
	}
	if database.IsPostgres(dsn) {
		return nil, fmt.Errorf("%s is not set: a ledger in PostgreSQL needs a key of 64 hexadecimal digits, the same for all who use it", KeyVariable)
	}
	name := dsn + ".key"
	data, err := os.ReadFile(name)
	if err == nil {
		return parseKey(name, strings.TrimSpace(string(data)))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if _, err := os.Stat(dsn); err == nil {
		return nil, fmt.Errorf("%s: the key of the ledger is gone; without it no secret in the ledger can be recognised", name)
	}
	return makeKey(name)
}

func parseKey(where, text string) ([]byte, error) {
	key, err := hex.DecodeString(text)
	if err != nil || len(key) < 16 {
		return nil, fmt.Errorf("%s: want at least 32 hexadecimal digits", where)
	}
	return key, nil
}

// makeKey writes a new key, or reads the one that another process wrote meanwhile.
func makeKey(name string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	rand.Read(key)
	tmp, err := os.CreateTemp(filepath.Dir(name), ".key-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(hex.EncodeToString(key) + "\n")
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return nil, err
	}
	// A link, unlike a rename, does not replace another's key.
	if err := os.Link(tmp.Name(), name); err != nil {
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		return parseKey(name, strings.TrimSpace(string(data)))
	}
	return key, nil
}
