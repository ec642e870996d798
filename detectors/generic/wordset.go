package generic

import (
	"strings"
	"sync"
)

// wordSet is a set of words, separated by white space in the source. It is made
// when first asked, so that a program that meets no keyword does not pay for it.
type wordSet struct {
	text string
	once sync.Once
	set  map[string]bool
}

func words(text string) *wordSet { return &wordSet{text: text} }

func (w *wordSet) has(word []byte) bool {
	w.once.Do(func() {
		fields := strings.Fields(w.text)
		w.set = make(map[string]bool, len(fields))
		for _, f := range fields {
			w.set[f] = true
		}
	})
	return w.set[string(word)]
}
