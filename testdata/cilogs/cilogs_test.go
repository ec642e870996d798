package cilogs

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
)

// TestPlaces: each line is where its place says. The tests of other packages
// rest upon this.
func TestPlaces(t *testing.T) {
	jobs := []Job{
		{"build", []Step{{"compile", []string{"one", "two\rtwo again"}}, {"test", nil}}},
		{"deploy", []Step{{"push", []string{"three"}}, {"roll-out", []string{"four", "five"}}}},
	}
	for _, system := range Systems() {
		t.Run(system.Name, func(t *testing.T) {
			b := system.Write(jobs)
			texts := contents(t, b.Logs)
			for i, job := range jobs {
				for k, step := range job.Steps {
					if len(b.Places[i][k]) != len(step.Lines) {
						t.Fatalf("%s/%s has %d places, want %d", job.Name, step.Name, len(b.Places[i][k]), len(step.Lines))
					}
					for n, p := range b.Places[i][k] {
						lines := strings.Split(texts[p.Path], "\n")
						if p.Line > len(lines) || !strings.HasSuffix(strings.TrimSuffix(lines[p.Line-1], "\r"), step.Lines[n]) {
							t.Errorf("%q is not at %+v", step.Lines[n], p)
						}
					}
				}
			}
		})
	}
}

// contents is the text of each log, by the path of a Place.
func contents(t *testing.T, logs []Log) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, l := range logs {
		switch {
		case strings.HasSuffix(l.Name, ".zip"):
			z, err := zip.NewReader(bytes.NewReader(l.Data), int64(len(l.Data)))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range z.File {
				r, err := f.Open()
				if err != nil {
					t.Fatal(err)
				}
				data, err := io.ReadAll(r)
				if err != nil {
					t.Fatal(err)
				}
				texts[l.Name+"!"+f.Name] = string(data)
			}
		case strings.HasSuffix(l.Name, ".json"):
			var messages []struct{ Message string }
			if err := json.Unmarshal(l.Data, &messages); err != nil {
				t.Fatal(err)
			}
			for _, m := range messages {
				texts[l.Name] += m.Message
			}
		default:
			texts[l.Name] = string(l.Data)
		}
	}
	return texts
}
