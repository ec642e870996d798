package remediate

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

var updateRunbooks = flag.Bool("update-runbooks", false, "write testdata/runbooks anew")

// builtinOnly are the runbooks of an organisation that has no templates.
func builtinOnly(t *testing.T) *Runbooks {
	t.Helper()
	r, err := LoadRunbooks("", providers.Load())
	if err != nil {
		t.Fatal(err)
	}
	r.ConfirmAfter = time.Hour
	return r
}

// runbookFolder lays out templates.
func runbookFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func ruleNamed(t *testing.T, r *Runbooks, id string) *rules.Rule {
	t.Helper()
	rule := r.rule(id)
	if rule == nil {
		t.Fatalf("no rule %s", id)
	}
	return rule
}

// TestRunbookGolden compares the runbooks of secrets of five kinds with what was
// looked at.
func TestRunbookGolden(t *testing.T) {
	tests := []struct {
		file, rule string
		approval   bool
		history    func(*rules.Rule) *ledger.History
	}{
		{"aws-live-admin", "aws-secret-access-key", true, sampleLive},
		{"github-live", "github-pat", false, func(r *rules.Rule) *ledger.History {
			h := sampleLive(r)
			h.Details.Parts, h.Details.Risks = nil, nil
			v := &h.Details.Verdict
			v.Identity, v.Scopes, v.Access = verify.Identity{ID: "7", Name: "ada", Kind: "person"}, []string{"repo"}, verify.Write
			return h
		}},
		{"database-url", "generic-url-password", false, func(r *rules.Rule) *ledger.History {
			h := sampleBare(r)
			h.Name, h.Verdict = "DATABASE_URL", verify.Unverifiable
			h.Details.Verdict = verify.Verdict{State: verify.Unverifiable, Reason: "the host is named by the scanned text alone"}
			h.Occurrences = occurrences(scanner.Occurrence{Kind: scanner.InLog, Repository: "https://git.example/acme/shop", Run: "99", Step: "migrate"})
			return h
		}},
		{"private-key-dead", "privatekey-pem", false, func(r *rules.Rule) *ledger.History {
			h := sampleBare(r)
			h.Verdict, h.DeadSince = verify.Dead, sampleDay(20)
			h.Details.Verdict = verify.Verdict{State: verify.Dead, Reason: "the server refuses it", Identity: verify.Identity{Account: "deploy"}}
			h.Occurrences = occurrences(scanner.Occurrence{Kind: scanner.InGit, Repository: "https://git.example/acme/shop", Commit: strings.Repeat("1b", 20), Field: "message"})
			return h
		}},
		{"generic-unknown", "generic-secret", false, sampleBare},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			r := builtinOnly(t)
			r.Approval = tt.approval
			got, err := r.Render(tt.history(ruleNamed(t, r, tt.rule)))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", "runbooks", tt.file+".md")
			if *updateRunbooks {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (go test -update-runbooks writes it)", err)
			}
			if got != string(want) {
				t.Errorf("differs from %s; go test -update-runbooks, and look at the diff. Got:\n%s", path, got)
			}
		})
	}
}

// runbookSections are the headings of a runbook, in their order.
var runbookSections = []string{
	"## Runbook: ", "### Incident response\n", "### Approval\n", "### 1. Find what uses it\n", "### 2. Issue a new one\n", "### 3. Deploy it\n",
	"### 4. Check each consumer\n", "### 5. Revoke the old one\n", "### 6. Confirm that it is dead\n", "### 7. History, last\n", "### Change record\n", "### Audit\n",
}

// emptyValue is what is left where a value should stand.
var emptyValue = regexp.MustCompile("(?m)<no value>|<nil>|%!|^- \\*\\*[^*\n]*:\\*\\* *$|: *\\.\\s|\\( *\\)|, *,|^ *- *$|^\\d\\. *$|\\(, |[ (]``[;,.:)\n]|[ \t]+$|\n\n\n|0001-01-01")

// TestRunbookOfEachProvider writes the runbooks of all rules, and of one rule of
// each provider for secrets of all shapes.
func TestRunbookOfEachProvider(t *testing.T) {
	r := builtinOnly(t)
	r.Approval = true
	for _, p := range providers.Load() {
		t.Run(p.ID, func(t *testing.T) {
			for _, s := range samples(p.Rules[0]) {
				checkRunbook(t, r, s, p)
			}
			for _, rule := range p.Rules[1:] {
				checkRunbook(t, r, samples(rule)[0], p)
			}
		})
	}
}

