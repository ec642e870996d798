package document

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// notebook is the part of a notebook that holds text, in its formats 3 and 4:
// https://nbformat.readthedocs.io/en/latest/format_description.html.
type notebook struct {
	Cells      []notebookCell `json:"cells"`
	Worksheets []struct {     // of format 3
		Cells []notebookCell `json:"cells"`
	} `json:"worksheets"`
}

type notebookCell struct {
	Source      lines                     `json:"source"`
	Input       lines                     `json:"input"` // of format 3
	Outputs     []map[string]any          `json:"outputs"`
	Attachments map[string]map[string]any `json:"attachments"`
}

// lines is a text that is written as a list of its lines, or as one string.
type lines string

func (l *lines) UnmarshalJSON(data []byte) error {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*l = lines(joined(v))
	return nil
}

// joined is the text of a string or of a list of lines, "" of anything else.
func joined(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var b strings.Builder
		for _, line := range v {
			if s, ok := line.(string); ok {
				b.WriteString(s)
			}
		}
		return b.String()
	}
	return ""
}

// notebook hands out the source and the outputs of each cell, counted from 1.
func (d *reading) notebook() error {
	var n notebook
	if err := d.parse(&n); err != nil {
		return err
	}
	cells := n.Cells
	for _, w := range n.Worksheets {
		cells = append(cells, w.Cells...)
	}
	for i, c := range cells {
		if err := d.notebookCell(fmt.Sprintf("cell %d", i+1), c); err != nil {
			return err
		}
	}
	return nil
}

func (d *reading) notebookCell(part string, c notebookCell) error {
	if err := d.hand(part, []byte(c.Source+c.Input)); err != nil {
		return err
	}
	for _, out := range c.Outputs {
		if err := d.hand(part+", output", []byte(outputText(out))); err != nil {
			return err
		}
		if data, ok := out["data"].(map[string]any); ok {
			if err := d.mimeBundle(part+", output", data); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Attachments)) {
		if err := d.mimeBundle(part+", "+name, c.Attachments[name]); err != nil {
			return err
		}
	}
	return nil
}

// outputText is what stands in an output itself: the text of a stream, the
// error of an exception. In format 3 its data stands there too, by short names.
func outputText(out map[string]any) string {
	var texts []string
	for _, key := range slices.Sorted(maps.Keys(out)) {
		switch key {
		case "output_type", "data", "metadata", "png", "jpeg":
			continue
		case "traceback": // lines without line ends
			if frames, ok := out[key].([]any); ok {
				for _, f := range frames {
					texts = append(texts, joined(f))
				}
			}
			continue
		}
		if text := joined(out[key]); text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "\n")
}

// mimeBundle hands out one content in all its media types.
func (d *reading) mimeBundle(part string, bundle map[string]any) error {
	for _, media := range slices.Sorted(maps.Keys(bundle)) {
		text := []byte(joined(bundle[media]))
		if len(text) == 0 && bundle[media] != nil {
			text, _ = json.MarshalIndent(bundle[media], "", " ") // it was JSON
		}
		if binary, err := decodeBase64(text); err == nil && !strings.HasPrefix(media, "text/") {
			text = binary
		}
		if err := d.hand(part, text); err != nil {
			return err
		}
	}
	return nil
}

// decodeBase64 decodes text with line ends anywhere in it.
func decodeBase64(text []byte) ([]byte, error) {
	out := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(out, text)
	return out[:n], err
}
