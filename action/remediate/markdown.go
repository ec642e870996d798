package remediate

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Markdown keeps issues as files of a folder, ID.md for the secret with that id, for
// those who have no tracker or bring the files to one by themselves. docs/trackers.md
// shows such a file.
//
// People may edit the files. What they write stays, also keys of their own in the
// front matter; what is not theirs to write is our part of the body.
type Markdown struct {
	dir string
	now func() time.Time
}

// NewMarkdown returns the tracker of a folder, which is made when it is needed.
func NewMarkdown(dir string) *Markdown { return &Markdown{dir: dir, now: time.Now} }

// frontMatter is what stands in YAML at the head of a file.
type frontMatter struct {
	Title     string   `yaml:"title"`
	Project   string   `yaml:"project"`
	State     string   `yaml:"state"` // open or closed
	Labels    []string `yaml:"labels"`
	Assignees []string `yaml:"assignees"`
}

const (
	maxMarkdown = 4 << 20 // bytes of a file
	history     = "## History"
)

// Name implements Tracker.
func (m *Markdown) Name() string { return "markdown" }

// List implements Tracker. A file is known by its name, and belongs to the project
// that its front matter names, or to any if it names none.
func (m *Markdown) List(_ context.Context, project string) ([]Ticket, error) {
	entries, err := os.ReadDir(m.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var all []Ticket
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".md")
		if !ok || !isID(id) {
			continue
		}
		t, _, err := m.read(id)
		if err != nil {
			return nil, err
		}
		if t.Project == "" || t.Project == project {
			t.Project = project
			all = append(all, t)
		}
	}
	return all, nil
}

// Create implements Tracker. A file that is there already, of whatever project, is
// updated and opened.
func (m *Markdown) Create(_ context.Context, project string, d Draft) (Ticket, error) {
	return m.change(d.ID, true, func(now Ticket) Ticket {
		now.Project, now.Open = project, true
		return d.onto(now)
	})
}

// Update implements Tracker.
func (m *Markdown) Update(_ context.Context, t Ticket, d Draft) (Ticket, error) {
	return m.change(t.ID, false, func(now Ticket) Ticket {
		now.Project = cmp.Or(now.Project, t.Project)
		return d.onto(now)
	})
}

// Comment adds to the end of the file, under a heading "History".
func (m *Markdown) Comment(_ context.Context, t Ticket, body string) error {
	_, err := m.change(t.ID, false, func(now Ticket) Ticket {
		if !strings.Contains("\n"+now.Body+"\n", "\n"+history+"\n") {
			now.Body += "\n\n" + history
		}
		now.Body += "\n\n### " + moment(m.now()) + "\n\n" + strings.TrimSpace(body)
		return now
	})
	return err
}

// SetOpen implements Tracker.
func (m *Markdown) SetOpen(_ context.Context, t Ticket, open bool) error {
	_, err := m.change(t.ID, false, func(now Ticket) Ticket {
		now.Open = open
		return now
	})
	return err
}

// Project implements Tracker. Whatever the project, its issues are in the folder,
// which is not public.
func (m *Markdown) Project(_ context.Context, project string) (Project, error) {
	return Project{Name: project}, nil
}

// Assignable returns all logins: a file can name anybody.
func (m *Markdown) Assignable(_ context.Context, _ string, logins []string) ([]string, error) {
	return logins, nil
}

// isID reports whether an id is one that can be the name of a file.
func isID(id string) bool {
	hex, ok := strings.CutPrefix(id, "lgk1-")
	return ok && hex != "" && len(hex) <= 64 && strings.Trim(hex, "0123456789abcdef") == ""
}

func (m *Markdown) path(id string) string { return filepath.Join(m.dir, id+".md") }

