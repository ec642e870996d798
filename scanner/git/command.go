package git

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// hardened are the settings under which git runs no program that the repository
// or the user configured, contacts nobody and changes nothing.
var hardened = []string{
	"--no-pager", "--no-optional-locks", "--no-replace-objects",
	"-c", "core.fsmonitor=false",
	"-c", "core.hooksPath=" + os.DevNull,
	"-c", "core.attributesFile=" + os.DevNull,
	"-c", "core.pager=cat",
	"-c", "core.sshCommand=false",
	"-c", "credential.helper=",
	"-c", "diff.external=",
	"-c", "protocol.allow=never",
	"-c", "safe.directory=*",
	"-c", "submodule.recurse=false",
	"-c", "log.showSignature=false",
}

// git runs git in dir and returns its output. Its environment is the caller's,
// so that GIT_INDEX_FILE and GIT_DIR of a hook hold, without what could run
// something.
func git(ctx context.Context, dir string, args ...string) ([]byte, error) {
	return gitIn(ctx, dir, nil, args...)
}

// gitIn is git with something on its standard input.
func gitIn(ctx context.Context, dir string, stdin io.Reader, args ...string) ([]byte, error) {
	return runGit(ctx, dir, environment(os.Environ()), stdin, append(append([]string{}, hardened...), args...))
}

// plainGit runs git under the repository's own settings; it is for asking what
// these settings are.
func plainGit(ctx context.Context, dir string, args ...string) ([]byte, error) {
	return runGit(ctx, dir, environment(os.Environ()), nil, args)
}

func runGit(ctx context.Context, dir string, env []string, stdin io.Reader, args []string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Env = dir, env
	// What git started may hold its output open after git was ended.
	cmd.WaitDelay = time.Second
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &errs
	if err := cmd.Run(); err != nil {
		name := args[len(args)-1]
		for _, a := range args {
			if !strings.HasPrefix(a, "-") && !strings.Contains(a, "=") {
				name = a
				break
			}
		}
		if msg := strings.TrimSpace(errs.String()); msg != "" {
			return nil, fmt.Errorf("git %s: %s", name, firstLine(msg))
		}
		return nil, fmt.Errorf("git %s: %w", name, err)
	}
	return out.Bytes(), nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// environment drops every variable by which git would run a program or talk to
// somebody, or that would change what it prints.
func environment(env []string) []string {
	kept := make([]string, 0, len(env)+4)
	for _, e := range env {
		name, _, _ := strings.Cut(e, "=")
		switch {
		case name == "GIT_DIR", name == "GIT_INDEX_FILE", name == "GIT_WORK_TREE", name == "GIT_COMMON_DIR",
			name == "GIT_OBJECT_DIRECTORY", name == "GIT_ALTERNATE_OBJECT_DIRECTORIES", name == "GIT_CEILING_DIRECTORIES":
		case strings.HasPrefix(name, "GIT_"), name == "LC_ALL", name == "LANG", name == "PAGER":
			continue
		}
		kept = append(kept, e)
	}
	return append(kept, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1", "GIT_CONFIG_NOSYSTEM=1", "GIT_OPTIONAL_LOCKS=0")
}
