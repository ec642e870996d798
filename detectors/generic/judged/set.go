package judged

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// Set is what was judged so far, in the order of date and ID.
type Set struct{ Labels []Label }

// file is a set as it is written.
type file struct {
	Version int     `json:"version"`
	Labels  []Label `json:"labels"`
}

// ReadFile reads a set; one that is not there is empty. Errors name the file.
func ReadFile(path string) (*Set, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return new(Set), nil
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

func parse(data []byte) (*Set, error) {
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
	s, known := new(Set), generic.EvidenceNames()
	for i := range f.Labels {
		if err := f.Labels[i].check(known); err != nil {
			return nil, fmt.Errorf("label %d: %w", i+1, err)
		}
		s.Add(f.Labels[i])
	}
	return s, nil
}

// Add adds a label in place of that on the same evidence, which it returns, or nil.
func (s *Set) Add(l Label) (before *Label) {
	id := l.ID()
	if i := slices.IndexFunc(s.Labels, func(old Label) bool { return old.ID() == id }); i >= 0 {
		old := s.Labels[i]
		before = &old
		s.Labels = slices.Delete(s.Labels, i, i+1)
	}
	s.Labels = append(s.Labels, l)
	slices.SortFunc(s.Labels, func(a, b Label) int { return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.ID(), b.ID())) })
	return before
}

// Write writes the set, a label a line, so that versions of it can be compared and
// merged.
func (s *Set) Write(w io.Writer) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\"version\": %d, \"labels\": [", version)
	for i := range s.Labels {
		line, err := json.Marshal(&s.Labels[i])
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
