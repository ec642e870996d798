package scanner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/scanner/pipeline"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// TestJoinSources joins parts in what the real sources read.
func TestJoinSources(t *testing.T) {
	values := madeUp(t)
	fill := replacer(values, false).Replace
	r := gitrepo.New(t)
	r.Write("old/all.env", fill("aws_access_key_id = {id2}\n"+lines)).Commit("an id")
	r.Write("a/ids.env", fill("aws_access_key_id = {id1}\n")).Write("b/keys.env", fill("aws_secret_access_key = {key1}\n"))
	r.Write("old/all.env", fill("aws_access_key_id = {id2}\n"+lines+"aws_secret_access_key = {key2}\n")).Commit("two keys")
	vars := "AWS_ACCESS_KEY_ID={id3}\n" + strings.Repeat("REGION=x\n", 20) + "AWS_SECRET_ACCESS_KEY={key3}\n"
	r.Write("vars/.env", fill(vars))

	repo, err := git.Open(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	o := git.Options{MaxSize: 1 << 20}
	newest, err := git.NewRange(t.Context(), repo, "HEAD~1..HEAD", o)
	if err != nil {
		t.Fatal(err)
	}
	first := "aws-secret-access-key {key1}, key_id {id1} at a/ids.env:1"
	second := "aws-secret-access-key {key2}, key_id {id2} at old/all.env:1"
	third := "aws-secret-access-key {key3}, key_id {id3} at "
	tests := []struct {
		name   string
		source scanner.Source
		want   []string
	}{
		{"history", git.NewHistory(repo, o), []string{first, second}},
		{"a range that has an id's line unchanged", newest, []string{first, second}},
		{"files", files.New([]string{r.Path("vars")}, files.Options{}), []string{third + ".env:1"}},
		{"variables", pipeline.NewLocal(r.Path("vars"), pipeline.Options{}), []string{third + "variable AWS_ACCESS_KEY_ID of the environment file in .env"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, res := scanSource(t, tt.source, values, nil)
			if !slices.Equal(got, tt.want) || !res.Complete() {
				t.Errorf("complete %t:\n%s\nwant:\n%s", res.Complete(), strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}
