package git

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"

	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

// API is a repository as the REST API of GitHub has it.
// https://docs.github.com/en/rest/git
type API struct {
	Client *forge.Client
	Name   string // "acme/shop"

	// Requests bounds how many are sent; 0: 2,000. The token of a job of GitHub
	// Actions has 1,000 an hour for each repository.
	Requests int
}

// mostRequests is API.Requests by default.
const mostRequests = 2000

// mostBlob is more than the API gives of a blob, in bytes: 100 MB.
const mostBlob = 128 << 20

// mostWhole is how many files and folders a tree may have to be asked for with all
// its folders, by one request; larger ones are asked for folder by folder.
const mostWhole = 5000

// keptBytes bounds the trees and blobs that are remembered.
const keptBytes = 64 * cache.MiByte

// apiObjects gives objects that the repository does not have. Each is checked
// against its name: what GitHub leaves out, or a proxy changes, is an error.
type apiObjects struct {
	ctx      context.Context
	api      API
	limit    int64 // bytes of a blob
	left     int   // requests
	stopped  error // why nothing more is asked for; nil: it is
	failed   map[pack.ID]error
	kept     *cache.ObjectLRU
	byFolder bool // whether trees are asked for without what is in their folders
}

func newAPIObjects(ctx context.Context, api API, limit int64) *apiObjects {
	api.Requests = cmp.Or(api.Requests, mostRequests)
	return &apiObjects{ctx: ctx, api: api, limit: min(limit, mostBlob), left: api.Requests, failed: map[pack.ID]error{}, kept: cache.NewObjectLRU(keptBytes)}
}

// get gives a blob or a tree.
func (a *apiObjects) get(want pack.Type, id pack.ID) ([]byte, error) {
	if want == pack.Tree && gitHash(id) == plumbing.ComputeHash(plumbing.TreeObject, nil) {
		return nil, nil // git knows the empty tree even where nobody stored it
	}
	if o, ok := a.kept.Get(gitHash(id)); ok {
		r, err := o.Reader()
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	}
	if err := a.failed[id]; err != nil {
		return nil, err
	}
	ask := a.blob
	if want == pack.Tree {
		ask = a.tree
	}
	data, err := ask(id)
	if err != nil {
		a.failed[id] = err
	}
	return data, err
}

func gitHash(id pack.ID) plumbing.Hash { return plumbing.Hash(id[:pack.SHA1]) }

