package main

import (
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/scanner/config"
)

// planted is in all text that is meant to be obeyed, and is the name of a file that
// is there if something of it was run.
const planted = "pwned"

// TestActionHostile has a pull request do what it can to switch its guard off, to
// have something run, and to get its text obeyed. All its secrets count.
func TestActionHostile(t *testing.T) {
	t.Parallel()
	needProgram(t, "act")
	if runtime.GOOS == "windows" {
		t.Skip("no such names of files here")
	}
	h := newHosted(t)
	secrets := hostileChange(t, h)
	r := workflowRun{workflow: hostileWorkflow(t), on: h.pullRequest(t, false), at: h}.run(t)
	said := masked(r.output, secrets...)
	if r.code != exitFound || r.outputs["found"] != "6" || len(secrets) != 6 {
		t.Errorf("exit code %d, %s of %d secrets found. The job said:\n%s", r.code, r.outputs["found"], len(secrets), said)
	}
	for _, s := range secrets {
		r.wantKept(t, h, s)
	}
	r.wantObeyed(t, secrets)
	if entries, err := os.ReadDir(r.record); err != nil || slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == planted }) {
		t.Errorf("something of the repository was run: %v", err)
	}
	comments := h.pulls.Comments()
	if len(comments) != 1 {
		t.Fatalf("%d comments, want one", len(comments))
	}
	for _, settings := range []string{config.FileName, ".leakguardignore"} {
		if !strings.Contains(r.summary, "`"+settings+"` is new") {
			t.Errorf("the summary does not say that %s was added:\n%s", settings, masked(r.summary, secrets...))
		}
	}
	for where, text := range map[string]string{"the summary": r.summary, "the comment": comments[0].Body} {
		text = shownAsText.ReplaceAllString(masked(text, secrets...), "")
		for _, active := range []string{"<img", "<script", "](https://evil.example", "@acme/all"} {
			if strings.Contains(text, active) {
				t.Errorf("%s has %q in it:\n%s", where, active, text)
			}
		}
	}
}

// shownAsText is what Markdown shows as it is: code, and what a backslash is before.
var shownAsText = regexp.MustCompile("`[^`\n]+`|\\\\.")

// hostileChange commits all that onto the branch change, and returns the secrets in it.
func hostileChange(t *testing.T, h *hosted) []string {
	t.Helper()
	files := map[string]string{ // the text before a secret, by the file's name
		"app.env": "A = ",
		"dir ::set-output name=found::0 ##[add-path]" + planted + ".env":           "::set-output name=found::0\n##[add-path]/" + planted + "\n",
		"line\n::error::" + planted + "\n##[set-env name=PATH]" + planted + ".env": "\x1b[2K\x1b]0;" + planted + "\x07::stop-commands::" + planted + "\n",
		"<img src=x onerror=" + planted + ">](https://evil.example) @acme/all.env": "<script>" + planted + "</script>\n",
		"inline.env":    "A = ",
		"long/line.txt": strings.Repeat("5 MB of it ", 500_000),
	}
	marks := map[string]string{"inline.env": " # leakguard:allow gitleaks:allow trufflehog:ignore"}
	var secrets []string
	for n, name := range slices.Sorted(maps.Keys(files)) {
		secret := token(t, uint64(n))
		secrets = append(secrets, secret)
		h.Write(name, files[name]+secret+marks[name]+"\n")
	}
	at := h.Commit("add")
	r, _ := scan(t, h.Dir, secrets, "git", "--range", "main..change", "--no-inline-allow")
	var ignore, gitleaks strings.Builder
	for _, s := range r.Secrets {
		ignore.WriteString(s.Fingerprint + " # all is well\n")
		gitleaks.WriteString(at + ":" + s.Occurrences[0].Path + ":" + tokenRule + ":1\n")
	}
	run := "touch \"$TEST_RECORD/" + planted + "\""
	h.Write(config.FileName, "[[allow]]\nreason = \"x\"\npaths = ['.*']\n\n[rules]\ndisable = [\""+tokenRule+"\"]\n")
	h.Write(".gitleaks.toml", "[allowlist]\npaths = ['''.*''']\n")
	h.Write(".leakguardignore", ignore.String()).Write(".gitleaksignore", gitleaks.String())
	h.Write(".gitattributes", "* filter=evil diff=evil merge=evil export-ignore\n")
	h.Write(".gitconfig", "[filter \"evil\"]\n\tclean = "+run+"\n\tsmudge = "+run+"\n")
	h.Write("go.mod", "module evil\n\ntoolchain go1.99.0\n").Write("go.work", "go 1.99\n")
	h.Commit("switch the guard off")
	return secrets
}

// hostileWorkflow is the workflow of pull requests in which a step before ours left
// settings and a hook in the repository that name a program to run.
func hostileWorkflow(t *testing.T) string {
	t.Helper()
	step := `- run: |
          evil='touch "$TEST_RECORD/` + planted + `"; cat'
          printf '#!/bin/sh\n%s </dev/null\n' "$evil" >"$RUNNER_TEMP/evil"
          chmod +x "$RUNNER_TEMP/evil"
          mkdir -p .git/hooks
          for hook in post-checkout reference-transaction post-index-change; do cp "$RUNNER_TEMP/evil" ".git/hooks/$hook"; done
          for key in filter.evil.clean filter.evil.smudge filter.evil.process diff.evil.textconv diff.evil.command diff.external \
            merge.evil.driver core.fsmonitor core.pager core.editor core.sshCommand core.askPass core.alternateRefsCommand \
            uploadpack.packObjectsHook remote.origin.uploadpack alias.fetch alias.rev-list gpg.program credential.helper; do
            git config "$key" "$RUNNER_TEMP/evil"
          done
          git update-ref refs/evil HEAD
          rm "$TEST_RECORD/` + planted + `" # a git that obeys all this has made it
      `
	return strings.Replace(docAt(t, "docs/workflows/pull-request.yml").text, ours, step+ours, 1)
}

// wantObeyed wants the runner to have obeyed leakguard alone.
func (r *ranWorkflow) wantObeyed(t *testing.T, secrets []string) {
	t.Helper()
	for _, c := range r.commands {
		switch c.Command {
		case "error", "warning", "notice", "add-mask", "stop-commands", "ignored", "summary":
		case "set-output": // from the file, as summary is
		default:
			if !strings.Contains(r.stdout, "::stop-commands::"+c.Command+"\n") {
				t.Errorf("the runner was told %q: %s", c.Command, masked(c.Message, secrets...))
			}
		}
	}
	// GitHub's runner also obeys ##[ anywhere in a line, and :: behind white space.
	for line := range strings.Lines(r.stdout + r.stderr) {
		if !strings.Contains(line, planted) {
			continue
		}
		ours := slices.ContainsFunc([]string{"::error ", "::warning ", "::notice "}, func(s string) bool { return strings.HasPrefix(line, s) })
		if strings.Contains(line, "##[") || !ours && strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "\x1b") {
			t.Errorf("a line of the log may be obeyed: %q", masked(line, secrets...))
		}
	}
	if len(r.outputs) != 8 {
		t.Errorf("outputs %v", slices.Collect(maps.Keys(r.outputs)))
	}
}
