package main

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakguard/leakguard/detectors/generic/boost"
)

// run is one cross-validation: each candidate's score comes from a model that saw
// nothing of its repository.
type run struct {
	folds  map[string]int // by repository
	scores []float64      // by candidate; of gated ones -Inf
}

// crossValidate trains one model per fold, on the other folds. The examples are those
// of the candidates, then others, which all models learn from.
func crossValidate(c *corpus, examples []boost.Example, o boost.Options, folds int, seed uint64) (*run, error) {
	r := &run{folds: assign(c.labels.secrets(), folds, seed), scores: make([]float64, len(c.candidates))}
	p := pool.New().WithErrors().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for fold := range folds {
		p.Go(func() error {
			learnt := slices.Clone(examples)
			for i := range c.candidates {
				if r.fold(c, i) == fold {
					learnt[i].Weight = 0
				}
			}
			m, err := boost.Train(learnt, c.names, o)
			if err != nil {
				return err
			}
			for i := range c.candidates {
				switch one := &c.candidates[i]; {
				case r.fold(c, i) != fold:
				case one.scored():
					r.scores[i] = float64(m.Score(one.x))
				default:
					r.scores[i] = math.Inf(-1)
				}
			}
			return nil
		})
	}
	return r, p.Wait()
}

// fold is the one that holds candidate i.
func (r *run) fold(c *corpus, i int) int { return r.folds[repository(c.candidates[i].file)] }

// secrets counts the spans that are secrets, by repository.
func (l *labels) secrets() map[string]int {
	count := map[string]int{}
	for _, s := range l.spans {
		n := 0
		if s.truth == secret {
			n = 1
		}
		count[repository(s.file)] += n
	}
	return count
}

// assign deals repositories out to folds, so that each gets about as many secrets.
// The seed moves those of about the same size.
func assign(secrets map[string]int, folds int, seed uint64) map[string]int {
	rng := rand.New(rand.NewPCG(seed, 0))
	type sized struct {
		id   string
		size float64
	}
	var all []sized
	for _, id := range slices.Sorted(maps.Keys(secrets)) {
		all = append(all, sized{id, float64(secrets[id]) * (0.7 + 0.6*rng.Float64())})
	}
	slices.SortStableFunc(all, func(a, b sized) int { return cmp.Compare(b.size, a.size) })
	full := make([]int, folds)
	of := make(map[string]int, len(all))
	for _, r := range all {
		least := slices.Index(full, slices.Min(full))
		of[r.id] = least
		full[least] += secrets[r.id] + 1 // one without secrets takes room, too
	}
	return of
}

// propagated returns the scores, each averaged with the highest one that the same
// value has in its repository.
func propagated(c *corpus, scores []float64) []float64 {
	type known struct {
		repository string
		value      uint64
	}
	of := func(i int) known { return known{repository(c.candidates[i].file), c.candidates[i].value} }
	highest := map[known]float64{}
	for i, s := range scores {
		if best, ok := highest[of(i)]; !ok || s > best {
			highest[of(i)] = s
		}
	}
	out := make([]float64, len(scores))
	for i, s := range scores {
		if out[i] = s; c.candidates[i].scored() {
			out[i] = (s + highest[of(i)]) / 2
		}
	}
	return out
}

// findings are the candidates with these scores, without the gated ones.
func findings(c *corpus, scores []float64) []finding {
	var out []finding
	for i := range c.candidates {
		if c.candidates[i].scored() {
			f := c.candidates[i].finding
			f.score = scores[i]
			out = append(out, f)
		}
	}
	return out
}
