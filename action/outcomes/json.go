package outcomes

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"
)

// schemaVersion changes when a reader of the JSON would have to.
const schemaVersion = "1"

// WriteJSON writes the figures as docs/outcomes.schema.json describes them.
func WriteJSON(w io.Writer, o *Outcomes) error {
	exposed := o.Exposed
	if exposed == nil {
		exposed = []SecretExposure{}
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(struct {
		SchemaVersion string           `json:"schemaVersion"`
		Since         time.Time        `json:"since"`
		Now           time.Time        `json:"now"`
		All           Figures          `json:"all"`
		Teams         []Group          `json:"teams"`
		Providers     []Group          `json:"providers"`
		Severities    []Group          `json:"severities"`
		Daily         []Day            `json:"daily"`
		Exposed       []SecretExposure `json:"exposed"`
		Kept          Kept             `json:"kept"`
		Coverage      Coverage         `json:"coverage"`
		Definitions   []Definition     `json:"definitions"`
	}{
		schemaVersion, o.Since, o.Now, o.All, o.Teams, o.Providers, o.Severities, o.Daily, exposed, o.Kept, o.Coverage,
		slices.Concat(Definitions(), KeptDefinitions(), CoverageDefinitions()),
	})
	if err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		if _, err := io.WriteString(w, inert(strings.TrimSuffix(line, "\n"))+"\n"); err != nil {
			return err
		}
	}
	return nil
}
