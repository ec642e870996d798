package remediate

import (
	"fmt"
	"strings"

	"github.com/leakguard/leakguard/action/ledger"
)

// fromCommitter takes the author of the newest commit whose line HEAD still has: who
// last wrote it.
func fromCommitter(u *use) answer {
	var newest *ledger.Occurrence
	for _, o := range u.places {
		if o.InHead && isPersons(o) && (newest == nil || o.Date.After(newest.Date)) {
			newest = o
		}
	}
	if newest == nil {
		return answer{without: fmt.Sprintf("no line that HEAD of %s still has was written by a person", u.title())}
	}
	return answer{owners: []ledger.Owner{writer(u, newest, "the newest whose line HEAD still has")}}
}

// fromAuthor takes the author of the oldest commit.
func fromAuthor(u *use) answer {
	var oldest *ledger.Occurrence
	for _, o := range u.places {
		if isPersons(o) && (oldest == nil || o.Date.Before(oldest.Date)) {
			oldest = o
		}
	}
	if oldest == nil {
		return answer{without: fmt.Sprintf("no commit of %s with the secret is a person's", u.title())}
	}
	return answer{owners: []ledger.Owner{writer(u, oldest, "the first with the secret")}}
}

// isPersons reports whether an occurrence has an author, and that is no bot.
func isPersons(o *ledger.Occurrence) bool {
	return o.Author+o.Email != "" && !strings.HasSuffix(o.Author, "[bot]") && !strings.Contains(o.Email, "[bot]@")
}

// writer is the author of a commit: their login if the forge gave them the address,
// else the address, else the name.
func writer(u *use, o *ledger.Occurrence, which string) ledger.Owner {
	author := plain(o.Author)
	name := author
	if login, ok := privateLogin(o.Email, u); ok {
		name = "@" + login
	} else if isMail(o.Email) {
		name = o.Email
	}
	evidence := "author of a commit"
	if o.Commit != "" {
		evidence = "author of commit " + plain(o.Commit[:min(len(o.Commit), 12)])
	}
	evidence = fmt.Sprintf("%s in %s, %s", evidence, u.title(), which)
	if author != "" && author != name {
		evidence = author + ", " + evidence
	}
	return ledger.Owner{Kind: ownerPerson, Name: name, Evidence: evidence}
}

// privateLogin takes the login out of the address that a forge lets people commit
// with to keep theirs private: "ID+LOGIN@users.noreply.github.com" (older ones are
// without ID), and in GitLab "ID-LOGIN@…".
func privateLogin(email string, u *use) (login string, ok bool) {
	local, domain, _ := strings.Cut(email, "@")
	if u.host == "" || !strings.EqualFold(domain, "users.noreply."+u.host) {
		return "", false
	}
	separator := "+"
	if u.onGitLab() {
		separator = "-"
	}
	if id, rest, found := strings.Cut(local, separator); found && strings.Trim(id, "0123456789") == "" {
		local = rest
	}
	return local, isLogin(local)
}
