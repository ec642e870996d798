package sweep

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// MetricsType is the content type of the text format of OpenMetrics 1.0.
const MetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

// exposition writes gauges and counters in the text format of OpenMetrics 1.0:
// https://prometheus.io/docs/specs/om/open_metrics_spec/
type exposition struct {
	text bytes.Buffer
	name string // of the samples of the family that was begun last
}

// family begins a family of gauges. The name ends with the unit, if there is one.
func (x *exposition) family(name, unit, help string) {
	x.name = name
	fmt.Fprintf(&x.text, "# TYPE %s gauge\n", name)
	if unit != "" {
		fmt.Fprintf(&x.text, "# UNIT %s %s\n", name, unit)
	}
	fmt.Fprintf(&x.text, "# HELP %s %s\n", name, escaped(help))
}

// counter begins a family of counters, whose samples have a name of their own.
func (x *exposition) counter(name, help string) {
	x.name = name + "_total"
	fmt.Fprintf(&x.text, "# TYPE %s counter\n# HELP %s %s\n", name, name, escaped(help))
}

// sample adds one to the family. labels are names, each followed by its value.
func (x *exposition) sample(value float64, labels ...string) {
	x.text.WriteString(x.name)
	for i := 0; i < len(labels); i += 2 {
		x.text.WriteByte("{,"[min(i, 1)])
		x.text.WriteString(labels[i] + `="` + escaped(labels[i+1]) + `"`)
	}
	if len(labels) > 0 {
		x.text.WriteByte('}')
	}
	x.text.WriteString(" " + strconv.FormatFloat(value, 'f', -1, 64) + "\n")
}

// end writes it all.
func (x *exposition) end(w io.Writer) error {
	x.text.WriteString("# EOF\n")
	_, err := x.text.WriteTo(w)
	return err
}

// escaped is a text of a HELP line or a label.
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(text)
}
