package document

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// httpBodies hands out the bodies of HTTP/1 that are chunked or compressed.
func (d *reading) httpBodies(part string, stream []byte) error {
	r := bufio.NewReader(bytes.NewReader(stream))
	for n := 1; ; n++ {
		h, body, err := nextHTTP(r)
		if err != nil {
			return nil // the end of HTTP
		}
		chunked := h.Get("Transfer-Encoding") != ""
		raw, ended := d.unpack(body)
		if ended == errStopped {
			return ended
		}
		name := fmt.Sprintf("%s, body %d", part, n)
		text, err := d.decodeContent(h.Get("Content-Encoding"), raw)
		if err != nil && ended == nil {
			if err := d.miss(name, err); err != nil {
				return err
			}
		}
		if chunked || h.Get("Content-Encoding") != "" {
			if err := d.hand(name, text); err != nil {
				return err
			}
		}
		if ended != nil {
			return nil
		}
	}
}

// nextHTTP is the header and the body of the next request or response in r.
func nextHTTP(r *bufio.Reader) (http.Header, io.Reader, error) {
	start, err := r.Peek(len("HTTP/"))
	if err != nil {
		return nil, nil, err
	}
	if string(start) == "HTTP/" {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return nil, nil, err
		}
		return withEncoding(resp.Header, resp.TransferEncoding), resp.Body, nil
	}
	req, err := http.ReadRequest(r)
	if err != nil {
		return nil, nil, err
	}
	return withEncoding(req.Header, req.TransferEncoding), req.Body, nil
}

// withEncoding is a header with the transfer encoding that the library took out.
func withEncoding(h http.Header, encoding []string) http.Header {
	if len(encoding) > 0 {
		h.Set("Transfer-Encoding", encoding[0])
	}
	return h
}

// decodeContent undoes a content encoding (RFC 9110, 8.4.1). With an error comes
// what was decoded until then.
func (d *reading) decodeContent(encoding string, raw []byte) ([]byte, error) {
	const window = 8 << 20 // that is all that RFC 9659 allows
	var r io.Reader
	var err error
	switch strings.ToLower(encoding) {
	case "", "identity":
		return raw, nil
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(bytes.NewReader(raw))
	case "deflate":
		r, err = zlib.NewReader(bytes.NewReader(raw))
	case "zstd":
		var z *zstd.Decoder
		z, err = zstd.NewReader(bytes.NewReader(raw), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
		if err == nil {
			defer z.Close()
			r = z
		}
	default:
		return nil, Unsupported("the content encoding " + encoding)
	}
	if err != nil {
		return nil, err
	}
	return d.unpack(r)
}
