package remediate

import (
	"net/mail"
	"strings"
	"unicode"

	"github.com/leakguard/leakguard/action/ledger"
)

// The kinds of owners.
const (
	ownerTeam        = "team"
	ownerPerson      = "person"
	ownerApplication = "application"
	ownerNobody      = "nobody"
)

// Mentions returns which logins an issue is to be assigned to, without @, and who
// is to be mentioned, with @: the teams, and the people beyond the mostAssignees.
// Owners without an account, such as an e-mail address or an application, are
// neither.
func Mentions(owners []ledger.Owner) (assign, mention []string) {
	known := map[string]bool{}
	for _, o := range owners {
		a, ok := accountOf(o.Name)
		if !ok || a.Kind != o.Kind || !strings.HasPrefix(a.Name, "@") || known[strings.ToLower(a.Name)] {
			continue
		}
		known[strings.ToLower(a.Name)] = true
		if a.Kind == ownerPerson && len(assign) < mostAssignees {
			assign = append(assign, a.Name[1:])
		} else {
			mention = append(mention, a.Name)
		}
	}
	return assign, mention
}

// accountOf reads "@user", "@org/team" or an e-mail address. In GitLab a group of
// the top level is written like a user, and is taken for one.
func accountOf(text string) (ledger.Owner, bool) {
	name, isHandle := strings.CutPrefix(text, "@")
	if !isHandle {
		return ledger.Owner{Kind: ownerPerson, Name: text}, isMail(text)
	}
	parts := strings.Split(name, "/")
	for _, p := range parts {
		if !isLogin(p) {
			return ledger.Owner{}, false
		}
	}
	if len(parts) == 1 {
		return ledger.Owner{Kind: ownerPerson, Name: text}, true
	}
	return ledger.Owner{Kind: ownerTeam, Name: text}, len(text) <= 255
}

// isLogin reports whether text can be the name of a user or a team on GitHub or
// GitLab.
func isLogin(text string) bool {
	if text == "" || len(text) > 100 || strings.HasPrefix(text, "-") || strings.HasPrefix(text, ".") || strings.HasSuffix(text, ".") {
		return false
	}
	for _, c := range []byte(text) {
		if !isWord(c) && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// isMail reports whether text is a plain e-mail address (RFC 5322, addr-spec) of
// the characters that such addresses have in practice.
func isMail(text string) bool {
	if len(text) > 254 {
		return false
	}
	for _, c := range []byte(text) {
		if !isWord(c) && !strings.ContainsRune("@.+-%", rune(c)) {
			return false
		}
	}
	a, err := mail.ParseAddress(text)
	return err == nil && a.Address == text
}

// mostName bounds a name that is only text, in characters.
const mostName = 100

// plain makes text that somebody else wrote fit to be shown: one line, without what
// Markdown or HTML would take for more than text, and mentioning nobody.
func plain(text string) string {
	if isMail(text) {
		return text
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune(".-_+:/()", r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return -1
	}, text)
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, "://", ":")), " ")
	if runes := []rune(text); len(runes) > mostName {
		return string(runes[:mostName-1]) + "…"
	}
	return text
}
