package main

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
)

// The lines of ours in a hook; what stands between them is replaced by install
// and removed by uninstall, the rest of the hook is left alone.
const (
	hookBegin = "# leakguard begin"
	hookEnd   = "# leakguard end"
)

// installHook puts our lines behind the first line of the hook that is there,
// which must be a shell's, so that they run before any "exec" of it.
func installHook(kind, old string) (string, error) {
	old, err := uninstallHook(old)
	if err != nil {
		return "", err
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if old == "" {
		old = "#!/bin/sh\n"
	}
	first, rest, _ := strings.Cut(old, "\n")
	if !slices.Contains(shells, interpreter(first)) {
		return "", fmt.Errorf("the hook that is there is no shell script; call \"leakguard hook run %s\" from it yourself", kind)
	}
	return first + "\n" + hookBegin + "\n" + hookLines(kind, shellQuote(self)) + hookEnd + "\n" + rest, nil
}

// hookLines call leakguard in a hook. Where git tells a hook what is pushed on
// standard input, the rest of the hook can still read it.
func hookLines(kind, self string) string {
	run := self + " hook run " + kind + ` "$@" || exit $?` + "\n"
	if kind != hookPrePush && kind != hookPreReceive {
		return run
	}
	return `leakguard_refs=$(cat)
printf '%s\n' "$leakguard_refs" | ` + run + `if [ -n "$leakguard_refs" ]; then exec <<LEAKGUARD_REFS
$leakguard_refs
LEAKGUARD_REFS
else exec </dev/null; fi
`
}

// shells are those that read what we write.
var shells = []string{"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"}

// interpreter is the name of the program that a script's first line names, also
// by way of env; "" if it names none.
func interpreter(first string) string {
	line, ok := strings.CutPrefix(first, "#!")
	words := strings.Fields(line)
	if !ok || len(words) == 0 {
		return ""
	}
	name := path.Base(words[0])
	if name != "env" {
		return name
	}
	for _, w := range words[1:] {
		if !strings.HasPrefix(w, "-") && !strings.Contains(w, "=") {
			return path.Base(w)
		}
	}
	return ""
}

// uninstallHook takes our lines out; "" means that nothing else is left.
func uninstallHook(old string) (string, error) {
	begin := strings.Index(old, hookBegin)
	if begin < 0 {
		return old, nil
	}
	end := strings.Index(old, hookEnd)
	if end < begin {
		return "", fmt.Errorf("it has a line %q without %q; correct it by hand", hookBegin, hookEnd)
	}
	text := old[:begin] + strings.TrimPrefix(old[end+len(hookEnd):], "\n")
	if strings.TrimSpace(text) == "#!/bin/sh" {
		return "", nil
	}
	return text, nil
}

func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
