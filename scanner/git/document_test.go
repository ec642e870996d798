package git_test

import (
	"fmt"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// escapedNotebook is a notebook whose one cell holds text, of which its bytes show
// no letter.
func escapedNotebook(text string) string {
	source := ""
	for _, c := range text {
		source += fmt.Sprintf(`\u%04x`, c)
	}
	return `{"cells":[{"cell_type":"code","source":["` + source + `"]}],"nbformat":4}`
}

// A document in history is read by what it is, whatever its path, which is not known
// then.
func TestDocumentInHistory(t *testing.T) {
	for _, path := range []string{"docs/a.ipynb", "no-suffix"} {
		t.Run(path, func(t *testing.T) {
			r := gitrepo.New(t)
			r.Write(path, escapedNotebook(credential(t, "acme_", 1))).Commit("c")
			res := runHistory(t, boundEngine(t), r, 0, newMemory().options())
			found := 0
			for _, s := range res.Secrets {
				for _, o := range s.Occurrences {
					if o.Path == path+"!cell 1" {
						found++
					}
				}
			}
			if found != 1 || !res.Complete() {
				t.Errorf("found %d times in its cell; gaps %+v", found, res.Coverage[0].Gaps)
			}
		})
	}
}
