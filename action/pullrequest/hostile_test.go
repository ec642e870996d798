package pullrequest

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// hostile are texts with which a pull request could try to act on a job or a page.
var hostile = []string{
	"::set-output name=x::y", "  ::add-path::/evil", "a##[add-path]/evil", "#\u200b#[add-path]/evil", "#\ufe0f#\u034f[error]x",
	"x\n::error::y", "x\r::error::y", "x\u2028::error::y", "::stop-commands::t", "::t::", "%0A::error::x", "a,line=1::error::x",
	"\x1b[31mred\x1b[0m\x07", "\u202egnp.exe\u2066", "\x00\x7f\u009b31m", "bad\xff\xfeutf8",
	"@everyone and @acme/payments", "#12 GH-4 !7", "[a](javascript:alert(1))", "](javascript:alert(1))", "![x](https://b.example/x.png)",
	"<img src=x onerror=alert(1)>", "</details><h1>", "<!-- leakguard:pr -->", "-->", "&lt;b&gt;", "`code` ``` x", "```\nx\n```", "a|b|c",
	"# heading\n\n- list", "**bold** _it_ ~~no~~ $x$", "https://b.example www.b.example", "../../etc/passwd", "a\\", "`.leakguardignore` gets `<b>` more", "",
}

// filled is an outcome with a text wherever others fill one in.
func filled(t testing.TB, evil string, state verify.State, suppressed bool) *Outcome {
	key := fresh(t, "sk_live_${alnum:24}")
	places := []scanner.Occurrence{at("2", "a", 4, 11, 9), at("2", "b", 4, 11, 9), at("3", "", 1, 1, 9), at("3", "c", 1, 1, 9), at("3", "", 1, 1, 9)}
	for i := range places {
		o := &places[i]
		o.Author, o.Email, o.Ref, o.Snippet, o.Hint = evil, evil, evil, evil, evil
		o.Run, o.Job, o.Step, o.Variable, o.Scope = evil, evil, evil, evil, evil
	}
	places[0].Path, places[0].Link, places[0].InHead = evil, web+"/blob/"+commit("2")+"/"+evil, true
	places[1].Path, places[1].Link, places[1].Commit = evil, evil, evil
	places[2].Field = evil
	places[3].Kind, places[3].Path = scanner.InLog, evil
	places[4].Kind, places[4].Commit = scanner.InVariable, ""
	s := secretOf(stripeKey, key, "a", places...)
	s.Name = evil
	s.Redacted += evil
	s.Verdict = verify.Verdict{
		State: state, Reason: evil, Evidence: evil, Endpoint: evil, Scopes: []string{evil, evil}, Access: verify.Admin,
		Identity: verify.Identity{ID: evil, Name: evil, Kind: evil, Account: evil},
	}
	other := s
	other.Occurrences = places[1:]
	o := outcome(s, other)
	if suppressed {
		o.Result.Suppressed = []scanner.Secret{s}
		o.Result.Suppressed[0].Suppression = &scanner.Suppression{Kind: "ignore-file", Where: evil, Reason: evil, Owner: evil}
	}
	o.Event.Target, o.Event.Head, o.Event.Ref, o.Event.Fallback = evil, evil, evil, evil
	o.Result.Coverage[0].Source = evil
	o.Result.Coverage[0].Gap(evil, evil, evil)
	o.Result.Unused, o.Pending = []string{evil}, []string{evil, "`" + evil + "` gets more"}
	return o
}

// ourTags are all that our Markdown has of HTML.
var ourTags = strings.NewReplacer(CommentMark+"\n", "", "<details><summary>", "", "</summary>", "", "</details>", "")

// checkPage wants a page that shows texts and is nothing else.
func checkPage(t *testing.T, page string) {
	t.Helper()
	if !utf8.ValidString(page) {
		t.Error("no UTF-8")
	}
	if i := strings.IndexFunc(page, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Cf, r) && r != '\u200b'
	}); i >= 0 {
		t.Errorf("a control character in %q", page[max(0, i-20):i+4])
	}
	// What is left without escapes, our tags and our links acts, or is plain.
	rest := escaped().ReplaceAllString(ourTags.Replace(page), "")
	rest = ourLinks().ReplaceAllString(rest, "")
	for _, unwanted := range []string{"<", ">", "](", "![", "http:", "https:", "www."} {
		if i := strings.Index(rest, unwanted); i >= 0 {
			t.Errorf("%s in %q", unwanted, rest[max(0, i-20):min(len(rest), i+20)])
		}
	}
	for i, line := range strings.Split(rest, "\n") {
		if n := strings.Count(line, "|"); n != 0 && n != 4 || n == 4 && !strings.HasPrefix(line, "|") {
			t.Errorf("line %d has %d cells: %q", i+1, n-1, line)
		}
		if m := mention().FindString(line); m != "" {
			t.Errorf("line %d mentions: %q", i+1, m)
		}
	}
}

var (
	escaped  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\\[!-/:-@\[-\x60{-~]`) })
	ourLinks = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\[[^\[\]\n]*\]\(https://[!-'*-~]+\)`) })
	mention  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`@($|[^\x{200b}])|#[0-9]|!$`) })
)

func TestHostile(t *testing.T) {
	for _, evil := range append(slices.Clone(hostile), strings.Repeat("<@é", 1<<18)) {
		for _, state := range []verify.State{verify.Live, verify.Dead, verify.Unknown} {
			check(t, filled(t, evil, state, true))
		}
	}
}

// check holds all that an outcome makes to what was promised of it.
func check(t *testing.T, o *Outcome) {
	t.Helper()
	said := annotations(t, o)
	got, lines := run(said), strings.Count(said, "\n")
	if len(got) != lines {
		t.Errorf("%d commands in %d lines", len(got), lines)
	}
	for _, c := range got {
		if c.name != "error" && c.name != "warning" && c.name != "notice" {
			t.Errorf("the runner obeys %s", c.name)
		}
		if n := utf8.RuneCountInString(c.data); n > 4096 {
			t.Errorf("a message of %d characters", n)
		}
	}
	if !utf8.ValidString(said) || strings.ContainsFunc(said, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		t.Errorf("not all of it prints: %q", said)
	}
	summary, comment := o.Summary(), o.Comment()
	checkPage(t, summary)
	checkPage(t, comment)
	if len(summary) > summaryLimit || len(comment) > 65536 {
		t.Errorf("%d bytes of summary, %d of comment", len(summary), len(comment))
	}
	if strings.Count(comment, CommentMark) != 1 || !strings.HasPrefix(comment, CommentMark+"\n") || strings.Contains(summary, CommentMark) {
		t.Errorf("the mark is not once at the head: %.200q", comment)
	}
}

func FuzzOutcome(f *testing.F) {
	for i, evil := range hostile {
		f.Add(evil, i%2 == 0, i%3 == 0)
	}
	f.Fuzz(func(t *testing.T, evil string, live, suppressed bool) {
		state := verify.Dead
		if live {
			state = verify.Live
		}
		check(t, filled(t, evil, state, suppressed))
	})
}
