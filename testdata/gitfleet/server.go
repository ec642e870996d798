package gitfleet

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/leakguard/leakguard/testdata/githttp"
)

// Server serves a fleet: OWNER/NAME.git is the repository NAME. One that was renamed is
// at another address, to which requests are redirected.
type Server struct {
	URL      string       // without a slash at its end
	Requests atomic.Int64 // that were answered
	Sent     atomic.Int64 // bytes of their bodies
}

// Serve starts a server that lives as long as the test.
func (f *Fleet) Serve(t testing.TB, owner string) *Server {
	t.Helper()
	root := "/" + owner
	git := githttp.Handler(t, root, f.Dir)
	s := &Server{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Requests.Add(1)
		name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, root+"/"), ".git/")
		if to, ok := f.moved[name]; ok {
			u := *r.URL
			u.Path = root + "/" + to + ".git/" + rest
			http.Redirect(w, r, u.String(), http.StatusMovedPermanently)
			return
		}
		git.ServeHTTP(&counted{w, &s.Sent}, r)
	}))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// counted counts what is written.
type counted struct {
	http.ResponseWriter
	n *atomic.Int64
}

// Write implements io.Writer.
func (c *counted) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.n.Add(int64(n))
	return n, err
}