func checkRunbook(t *testing.T, r *Runbooks, s sample, p *rules.Provider) {
	t.Helper()
	text, err := r.Render(s.history)
	if err != nil {
		t.Fatalf("%s, %s: %v", s.history.Rule, s.name, err)
	}
	at := 0
	sections := runbookSections
	if len(s.history.Kept) > 0 {
		sections = slices.Insert(slices.Clone(sections), 1, "### Where the value is kept\n")
	}
	for _, section := range sections {
		i := strings.Index(text[at:], section)
		if i < 0 {
			t.Fatalf("%s, %s: no %q where it belongs in\n%s", s.history.Rule, s.name, section, text)
		}
		at += i + len(section)
	}
	if n := strings.Count(text, "\n#") + 1; n != len(sections) {
		t.Errorf("%d headings, want %d", n, len(sections))
	}
	if bad := emptyValue.FindStringIndex(text); bad != nil {
		t.Errorf("%s, %s: an empty value: %q", s.history.Rule, s.name, text[max(0, bad[0]-60):min(len(text), bad[1]+20)])
	}
	for _, step := range p.Rotate.Steps {
		if !strings.Contains(text, quietMarkdown(step)) {
			t.Errorf("the step %q is missing", step)
		}
	}
	if !strings.Contains(text, "<"+p.Rotate.URL+">") {
		t.Error("the issuer's page is missing")
	}
}

// TestRunbookHostile wants texts of others to stay texts.
func TestRunbookHostile(t *testing.T) {
	r := builtinOnly(t)
	h := sampleHostile(ruleNamed(t, r, "aws-secret-access-key"))
	plan, err := r.Plan(h, "")
	if err != nil {
		t.Fatal(err)
	}
	outside := withoutCode(plan)
	for _, bad := range []string{"@everyone", " <img", " [x](", "https://evil", "\n/close", " #1", endMark, "-->"} {
		if i := strings.Index(outside, bad); i >= 0 {
			t.Errorf("%q is in the runbook: %q", bad, outside[max(0, i-100):i+20])
		}
	}
	if strings.Contains(plan, endMark) {
		t.Error("the mark is in the runbook")
	}
	if !strings.Contains(plan, `@`+zeroWidth+`everyone \<img src=x\>`) {
		t.Error("the names are not in the runbook")
	}
}

// withoutCode is Markdown without its code, spans and blocks (CommonMark 0.31, 6.1).
func withoutCode(text string) string {
	var b strings.Builder
	for text != "" {
		switch {
		case text[0] == '\\' && len(text) > 1:
			b.WriteString(text[:2])
			text = text[2:]
			continue
		case text[0] != '`':
			b.WriteByte(text[0])
			text = text[1:]
			continue
		}
		_, rest, fence := cutFence(text)
		for text = rest; rest != ""; { // up to a run of as many
			_, after, run := cutFence(rest)
			if rest = after; run == fence {
				text = rest
				break
			}
		}
	}
	return b.String()
}

