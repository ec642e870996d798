package label

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/leakguard/leakguard/detectors/generic"
)

// FileName is the usual name of a set, beside the config file.
const FileName = ".leakguard.labels.json"

// version of the format that Read knows and Write writes.
const version = 1

// maxFile bounds a set that is read, in bytes: some ten thousand labels.
const maxFile = 16 << 20

// Set is what was judged so far, by ID.
type Set map[string]Label

// file is a set as it is written.
type file struct {
	Version int     `json:"version"`
	Labels  []Label `json:"labels"`
}

// ReadFile reads a set; one that is not there is empty. Errors name the file.
func ReadFile(path string) (Set, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Set{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	s, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func parse(data []byte) (Set, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("more than %d bytes", maxFile)
	}
	var f file
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("no set of labels: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("no set of labels: something follows it")
	}
	if f.Version != version {
		return nil, fmt.Errorf("version %d of the format, want %d", f.Version, version)
	}
	s, known := Set{}, generic.EvidenceNames()
	for i := range f.Labels {
		if err := f.Labels[i].check(known); err != nil {
			return nil, fmt.Errorf("label %d: %w", i+1, err)
		}
		s.Add(f.Labels[i])
	}
	return s, nil
}

// Add adds a label. One on the same evidence is replaced and returned.
func (s Set) Add(l Label) (before Label, replaced bool) {
	id := l.ID()
	before, replaced = s[id]
	s[id] = l
	return before, replaced
}

// IDs lists the set by date.
func (s Set) IDs() []string {
	return slices.SortedFunc(maps.Keys(s), func(a, b string) int {
		return cmp.Or(cmp.Compare(s[a].Date, s[b].Date), cmp.Compare(a, b))
	})
}

// Write writes the set, a label a line, so that versions of it can be compared and
// merged.
func (s Set) Write(w io.Writer) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\"version\": %d, \"labels\": [", version)
	for i, id := range s.IDs() {
		line, err := json.Marshal(s[id])
		if err != nil {
			return err
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
		out.Write(line)
	}
	out.WriteString("\n]}\n")
	_, err := w.Write(out.Bytes())
	return err
}
