package pullrequest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// publicKey is a rule of what is made to be public.
var publicKey = &rules.Rule{ID: "stripe-publishable-key", Name: "Stripe publishable key", Provider: stripeKey.Provider, Publish: true}

func TestAnnotateWhere(t *testing.T) {
	several := at("1", "key.pem", 3, 5, 20)
	several.EndLine, several.EndColumn = 9, 2
	inHead := at("2", "b.py", 8, 1, 20)
	inHead.InHead = true
	ignored := at("1", "a.py", 1, 1, 20)
	ignored.Suppression = &scanner.Suppression{Kind: "inline"}
	message := scanner.Occurrence{Kind: scanner.InGit, Commit: commit("2"), Field: "message", Region: scanner.Region{StartLine: 3}}
	whole := scanner.Occurrence{Kind: scanner.InFile, Path: "a.bin"}
	log := scanner.Occurrence{Kind: scanner.InLog, Path: "build/3_test.txt", Region: scanner.Region{StartLine: 40}}
	for _, tt := range []struct {
		name   string
		places []scanner.Occurrence
		want   string // without title
		says   string
	}{
		{"one line", []scanner.Occurrence{at("1", "a.py", 3, 5, 20)}, "col=5 endColumn=25 endLine=3 file=a.py line=3", "but commit 1111111111 in the history has it"},
		{"several lines", []scanner.Occurrence{several}, "endLine=9 file=key.pem line=3", ""},
		{"the head's before others", []scanner.Occurrence{at("1", "a.py", 3, 5, 20), inHead}, "col=1 endColumn=21 endLine=8 file=b.py line=8", "It is in 1 more place."},
		{"not the suppressed one", []scanner.Occurrence{ignored, inHead}, "col=1 endColumn=21 endLine=8 file=b.py line=8", ""},
		{"a commit's message", []scanner.Occurrence{message}, "", "message of commit 2222222222, line 3"},
		{"no lines", []scanner.Occurrence{whole}, "file=a.bin", ""},
		{"a log", []scanner.Occurrence{log}, "", "build/3_test.txt:40"},
		{"a path that no file has", []scanner.Occurrence{at("1", strings.Repeat("a/", 4000), 3, 5, 20)}, "", "It is in a/a/"},
		{"nowhere", nil, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := run(annotations(t, outcome(secretOf(stripeKey, fresh(t, "sk_live_${alnum:24}"), "a", tt.places...))))
			if len(got) != 1 {
				t.Fatalf("%d commands", len(got))
			}
			title := got[0].props["title"]
			delete(got[0].props, "title")
			var props []string
			for _, key := range slices.Sorted(maps.Keys(got[0].props)) {
				props = append(props, key+"="+got[0].props[key])
			}
			if strings.Join(props, " ") != tt.want || title != "Stripe live secret key (not verified)" {
				t.Errorf("%q with the title %q, want %q", props, title, tt.want)
			}
			if !strings.Contains(got[0].data, tt.says) {
				t.Errorf("it says %q, want %q in it", got[0].data, tt.says)
			}
		})
	}
}

func TestAnnotateLevels(t *testing.T) {
	of := func(rule *rules.Rule, state verify.State) scanner.Secret {
		s := secretOf(rule, fresh(t, "sk_live_${alnum:24}"), "a", at("1", "a.py", 3, 5, 20))
		s.Verdict.State = state
		return s
	}
	ignored := of(stripeKey, verify.Live)
	ignored.Suppression = &scanner.Suppression{Kind: "ignore-file", Where: ".leakguardignore:4"}
	for _, tt := range []struct {
		name       string
		secret     scanner.Secret
		suppressed bool
		failOnLive bool
		want, says string
	}{
		{"live", of(stripeKey, verify.Live), false, false, "error", "Rotate it first"},
		{"live, nothing else fails", of(stripeKey, verify.Live), false, true, "error", "Rotate it first"},
		{"unknown, nothing else fails", of(stripeKey, verify.Unknown), false, true, "warning", "It does not fail this job."},
		{"dead", of(stripeKey, verify.Dead), false, false, "notice", "It does not fail this job."},
		{"public by design", of(publicKey, verify.Unverifiable), false, false, "notice", "made to be public"},
		{"suppressed and live", ignored, true, false, "warning", "It is suppressed (.leakguardignore:4). Rotate it first"},
		{"suppressed", of(stripeKey, verify.Unknown), true, false, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := outcome()
			if tt.suppressed {
				o.Result.Suppressed = []scanner.Secret{tt.secret}
			} else {
				o.Result.Secrets = []scanner.Secret{tt.secret}
			}
			if tt.failOnLive {
				o.Counts = func(s *scanner.Secret) bool { return s.Verdict.State == verify.Live }
			}
			got := run(annotations(t, o))
			if strings.Join(names(got), " ") != tt.want {
				t.Fatalf("got %q, want %q", names(got), tt.want)
			}
			if tt.want != "" && !strings.Contains(got[0].data, tt.says) {
				t.Errorf("it says %q, want %q in it", got[0].data, tt.says)
			}
		})
	}
}

// A dead secret that makes the job fail all the same is not to be rotated.
func TestAnnotateDeadThatFails(t *testing.T) {
	s := secretOf(stripeKey, fresh(t, "sk_live_${alnum:24}"), "a", at("1", "a.py", 3, 5, 20))
	s.Verdict.State = verify.Dead
	o := outcome(s)
	o.Counts = func(*scanner.Secret) bool { return true }
	if got := annotations(t, o); !strings.Contains(got, "nothing left to rotate") || strings.Contains(got, rotateFirst) {
		t.Error(got)
	}
	for _, page := range []string{o.Summary(), o.Comment()} {
		if !strings.Contains(page, "Nothing is left to rotate") || strings.Contains(page, "Rotate") {
			t.Error(page)
		}
	}
}

func TestAnnotateTooMany(t *testing.T) {
	for _, tt := range []struct {
		errors, warnings int
		gap              bool
		want             string
	}{
		{10, 0, false, "10 error, 0 warning, last "},
		{11, 0, false, "10 error, 0 warning, last 2 more secrets"},
		{5000, 10, false, "10 error, 10 warning, last 4991 more secrets"},
		{0, 9, true, "0 error, 10 warning, last "},
		{1, 10, true, "1 error, 10 warning, last 2 more secrets"},
	} {
		t.Run(fmt.Sprint(tt.errors, tt.warnings, tt.gap), func(t *testing.T) {
			o := outcome()
			for i := range tt.errors + tt.warnings {
				s := secretOf(stripeKey, fresh(t, "sk_live_${alnum:24}"), "a", at("1", "a.py", i+1, 5, 20))
				if i < tt.errors {
					s.Verdict.State = verify.Live
				}
				o.Result.Secrets = append(o.Result.Secrets, s)
			}
			o.Counts = func(s *scanner.Secret) bool { return s.Verdict.State == verify.Live }
			if tt.gap {
				o.Result.Coverage[0].Gap("a.zip", "it is encrypted", "")
			}
			count := map[string]int{}
			last := ""
			for _, c := range run(annotations(t, o)) {
				count[c.name]++
				if more, ok := strings.CutPrefix(c.props["title"], "leakguard: "); ok && more != "incomplete" {
					last = more
					if c.props["file"] != "" {
						t.Error("the line on the rest names a file")
					}
				}
			}
			if got := fmt.Sprintf("%d error, %d warning, last %s", count["error"], count["warning"], last); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
