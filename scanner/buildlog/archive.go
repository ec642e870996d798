package buildlog

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
)

const (
	// maxHeld is the largest archive or document, in bytes, that is held in memory:
	// all but a zip file, and those in a zip file or in standard input.
	maxHeld = 64 << 20

	// maxDirectory is how much is read, in bytes, to list the members of a zip.
	maxDirectory = 16 << 20

	// freeBytes may come out of an archive at any ratio.
	freeBytes = 32 << 20

	fixUnpack = "unpack it and scan the folder"
	fixDamage = "download it anew"
)

// archive reads the logs in an archive. l names it.
func (r *reading) archive(in io.ReaderAt, size int64, l Log) {
	head := make([]byte, 4)
	in.ReadAt(head, 0)
	whole := io.NewSectionReader(in, 0, size)
	if string(head[:2]) != "PK" {
		r.held(whole, l)
		return
	}
	if err := r.zip(whole, l); err != nil {
		r.cov.Gap(l.Path, "it is damaged: "+err.Error(), fixDamage)
	}
}

// held reads the logs in an archive that is to be held in memory.
func (r *reading) held(in io.Reader, l Log) {
	data, err := io.ReadAll(io.LimitReader(in, maxHeld+1))
	switch {
	case err != nil:
		r.note(err, l.Path)
	case len(data) > maxHeld:
		r.cov.Gap(l.Path, fmt.Sprintf("it is an archive of more than %d MiB and no zip file of its own", maxHeld>>20), fixUnpack)
	case string(data[:2]) == "PK":
		r.archive(bytes.NewReader(data), int64(len(data)), l)
	default:
		r.unpack(data, l)
	}
}

// document reads the log in, and what it holds beside its bytes because it is a
// document. The error is what kept it from being read to its end.
func (r *reading) document(in io.Reader, l Log) error {
	data, err := io.ReadAll(io.LimitReader(in, maxHeld+1))
	if again := r.log(io.MultiReader(bytes.NewReader(data), in), l); again != nil || err != nil {
		return cmp.Or(err, again)
	}
	if len(data) > maxHeld {
		r.cov.Gap(l.Path, fmt.Sprintf("it is a document of more than %d MiB; it was read as it stands", maxHeld>>20), "open it and look for credentials in it")
		return nil
	}
	r.unpack(data, l)
	return nil
}

// unpack reads the logs in an archive of any format, and in those nested in it,
// and the parts of a document.
func (r *reading) unpack(data []byte, l Log) {
	m := &members{reading: r, archive: l}
	files.Unpack(r.ctx, l.Path, data, r.opts.Archives, m.emit, r.cov)
	m.end()
}

// zip reads the logs in a zip file, of whatever size.
func (r *reading) zip(in *io.SectionReader, l Log) error {
	directory := &capped{r: in, left: maxDirectory}
	z, err := zip.NewReader(directory, in.Size())
	if err != nil {
		return err
	}
	directory.left = math.MaxInt64 // of the members
	paths := make([]string, 0, len(z.File))
	for _, f := range z.File {
		paths = append(paths, memberName(f.Name))
	}
	repeated := r.repeated(paths)
	b := &budget{limits: r.opts.Archives, in: in.Size()}
	for i, f := range z.File {
		if r.ctx.Err() != nil {
			return nil
		}
		if strings.HasSuffix(f.Name, "/") || repeated[paths[i]] {
			continue
		}
		if err := b.admit(); err != nil {
			r.cov.Gap(l.Path, err.Error(), fixUnpack)
			return nil
		}
		log := l
		log.Path = l.Path + "!" + paths[i]
		err := r.member(f, b, log)
		var limit limitError
		if errors.As(err, &limit) {
			r.cov.Gap(l.Path, limit.Error(), fixUnpack)
			return nil
		}
		if err != nil && r.ctx.Err() == nil {
			r.cov.Gap(log.Path, err.Error(), fixOf(err))
		}
	}
	return nil
}

// flagEncrypted is a zip member's, as PKWARE's APPNOTE.TXT (4.4.4) has it.
const flagEncrypted = 1

var errEncrypted = errors.New("it is encrypted")

// limitError says which limit of the archive as a whole is reached.
type limitError string

func (l limitError) Error() string { return string(l) + "; the rest was not read" }

func fixOf(err error) string {
	switch {
	case errors.Is(err, errEncrypted):
		return "decrypt it, unpack it and scan the folder"
	case errors.Is(err, zip.ErrAlgorithm):
		return fixUnpack
	}
	return fixDamage
}