// TestRunbookWays looks for what the state of a secret changes.
func TestRunbookWays(t *testing.T) {
	change := func(do func(*ledger.History)) func(*rules.Rule) *ledger.History {
		return func(r *rules.Rule) *ledger.History {
			h := sampleLive(r)
			do(h)
			return h
		}
	}
	tests := []struct {
		name, rule, want string
		history          func(*rules.Rule) *ledger.History
	}{
		{"live and an administrator's", "github-pat", "**Contain it before anything else", sampleLive},
		{"live", "github-pat", "can read one of the places in step 1, **contain it", change(func(h *ledger.History) { h.Details.Verdict.Access = verify.Read })},
		{"dead, once an administrator's", "github-pat", "nothing is left to contain", change(func(h *ledger.History) { h.Verdict = verify.Dead })},
		{"unknown", "github-pat", "so take it for live", sampleBare},
		{"revocable", "github-pat", "$ leakguard revoke FINGERPRINT --dry-run\n", sampleLive},
		{"not revocable", "generic-secret", "leakguard cannot revoke it", sampleLive},
		{"verifiable", "github-pat", "closes it when the issuer has refused the secret twice, at least 1h apart", sampleLive},
		{"not verifiable", "generic-secret", "$ leakguard ledger accept lgk1-", sampleLive},
		{"not to be asked about", "github-pat", "or none that is allowed", change(func(h *ledger.History) { h.Verdict = verify.Unverifiable })},
		{"in more places than are listed", "github-pat", "  - and 3 more\n", change(func(h *ledger.History) {
			h.Occurrences = nil
			for i := range maxPlaces + 3 {
				h.Occurrences = append(h.Occurrences, occurrences(scanner.Occurrence{Kind: scanner.InFile, Repository: "r", Path: fmt.Sprintf("%d.env", i)})...)
			}
		})},
		{"in more repositories than are listed", "github-pat", "- and 2 more repositories\n", change(func(h *ledger.History) {
			for i := range maxRepositories {
				h.Occurrences = append(h.Occurrences, occurrences(scanner.Occurrence{Kind: scanner.InFile, Repository: fmt.Sprint("r", i), Path: "a.env"})...)
			}
		})},
		{"held by an entry", "github-pat", "- `secret/shop/api#key` of vault https\\://vault.example secret/: it still holds the leaked value: write the new one there first\n" +
			"  - Its page: <https://vault.example/ui/vault/secrets/secret/kv/shop%2Fapi>\n  - Owner: @" + zeroWidth + "acme/payments\n  - Version: 3\n  - Last set: 2027-01-02\n  - Rotation: every 90 days\n", sampleLive},
		{"an entry that has another value", "github-pat", "- `old/shop#key` of vault https\\://vault.example old/: it has another value since 2027-01-12: whoever reads it has the new one\n", sampleLive},
		{"an entry of the same name", "github-pat", "nobody can read its value: write the new one there\n  - Its page: <https://git.example/acme/site/settings/secrets/actions>\n  - Last set: 2027-01-02\n", sampleLive},
		{"an entry that is gone", "github-pat", "it is gone since 2027-01-14", change(func(h *ledger.History) { h.Kept[1].Until = sampleDay(14) })},
		{"where the new value is written to", "github-pat", "logs show.\n\n- Write the new value to `secret/shop/api#key` of vault https\\://vault.example secret/\n- Write the new value to `Actions secret SHOP_KEY` of github acme/site\n", sampleLive},
		{"held no more", "github-pat", "logs show.\n\n### 4.", change(func(h *ledger.History) { h.Kept, h.Occurrences = h.Kept[1:2], nil })},
		{"in more entries than are listed", "github-pat", "- and 2 more: `leakguard ledger show lgk1-", change(func(h *ledger.History) {
			for range maxPlaces - 1 {
				h.Kept = append(h.Kept, h.Kept[0])
			}
		})},
		{"an entry whose page is no web page", "github-pat", "write the new one there first\n  - Owner", change(func(h *ledger.History) { h.Kept[0].Link = "javascript:alert(1)" })},
		{"of a rule that is gone", "github-pat", "- **Issuer:** acme\n", change(func(h *ledger.History) { h.Rule, h.Provider = "acme-key", "acme" })},
		{"in no repository", "github-pat", "- `outside of a repository`\n  - file `a.env`\n", change(func(h *ledger.History) {
			h.Occurrences = occurrences(scanner.Occurrence{Kind: scanner.InFile, Path: "a.env"})
		})},
		{"the same place twice", "github-pat", "- `r`\n  - history `a.env`: commit abc\n\n", change(func(h *ledger.History) {
			o := scanner.Occurrence{Kind: scanner.InGit, Repository: "r", Path: "a.env", Commit: "abc"}
			h.Occurrences = occurrences(o, o)
		})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := builtinOnly(t)
			text, err := r.Render(tt.history(ruleNamed(t, r, tt.rule)))
			if err != nil || !strings.Contains(text, tt.want) {
				t.Errorf("no %q: %v\n%s", tt.want, err, text)
			}
		})
	}
}

// TestRunbookOverrides lays templates over one another.
func TestRunbookOverrides(t *testing.T) {
	dir := runbookFolder(t, map[string]string{
		"default.md":                  `{{define "audit"}}### Audit of {{.Issuer.Name}}{{end}}{{define "history"}}### History of all{{end}}`,
		"github.md":                   "{{define \"history\"}}### History of GitHub{{end}}\r\n",
		"github-fine-grained-pat.md":  "Only {{.Rule}}.\n{{template \"history\" .}}",
		"github-app-private-key.toml": "not a template",
	})
	r, err := LoadRunbooks(dir, providers.Load())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		rule     string
		has, not []string
	}{
		{"slack-webhook", []string{"## Runbook", "### Audit of Slack", "### History of all"}, []string{"### Audit\n"}},
		{"github-pat", []string{"## Runbook", "### Audit of GitHub", "### History of GitHub"}, []string{"History of all"}},
		{"github-fine-grained-pat", []string{"Only github-fine-grained-pat.\n### History of GitHub\n"}, []string{"## Runbook"}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			text, err := r.Show(tt.rule)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.has {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			for _, bad := range tt.not {
				if strings.Contains(text, bad) {
					t.Errorf("%q in\n%s", bad, text)
				}
			}
		})
	}
}

