package label

import (
	"slices"
	"testing"
)

func TestSuggest(t *testing.T) {
	const standard = 0.5
	for _, c := range []struct {
		name   string
		labels weighed
		want   float32 // 0: no cut will do
	}{
		{"no labels", nil, standard},
		{"the default parts them", weighed{{0.7, true}, {0.4, false}}, standard},
		{"a secret below the default", weighed{{0.7, true}, {0.4, true}, {0.35, false}}, 0.4},
		{"a secret far below", weighed{{0.2, true}}, standard},
		{"an error above the default", weighed{{0.9, true}, {0.615, false}}, 0.62},
		{"errors alone", weighed{{0.6, false}, {0.8, false}}, 0.81},
		{"one error in ten may be", append(slices.Repeat(weighed{{0.9, true}}, 9), weight{0.8, false}), standard},
		{"one in nine may not", append(slices.Repeat(weighed{{0.9, true}}, 8), weight{0.8, false}), 0.81},
		{"an error at the top", weighed{{0.99, false}, {0.9, true}}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.labels.suggest(standard)
			if got.Cut != c.want {
				t.Errorf("cut %v, want %v (%+v)", got.Cut, c.want, got)
			}
			if got.Default != c.labels.split(standard) || got.Cut != 0 && got.With != c.labels.split(got.Cut) {
				t.Errorf("%+v does not tell what the cuts let through", got)
			}
		})
	}
}
