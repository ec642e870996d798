package verify

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A shared access signature is the query of a URL: who may do what, and until
// when, all signed with a key of the account
// (https://learn.microsoft.com/en-us/rest/api/storageservices/create-account-sas,
// https://learn.microsoft.com/en-us/rest/api/storageservices/create-service-sas).

// sharedAccess is the URL that a signature belongs to, as far as the text holds it.
type sharedAccess struct {
	url   *url.URL // without the query; nil if only the query stands in the text
	query url.Values
}

// sharedAccessOf puts the URL of a signature together again.
func sharedAccessOf(c *Credential) sharedAccess {
	before := c.Part("query") + "sig="
	if whole := c.Part("url"); strings.HasSuffix(whole, before) {
		before = whole
	}
	text := before + c.Value + c.Part("rest")
	text = strings.NewReplacer("&amp;", "&", `\u0026`, "&").Replace(text)
	text = text[strings.LastIndexByte(text, ';')+1:] // of a connection string
	text = text[max(0, strings.LastIndex(text, "https://")):]
	address, rawQuery, found := strings.Cut(text, "?")
	if !found {
		rawQuery = text
	}
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		query = url.Values{}
	}
	// A + that is not escaped is one of base64, not a space.
	query.Set("sig", strings.ReplaceAll(query.Get("sig"), " ", "+"))
	s := sharedAccess{query: query}
	if u, err := url.Parse(address); found && err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil {
		s.url = u
	}
	return s
}

// sasItself tells the end of a signature's time, which stands in the clear in it.
func (e *Engine) sasItself(c *Credential) (Verdict, bool) {
	var v Verdict
	v.Expires = sharedAccessOf(c).expires()
	if v.Expires.IsZero() || e.now().Before(v.Expires) {
		return v, false
	}
	v.State, v.Reason, v.Evidence = Dead, "its time is over", "the end of its time in the URL itself (se)"
	return v, true
}

// expires is the end of its time, or zero where a policy of the account sets it.
func (s sharedAccess) expires() time.Time {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} {
		if t, err := time.Parse(form, s.query.Get("se")); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// verifySAS reads the first byte of the blob, or lists one item of the container
// or account, that the URL is of.
func verifySAS(ctx context.Context, ask *Asker, c *Credential) Verdict {
	s := sharedAccessOf(c)
	if s.url == nil {
		return unverifiable("it takes the address of the blob or container to ask, and only the query stands in the text")
	}
	if _, domain, _ := strings.Cut(s.url.Host, "."); !strings.HasPrefix(domain, "blob.") {
		return unverifiable("it is not one of the blob service: the others are not asked")
	}
	label := "GET https://" + s.url.Host + "/ (with the shared access signature)"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.question().String(), nil)
	if err != nil {
		return unverifiable("its URL is not complete")
	}
	req.Header.Set("X-Ms-Version", storageVersion)
	req.Header.Set("X-Ms-Range", "bytes=0-0")
	answer, err := ask.Do(req, label)
	if err != nil {
		return ask.failed(err, label)
	}
	v := s.verdict(answer)
	v.Endpoint = label
	if v.State == Live {
		account, _, _ := strings.Cut(s.url.Host, ".")
		v.Identity, v.Scopes = Identity{Name: account, Kind: "machine", Account: account}, s.scopes()
	}
	return v
}

// question is the URL that is asked: a listing where the URL is of a container or
// of an account.
func (s sharedAccess) question() *url.URL {
	u, query := *s.url, url.Values{}
	for name, values := range s.query {
		query[name] = slices.Clone(values)
	}
	depth := len(strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' }))
	if depth < 2 {
		query.Set("comp", "list")
		query.Set("maxresults", "1")
	}
	if depth == 1 {
		query.Set("restype", "container")
	}
	u.RawQuery = query.Encode()
	return &u
}

// verdict reads the answer
// (https://learn.microsoft.com/en-us/rest/api/storageservices/blob-service-error-codes).
// The signature of an account is of its query alone; that of a blob or container is
// also of its name, which the text may not hold whole: that it does not match
// proves nothing.
func (s sharedAccess) verdict(a *Answer) Verdict {
	x := storageAnswer(a)
	code := x.errorCode(a.Status)
	switch {
	case a.Status < 300 && a.Header.Get("X-Ms-Blob-Type") != "":
		return live(fmt.Sprintf("answered %d with the blob", a.Status))
	case inconclusive(a) != "":
		return unknown(inconclusive(a))
	case a.Status == http.StatusOK && x.XMLName.Local == "EnumerationResults" && x.Endpoint != "":
		return live("answered 200 with a list")
	case slices.Contains([]string{"AuthorizationPermissionMismatch", "AuthorizationResourceTypeMismatch"}, code):
		return live(fmt.Sprintf("answered %d, %s: the signature is right, and is not for reading this", a.Status, code))
	case code == "AuthenticationFailed" && strings.HasPrefix(x.Detail, "Signature not valid in the specified time frame"):
		return outOfTime(a.Status, x.Detail)
	case code == "AuthenticationFailed" && strings.HasPrefix(x.Detail, "Signature did not match") && s.query.Has("srt"):
		return dead(fmt.Sprintf("answered %d, AuthenticationFailed: the signature is that of no key of the account", a.Status))
	case code == "AuthenticationFailed" && strings.HasPrefix(x.Detail, "Signature did not match"):
		return unknown("the signature does not match: either the key that made it was replaced, or the URL in the text is not the one that it is for")
	}
	return unknown(fmt.Sprintf("the answer, %d, is neither Azure's yes nor its no", a.Status))
}

// outOfTime is the verdict on a signature outside of its time, of which Azure tells
// the end and what it holds for now: "… - Expiry [DATE] - Current [DATE]".
func outOfTime(status int, detail string) Verdict {
	end, err := bracketedTime(detail, "Expiry [")
	now, err2 := bracketedTime(detail, "Current [")
	if err == nil && err2 == nil && end.Before(now) {
		return dead(fmt.Sprintf("answered %d, AuthenticationFailed: its time is over since %s", status, end.Format(time.RFC3339)))
	}
	return unknown("by Azure's clock its time has not begun yet")
}

// bracketedTime reads the time in brackets behind a word.
func bracketedTime(text, word string) (time.Time, error) {
	_, after, _ := strings.Cut(text, word)
	inside, _, _ := strings.Cut(after, "]")
	return time.Parse(http.TimeFormat, inside)
}

// scopes are its permissions in words
// (https://learn.microsoft.com/en-us/rest/api/storageservices/create-service-sas#specify-permissions);
// p is to process messages for an account, and to change permissions for a blob.
func (s sharedAccess) scopes() []string {
	words := map[rune]string{
		'r': "read", 'l': "list", 'a': "add", 'c': "create", 'w': "write", 'd': "delete", 'x': "delete-version",
		'y': "permanent-delete", 't': "tags", 'f': "find", 'm': "move", 'e': "execute", 'o': "ownership",
		'u': "update", 'p': "permissions", 'i': "immutability",
	}
	if s.query.Has("srt") {
		words['p'] = "process"
	}
	var out []string
	for _, letter := range s.query.Get("sp") {
		if word := words[letter]; word != "" {
			out = append(out, word)
		}
	}
	return out
}
