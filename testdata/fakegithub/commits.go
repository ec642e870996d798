package fakegithub

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// Commits is a GitHub for tests that has one repository, CommitsRepository, and tells
// of its commits, trees and blobs what git says of them.
type Commits struct {
	URL string // of the API, with a slash at its end

	// Cut is how many entries a tree is listed with at most; 0: all.
	Cut int

	// Intercept, if not nil, may answer a request itself, and returns whether it did.
	Intercept func(http.ResponseWriter, *http.Request) bool

	repo    *gitrepo.Repo
	objects map[string]gitObject // by name

	mu    sync.Mutex // one request at a time
	asked []string   // the paths, from the repository's on
}

// gitObject is an object of the repository.
type gitObject struct {
	kind, data string
}

// CommitsRepository is the repository that Commits has.
const CommitsRepository = "acme/shop"

// NewCommits starts a server that lives as long as the test. It has the objects that
// the repository has now.
func NewCommits(t testing.TB, repo *gitrepo.Repo) *Commits {
	s := &Commits{repo: gitrepo.At(t, repo.Dir), objects: map[string]gitObject{}}
	for all := s.repo.GitRaw("cat-file", "--batch", "--batch-all-objects"); all != ""; {
		head, rest, _ := strings.Cut(all, "\n")
		var id, kind string
		var size int
		if _, err := fmt.Sscan(head, &id, &kind, &size); err != nil {
			t.Fatalf("git cat-file: cannot read %q: %v", head, err)
		}
		s.objects[id] = gitObject{kind, rest[:size]}
		all = rest[size+1:]
	}
	var h http.Handler = s
	if SpecPath() != "" {
		h = Hold(t, s)
	}
	api := httptest.NewServer(h)
	t.Cleanup(api.Close)
	s.URL = api.URL + "/"
	return s
}

// Asked are the requests up to now, as paths from the repository's on: "git/blobs/1f3a…".
func (s *Commits) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.asked...)
}

