package cilogs

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// CircleCI writes the output of each step as its output_url gives it: an array
// of messages (circleci.com/docs/api/v1, "Single job"). Lines count in the text
// of the messages, and end in CR LF as a terminal has them.
func CircleCI(jobs []Job) Build {
	type message struct {
		Message   string `json:"message"`
		Time      string `json:"time"`
		Type      string `json:"type"`
		Truncated bool   `json:"truncated"`
	}
	b := newBuild(jobs)
	for i, j := range jobs {
		for k, s := range j.Steps {
			var w writer
			name := fmt.Sprintf("%s/%d-%s.json", j.Name, k, s.Name)
			w.line("#!/bin/bash -eo pipefail")
			w.line("make %s\r", s.Name)
			for _, text := range s.Lines {
				b.Places[i][k] = append(b.Places[i][k], Place{Path: name, Line: w.line("%s\r", text)})
			}
			// A message holds what came within a moment: its borders are not those of lines.
			var messages []message
			text := w.buf.String()
			for len(text) > 0 {
				n := min(len(text), 100)
				messages = append(messages, message{text[:n], w.now().Format("2006-01-02T15:04:05.000Z"), "out", false})
				text = text[n:]
			}
			data, err := marshal(messages)
			if err != nil {
				panic(err) // it has strings only
			}
			b.Logs = append(b.Logs, Log{name, data})
		}
	}
	return b
}

// marshal is json.Marshal without HTML's escapes, which CircleCI does not make.
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return out.Bytes(), err
}