// change writes what do makes of an issue, if it makes a difference. Without a file it
// is an error, or with create an empty issue.
func (m *Markdown) change(id string, create bool, do func(now Ticket) Ticket) (Ticket, error) {
	if !isID(id) {
		return Ticket{}, fmt.Errorf("%q is no id of a secret in a ledger", id)
	}
	now, meta, err := m.read(id)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err != nil && !(isNew && create) {
		return Ticket{}, err
	}
	t := do(now)
	t.ID, t.URL = id, filepath.ToSlash(m.path(id))
	if !isNew && t.agrees(now) {
		return t, nil
	}
	return t, m.write(t, meta)
}

// read reads an issue, and the front matter as it is written.
func (m *Markdown) read(id string) (t Ticket, meta *yaml.Node, err error) {
	text, err := readRegular(m.path(id))
	if err != nil {
		return t, nil, err
	}
	text, ok := strings.CutPrefix(strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n"), "---\n")
	head, body, closed := strings.Cut(text, "\n---\n")
	if !ok || !closed {
		return t, nil, fmt.Errorf("%s: want front matter at its head: YAML between two lines ---", m.path(id))
	}
	var document yaml.Node
	var f frontMatter
	err = yaml.Unmarshal([]byte(head), &document)
	if err == nil && (len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode) {
		err = errors.New("want keys and values")
	}
	if err == nil {
		err = document.Decode(&f)
	}
	if err == nil && f.State != "open" && f.State != "closed" {
		err = fmt.Errorf("state %q: want open or closed", f.State)
	}
	if err != nil {
		return t, nil, fmt.Errorf("%s: front matter: %w", m.path(id), err)
	}
	return Ticket{
		ID: id, Project: f.Project, URL: filepath.ToSlash(m.path(id)), Title: f.Title, Body: strings.Trim(body, "\n"),
		Open: f.State == "open", Labels: f.Labels, Assignees: f.Assignees,
	}, document.Content[0], nil
}

// readRegular reads a file that is neither a link, which could lead anywhere, nor
// anything else but a file.
func readRegular(name string) (string, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is no regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxMarkdown+1))
	if err == nil && len(data) > maxMarkdown {
		err = fmt.Errorf("%s is larger than %d bytes", name, maxMarkdown)
	}
	return string(data), err
}

// write writes an issue: a reader sees the file as it was, or as it is.
func (m *Markdown) write(t Ticket, meta *yaml.Node) error {
	f := frontMatter{t.Title, t.Project, "open", t.Labels, t.Assignees}
	if !t.Open {
		f.State = "closed"
	}
	head, err := f.over(meta)
	if err != nil {
		return fmt.Errorf("%s: front matter: %w", m.path(t.ID), err)
	}
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return err
	}
	name := m.path(t.ID)
	mode := fs.FileMode(0o600)
	if info, err := os.Lstat(name); err == nil {
		mode = info.Mode().Perm()
	}
	tmp := filepath.Join(m.dir, "."+t.ID+"-"+rand.Text()+".tmp")
	file, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer os.Remove(tmp) // gone, if it was renamed
	_, err = fmt.Fprintf(file, "---\n%s---\n\n%s\n", head, t.Body)
	if err := errors.Join(err, file.Chmod(mode), file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, name)
}

// over is front matter with its values in place of those that are there. Other keys,
// their order and comments stay.
func (f frontMatter) over(meta *yaml.Node) ([]byte, error) {
	var own yaml.Node
	if err := own.Encode(f); err != nil {
		return nil, err
	}
	if meta == nil {
		meta = &yaml.Node{Kind: yaml.MappingNode}
	}
	for i := 0; i < len(own.Content); i += 2 {
		setKey(meta, own.Content[i], own.Content[i+1])
	}
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	err := errors.Join(enc.Encode(meta), enc.Close())
	return b.Bytes(), err
}

func setKey(mapping, key, value *yaml.Node) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key.Value {
			value.LineComment = mapping.Content[i+1].LineComment
			mapping.Content[i+1] = value
			return
		}
	}
	mapping.Content = append(mapping.Content, key, value)
}
