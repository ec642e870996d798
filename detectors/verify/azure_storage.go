package verify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// storageVersion is the version of the storage services that is asked for.
const storageVersion = "2021-12-02"

// verifyStorage lists one container of the account, if it has any. The key signs
// the question and is not sent
// (https://learn.microsoft.com/en-us/rest/api/storageservices/list-containers2).
func verifyStorage(ctx context.Context, ask *Asker, c *Credential) Verdict {
	account, suffix := storageAccountOf(c)
	if account == "" {
		return unverifiable("the name of its account does not stand near it")
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(c.Value))
	if err != nil {
		return unverifiable("it is not whole: a storage account key is base64")
	}
	address := "https://" + account + ".blob." + suffix + "/?comp=list&maxresults=1"
	label := "GET " + address
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return unverifiable("the name of an account that stands near it is none")
	}
	signSharedKey(req, account, key, ask.engine.now())
	answer, err := ask.Do(req, label)
	if err != nil {
		return ask.failed(err, label)
	}
	v := storageVerdict(answer)
	v.Endpoint = label
	if v.State == Live {
		// A key of an account may do all there is, to all that it holds.
		v.Access, v.Identity = Admin, Identity{ID: account, Name: account, Kind: "machine", Account: account}
	}
	return v
}

// storageAccountOf is the account that stands near a key, and the domain of its
// cloud.
func storageAccountOf(c *Credential) (account, suffix string) {
	account, suffix = strings.ToLower(c.Part("account")), strings.ToLower(c.Part("endpoint_suffix"))
	if host := strings.ToLower(c.Part("endpoint_host")); host != "" {
		name, rest, _ := strings.Cut(host, ".")
		_, domain, _ := strings.Cut(rest, ".")
		if account == "" || account == name {
			account, suffix = name, domain
		}
	}
	if suffix == "" {
		suffix = "core.windows.net"
	}
	return account, suffix
}

// signSharedKey signs a request without a body, which has no header yet that the
// signature is about
// (https://learn.microsoft.com/en-us/rest/api/storageservices/authorize-with-shared-key).
func signSharedKey(req *http.Request, account string, key []byte, now time.Time) {
	date := now.UTC().Format(http.TimeFormat)
	req.Header.Set("X-Ms-Date", date)
	req.Header.Set("X-Ms-Version", storageVersion)
	lines := []string{req.Method}
	lines = append(lines, slices.Repeat([]string{""}, 11)...) // Content-Encoding to Range: none is sent
	lines = append(lines, "x-ms-date:"+date, "x-ms-version:"+storageVersion, "/"+account+req.URL.EscapedPath())
	query := req.URL.Query()
	var names []string
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		slices.Sort(query[name])
		lines = append(lines, strings.ToLower(name)+":"+strings.Join(query[name], ","))
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(strings.Join(lines, "\n")))
	req.Header.Set("Authorization", "SharedKey "+account+":"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
}

// storageXML is what is read of the answers of the blob service.
type storageXML struct {
	XMLName  xml.Name
	Endpoint string `xml:"ServiceEndpoint,attr"`
	Code     string `xml:"Code"`
	Detail   string `xml:"AuthenticationErrorDetail"`
}

// storageAnswer reads the XML of an answer, which begins with a byte order mark.
func storageAnswer(a *Answer) storageXML {
	var x storageXML
	if xml.Unmarshal(bytes.TrimPrefix(a.Body, []byte("\ufeff")), &x) != nil {
		return storageXML{}
	}
	return x
}

// errorCode is the code of a refusal in the service's own form, or "".
func (x storageXML) errorCode(status int) string {
	if x.XMLName.Local != "Error" || status < 400 || status >= 500 {
		return ""
	}
	return x.Code
}

// storageVerdict reads the answer to a question that a key signed
// (https://learn.microsoft.com/en-us/rest/api/storageservices/common-rest-api-error-codes).
func storageVerdict(a *Answer) Verdict {
	x := storageAnswer(a)
	code := x.errorCode(a.Status)
	switch {
	case inconclusive(a) != "":
		return unknown(inconclusive(a))
	case a.Status == http.StatusOK && x.XMLName.Local == "EnumerationResults" && x.Endpoint != "":
		return live("answered 200 with the account's containers")
	case code == "AuthenticationFailed" && strings.HasPrefix(x.Detail, "The MAC signature found in the HTTP request"):
		return dead(fmt.Sprintf("answered %d, AuthenticationFailed: the signature is that of no key of the account", a.Status))
	case code == "KeyBasedAuthenticationNotPermitted":
		return unknown("the account takes no keys for now (KeyBasedAuthenticationNotPermitted); whether this is one of its keys is not said")
	case code == "AuthorizationFailure":
		return unknown("the account's firewall does not let this machine ask (AuthorizationFailure)")
	case code == "AuthenticationFailed":
		return unknown("Azure refuses the request, but does not say that the key is wrong: the clock of this machine may be off")
	}
	return unknown(fmt.Sprintf("the answer, %d, is neither Azure's yes nor its no", a.Status))
}
