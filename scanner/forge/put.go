package forge

import (
	"context"
	"net/http"
)

// Put is Patch for APIs that change what is there by PUT, as GitLab's does.
func (w *Writer) Put(ctx context.Context, path string, in, out any) error {
	return w.write(ctx, http.MethodPut, path, in, out, nil)
}
