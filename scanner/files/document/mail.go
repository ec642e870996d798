package document

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
)

// The library's own errors quote the text, in which a secret may stand.
var (
	errMailHeader = errors.New("its header is malformed")
	errMailParts  = errors.New("its parts are malformed, or the last one is cut off")
)

// mail hands out what is encoded in a mail (RFC 5322, RFC 2045).
func (d *reading) mail() error {
	data, err := d.all()
	if err != nil {
		return err
	}
	return d.message("", data, 0)
}

// mailbox hands out what is encoded in each mail of a mailbox (RFC 4155).
func (d *reading) mailbox() error {
	data, err := d.all()
	if err != nil {
		return err
	}
	for n := 1; len(data) > 0; n++ {
		end := nextMail(data)
		_, message, _ := bytes.Cut(data[:end], []byte("\n")) // the "From " line
		if err := d.message(fmt.Sprintf("message %d, ", n), message, 0); err != nil {
			return err
		}
		data = data[end:]
	}
	return nil
}

// nextMail is where in a mailbox the mail ends with which data begins: at the
// next line that begins with "From " and has an empty one before it.
func nextMail(data []byte) int {
	for at := 0; ; {
		n := bytes.Index(data[at:], []byte("\nFrom "))
		if n < 0 {
			return len(data)
		}
		at += n + 1
		before := bytes.TrimSuffix(data[:at-1], []byte("\r"))
		if bytes.HasSuffix(before, []byte("\n")) {
			return at
		}
	}
}

// message hands out one mail, the names of whose parts begin with prefix.
func (d *reading) message(prefix string, data []byte, depth int) error {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return d.miss(prefix+"header", errMailHeader)
	}
	if err := d.hand(prefix+"header", encodedWords(m.Header)); err != nil {
		return err
	}
	return d.entity(prefix, "body", textproto.MIMEHeader(m.Header), m.Body, depth)
}

// encodedWords are the header fields that hold encoded words (RFC 2047), decoded.
func encodedWords(h mail.Header) []byte {
	decoder := mime.WordDecoder{CharsetReader: func(_ string, in io.Reader) (io.Reader, error) { return in, nil }}
	var lines []string
	for name, values := range h {
		for _, v := range values {
			if decoded, err := decoder.DecodeHeader(v); err == nil && decoded != v {
				lines = append(lines, name+": "+decoded+"\n")
			}
		}
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, ""))
}

// entity hands out one body of a mail, or those that it is made of. The name of
// each is prefix and number, which is "body" or "part 2.1".
func (d *reading) entity(prefix, number string, h textproto.MIMEHeader, body io.Reader, depth int) error {
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		media, params = "text/plain", nil
	}
	name := prefix + number
	if file := fileName(h, params); file != "" {
		name += " (" + file + ")"
	}
	switch {
	case depth > maxDepth:
		return d.miss(name, Limit(fmt.Sprintf("mails are read %d parts deep", maxDepth)))
	case media == "multipart/encrypted": // RFC 1847
		return d.miss(name, ErrEncrypted)
	case strings.HasPrefix(media, "multipart/") && params["boundary"] != "":
		return d.entities(prefix, number, multipart.NewReader(body, params["boundary"]), depth)
	}
	raw, err := io.ReadAll(body)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) { // a mail that is cut off holds no more
		return d.miss(name, errMailParts)
	}
	text, err := d.decodeBody(h.Get("Content-Transfer-Encoding"), raw)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		if err := d.miss(name, err); err != nil {
			return err
		}
	}
	if media == "message/rfc822" {
		return d.message(name+", ", text, depth+1)
	}
	if bytes.Equal(text, raw) {
		return nil // the document shows it itself
	}
	return d.hand(name, text)
}

// entities hands out the bodies of a multipart body.
func (d *reading) entities(prefix, number string, r *multipart.Reader, depth int) error {
	for n := 1; ; n++ {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return d.miss(prefix+number, errMailParts)
		}
		child := fmt.Sprintf("part %d", n)
		if outer, ok := strings.CutPrefix(number, "part "); ok {
			child = fmt.Sprintf("part %s.%d", outer, n)
		}
		if err := d.entity(prefix, child, p.Header, p, depth+1); err != nil {
			return err
		}
	}
}

// fileName is the name of an attached file.
func fileName(h textproto.MIMEHeader, contentType map[string]string) string {
	if _, params, err := mime.ParseMediaType(h.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return params["filename"]
	}
	return contentType["name"]
}

// decodeBody undoes a transfer encoding (RFC 2045, 6). With an error comes what
// was decoded until then.
func (d *reading) decodeBody(encoding string, raw []byte) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return d.unpack(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(bytes.ReplaceAll(raw, []byte(" "), nil))))
	case "quoted-printable":
		return d.unpack(quotedprintable.NewReader(bytes.NewReader(raw)))
	}
	return raw, nil
}
