package pullrequest

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/leakguard/leakguard/scanner/forge"
)

// Sticky is the one comment of ours on a pull request or a merge request.
type Sticky struct {
	thread thread
}

// thread is the conversation about a change: on GitHub, on GitLab.
type thread interface {
	// ours are the comments that begin with CommentMark and are our own, the oldest first.
	ours(ctx context.Context) ([]comment, error)

	create(ctx context.Context, body string) (comment, error)
	edit(ctx context.Context, c comment, body string) error
	remove(ctx context.Context, c comment) error
}

// comment is a comment of a thread.
type comment struct {
	id     int64
	author string
	body   string
	url    string // of its page; "" if not known
}

// Put has the comment say body, which begins with CommentMark, and returns its address.
// It is made once and edited from then on, and nothing is written that it says already.
// Where nothing was found and there is no comment, none is made.
//
// Of several, as two jobs at once may make them, the oldest stays.
func (s *Sticky) Put(ctx context.Context, body string, found bool) (url string, err error) {
	if !strings.HasPrefix(body, CommentMark) {
		return "", fmt.Errorf("a comment has to begin with %s, or it is not found again", CommentMark)
	}
	ours, err := s.thread.ours(ctx)
	if err != nil {
		return "", err
	}
	if len(ours) == 0 {
		if !found {
			return "", nil
		}
		made, err := s.thread.create(ctx, body)
		if err != nil {
			return "", err
		}
		if ours, err = s.thread.ours(ctx); err != nil || len(ours) == 0 {
			return made.url, err
		}
	}
	kept := ours[0]
	if !sameText(kept.body, body) {
		if err := s.thread.edit(ctx, kept, body); err != nil {
			return "", err
		}
	}
	for _, c := range ours[1:] {
		if c.author != kept.author {
			continue // of another bot, who may need it
		}
		// The other job may be faster.
		if err := s.thread.remove(ctx, c); err != nil && forge.StatusOf(err) != http.StatusNotFound {
			return kept.url, err
		}
	}
	return kept.url, nil
}

// sameText reports whether bodies are the same but for what a forge, or quiet, changes.
func sameText(a, b string) bool {
	as := strings.NewReplacer("\r\n", "\n", "\n /", "\n/")
	return strings.TrimSpace(as.Replace(a)) == strings.TrimSpace(as.Replace(b))
}
