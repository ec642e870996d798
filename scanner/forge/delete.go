package forge

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Delete asks the API to delete what is at path, relative to the base address.
// It waits where the server says so, and gives an *Error for any answer but a
// success.
func (c *Client) Delete(ctx context.Context, path string) error {
	u, err := c.resolve(path)
	if err != nil {
		return err
	}
	waited := time.Duration(0)
	for attempt := 0; ; attempt++ {
		resp, err := c.send(ctx, http.MethodDelete, u, true)
		if err != nil {
			return err
		}
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		resp.Body.Close()
		if resp.StatusCode/100 == 2 {
			return nil
		}
		if err := c.hold(ctx, http.MethodDelete, u, resp, body, attempt, &waited); err != nil {
			return err
		}
	}
}
