package pullrequest

import (
	"fmt"
	"io"
)

// Warn writes an annotation of GitHub Actions that is of no file.
func Warn(w io.Writer, text string) error {
	_, err := fmt.Fprintln(w, command("warning", []property{{"title", "leakguard"}}, text))
	return err
}
