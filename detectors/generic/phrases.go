package generic

import (
	"strings"
	"sync"

	"github.com/leakguard/leakguard/detectors/prefilter"
)

// phrases are groups of words that are looked for within texts, all in one pass and
// without regard to ASCII case. They are compiled when first asked.
type phrases struct {
	groups  [][]string
	once    sync.Once
	matcher *prefilter.Matcher
	words   []phrase
}

// phrase is one word of phrases, as it was given.
type phrase struct {
	word  string
	group uint8
}

func newPhrases(groups ...[]string) *phrases { return &phrases{groups: groups} }

func (p *phrases) compile() {
	var keywords []string
	for g, words := range p.groups {
		for _, w := range words {
			keywords = append(keywords, strings.ToLower(w))
			p.words = append(p.words, phrase{w, uint8(g)})
		}
	}
	p.matcher = prefilter.New(keywords)
}

// each calls found for each word in text.
func (p *phrases) each(text []byte, found func(w *phrase, start, end int)) {
	p.once.Do(p.compile)
	p.matcher.Scan(text, func(keyword uint16, end int) {
		w := &p.words[keyword]
		found(w, end-len(w.word), end)
	})
}

// in says of which groups text holds a word: bit 0 is the first.
func (p *phrases) in(text []byte) (groups uint8) {
	p.each(text, func(w *phrase, _, _ int) { groups |= 1 << w.group })
	return groups
}

// exact reports whether text holds one of the words in their own case.
func (p *phrases) exact(text []byte) (held bool) {
	p.each(text, func(w *phrase, start, end int) { held = held || string(text[start:end]) == w.word })
	return held
}
