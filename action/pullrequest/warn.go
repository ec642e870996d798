package pullrequest

import "io"

// Warn writes an annotation of GitHub Actions that is of no file.
func Warn(w io.Writer, text string) error { return tell(w, "warning", text) }

// Fail is Warn for what keeps the job from its work.
func Fail(w io.Writer, text string) error { return tell(w, "error", text) }

func tell(w io.Writer, level, text string) error {
	_, err := io.WriteString(w, command(level, []property{{"title", "leakguard"}}, inert(text)))
	return err
}
