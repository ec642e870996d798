// Package page writes the documentation of providers from their files: docs/providers.
package page

//go:generate go run gen.go

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/detectors/rules"
)

// Files returns the pages of the providers, which must have their examples, and an
// index of them all, by file name.
func Files(all []*rules.Provider) map[string][]byte {
	files := map[string][]byte{"README.md": index(all)}
	for _, p := range all {
		files[p.ID+".md"] = page(p)
	}
	return files
}

const generated = "<!-- Generated from detectors/providers by make generate: do not edit. -->\n\n"

func index(all []*rules.Provider) []byte {
	var w bytes.Buffer
	w.WriteString(generated + "# Built-in providers\n\n")
	w.WriteString("A page for each issuer that leakguard knows. [Provider files](../providers.md) says how to add one.\n\n")
	w.WriteString("| provider | credentials | verifiable | revocable |\n|---|---|---|---|\n")
	for _, p := range all {
		verifiable, revocable := 0, 0
		for _, r := range p.Rules {
			if p.Verification(r.ID) != nil {
				verifiable++
			}
			if p.Revocation(r.ID) != nil {
				revocable++
			}
		}
		fmt.Fprintf(&w, "| [%s](%s.md) | %d | %d | %d |\n", cell(p.Name), p.ID, len(p.Rules), verifiable, revocable)
	}
	return w.Bytes()
}

