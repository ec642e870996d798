package pullrequest

import (
	"strings"
	"testing"
)

// The comment names a screenful of secrets and counts the rest.
func TestCommentLimit(t *testing.T) {
	got := many(t, 3000).Comment()
	if len(got) > 65536 {
		t.Errorf("%d bytes", len(got))
	}
	for _, want := range []string{
		"### 🔴 3000 secrets in this pull request\n", "\nAnd 2990 more secrets: the job's summary lists them.\n",
		"and 2997 more. That is not enough", "the fingerprints of the other 2990",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q", want)
		}
	}
	if rows := strings.Count(got, "\n| Stripe"); rows != maxRows {
		t.Errorf("%d rows", rows)
	}
}

// A secret that was removed, but not from history, keeps the comment red.
func TestCommentStaysRed(t *testing.T) {
	o := story(t)
	o.Result.Secrets = o.Result.Secrets[:1]
	got := o.Comment()
	if !strings.Contains(got, red) || !strings.Contains(got, "Already removed: sk\\_l\\*\\*\\* in STRIPE\\_KEY. That is not enough") {
		t.Error(got)
	}
}

// It is not said that there are no secrets where some do not count, nor where
// something was not read.
func TestCommentIsNotGreenerThanItIs(t *testing.T) {
	other := story(t)
	other.Counts = outcome().Counts
	other.Result.Secrets = other.Result.Secrets[:1]
	other.Result.Secrets[0].Rule = publicKey
	other.Result.Coverage[0].Gaps = nil
	got := other.Comment()
	if !strings.Contains(got, "🟢 Nothing in this pull request fails this job") || !strings.Contains(got, "made to be public 1") {
		t.Error(got)
	}
	unread := fixed()
	unread.Result.Interrupted = true
	if got := unread.Comment(); strings.Contains(got, green) || !strings.Contains(got, "stopped before its end") {
		t.Error(got)
	}
}