// ServeHTTP answers a request.
func (s *Commits) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of, ok := strings.CutPrefix(r.URL.Path, "/repos/"+CommitsRepository+"/")
	if !ok || r.Method != http.MethodGet {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	s.asked = append(s.asked, of)
	if s.Intercept != nil && s.Intercept(w, r) {
		return
	}
	kind, id, _ := strings.Cut(strings.TrimPrefix(of, "git/"), "/")
	var answer object
	switch kind {
	case "compare":
		answer = s.compare(w, r, id)
	case "commits":
		answer = s.gitCommit(id)
	case "trees":
		answer = s.tree(id, r.URL.Query().Has("recursive"))
	case "blobs":
		answer = s.blob(id)
	}
	if answer == nil {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	send(w, http.StatusOK, answer)
}

// compare lists the commits between two.
// https://docs.github.com/en/rest/commits/commits#compare-two-commits
func (s *Commits) compare(w http.ResponseWriter, r *http.Request, ends string) object {
	base, head, _ := strings.Cut(ends, "...")
	fork, err := s.repo.Try("merge-base", base, head)
	if err != nil {
		return nil
	}
	all := s.log("--reverse", base+".."+head)
	address := s.address("compare/" + ends)
	o := object{
		"base_commit": s.log("-1", base)[0], "merge_base_commit": s.log("-1", fork)[0], "commits": page(w, r, all),
		"total_commits": len(all), "ahead_by": len(all), "behind_by": 0, "status": "diverged", "files": []any{},
	}
	for _, of := range strings.Fields("url html_url permalink_url diff_url patch_url") {
		o[of] = address
	}
	return o
}

// log tells of commits as git log lists them.
func (s *Commits) log(args ...string) []any {
	const fields = "--format=%H%n%T%n%P%n%an%n%ae%n%aI%n%cn%n%ce%n%cI%n%B"
	all := []any{}
	for commit := range strings.SplitSeq(s.repo.GitRaw(append([]string{"log", "-z", fields}, args...)...), "\x00") {
		f := strings.SplitN(commit, "\n", 10)
		if len(f) < 10 {
			continue
		}
		parents := []any{}
		for _, p := range strings.Fields(f[2]) {
			parents = append(parents, object{"sha": p, "url": s.address("commits/" + p)})
		}
		at := s.address("commits/" + f[0])
		all = append(all, object{
			"sha": f[0], "node_id": "C", "url": at, "html_url": at, "comments_url": at, "author": nil, "committer": nil, "parents": parents,
			"commit": object{
				"url": at, "comment_count": 0, "message": strings.TrimSuffix(f[9], "\n"),
				"author": personJSON(f[3:6]), "committer": personJSON(f[6:9]), "tree": object{"sha": f[1], "url": at},
			},
		})
	}
	return all
}

// personJSON is who made a commit; GitHub tells dates in UTC.
func personJSON(f []string) object {
	date := f[2]
	if at, err := time.Parse(time.RFC3339, date); err == nil {
		date = stamp(at)
	}
	return object{"name": f[0], "email": f[1], "date": date}
}

// gitCommit is a commit as git has it.
// https://docs.github.com/en/rest/git/commits#get-a-commit-object
func (s *Commits) gitCommit(id string) object {
	if s.objects[id].kind != "commit" {
		return nil
	}
	whole := s.log("-1", id)[0].(object)
	o := object{"verification": object{"verified": false, "reason": "unsigned", "payload": nil, "signature": nil, "verified_at": nil}}
	for _, of := range []string{"sha", "node_id", "url", "html_url"} {
		o[of] = whole[of]
	}
	for _, of := range []string{"author", "committer", "tree", "message"} {
		o[of] = whole["commit"].(object)[of]
	}
	parents := []any{}
	for _, p := range whole["parents"].([]any) {
		parents = append(parents, object{"sha": p.(object)["sha"], "url": p.(object)["url"], "html_url": p.(object)["url"]})
	}
	o["parents"] = parents
	return o
}

// tree lists a tree, with all its folders if that is asked for.
// https://docs.github.com/en/rest/git/trees#get-a-tree
func (s *Commits) tree(id string, recursive bool) object {
	if s.objects[id].kind != "tree" {
		return nil
	}
	list := s.entries(id, "", recursive)
	cut := s.Cut > 0 && len(list) > s.Cut
	if cut {
		list = list[:s.Cut]
	}
	return object{"sha": id, "url": s.address("git/trees/" + id), "tree": list, "truncated": cut}
}

// entries lists the entries of a tree.
func (s *Commits) entries(tree, dir string, recursive bool) []any {
	list := []any{}
	for data := s.objects[tree].data; data != ""; data = data[sha1.Size:] {
		head, rest, _ := strings.Cut(data, "\x00")
		mode, name, _ := strings.Cut(head, " ")
		data = rest
		id, kind := hex.EncodeToString([]byte(data[:sha1.Size])), "blob"
		switch mode {
		case "40000":
			mode, kind = "040000", "tree"
		case "160000":
			kind = "commit"
		}
		list = append(list, object{"mode": mode, "type": kind, "sha": id, "path": dir + name, "url": s.address("git/" + kind + "s/" + id)})
		if kind == "tree" && recursive {
			list = append(list, s.entries(id, dir+name+"/", recursive)...)
		}
	}
	return list
}

// blob is a blob, in base64 with a line end behind every 60 characters.
// https://docs.github.com/en/rest/git/blobs#get-a-blob
func (s *Commits) blob(id string) object {
	if s.objects[id].kind != "blob" {
		return nil
	}
	data := s.objects[id].data
	var content strings.Builder
	for rest := base64.StdEncoding.EncodeToString([]byte(data)); rest != ""; {
		n := min(60, len(rest))
		content.WriteString(rest[:n] + "\n")
		rest = rest[n:]
	}
	return object{"sha": id, "node_id": "B", "url": s.address("git/blobs/" + id), "size": len(data), "encoding": "base64", "content": content.String()}
}

func (s *Commits) address(of string) string {
	return fmt.Sprintf("https://api.github.example/repos/%s/%s", CommitsRepository, of)
}
