//go:build unix

package postgresql

import (
	"strconv"
	"sync"
	"testing"
)

// shared is the server of Database. To make one takes seconds, to make a database
// hardly any time.
var shared struct {
	sync.Mutex
	server    *Server
	databases int
}

// Database makes an empty database on a server that all tests of a package share,
// and returns its URL. The first test starts it, where Start would skip it is
// skipped, and Quit ends it.
func Database(t testing.TB) (dsn string) {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		shared.server = begin(t)
	}
	shared.server.t = t
	shared.databases++
	return shared.server.Database("test" + strconv.Itoa(shared.databases))
}

// Quit ends the shared server, if there is one. TestMain calls it when all tests have run.
func Quit() {
	shared.Lock()
	defer shared.Unlock()
	if shared.server != nil {
		shared.server.end()
		shared.server = nil
	}
}