func TestLoadRunbooksErrors(t *testing.T) {
	outside := runbookFolder(t, map[string]string{"x": "private"})
	tests := []struct {
		name string
		make func(dir string) error
		want string
	}{
		{"no template", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "default.md"), []byte("a\n{{if}}"), 0o600)
		}, "default.md:2: missing value for if"},
		{"too large", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "default.md"), make([]byte, maxTemplate+1), 0o600)
		}, "default.md: larger than 256 KiB"},
		{"a folder", func(dir string) error { return os.Mkdir(filepath.Join(dir, "default.md"), 0o700) }, "default.md: not a regular file"},
		{"a link that leads out", func(dir string) error {
			return os.Symlink(filepath.Join(outside, "x"), filepath.Join(dir, "default.md"))
		}, "default.md: path escapes from parent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := tt.make(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadRunbooks(dir, providers.Load()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := LoadRunbooks(filepath.Join(t.TempDir(), "none"), providers.Load()); err != nil {
		t.Errorf("a folder that is missing: %v", err)
	}
}

// TestRenderErrors wants templates that do harm to be errors.
func TestRenderErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"our mark", "<!-- /leakguard -->", "holds a mark of leakguard's"},
		{"without end", `{{define "x"}}{{.ID}}{{template "x" .}}{{end}}{{template "x" .}}`, "larger than 1024 KiB"},
		{"no such field", "a\n\n{{.Nothing}}", "default.md:3:2: executing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := LoadRunbooks(runbookFolder(t, map[string]string{"default.md": tt.text}), providers.Load())
			if err != nil {
				t.Fatal(err)
			}
			if text, err := r.Show("github-pat"); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v and %d bytes, want %q", err, len(text), tt.want)
			}
		})
	}
}

// TestTextInTemplates wants no way of writing a text of others to leave it as it is.
func TestTextInTemplates(t *testing.T) {
	for _, action := range []string{
		"{{.Name}}", "{{print .Name}}", `{{printf "%s %v %q %#v" .Name .Name .Name .Name}}`, "{{println .Name}}", "{{slice .Name 0 9}}", "{{code .Name}}",
		`{{join .Scopes ", "}}`, "{{.Scopes}}", "{{.Parts}}", `{{printf "%+v" .Parts}}`, "{{html .Name}}", "{{js .Name}}", "{{index .Scopes 0}}", "{{with .Name}}{{.}}{{end}}",
	} {
		t.Run(action, func(t *testing.T) {
			r, err := LoadRunbooks(runbookFolder(t, map[string]string{"default.md": action}), providers.Load())
			if err != nil {
				t.Fatal(err)
			}
			text, err := r.Render(sampleHostile(ruleNamed(t, r, "github-pat")))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(withoutCode(text), "@everyone") || strings.Contains(text, endMark) {
				t.Errorf("as it is: %q", text)
			}
		})
	}
}

// TestPlan looks for what a plan has beside the runbook.
func TestPlan(t *testing.T) {
	r := builtinOnly(t)
	h := sampleLive(ruleNamed(t, r, "github-pat"))
	h.State, h.Acknowledged, h.Recurrences = ledger.Rotating, sampleDay(12), 1
	fingerprint := "lg1s-" + strings.Repeat("0f", 16)
	plan, err := r.Plan(h, fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"- **State:** rotating, since 2027-01-11\n", "- **Acknowledged:** 2027-01-12\n", "- **Deadline:** 2027-01-14\n", "- **Opened again:** 1 time\n",
		"- **Owner:** @" + zeroWidth + "acme/payments, says CODEOWNERS line 3 of acme/shop\n", "- **Issue:** <https://git.example/acme/shop/issues/7>, open\n",
		"- **Kept:** `secret/shop/api#key` of vault https\\://vault.example secret/, as it was read on 2027-01-12\n",
		"  - workflow `.github/workflows/deploy.yml`: variable jobs.deploy.env.SHOP\\_KEY\n", "  - variable `SHOP_KEY`: environment production\n",
		"$ leakguard revoke " + fingerprint + " --dry-run\n",
	} {
		if !strings.Contains(plan, want) {
			t.Errorf("no %q in\n%s", want, plan)
		}
	}
	h.Owners, h.Issue = nil, nil
	if plan, err = r.Plan(h, ""); err != nil || !strings.Contains(plan, "- **Owner:** not known\n") || strings.Contains(plan, "**Issue:**") {
		t.Errorf("without owner and issue: %v\n%s", err, plan)
	}
}