// blob asks for a blob.
// https://docs.github.com/en/rest/git/blobs#get-a-blob
func (a *apiObjects) blob(id pack.ID) ([]byte, error) {
	var answer struct {
		Content []byte // in base64
	}
	err := a.ask(func() error {
		return a.api.Client.Download(a.ctx, a.path("git/blobs/"+pack.SHA1.Hex(id)), func(r io.Reader) error {
			// Base64 takes a third more, and a line end now and then.
			body := &io.LimitedReader{R: r, N: a.limit + a.limit/2 + 64<<10}
			err := json.NewDecoder(body).Decode(&answer)
			if body.N <= 0 || int64(len(answer.Content)) > a.limit {
				return &apiError{errors.New("it is larger than the limit"), "raise --max-size, or have somebody look at the file"}
			}
			if err != nil {
				return &apiError{fmt.Errorf("the answer of GitHub's API cannot be read: %w", err), fullFix}
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return a.keep(plumbing.BlobObject, id, answer.Content)
}

// apiTree is a tree, or all the trees that hang on one.
// https://docs.github.com/en/rest/git/trees#get-a-tree
type apiTree struct {
	Tree []struct {
		Path, Mode, SHA string
	}
	Truncated bool
}

// tree asks for a tree. One that is not large brings its folders along.
func (a *apiObjects) tree(id pack.ID) ([]byte, error) {
	var t apiTree
	at := a.path("git/trees/" + pack.SHA1.Hex(id))
	if !a.byFolder {
		if err := a.askFor(at+"?recursive=1", &t); err != nil {
			return nil, err
		}
		a.byFolder = t.Truncated || len(t.Tree) > mostWhole
		if !t.Truncated {
			return a.keepTrees(id, t)
		}
		t = apiTree{}
	}
	if err := a.askFor(at, &t); err != nil {
		return nil, err
	}
	if t.Truncated {
		return nil, &apiError{errors.New("GitHub cuts the list of its files off"), fullFix}
	}
	return a.keepTrees(id, t)
}

// keepTrees remembers a tree, and those of its folders that are listed with it.
func (a *apiObjects) keepTrees(root pack.ID, t apiTree) ([]byte, error) {
	ids := map[string]pack.ID{".": root}
	held := map[string][]treeEntry{}
	for _, e := range t.Tree {
		id, err := pack.SHA1.Parse(e.SHA)
		if err != nil {
			return nil, &apiError{fmt.Errorf("GitHub's API names an object %.50q", e.SHA), fullFix}
		}
		dir, name := path.Split(e.Path)
		mode := modeOf([]byte(e.Mode))
		held[path.Clean(dir)] = append(held[path.Clean(dir)], treeEntry{mode, []byte(name), id})
		if mode == modeTree {
			ids[e.Path] = id
		}
	}
	for dir, id := range ids {
		if dir != "." && len(held[dir]) > 0 {
			// One that is not as its name says is asked for alone when it is needed.
			_, _ = a.keep(plumbing.TreeObject, id, encodeTree(held[dir]))
		}
	}
	return a.keep(plumbing.TreeObject, root, encodeTree(held["."]))
}

// encodeTree writes a tree as git stores it, in the order of git: a folder's name
// counts as if it ended in a slash.
func encodeTree(entries []treeEntry) []byte {
	key := func(e treeEntry) string {
		if e.mode == modeTree {
			return string(e.name) + "/"
		}
		return string(e.name)
	}
	slices.SortFunc(entries, func(a, b treeEntry) int { return strings.Compare(key(a), key(b)) })
	var b bytes.Buffer
	for _, e := range entries {
		fmt.Fprintf(&b, "%s %s\x00%s", e.mode, e.name, e.id[:pack.SHA1])
	}
	return b.Bytes()
}

// keep remembers an object if it is what its name says.
func (a *apiObjects) keep(typ plumbing.ObjectType, id pack.ID, data []byte) ([]byte, error) {
	o := new(plumbing.MemoryObject)
	o.SetType(typ)
	if _, err := o.Write(data); err != nil {
		return nil, err
	}
	if o.Hash() != gitHash(id) {
		return nil, &apiError{errors.New("what GitHub's API gives is not what git has under this name"), fullFix}
	}
	a.kept.Put(o)
	return data, nil
}

// path is the path of what belongs to the repository.
func (a *apiObjects) path(of string) string {
	owner, name, _ := strings.Cut(a.api.Name, "/")
	return "repos/" + url.PathEscape(owner) + "/" + url.PathEscape(name) + "/" + of
}

// askFor asks for JSON.
func (a *apiObjects) askFor(path string, v any) error {
	return a.ask(func() error {
		_, err := a.api.Client.Get(a.ctx, path, v)
		return err
	})
}

// ask sends a request, if one may be sent still. An answer that tells nothing of
// other objects leaves it at that; after any other failure nothing more is asked
// for.
func (a *apiObjects) ask(send func() error) error {
	switch {
	case a.stopped != nil:
		return a.stopped
	case a.left == 0:
		a.stopped = &apiError{fmt.Errorf("it takes more than %d requests to GitHub's API", a.api.Requests), fullFix}
		return a.stopped
	}
	a.left--
	err := send()
	if err == nil || errors.As(err, new(*apiError)) {
		return err
	}
	var answer *forge.Error
	if !errors.As(err, &answer) {
		a.stopped = &apiError{err, fullFix}
		return a.stopped
	}
	// Without its address, so that a thousand gaps of one reason are one.
	told := &apiError{fmt.Errorf("GitHub's API answers %d %s: %s", answer.Status, http.StatusText(answer.Status), answer.Message), fullFix}
	switch answer.Status {
	case http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity:
	case http.StatusForbidden:
		told.fix = "let the job's token read the repository (permissions: contents: read), or " + fullFix
		if strings.Contains(answer.Message, "rate limit") {
			a.stopped, told.fix = told, fullFix
		}
	default:
		a.stopped = told
	}
	return told
}

// apiError is why GitHub's API did not give something.
type apiError struct {
	err error
	fix string
}

func (e *apiError) Error() string { return e.err.Error() }
func (e *apiError) Unwrap() error { return e.err }

// Fix is what the user can do.
func (e *apiError) Fix() string { return e.fix }
