// Package seen remembers what was scanned already, so that a second scan, or one
// that takes up where another was killed, fetches nothing twice.
//
// The state is a file of JSON lines that is only appended to. A process may be
// killed at any moment: what it wrote until then counts, and a last line that is
// not whole is passed over.
package seen

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// State is an open state file. It is safe for concurrent use, and so is the file
// by several processes.
type State struct {
	mu   sync.Mutex
	file *os.File
	done map[key]int // how many matches there were
}

// key is an item read under one set of rules.
type key struct{ id, ruleset string }

// entry is one line of the file.
type entry struct {
	ID      string `json:"id"`      // of what was read, whole
	Ruleset string `json:"ruleset"` // hash of the rules it was read with
	Found   int    `json:"found"`   // matches in it
}

// maxLine bounds a line, in bytes; ours are far shorter.
const maxLine = 64 << 10

// Open reads the state file at path and makes it, with the folders above it, if
// it is not there. Lines that are damaged are passed over.
func Open(path string) (*State, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("state file: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("state file: %w", err)
	}
	s := &State{file: f, done: map[key]int{}}
	if err := s.load(); err != nil {
		f.Close()
		return nil, fmt.Errorf("state file %s: %w", path, err)
	}
	return s, nil
}

// load reads the file, and ends its last line if that was cut off.
func (s *State) load() error {
	r := bufio.NewReaderSize(s.file, maxLine)
	whole := true // whether the line before was ended
	for {
		line, err := r.ReadSlice('\n')
		tooLong := errors.Is(err, bufio.ErrBufferFull)
		if err == nil && whole {
			s.keep(line)
		}
		if len(line) > 0 {
			whole = err == nil
		}
		switch {
		case err == nil, tooLong:
		case err == io.EOF && whole:
			return nil
		case err == io.EOF:
			_, err := s.file.Write([]byte{'\n'})
			return err
		default:
			return err
		}
	}
}

func (s *State) keep(line []byte) {
	var e entry
	if json.Unmarshal(line, &e) == nil && e.ID != "" && e.Ruleset != "" {
		s.done[key{e.ID, e.Ruleset}] = e.Found
	}
}

// Has reports whether id was read whole with that ruleset, and how many matches
// it held.
func (s *State) Has(id, ruleset string) (found int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok = s.done[key{id, ruleset}]
	return found, ok
}

// Add records that id was read whole with that ruleset and held found matches.
// Once it returns, a kill of the process does not lose it.
func (s *State) Add(id, ruleset string, found int) error {
	var line bytes.Buffer
	if err := json.NewEncoder(&line).Encode(entry{id, ruleset, found}); err != nil {
		return fmt.Errorf("state file: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// One write a line: the system appends it whole, also beside other processes.
	if _, err := s.file.Write(line.Bytes()); err != nil {
		return fmt.Errorf("state file: %w", err)
	}
	s.done[key{id, ruleset}] = found
	return nil
}

// Close brings the file to the disk and closes it.
func (s *State) Close() error { return errors.Join(s.file.Sync(), s.file.Close()) }

// DefaultPath is the state file called name in the user's state folder: under
// XDG_STATE_HOME if that is set, else beside their configuration where the
// system has no folder for state.
// https://specifications.freedesktop.org/basedir-spec/latest/
func DefaultPath(name string) (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "leakguard", name), nil
	}
	return systemPath(name)
}
