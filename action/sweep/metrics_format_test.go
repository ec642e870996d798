package sweep

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// openMetrics is a parsed exposition: values by name with labels, as they are written.
type openMetrics struct {
	units, helps map[string]string
	suffixes     map[string]string // of the samples of counters, by family
	values       map[string]float64
}

// The grammar of https://prometheus.io/docs/specs/om/open_metrics_spec/ as far as gauges
// and counters without time and exemplar need it.
var (
	omDescriptor = regexp.MustCompile(`^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$`)
	omText       = regexp.MustCompile(`^(?:[^"\\\n]|\\[n"\\])*$`)
	omSample     = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)$`)
	omLabels     = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[n"\\])*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[n"\\])*")*$`)
	omLabel      = regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_]*)="(?:[^"\\\n]|\\[n"\\])*"`)
)

// parseOpenMetrics is strict: it takes gauges and counters alone, and each with a TYPE and a HELP.
func parseOpenMetrics(text string) (*openMetrics, error) {
	body, ok := strings.CutSuffix(text, "# EOF\n")
	if !ok || strings.Contains(body, "# EOF") {
		return nil, errors.New("want one # EOF, at the end")
	}
	om := &openMetrics{map[string]string{}, map[string]string{}, map[string]string{}, map[string]float64{}}
	begun, family, sampled := map[string]bool{}, "", false
	for line := range strings.Lines(body) {
		line, ok := strings.CutSuffix(line, "\n")
		if !ok {
			return nil, fmt.Errorf("%q does not end", line)
		}
		if m := omDescriptor.FindStringSubmatch(line); m != nil {
			if m[2] != family {
				if begun[m[2]] {
					return nil, fmt.Errorf("the family %s begins twice", m[2])
				}
				begun[m[2]], family, sampled = true, m[2], false
			}
			if sampled {
				return nil, fmt.Errorf("%q comes after samples", line)
			}
			if err := om.describe(m[1], m[2], m[3]); err != nil {
				return nil, err
			}
			continue
		}
		name, err := om.sample(line)
		if err != nil {
			return nil, err
		}
		if sampled = true; strings.TrimSuffix(name, om.suffixes[family]) != family || !strings.HasSuffix(name, om.suffixes[family]) || om.helps[family] == "" {
			return nil, fmt.Errorf("%q stands in no family of its name with a HELP", line)
		}
	}
	return om, nil
}

func (om *openMetrics) describe(kind, name, value string) error {
	switch kind {
	case "TYPE":
		switch value {
		case "gauge":
		case "counter":
			om.suffixes[name] = "_total"
		default:
			return fmt.Errorf("%s is a %s", name, value)
		}
	case "UNIT":
		if om.units[name] != "" || !strings.HasSuffix(name, "_"+value) {
			return fmt.Errorf("%s does not end with its unit %s, or has two", name, value)
		}
		om.units[name] = value
	case "HELP":
		if om.helps[name] != "" || !omText.MatchString(value) {
			return fmt.Errorf("the HELP of %s is not escaped, or there are two", name)
		}
		om.helps[name] = value
	}
	return nil
}

func (om *openMetrics) sample(line string) (name string, err error) {
	m := omSample.FindStringSubmatch(line)
	if m == nil || m[2] != "" && !omLabels.MatchString(m[2]) || strings.Contains(line, "{}") {
		return "", fmt.Errorf("%q is no sample", line)
	}
	labels := map[string]bool{}
	for _, l := range omLabel.FindAllStringSubmatch(m[2], -1) {
		if labels[l[1]] || strings.HasPrefix(l[1], "__") {
			return "", fmt.Errorf("%q: the label %s", line, l[1])
		}
		labels[l[1]] = true
	}
	key := strings.TrimSuffix(line, " "+m[3])
	if _, twice := om.values[key]; twice {
		return "", fmt.Errorf("%s has two values", key)
	}
	om.values[key], err = strconv.ParseFloat(m[3], 64)
	return m[1], err
}

func TestMetricsFormat(t *testing.T) {
	cov := scanner.NewCoverage("organisation acme", "")
	cov.Gap("hidden repositories", "the token may not see them", "give it more")
	m := &Metrics{
		Last: &Status{
			Run:     Run{Began: time.UnixMilli(1_700_000_000_250)},
			Sources: []SourceStatus{{Source: "org:acme", State: Done, Coverage: cov}},
			Repositories: []RepositoryStatus{
				{Name: "acme/shop", State: Done, Objects: 5_000_000, Bytes: 1 << 40, Gaps: []scanner.Gap{{What: "a", Count: 3}, {What: "b", Count: 4}}},
				{Name: "acme/billing", State: Done, Unchanged: true, Objects: 1},
				{Name: "acme/web", State: Waiting},
				{Name: "acme/web", Kind: Logs, State: Done},
				{Name: "acme", Kind: Variables, State: Failed},
			},
		},
		Waiting: 7, LastComplete: time.UnixMilli(1_600_000_000_000),
		Secrets: map[verify.State]int{verify.Live: 2, verify.Dead: 1},
		API:     []forge.Usage{{Host: "api.github.example", Requests: 412, Left: 4588}, {Host: "gitlab.example", Requests: 3, Left: -1}},
	}
	for name, c := range map[string]struct {
		of   *Metrics
		want map[string]float64
		not  string // that is no family
	}{
		"a sweep": {m, map[string]float64{
			`leakguard_sweep_repositories{state="done"}`:      2,
			`leakguard_sweep_repositories{state="waiting"}`:   1,
			`leakguard_sweep_repositories{state="failed"}`:    0,
			`leakguard_sweep_unchanged_repositories`:          1,
			`leakguard_sweep_objects`:                         5_000_001,
			`leakguard_sweep_read_bytes`:                      1 << 40,
			`leakguard_sweep_gaps`:                            8,
			`leakguard_sweep_jobs_waiting`:                    7,
			`leakguard_sweep_began_timestamp_seconds`:         1_700_000_000.25,
			`leakguard_sweep_last_complete_timestamp_seconds`: 1_600_000_000,
			`leakguard_ledger_secrets{verdict="live"}`:        2,
			`leakguard_ledger_secrets{verdict="dead"}`:        1,
			`leakguard_ledger_secrets{verdict="unknown"}`:     0,
			`leakguard_sweep_logs{state="done"}`:              1,
			`leakguard_sweep_logs{state="waiting"}`:           0,
			`leakguard_sweep_variables{state="failed"}`:       1,

			`leakguard_api_requests_total{host="api.github.example"}`: 412,
			`leakguard_api_requests_total{host="gitlab.example"}`:     3,
			`leakguard_api_remaining{host="api.github.example"}`:      4588,
		}, "none"},
		"no sweep": {&Metrics{}, map[string]float64{"leakguard_sweep_jobs_waiting": 0, `leakguard_ledger_secrets{verdict="live"}`: 0}, "leakguard_sweep_repositories"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := c.of.Write(&b); err != nil {
				t.Fatal(err)
			}
			om, err := parseOpenMetrics(b.String())
			if err != nil {
				t.Fatalf("%v:\n%s", err, &b)
			}
			for key, want := range c.want {
				if got, ok := om.values[key]; !ok || got != want {
					t.Errorf("%s is %v (%t), want %v", key, got, ok, want)
				}
			}
			for name := range om.helps {
				unit := ""
				for _, u := range []string{"seconds", "bytes"} {
					if strings.HasSuffix(name, "_"+u) {
						unit = u
					}
				}
				if om.units[name] != unit {
					t.Errorf("%s has the unit %q", name, om.units[name])
				}
			}
			if om.helps[c.not] != "" || strings.Contains(b.String(), "acme") {
				t.Errorf("it has %s, or names a repository:\n%s", c.not, &b)
			}
		})
	}
}

// What has a meaning in the format is escaped.
func TestMetricsEscaped(t *testing.T) {
	x := new(exposition)
	x.family("a_bytes", "bytes", "a \"b\" \\ c\nd")
	x.sample(1e21, "one", "a\"b\\c\nd", "two", "{,}")
	var b bytes.Buffer
	if err := x.end(&b); err != nil {
		t.Fatal(err)
	}
	om, err := parseOpenMetrics(b.String())
	if err != nil {
		t.Fatalf("%v:\n%s", err, &b)
	}
	if om.helps["a_bytes"] != `a \"b\" \\ c\nd` || om.values[`a_bytes{one="a\"b\\c\nd",two="{,}"}`] != 1e21 {
		t.Errorf("%+v", om)
	}
}
