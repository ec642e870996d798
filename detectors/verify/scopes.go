package verify

import (
	"path"
	"strings"

	"github.com/leakguard/leakguard/detectors/rules"
)

// accessOf is the most that any of the scopes allows, or "" where that is not
// known: as the provider file says, else as the scopes' own words say.
func accessOf(scopes []string, q *rules.Verify) Access {
	if len(scopes) == 0 {
		return ""
	}
	most, all := Access(""), true
	for _, s := range scopes {
		a := accessOfScope(s, q)
		all = all && a != ""
		if rank(a) > rank(most) {
			most = a
		}
	}
	if most == Read && !all {
		return "" // the others may allow more
	}
	return most
}

func rank(a Access) int {
	switch a {
	case Read:
		return 1
	case Write:
		return 2
	case Admin:
		return 3
	}
	return 0
}

func accessOfScope(scope string, q *rules.Verify) Access {
	for _, list := range []struct {
		access   Access
		patterns []string
	}{{Admin, q.Admin}, {Write, q.Write}, {Read, q.Read}} {
		for _, p := range list.patterns {
			// Slashes in scopes are no separators of a path.
			if ok, err := path.Match(flat(p), flat(scope)); ok && err == nil {
				return list.access
			}
		}
	}
	return accessOfWords(scope)
}

func flat(s string) string { return strings.ReplaceAll(s, "/", "\x00") }

// words of scopes, as issuers name them.
var (
	adminWords = []string{"admin", "administrator", "owner", "root", "superuser", "sudo", "billing", "payment", "payments", "full", "fullaccess", "all", "*", "manage"}
	writeWords = []string{"write", "readwrite", "rw", "create", "update", "delete", "edit", "push", "publish", "send", "deploy", "upload", "modify", "insert", "post"}
	readWords  = []string{"read", "readonly", "ro", "view", "list", "get", "pull", "download"}
)

// accessOfWords reads the access out of a scope's own words: "repo:write".
func accessOfWords(scope string) Access {
	words := strings.FieldsFunc(strings.ToLower(scope), func(r rune) bool {
		return strings.ContainsRune(":._/- +,", r)
	})
	has := func(list []string) bool {
		for _, w := range words {
			for _, l := range list {
				if w == l {
					return true
				}
			}
		}
		return false
	}
	switch {
	case has(writeWords) && !has(adminWords):
		return Write
	case has(readWords) && !has([]string{"write", "delete", "update"}):
		return Read // also "read:admin": it reads about administrators
	case has(adminWords):
		return Admin
	case has(writeWords):
		return Write
	}
	return ""
}
