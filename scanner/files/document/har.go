package document

import (
	"bytes"
	"fmt"
	"net/url"
)

// harFile is the part of an HTTP archive, in its version 1.2, that holds text:
// http://www.softwareishard.com/blog/har-12-spec/.
type harFile struct {
	Log struct {
		Entries []harEntry `json:"entries"`
	} `json:"log"`
}

type harEntry struct {
	Request struct {
		harMessage
		Method   string     `json:"method"`
		URL      string     `json:"url"`
		PostData harContent `json:"postData"`
	} `json:"request"`
	Response struct {
		harMessage
		StatusText  string     `json:"statusText"`
		RedirectURL string     `json:"redirectURL"`
		Content     harContent `json:"content"`
	} `json:"response"`
	WebSocket []struct {
		Data string `json:"data"`
	} `json:"_webSocketMessages"` // of Chrome
}

type harMessage struct {
	Headers []harPair `json:"headers"`
	Cookies []harPair `json:"cookies"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harContent struct {
	Text     string    `json:"text"`
	Encoding string    `json:"encoding"` // "base64", or none
	Params   []harPair `json:"params"`
}

// har hands out the requests and responses of an HTTP archive as HTTP writes
// them. An entry is named for its host only: the rest of a URL may be secret.
func (d *reading) har() error {
	var h harFile
	if err := d.parse(&h); err != nil {
		return err
	}
	for i, e := range h.Log.Entries {
		part := fmt.Sprintf("entry %d", i+1)
		if u, err := url.Parse(e.Request.URL); err == nil && u.Host != "" {
			part += " (" + u.Hostname() + ")"
		}
		if err := d.harEntry(part, &e); err != nil {
			return err
		}
	}
	return nil
}

func (d *reading) harEntry(part string, e *harEntry) error {
	req, resp := &e.Request, &e.Response
	head := req.text(req.Method + " " + req.URL)
	if err := d.hand(part+", request", head); err != nil {
		return err
	}
	if err := d.harContent(part+", request body", &req.PostData); err != nil {
		return err
	}
	head = resp.text(resp.StatusText + " " + resp.RedirectURL)
	if err := d.hand(part+", response", head); err != nil {
		return err
	}
	if err := d.harContent(part+", response body", &resp.Content); err != nil {
		return err
	}
	for _, m := range e.WebSocket {
		if err := d.hand(part+", WebSocket", []byte(m.Data)); err != nil {
			return err
		}
	}
	return nil
}

// text is the head of a message, below its first line.
func (m *harMessage) text(first string) []byte {
	var b bytes.Buffer
	b.WriteString(first + "\n")
	for _, h := range m.Headers {
		b.WriteString(h.Name + ": " + h.Value + "\n")
	}
	for _, c := range m.Cookies {
		b.WriteString(c.Name + "=" + c.Value + "\n")
	}
	return b.Bytes()
}

func (d *reading) harContent(part string, c *harContent) error {
	text := []byte(c.Text)
	if c.Encoding == "base64" {
		binary, err := decodeBase64(text)
		if err != nil {
			return d.miss(part, err)
		}
		text = binary
	}
	for _, p := range c.Params {
		text = append(text, "\n"+p.Name+"="+p.Value...)
	}
	return d.hand(part, text)
}
