package buildlog

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// CircleCI is the output of one step, as the output_url of the v1.1 API gives it
// (circleci.com/docs/api/v1, "Single job"): a JSON array of
//
//	{"message": "text\r\n", "time": "2026-10-09T17:23:05.000Z", "type": "out", "truncated": false}
//
// The log is the messages one behind the other, and lines are counted in that, as
// in the viewer. Output that was saved as text is read as it is. The names of job
// and step are not in it.
var CircleCI = Format{
	Name:    "circleci",
	Summary: "CircleCI",
	Signs:   circleSigns,
	Open:    func(r io.Reader) io.Reader { return &circleReader{raw: bufio.NewReader(r)} },
	New:     func() Lines { return plainLines{} },
}

// message is an element of the array.
type message struct {
	Message   string `json:"message"`
	Time      string `json:"time"`
	Type      string `json:"type"`
	Truncated bool   `json:"truncated"`
}

// circleSigns makes an array of messages beat every other format: what its
// messages say is no sign. Objects with other fields are not CircleCI's.
func circleSigns(head []byte) int {
	if !beginsArray(head) {
		return 0
	}
	d := strictDecoder(bytes.NewReader(head))
	d.Token()
	var m message
	err := d.Decode(&m)
	whole := err == nil && m.Time != "" && m.Type != ""
	longer := err == io.ErrUnexpectedEOF && bytes.Contains(head[:min(len(head), 100)], []byte(`"message"`))
	if whole || longer {
		return len(head)
	}
	return 0
}

// strictDecoder reads no field that a message does not have, for it would be
// lost.
func strictDecoder(r io.Reader) *json.Decoder {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	return d
}

// beginsArray reports whether JSON's "[" and "{" or "]" come first.
func beginsArray(head []byte) bool {
	const space = " \t\r\n"
	rest, ok := bytes.CutPrefix(bytes.TrimLeft(head, space), []byte("["))
	rest = bytes.TrimLeft(rest, space)
	return ok && len(rest) > 0 && (rest[0] == '{' || rest[0] == ']')
}

// maxMessage bounds the JSON of a single message, in bytes, since it is held
// whole.
const maxMessage = 8 << 20

// circleReader reads the text of an array of messages.
type circleReader struct {
	raw     *bufio.Reader
	json    *json.Decoder // nil until the first Read
	allow   allowance
	message string // what of the last message was not read yet
	cut     bool   // CircleCI did not keep all
	plain   bool   // raw is the text itself
	err     error
}

func (c *circleReader) Read(p []byte) (int, error) {
	if c.json == nil && !c.plain {
		c.begin()
	}
	if c.plain {
		return c.raw.Read(p)
	}
	for c.message == "" && c.err == nil {
		c.err = c.next()
	}
	n := copy(p, c.message)
	c.message = c.message[n:]
	if n == 0 && len(p) > 0 {
		return 0, c.err
	}
	return n, nil
}

// begin finds out whether an array begins here.
func (c *circleReader) begin() {
	head, _ := c.raw.Peek(c.raw.Size())
	if !beginsArray(head) {
		c.plain = true
		return
	}
	c.allow = allowance{r: c.raw, left: maxMessage}
	c.json = strictDecoder(&c.allow)
	if _, err := c.json.Token(); err != nil {
		c.err = c.broken(err)
	}
}

// next reads one message, or to the end. Steps that were put in one file are one
// array behind the other.
func (c *circleReader) next() error {
	c.allow.left = maxMessage
	for !c.json.More() {
		if _, err := c.json.Token(); err != nil { // the end of the array
			return c.broken(err)
		}
		switch begin, err := c.json.Token(); {
		case err == io.EOF && c.cut:
			return errCircleCut{}
		case err == io.EOF:
			return io.EOF
		case err != nil:
			return c.broken(err)
		case begin != json.Delim('['):
			return errNotCircle{c.json.InputOffset()}
		}
	}
	var m message
	if err := c.json.Decode(&m); err != nil {
		return c.broken(err)
	}
	c.message = m.Message
	c.cut = c.cut || m.Truncated
	return nil
}

// broken says where the JSON ends being what it should be. The decoder's own
// errors may quote the text, and only those of reading are shown.
func (c *circleReader) broken(err error) error {
	at := c.json.InputOffset()
	switch {
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	case err != io.ErrUnexpectedEOF && c.allow.err == nil:
		return errNotCircle{at}
	}
	return fmt.Errorf("message at byte %d: %w", at, err)
}

// errNotCircle is the error of an array of something else.
type errNotCircle struct{ at int64 }

func (e errNotCircle) Error() string {
	return fmt.Sprintf("at byte %d it is no array of CircleCI's messages", e.at)
}

func (errNotCircle) Fix() string { return "scan it with --ci plain" }

// errCircleCut is the error of an output that CircleCI did not keep whole.
type errCircleCut struct{}

func (errCircleCut) Error() string { return "CircleCI cut off the output of this step" }

func (errCircleCut) Fix() string {
	return "have the step write its output to a file, keep that as an artifact, and scan it"
}

// allowance reads until more than left bytes were asked for.
type allowance struct {
	r    io.Reader
	left int
	err  error // why there is no more, but for the end
}

func (a *allowance) Read(p []byte) (n int, err error) {
	if a.left <= 0 {
		err = fmt.Errorf("it is longer than %d MiB", maxMessage>>20)
	} else {
		n, err = a.r.Read(p[:min(len(p), a.left)])
		a.left -= n
	}
	if err != nil && err != io.EOF {
		a.err = err
	}
	return n, err
}
