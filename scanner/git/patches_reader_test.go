package git

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// readPatch shows the hunks of a patch as "path:line text".
func readPatch(text string) ([]string, error) {
	var got []string
	r := &patchReader{in: bufio.NewReader(strings.NewReader(text)), commit: func() {}, emit: func(h hunk) {
		got = append(got, fmt.Sprintf("%s:%d %q", h.place.path, h.line, h.added))
	}}
	return got, r.read()
}

func TestPatchReader(t *testing.T) {
	const head = "+++ b/a\n"
	tests := []struct {
		name, patch string
		want        []string
		err         string // what it begins with; "": none
	}{
		{name: "empty"},
		{name: "one line each", patch: head + "@@ -3 +4 @@ func f()\n-x\n+y\n", want: []string{`a:4 "y\n"`}},
		{name: "nothing added", patch: head + "@@ -3,2 +2,0 @@\n-x\n-y\n", want: []string{`a:2 ""`}},
		{name: "remark on the removed line alone", patch: head + "@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+y\n", want: []string{`a:1 "y\n"`}},
		{name: "remark at the end", patch: head + "@@ -0,0 +1 @@\n+y\n\\ No newline at end of file", want: []string{`a:1 "y"`}},
		{name: "cut off in a hunk", patch: head + "@@ -1,2 +1,2 @@\n-x\n", err: io.ErrUnexpectedEOF.Error()},
		{name: "hunk of no file", patch: "@@ -1 +1 @@\n-x\n+y\n", err: "git printed a hunk"},
		{name: "no counts", patch: head + "@@ x y @@\n", err: "git printed a hunk"},
		{name: "count too large", patch: head + "@@ -1 +1,99999999999999999999 @@\n", err: "git printed a hunk"},
		{name: "combined", patch: head + "@@@ -1 -1 +1 @@@\n++y\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readPatch(tt.patch)
			if !slices.Equal(got, tt.want) {
				t.Errorf("read %q, want %q", got, tt.want)
			}
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.err)) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}

// An error of the pipe is no end of the patches.
func TestPatchReaderFails(t *testing.T) {
	broken := errors.New("broken pipe")
	in, out := io.Pipe()
	out.CloseWithError(broken)
	r := &patchReader{in: bufio.NewReader(in)}
	if err := r.read(); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

func TestPatchPath(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"plain", "b/dir/a", "dir/a"},
		{"with blanks", "b/a b\t", "a b"},
		{"ends in a tab", `"b/a\t"`, "a\t"},
		{"octal", `"b/na\303\257ve \"q\" \\"`, `naïve "q" \`},
		{"quoted wrongly", `"b/a\q"`, `"b/a\q"`},
		{"removed", "/dev/null", "/dev/null"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := patchPath(tt.text); got != tt.want {
				t.Errorf("path %q, want %q", got, tt.want)
			}
		})
	}
}
