package remediate_test

import (
	"strings"
	"testing"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/scanner"
)

func TestOwnersOfCodeowners(t *testing.T) {
	log := func(repository string) *ledger.History {
		return &ledger.History{Occurrences: []ledger.Occurrence{{Occurrence: scanner.Occurrence{Kind: scanner.InLog, Repository: repository, Path: "build/3_Test.txt"}}}}
	}
	tests := []struct {
		name  string
		files map[string]string // of the repository
		h     *ledger.History
		want  []string
	}{
		{"the first place counts", map[string]string{".github/CODEOWNERS": "* @first", "CODEOWNERS": "* @second"}, leakedAt(shopURL, "a"),
			[]string{"person @first: .github/CODEOWNERS line 1 of acme/shop"}},
		{"docs is the last", map[string]string{"docs/CODEOWNERS": "* @third", ".gitlab/CODEOWNERS": "* @other"}, leakedAt(shopURL, "a"),
			[]string{"person @third: docs/CODEOWNERS line 1 of acme/shop"}},
		{"no place", map[string]string{".gitlab/CODEOWNERS": "* @other"}, leakedAt(shopURL, "a"), []string{"nobody nobody: acme/shop has no CODEOWNERS"}},
		{"the last line counts, comments do not", map[string]string{"CODEOWNERS": "# owners\r\n\r\n* @a\r\n*.env @b c@example.com # note @d\r\n/docs/ @e\r\n"}, leakedAt(shopURL, "x/y.env"),
			[]string{"person @b: CODEOWNERS line 4 of acme/shop", "person c@example.com: CODEOWNERS line 4 of acme/shop"}},
		{"a byte order mark", map[string]string{"CODEOWNERS": "\ufeff* @a"}, leakedAt(shopURL, "x"), []string{"person @a: CODEOWNERS line 1 of acme/shop"}},
		{"each path", map[string]string{"CODEOWNERS": "* @a\n/pay/ @acme/pay\n"}, leakedAt(shopURL, "pay/x", "y", "pay/z"),
			[]string{"team @acme/pay: CODEOWNERS line 2 of acme/shop", "person @a: CODEOWNERS line 1 of acme/shop"}},
		{"the archive, not its member", map[string]string{"CODEOWNERS": "*.zip @a\n*.env @b\n"}, leakedAt(shopURL, "x.zip!y.env"),
			[]string{"person @a: CODEOWNERS line 1 of acme/shop"}},
		{"direct children only", map[string]string{"CODEOWNERS": "* @a\ndocs/* @b\n"}, leakedAt(shopURL, "docs/x/y"), []string{"person @a: CODEOWNERS line 1 of acme/shop"}},
		{"cleared", map[string]string{"CODEOWNERS": "* @a\n/test/\n"}, leakedAt(shopURL, "test/x"),
			[]string{"nobody nobody: CODEOWNERS line 2 of acme/shop says that there is no owner"}},
		{"cleared for one path", map[string]string{"CODEOWNERS": "* @a\n/test/\n"}, leakedAt(shopURL, "test/x", "y"), []string{"person @a: CODEOWNERS line 1 of acme/shop"}},
		{"nothing matches", map[string]string{"CODEOWNERS": "/src/ @a\n"}, leakedAt(shopURL, "x"), []string{"nobody nobody: no line of CODEOWNERS of acme/shop matches"}},
		{"empty", map[string]string{"CODEOWNERS": ""}, leakedAt(shopURL, "x"), []string{"nobody nobody: no line of CODEOWNERS of acme/shop matches"}},
		{"lines that are not valid", map[string]string{"CODEOWNERS": "* @a\n!x @b\nx no-owner\n/ @c\nx#y @d\n[x] @e\nx @f/g/h\n" + strings.Repeat("x", 2000) + " @i\n"}, leakedAt(shopURL, "x"),
			[]string{"person @a: CODEOWNERS line 1 of acme/shop (lines that are not valid and were skipped: 7, the first of them 2)"}},
		{"none of them valid", map[string]string{"CODEOWNERS": "x no-owner\n"}, leakedAt(shopURL, "x"),
			[]string{"nobody nobody: no line of CODEOWNERS of acme/shop matches (lines that are not valid and were skipped: 1, the first of them 1)"}},
		{"a line before the one that counts is not looked at", map[string]string{"CODEOWNERS": "x no-owner\n* @a\n"}, leakedAt(shopURL, "x"),
			[]string{"person @a: CODEOWNERS line 2 of acme/shop"}},
		{"too many lines", map[string]string{"CODEOWNERS": strings.Repeat("x\n", 1_000_000)}, leakedAt(shopURL, "y"),
			[]string{"nobody nobody: CODEOWNERS of acme/shop: it has more than 50000 lines"}},
		{"a log belongs to whom its pipeline belongs", map[string]string{"CODEOWNERS": "* @a\n/.github/ @acme/ci\n*.txt @b\n"}, log(shopURL), []string{"team @acme/ci: CODEOWNERS line 2 of acme/shop"}},

		{"GitLab: places", map[string]string{".github/CODEOWNERS": "* @x", ".gitlab/CODEOWNERS": "* @acme/web/team"}, leakedAt(gitLabURL, "a"),
			[]string{"team @acme/web/team: .gitlab/CODEOWNERS line 1 of acme/web/shop"}},
		{"GitLab: each section has owners", map[string]string{"CODEOWNERS": "* @a\n[Docs] @writers\n*.md\n/x.md @b\n^[Security][2]\n* @acme/sec\n[docs]\nz.md @c\n"}, leakedAt(gitLabURL, "y.md"), []string{
			"person @a: CODEOWNERS line 1 of acme/web/shop", "person @writers: CODEOWNERS line 3 of acme/web/shop", "team @acme/sec: CODEOWNERS line 6 of acme/web/shop"}},
		{"GitLab: any folder", map[string]string{"CODEOWNERS": "a/b.txt @a\n"}, leakedAt(gitLabURL, "x/a/b.txt"), []string{"person @a: CODEOWNERS line 1 of acme/web/shop"}},
		{"GitLab: an exclusion", map[string]string{"CODEOWNERS": "[All] @a\n*\n!*.lock\n"}, leakedAt(gitLabURL, "y.lock"),
			[]string{"nobody nobody: CODEOWNERS line 3 of acme/web/shop says that there is no owner"}},
		{"GitLab: a role is nobody", map[string]string{"CODEOWNERS": "* @@maintainer @a oops\n"}, leakedAt(gitLabURL, "y"), []string{"person @a: CODEOWNERS line 1 of acme/web/shop"}},
		{"GitLab: a log", map[string]string{"CODEOWNERS": "* @a\n.gitlab-ci.yml @ci\n"}, log(gitLabURL), []string{"person @ci: CODEOWNERS line 2 of acme/web/shop"}},
		{"another forge: sections are GitLab's", map[string]string{"CODEOWNERS": "[Web]\na/b @a\n"}, leakedAt("https://git.acme.com/acme/shop", "x/a/b"),
			[]string{"person @a: CODEOWNERS line 2 of acme/shop"}},
		{"another forge: without sections as on GitHub", map[string]string{"CODEOWNERS": "* @z\na/b @a\n"}, leakedAt("https://git.acme.com/acme/shop", "x/a/b"),
			[]string{"person @z: CODEOWNERS line 1 of acme/shop"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{}
			for path, text := range tt.files {
				files[tt.h.Occurrences[0].Repository+" "+path] = text
			}
			wantOwners(t, ownersOf(t, remediate.OwnerOptions{Order: []string{"codeowners"}, Fetch: ownerFiles(files)}, tt.h), tt.want...)
		})
	}
}
