package gitfleet

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/leakguard/leakguard/testdata/githttp"
)

// Server serves a fleet: OWNER/NAME.git is the repository NAME. One that was renamed is
// at another address, to which requests are redirected.
type Server struct {
	URL string // without a slash at its end

	mu     sync.Mutex
	counts Counts
}

// Counts are of what a server was asked for.
type Counts struct {
	Requests int            // redirected ones, too
	Sent     int64          // bytes of the answers' bodies
	Packs    map[string]int // how often it was asked for a pack of each repository, by the name that is listed
}

// Since is what was asked for since then.
func (c Counts) Since(before Counts) Counts {
	since := Counts{Requests: c.Requests - before.Requests, Sent: c.Sent - before.Sent, Packs: map[string]int{}}
	for name, n := range c.Packs {
		if n -= before.Packs[name]; n > 0 {
			since.Packs[name] = n
		}
	}
	return since
}

// Counts are those until now.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts
	c.Packs = maps.Clone(c.Packs)
	return c
}

// count changes the counts.
func (s *Server) count(change func(*Counts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.counts)
}

// Serve starts a server that lives as long as the test.
func (f *Fleet) Serve(t testing.TB, owner string) *Server {
	t.Helper()
	root := "/" + owner
	git := githttp.Handler(t, root, f.Dir)
	s, old := &Server{counts: Counts{Packs: map[string]int{}}}, map[string]string{}
	for name, to := range f.moved {
		old[to] = name
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.count(func(c *Counts) { c.Requests++ })
		name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, root+"/"), ".git/")
		if name == Forbidden {
			http.Error(w, "Repository access blocked", http.StatusForbidden)
			return
		}
		if to, ok := f.moved[name]; ok {
			u := *r.URL
			u.Path = root + "/" + to + ".git/" + rest
			http.Redirect(w, r, u.String(), http.StatusMovedPermanently)
			return
		}
		if _, err := os.Stat(f.at(name).Dir); err != nil {
			http.NotFound(w, r)
			return
		}
		if asksForPack(r) {
			s.count(func(c *Counts) { c.Packs[cmp.Or(old[name], name)]++ })
		}
		git.ServeHTTP(&counted{w, s}, r)
	}))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// asksForPack reports whether a request is the command fetch of protocol 2, in which the
// command comes first: https://git-scm.com/docs/protocol-v2#_command_request
func asksForPack(r *http.Request) bool {
	const fetch = "0011command=fetch"
	body := bufio.NewReader(r.Body)
	r.Body = readCloser{body, r.Body}
	begin, _ := body.Peek(1024) // less, if there is no more
	if r.Header.Get("Content-Encoding") != "gzip" {
		return strings.HasPrefix(string(begin), fetch)
	}
	text := make([]byte, len(fetch))
	z, err := gzip.NewReader(strings.NewReader(string(begin)))
	if err == nil {
		_, err = io.ReadFull(z, text)
	}
	return err == nil && string(text) == fetch
}

// readCloser reads by one and closes the other.
type readCloser struct {
	io.Reader
	io.Closer
}

// counted counts what is written.
type counted struct {
	http.ResponseWriter
	s *Server
}

// Write implements io.Writer.
func (c *counted) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.s.count(func(counts *Counts) { counts.Sent += int64(n) })
	return n, err
}
