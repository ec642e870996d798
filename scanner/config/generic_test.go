package config

import (
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/generic"
)

func TestGeneric(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       generic.Cuts
		err        string // part of it; "": none
	}{
		{"not given", "", generic.Cuts{}, ""},
		{"all", "cut-high = 0.9\ncut-medium = 0.6\ncut-low = 0.3", generic.Cuts{High: 0.9, Medium: 0.6, Low: 0.3}, ""},
		{"certain", "cut-high = 1.0", generic.Cuts{High: 1}, ""},
		{"nothing", "cut-low = 0.0", generic.Cuts{}, "want a number above 0.0"},
		{"more than certain", "cut-high = 1.01", generic.Cuts{}, "want a number above 0.0"},
		{"no number", "cut-high = nan", generic.Cuts{}, "want a number above 0.0"},
		{"a text", `cut-high = "0.9"`, generic.Cuts{}, "want a number above 0.0"},
		{"out of order", "cut-medium = 0.9\ncut-high = 0.8", generic.Cuts{}, "want none above the next"},
		{"above a default", "cut-low = 0.95", generic.Cuts{}, "want none above the next"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Parse("c.toml", []byte("[generic]\n"+c.text))
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || !strings.HasPrefix(err.Error(), "c.toml") {
					t.Errorf("error %v, want the file and %q", err, c.err)
				}
				return
			}
			if err != nil || got.Generic.Cuts() != c.want {
				t.Errorf("cuts %+v, error %v; want %+v", got, err, c.want)
			}
		})
	}
}
