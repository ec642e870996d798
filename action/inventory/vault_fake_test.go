package inventory_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

type object = map[string]any

// The tokens of the fake: one that may do all, and one that is denied what its policy
// denies.
const (
	rootToken    = "root-of-the-test"
	limitedToken = "limited-in-the-test"
)

// fakeVault answers as Vault's API is documented at
// https://developer.hashicorp.com/vault/api-docs, as far as TestVault uses it.
type fakeVault struct {
	t       testing.TB
	denied  []string // what the paths begin with that limitedToken may not ask for
	unasked []string // paths that must not be asked for

	mu      sync.Mutex
	mounts  map[string]object // by path
	entries map[string]*fakeEntry
	clock   time.Time
}

// fakeEntry is an entry of an engine of version 2, or what another engine keeps.
type fakeEntry struct {
	custom   any
	versions []fakeVersion
	data     object
}

type fakeVersion struct {
	data      object
	created   string
	deleted   string
	destroyed bool
}

func newFakeVault(t testing.TB) (*fakeVault, *httptest.Server) {
	system := func(kind string) object { return object{"type": kind, "options": nil, "description": ""} }
	v := &fakeVault{t: t, entries: map[string]*fakeEntry{}, clock: time.Now().Add(-time.Hour).UTC(), mounts: map[string]object{
		"sys/": system("system"), "identity/": system("identity"), "cubbyhole/": system("cubbyhole"),
		"secret/": {"type": "kv", "options": object{"version": "2"}, "description": "key/value secret storage"},
	}}
	srv := httptest.NewServer(v)
	t.Cleanup(srv.Close)
	return v, srv
}

// tick is the time of the next change.
func (v *fakeVault) tick() string {
	v.clock = v.clock.Add(time.Minute)
	return v.clock.Format(time.RFC3339Nano)
}

func (v *fakeVault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	path, ok := strings.CutPrefix(r.URL.Path, "/v1/")
	token := r.Header.Get("X-Vault-Token")
	begins := func(p string) bool { return strings.HasPrefix(path, p) }
	switch {
	case !ok:
		v.refuse(w, http.StatusNotFound)
		return
	case slices.ContainsFunc(v.unasked, begins):
		v.t.Errorf("%s %s was asked for", r.Method, path)
	case token != rootToken && token != limitedToken, token == limitedToken && slices.ContainsFunc(v.denied, begins):
		v.refuse(w, http.StatusForbidden, "permission denied")
		return
	}
	var body object
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			v.refuse(w, http.StatusBadRequest, "failed to parse JSON input")
			return
		}
	}
	switch mount, isMount := strings.CutPrefix(path, "sys/mounts/"); {
	case path == "sys/mounts":
		v.answer(w, v.mounts)
	case path == "sys/internal/ui/mounts":
		v.answer(w, object{"auth": object{}, "secret": v.mounts})
	case isMount:
		v.mounts[mount+"/"] = body
		w.WriteHeader(http.StatusNoContent)
	default:
		v.inMount(w, r, path, body)
	}
}

func (v *fakeVault) inMount(w http.ResponseWriter, r *http.Request, path string, body object) {
	for at, m := range v.mounts {
		rest, ok := strings.CutPrefix(path, at)
		if !ok {
			continue
		}
		options, _ := m["options"].(object)
		switch {
		case r.URL.Query().Get("list") == "true" || r.Method == "LIST":
			v.list(w, strings.TrimSuffix(path, "/")+"/")
		case m["type"] == "kv" && options["version"] == "2":
			v.version2(w, r, at, rest, body)
		case r.Method == http.MethodPost:
			v.entries[path] = &fakeEntry{data: body}
			w.WriteHeader(http.StatusNoContent)
		case v.entries[path] == nil:
			v.refuse(w, http.StatusNotFound)
		default:
			v.answer(w, v.entries[path].data)
		}
		return
	}
	v.refuse(w, http.StatusNotFound, "no handler for route")
}

