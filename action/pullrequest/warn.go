package pullrequest

import (
	"io"
)

// Warn writes an annotation of GitHub Actions that is of no file.
func Warn(w io.Writer, text string) error {
	_, err := io.WriteString(w, command("warning", []property{{"title", "leakguard"}}, inert(text)))
	return err
}
