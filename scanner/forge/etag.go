package forge

import (
	"net/http"
	"net/url"
	"sync"
)

// etagCache remembers answers by their entity tag (RFC 9110, section 8.8.3), so
// that what has not changed costs neither transfer nor rate limit.
type etagCache struct {
	mu      sync.Mutex
	entries map[string]etagEntry
	size    int
}

type etagEntry struct {
	tag  string
	body []byte
}

// etagBudget bounds the bytes of remembered answers.
const etagBudget = 16 << 20

func (c *etagCache) condition(req *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[req.URL.String()]; ok {
		req.Header.Set("If-None-Match", e.tag)
	}
}

func (c *etagCache) body(u *url.URL) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[u.String()]
	return e.body, ok
}

func (c *etagCache) keep(u *url.URL, tag string, body []byte) {
	if tag == "" || len(body) > etagBudget/4 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil || c.size+len(body) > etagBudget {
		c.entries, c.size = map[string]etagEntry{}, 0
	}
	c.entries[u.String()] = etagEntry{tag, body}
	c.size += len(body)
}
