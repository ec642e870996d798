package boost_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/generic/boost"
	"github.com/leakguard/leakguard/detectors/generic/model"
)

// examples makes n examples of random evidence; secret says what they are.
func examples(n, features int, secret func(x []float32, rng *rand.Rand) bool) []boost.Example {
	rng := rand.New(rand.NewPCG(3, 4))
	out := make([]boost.Example, n)
	for i := range out {
		x := make([]float32, features)
		for j := range x {
			x[j] = rng.Float32()
		}
		out[i] = boost.Example{X: x, Secret: secret(x, rng), Weight: 1}
	}
	return out
}

func train(t testing.TB, ex []boost.Example, names []string, o boost.Options) *model.Ensemble {
	t.Helper()
	e, err := boost.Train(ex, names, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// small are options for a few hundred examples.
func small() boost.Options {
	o := boost.DefaultOptions()
	o.Trees, o.Leaves, o.Rate, o.Columns = 60, 4, 0.3, 1
	return o
}

func TestTrainLearnsXOR(t *testing.T) {
	xor := func(x []float32, _ *rand.Rand) bool { return (x[0] > 0.5) != (x[1] > 0.5) }
	ex := examples(500, 3, xor)
	e := train(t, ex, []string{"a", "b", "noise"}, small())
	for _, x := range [][]float32{{0.1, 0.1, 0.5}, {0.1, 0.9, 0.5}, {0.9, 0.1, 0.5}, {0.9, 0.9, 0.5}} {
		if got := e.Score(x) > 0; got != xor(x, nil) {
			t.Errorf("%v: score %v", x, e.Score(x))
		}
	}
}

func TestTrainHonoursWeights(t *testing.T) {
	// The same evidence, three times as often no secret as a secret.
	var ex []boost.Example
	for i := range 400 {
		ex = append(ex, boost.Example{X: []float32{float32(i % 2)}, Secret: i%4 == 1, Weight: 1})
	}
	tests := []struct {
		name   string
		weight float64 // of the secrets
		want   bool    // that evidence 1 looks like a secret
	}{
		{"light secrets", 0.2, false},
		{"heavy secrets", 5, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for i := range ex {
				if ex[i].Secret {
					ex[i].Weight = tt.weight
				}
			}
			e := train(t, ex, []string{"a"}, small())
			if got := e.Score([]float32{1}) > 0; got != tt.want {
				t.Errorf("score %v", e.Score([]float32{1}))
			}
		})
	}
}

func TestTrainLeavesOutExamplesWithoutWeight(t *testing.T) {
	ex := examples(300, 2, func(x []float32, _ *rand.Rand) bool { return x[0] > 0.5 })
	want := text(t, train(t, ex, []string{"a", "b"}, small()))
	ex = append(ex, boost.Example{X: []float32{0, 0}, Secret: true})
	if got := text(t, train(t, ex, []string{"a", "b"}, small())); got != want {
		t.Error("an example of weight 0 changes the model")
	}
}

func TestTrainHonoursDirections(t *testing.T) {
	// Mostly rising in a, and falling in a stretch of it: what a free model learns.
	wavy := func(x []float32, rng *rand.Rand) bool {
		p := x[0]
		if x[0] > 0.4 && x[0] < 0.6 {
			p = 0.9 - x[0]
		}
		return rng.Float32() < p*(0.5+x[1]/2)
	}
	ex := examples(2000, 2, wavy)
	falls := func(e *model.Ensemble) (up, down bool) {
		for b := float32(0); b < 1; b += 0.1 {
			last := e.Score([]float32{0, b})
			for a := float32(0); a < 1; a += 0.01 {
				s := e.Score([]float32{a, b})
				up = up || s > last
				down = down || s < last
				last = s
			}
		}
		return up, down
	}
	o := small()
	if up, down := falls(train(t, ex, []string{"a", "b"}, o)); !up || !down {
		t.Fatalf("free: rises %t, falls %t, want both", up, down)
	}
	o.Rising = []string{"a"}
	if up, down := falls(train(t, ex, []string{"a", "b"}, o)); !up || down {
		t.Errorf("rising: rises %t, falls %t", up, down)
	}
	o.Rising, o.Falling = nil, []string{"a"}
	if up, _ := falls(train(t, ex, []string{"a", "b"}, o)); up {
		t.Errorf("falling: rises")
	}
}

func TestTrainWithout(t *testing.T) {
	ex := examples(300, 2, func(x []float32, _ *rand.Rand) bool { return x[0] > 0.5 })
	o := small()
	o.Without = []string{"a"}
	if used := train(t, ex, []string{"a", "b"}, o).Used(); used[0] {
		t.Error("a feature that was ruled out is asked for")
	}
}

func TestTrainTwiceIsTheSame(t *testing.T) {
	ex := examples(3000, 30, func(x []float32, rng *rand.Rand) bool { return x[0]+x[1]*x[2]+rng.Float32() > 1.2 })
	names := strings.Split("abcdefghijklmnopqrstuvwxyzABCD", "")
	o := small()
	o.Columns = 0.5
	first := text(t, train(t, ex, names, o))
	if second := text(t, train(t, ex, names, o)); first != second {
		t.Error("two runs differ")
	}
	o.Seed++
	if other := text(t, train(t, ex, names, o)); first == other {
		t.Error("another seed changes nothing")
	}
}

// What training counts on while it goes on is what the model says.
func TestTrainAveragesAddUp(t *testing.T) {
	ex := examples(500, 4, func(x []float32, _ *rand.Rand) bool { return x[0]*x[1] > 0.3 })
	e := train(t, ex, []string{"a", "b", "c", "d"}, small())
	var mean float64
	var base float32
	for _, x := range ex {
		mean += float64(e.Score(x.X)) / float64(len(ex))
		base = e.Explain(x.X, make([]float32, 4))
	}
	// Each of the 60 roots is rounded to 1/1024.
	if diff := mean - float64(base); diff > 60.0/1024 || diff < -60.0/1024 {
		t.Errorf("the mean score is %v, the base %v", mean, base)
	}
}

func TestTrainRefuses(t *testing.T) {
	both := []boost.Example{{X: []float32{0}, Weight: 1}, {X: []float32{1}, Secret: true, Weight: 1}}
	tests := []struct {
		name   string
		ex     []boost.Example
		change func(*boost.Options)
		want   string
	}{
		{"no trees", both, func(o *boost.Options) { o.Trees = 0 }, "0 trees"},
		{"one leaf", both, func(o *boost.Options) { o.Leaves = 1 }, "1 leaves"},
		{"too many leaves", both, func(o *boost.Options) { o.Leaves = 65 }, "65 leaves"},
		{"rate 0", both, func(o *boost.Options) { o.Rate = 0 }, "rate 0"},
		{"L2 below 0", both, func(o *boost.Options) { o.L2 = -1 }, "L2 -1"},
		{"leaves of no weight", both, func(o *boost.Options) { o.MinWeight = 0 }, "least weight of a leaf 0"},
		{"one bin", both, func(o *boost.Options) { o.Bins = 1 }, "1 bins"},
		{"no columns", both, func(o *boost.Options) { o.Columns = 0 }, "share of columns 0"},
		{"an unknown name", both, func(o *boost.Options) { o.Rising = []string{"z"} }, `no evidence named "z"`},
		{"evidence missing", []boost.Example{{Weight: 1}}, nil, "example 0 has 0 pieces of evidence, there are 1 names"},
		{"a weight below 0", []boost.Example{{X: []float32{0}, Weight: -1}}, nil, "example 0: weight -1"},
		{"one kind", both[:1], nil, "all are of one kind"},
		{"nothing", nil, nil, "of 0 examples"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := small()
			if tt.change != nil {
				tt.change(&o)
			}
			_, err := boost.Train(tt.ex, []string{"a"}, o)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func text(t testing.TB, e *model.Ensemble) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := e.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// BenchmarkTrain is 20 trees on 20,000 examples with 150 pieces of evidence, most
// of them 0.
func BenchmarkTrain(b *testing.B) {
	ex := examples(20000, 150, func(x []float32, rng *rand.Rand) bool { return x[0]+x[1]*x[2]+rng.Float32() > 1.2 })
	names := make([]string, 150)
	for i := range names {
		names[i] = "f" + strings.Repeat("x", i)
	}
	for _, e := range ex {
		for j := 3; j < len(e.X); j++ {
			if e.X[j] < 0.7 {
				e.X[j] = 0
			}
		}
	}
	o := boost.DefaultOptions()
	o.Trees = 20
	for b.Loop() {
		train(b, slices.Clone(ex), names, o)
	}
}