// member reads one member of a zip file.
func (r *reading) member(f *zip.File, b *budget, l Log) error {
	if f.Flags&flagEncrypted != 0 {
		return errEncrypted
	}
	member, err := f.Open()
	if err != nil {
		return fmt.Errorf("it cannot be unpacked: %w", err)
	}
	defer member.Close()
	in := &metered{member, b}
	head := make([]byte, files.HeadSize)
	n, err := io.ReadFull(in, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return fmt.Errorf("it is damaged: %w", err)
	}
	all := io.MultiReader(bytes.NewReader(head[:n]), in)
	content := files.ContentOf(head[:n], l.Path)
	if content.Archive() {
		data, err := io.ReadAll(io.LimitReader(all, maxHeld+1))
		if err == nil && len(data) > maxHeld {
			err = fmt.Errorf("it is an archive of more than %d MiB in another one", maxHeld>>20)
		}
		if err != nil {
			return err
		}
		r.unpack(data, l)
		return nil
	}
	read := r.log
	if content.Packed() {
		read = r.document
	}
	if err := read(all, l); err != nil {
		return fmt.Errorf("it could not be read to its end: %w", err)
	}
	return nil
}

// memberName is the name of a zip member, as a path that leads nowhere else.
func memberName(name string) string {
	var parts []string
	for _, part := range strings.FieldsFunc(name, func(c rune) bool { return c == '/' || c == '\\' }) {
		if part != "." && part != ".." {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/")
}

// budget is what a zip file may cost still.
type budget struct {
	limits  files.Limits
	in      int64 // its size
	out     int64 // bytes that came out of it
	members int
}

func (b *budget) admit() error {
	if b.members == b.limits.Members {
		return limitError(fmt.Sprintf("it has more than %d members", b.limits.Members))
	}
	b.members++
	return nil
}

// metered is what comes out of a zip file.
type metered struct {
	r io.Reader
	*budget
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.out += int64(n)
	switch {
	case m.out > m.limits.Bytes:
		err = limitError(fmt.Sprintf("more than %d bytes came out of it", m.limits.Bytes))
	case m.out-freeBytes > m.limits.Ratio*m.in:
		err = limitError(fmt.Sprintf("it holds more than %d times its own size", m.limits.Ratio))
	}
	return n, err
}

// capped is a file of which only so much may be read: zip.NewReader keeps all of
// the directory in memory, however long it is.
type capped struct {
	r    io.ReaderAt
	left int64
}

func (c *capped) ReadAt(p []byte, at int64) (int, error) {
	if c.left -= int64(len(p)); c.left < 0 {
		return 0, fmt.Errorf("its directory has more than %d MiB", maxDirectory>>20)
	}
	return c.r.ReadAt(p, at)
}

// members turns what files.Unpack hands out, a member's text in windows that
// overlap, into one log a member.
type members struct {
	*reading
	archive Log

	path          string // of the member under way
	lines, column int    // where its text goes on
	in            *io.PipeWriter
	done          chan error
}

func (m *members) emit(c scanner.Chunk) {
	if m.in == nil || c.Path != m.path || c.Lines == 0 && c.Column == 0 {
		m.end()
		m.begin(c.Path)
	}
	text := c.Text[m.known(&c):]
	m.lines, m.column = advance(text, m.lines, m.column)
	m.in.Write(text) // an error is the log's own
}

func (m *members) begin(path string) {
	m.path, m.lines, m.column = path, 0, 0
	out, in := io.Pipe()
	m.in, m.done = in, make(chan error, 1)
	l := m.archive
	l.Path = path
	go func() {
		err := m.log(out, l)
		out.CloseWithError(io.ErrClosedPipe)
		m.done <- err
	}()
}

// end waits for the member under way, if there is one.
func (m *members) end() {
	if m.in == nil {
		return
	}
	m.in.Close()
	m.note(<-m.done, m.path)
	m.in = nil
}

// known is how much of a window was in the one before.
func (m *members) known(c *scanner.Chunk) int {
	at, column := 0, c.Column
	for range m.lines - c.Lines {
		at += bytes.IndexByte(c.Text[at:], '\n') + 1
		column = 0
	}
	for ; column < m.column && at < len(c.Text); column++ {
		_, n := utf8.DecodeRune(c.Text[at:])
		at += n
	}
	return at
}

// advance moves a position over text.
func advance(text []byte, lines, column int) (int, int) {
	i := bytes.LastIndexByte(text, '\n')
	if i < 0 {
		return lines, column + utf8.RuneCount(text)
	}
	return lines + bytes.Count(text, []byte{'\n'}), utf8.RuneCount(text[i+1:])
}