func page(p *rules.Provider) []byte {
	var w bytes.Buffer
	fmt.Fprintf(&w, "%s# %s\n\n", generated, p.Name)
	fmt.Fprintf(&w, "Provider `%s`, from [its file](../../detectors/providers/%[1]s.toml).", p.ID)
	fmt.Fprintf(&w, " Its credentials carry %s.", map[rules.Identity]string{
		rules.EitherIdentity: "the identity of a machine or of a person", rules.Machine: "the identity of a machine", rules.Person: "the identity of a person",
	}[p.Identity])
	fmt.Fprintf(&w, " OWASP: %s.", strings.Join(p.OWASP, ", "))
	if p.Docs != "" {
		fmt.Fprintf(&w, " [The issuer on its credentials](%s).", p.Docs)
	}
	w.WriteString("\n\n| rule | credential | severity | verified | revoked |\n|---|---|---|---|---|\n")
	for _, r := range p.Rules {
		fmt.Fprintf(&w, "| [`%s`](#%[1]s) | %s | %s | %s | %s |\n",
			r.ID, cell(r.Name), r.Severity, yes(p.Verification(r.ID) != nil), yes(p.Revocation(r.ID) != nil))
	}
	for _, r := range p.Rules {
		credential(&w, r)
	}
	verification(&w, p)
	revocation(&w, p)
	runbook(&w, p.Rotate)
	return w.Bytes()
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// credential writes how a rule finds its secrets.
func credential(w *bytes.Buffer, r *rules.Rule) {
	fmt.Fprintf(w, "\n## %s\n\n%s.", r.ID, r.Name)
	if r.Source != "" {
		fmt.Fprintf(w, " [Format](%s).", r.Source)
	}
	w.WriteString("\n\n")
	fact := func(what, format string, a ...any) { fmt.Fprintf(w, "- "+what+": "+format+"\n", a...) }
	switch {
	case r.Detector != "":
		fact("found by", "the detector `%s`", r.Detector)
	case len(r.Near) > 0:
		fact("found by", "its name beside it: %s", spans(r.Near))
	default:
		fact("found by", "its shape")
	}
	if len(r.Keywords) > 0 {
		fact("keywords", "%s", spans(r.Keywords))
	}
	if r.Confidence != 0 {
		fact("confidence", "%s", r.Confidence)
	}
	if r.Entropy > 0 {
		fact("entropy", "at least %v bits a character", r.Entropy)
	}
	if r.Checksum != "" {
		fact("checksum", "[`%s`](../providers.md#checksums)", r.Checksum)
	}
	if r.Path != "" {
		fact("only at paths that match", "%s", span(r.Path))
	}
	if r.Publish {
		fact("made to be public", "it is reported as `info`")
	}
	for _, part := range r.Parts {
		fact("part", "`%s`, at most %d lines away", part.Name, part.Lines)
	}
	for _, a := range r.Allow {
		if a.Reason != "" {
			fact("allowlist", "%s", a.Reason)
		}
	}
	if r.Pattern != "" {
		fmt.Fprintf(w, "\n```text\n%s\n```\n", r.Pattern)
	}
	templates(w, "It finds", r.Match)
	templates(w, "It does not find", r.Ignore)
}

// templates writes examples; see rules.Expand.
func templates(w *bytes.Buffer, head string, list []string) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s, as [templates](../providers.md#templates):\n\n```text\n", head)
	for _, t := range list {
		fmt.Fprintln(w, strings.TrimRight(t, "\n"))
	}
	w.WriteString("```\n")
}

func verification(w *bytes.Buffer, p *rules.Provider) {
	if len(p.Verify) == 0 {
		return
	}
	w.WriteString("\n## Verification\n")
	for _, v := range p.Verify {
		fmt.Fprintf(w, "\n%s:\n\n", spans(v.Rules))
		asked(w, v.Verifier, v.Docs, v.Hosts, v.HostFromText, v.Requests)
	}
}

func revocation(w *bytes.Buffer, p *rules.Provider) {
	if len(p.Revoke) == 0 {
		return
	}
	w.WriteString("\n## Revocation\n\nBy `leakguard revoke`, on an explicit command alone.\n")
	for _, v := range p.Revoke {
		fmt.Fprintf(w, "\n%s:\n\n", spans(v.Rules))
		if v.Effect != "" {
			fmt.Fprintf(w, "- effect: %s\n", v.Effect)
		}
		asked(w, v.Verifier, v.Docs, v.Hosts, v.HostFromText, v.Requests)
	}
}

// asked writes what is sent to whom, and what the answers mean.
func asked(w *bytes.Buffer, verifier, docs string, hosts []string, fromText bool, requests []rules.Request) {
	if verifier != "" {
		fmt.Fprintf(w, "- asked in a way of its own: `%s`, see [verifiers](../verifiers.md)\n", verifier)
	}
	for _, r := range requests {
		fmt.Fprintf(w, "- request: %s\n", span(r.Method+" "+r.URL))
		for _, c := range []struct{ what, condition string }{{"live", r.Live}, {"dead", r.Dead}, {"done", r.Done}} {
			if c.condition != "" {
				fmt.Fprintf(w, "  - %s if %s\n", c.what, span(c.condition))
			}
		}
	}
	if names := append(clearHosts(requests), hosts...); len(names) > 0 {
		slices.Sort(names)
		fmt.Fprintf(w, "- hosts: %s\n", spans(slices.Compact(names)))
	}
	if fromText {
		w.WriteString("- the host is the one that the scanned text names, if `verify.hosts` lists it\n")
	}
	if docs != "" {
		fmt.Fprintf(w, "- [the issuer on it](%s)\n", docs)
	}
}

// clearHosts are the hosts that stand in clear in the requests.
func clearHosts(requests []rules.Request) []string {
	var hosts []string
	for _, r := range requests {
		rest, _ := strings.CutPrefix(r.URL, "https://")
		host, _, _ := strings.Cut(rest, "/")
		if u, err := url.Parse("https://" + host); err == nil && !strings.Contains(host, "$") && u.Hostname() != "" {
			hosts = append(hosts, u.Hostname())
		}
	}
	return hosts
}

func runbook(w *bytes.Buffer, r rules.Runbook) {
	if len(r.Steps) == 0 {
		return
	}
	w.WriteString("\n## Rotation\n\n")
	for i, step := range r.Steps {
		fmt.Fprintf(w, "%d. %s\n", i+1, step)
	}
	if r.URL != "" {
		fmt.Fprintf(w, "\n[Where, or how](%s).\n", r.URL)
	}
}

// cell is text for a cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// span is text as code, whatever it holds.
func span(text string) string {
	if strings.Contains(text, "`") {
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}

func spans(list []string) string {
	var all []string
	for _, s := range list {
		all = append(all, span(s))
	}
	return strings.Join(all, ", ")
}
