package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCommitMsg makes commits under the hook with a real editor, which appends to
// the message that git prepared, or without one.
func TestCommitMsg(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		config  []string // git config
		typed   string   // by the editor, above what git prepared; SECRET stands for one
		args    []string // of git commit
		stopped bool
	}{
		{"clean", nil, "", []string{"-m", "clean"}, false},
		{"secret", nil, "", []string{"-m", "use SECRET"}, true},
		{"secret in the body", nil, "", []string{"-m", "subject", "-m", "use SECRET"}, true},
		{"comment without an editor is text", nil, "", []string{"-m", "subject", "-m", "# SECRET"}, true},
		{"comment without an editor, but stripped", []string{"commit.cleanup", "strip"}, "", []string{"-m", "subject", "-m", "# SECRET"}, false},
		{"typed", nil, "use SECRET\n", nil, true},
		{"typed in a comment", nil, "subject\n# SECRET\n", nil, false},
		{"typed in a comment that is kept", []string{"commit.cleanup", "whitespace"}, "subject\n# SECRET\n", nil, true},
		{"typed with another comment character", []string{"core.commentChar", ";"}, "subject\n# SECRET\n", nil, true},
		{"typed in a comment of another character", []string{"core.commentChar", ";"}, "subject\n; SECRET\n", nil, false},
		{"the character is chosen by git", []string{"core.commentChar", "auto"}, "subject\n; SECRET\n", nil, true},
		{"clean above the diff", nil, "subject\n", []string{"-v"}, false},
		{"secret above the diff", nil, "use SECRET\n", []string{"-v"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			secret := token(t, 1)
			fill := func(s string) string { return strings.ReplaceAll(s, "SECRET", secret) }
			r := repository(t)
			r.Write("app.env", withSecret(token(t, 2))).Commit("known before") // shown by -v
			r.Write("app.env", "changed\n"+withSecret(token(t, 2))).Git("add", ".")
			if c.config != nil {
				r.Git(append([]string{"config"}, c.config...)...)
			}
			installed(t, r, hookCommitMsg)
			editor := filepath.Join(t.TempDir(), "editor")
			script := "#!/bin/sh\n{ cat '" + editor + ".typed'; cat \"$1\"; } >\"$1.new\" && mv \"$1.new\" \"$1\"\n"
			overwrite(t, editor+".typed", []byte(fill(c.typed)))
			overwrite(t, editor, []byte(script))
			if err := os.Chmod(editor, 0o755); err != nil {
				t.Fatal(err)
			}
			args := []string{"commit", "-q"}
			for _, a := range c.args {
				args = append(args, fill(a))
			}
			before := r.Rev("HEAD")
			_, err := withHooks(t, r, "GIT_EDITOR="+editor).Try(args...)
			if committed := r.Rev("HEAD") != before; committed == c.stopped || committed != (err == nil) {
				t.Fatalf("committed: %t, want %t; %v", committed, !c.stopped, err != nil)
			}
			if c.stopped && (!strings.Contains(err.Error(), "message:") || strings.Contains(err.Error(), secret)) {
				t.Errorf("the place is not named, or the secret is: %s", masked(err.Error(), secret))
			}
		})
	}
}

func TestCommitMsgNoFile(t *testing.T) {
	t.Parallel()
	r := repository(t)
	stdout, stderr, code := run(t, r.Dir, "hook", "run", hookCommitMsg, "gone")
	if code != exitIncomplete || stdout != "" || !strings.Contains(stderr, "gone") || !strings.Contains(stderr, "could not be read") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}