// list answers with the names below a folder; those of folders end in a slash.
func (v *fakeVault) list(w http.ResponseWriter, folder string) {
	keys := map[string]bool{}
	for path := range v.entries {
		if rest, ok := strings.CutPrefix(path, folder); ok {
			name, _, deeper := strings.Cut(rest, "/")
			if deeper {
				name += "/"
			}
			keys[name] = true
		}
	}
	if len(keys) == 0 {
		v.refuse(w, http.StatusNotFound)
		return
	}
	v.answer(w, object{"keys": slices.Sorted(maps.Keys(keys))})
}

// version2 answers for an engine of keys and values of version 2.
func (v *fakeVault) version2(w http.ResponseWriter, r *http.Request, at, rest string, body object) {
	of, path, _ := strings.Cut(rest, "/")
	e := v.entries[at+"metadata/"+path]
	if e == nil && r.Method == http.MethodPost {
		e = new(fakeEntry)
		v.entries[at+"metadata/"+path] = e
	}
	switch do := r.Method + " " + of; {
	case e == nil:
		v.refuse(w, http.StatusNotFound)
	case do == "POST metadata":
		e.custom = body["custom_metadata"]
		w.WriteHeader(http.StatusNoContent)
	case do == "GET metadata":
		v.answer(w, e.metadata())
	case do == "POST data":
		data, _ := body["data"].(object)
		e.versions = append(e.versions, fakeVersion{data: data, created: v.tick()})
		v.answer(w, e.version(len(e.versions)))
	case do == "DELETE data":
		e.versions[len(e.versions)-1].deleted = v.tick()
		w.WriteHeader(http.StatusNoContent)
	case do == "POST destroy":
		for _, n := range body["versions"].([]any) {
			e.versions[int(n.(float64))-1].destroyed = true
		}
		w.WriteHeader(http.StatusNoContent)
	case do == "GET data":
		n, err := strconv.Atoi(r.URL.Query().Get("version"))
		if err != nil || n < 1 || n > len(e.versions) {
			n = len(e.versions)
		}
		version := e.versions[n-1]
		if version.deleted != "" || version.destroyed {
			w.WriteHeader(http.StatusNotFound) // with what is known of it
			v.answer(w, object{"data": nil, "metadata": e.version(n)})
			return
		}
		v.answer(w, object{"data": version.data, "metadata": e.version(n)})
	default:
		v.refuse(w, http.StatusMethodNotAllowed, "unsupported operation")
	}
}

func (e *fakeEntry) version(n int) object {
	version := e.versions[n-1]
	return object{"created_time": version.created, "custom_metadata": e.custom, "deletion_time": version.deleted, "destroyed": version.destroyed, "version": n}
}

func (e *fakeEntry) metadata() object {
	versions := object{}
	for i, v := range e.versions {
		versions[strconv.Itoa(i+1)] = object{"created_time": v.created, "deletion_time": v.deleted, "destroyed": v.destroyed}
	}
	last := len(e.versions)
	return object{
		"cas_required": false, "created_time": e.versions[0].created, "current_version": last, "custom_metadata": e.custom, "delete_version_after": "0s",
		"max_versions": 0, "oldest_version": 0, "updated_time": e.versions[last-1].created, "versions": versions,
	}
}

func (v *fakeVault) answer(w http.ResponseWriter, data any) {
	w.Header().Set("Content-Type", "application/json")
	err := json.NewEncoder(w).Encode(object{
		"request_id": "0", "lease_id": "", "renewable": false, "lease_duration": 0, "data": data, "wrap_info": nil, "warnings": nil, "auth": nil,
	})
	if err != nil {
		v.t.Error(err)
	}
}

func (v *fakeVault) refuse(w http.ResponseWriter, status int, why ...string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(object{"errors": append([]string{}, why...)}); err != nil {
		v.t.Error(err)
	}
}
