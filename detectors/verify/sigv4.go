package verify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// awsKey is an access key of AWS. A temporary one has a session token.
type awsKey struct{ id, secret, session string }

// sign signs a request with Signature Version 4, the request's host and all
// headers that it has by now included
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
// Paths are escaped once; services want that twice where a path needs escaping,
// which none that is asked here does.
func (k awsKey) sign(req *http.Request, body []byte, region, service string, now time.Time) {
	stamp := now.UTC().Format("20060102T150405Z")
	req.Header.Set("X-Amz-Date", stamp)
	if k.session != "" {
		req.Header.Set("X-Amz-Security-Token", k.session)
	}
	headers, signed := canonicalHeaders(req)
	canonical := strings.Join([]string{
		req.Method, canonicalPath(req.URL.Path), canonicalQuery(req.URL.Query()), headers, signed, hexSHA256(body),
	}, "\n")
	scope := strings.Join([]string{stamp[:8], region, service, "aws4_request"}, "/")
	toSign := strings.Join([]string{"AWS4-HMAC-SHA256", stamp, scope, hexSHA256([]byte(canonical))}, "\n")

	key := []byte("AWS4" + k.secret)
	for _, step := range strings.Split(scope, "/") {
		key = hmacSHA256(key, step)
	}
	req.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
		k.id, scope, signed, hex.EncodeToString(hmacSHA256(key, toSign))))
}

// canonicalPath is a path without empty, "." and ".." segments, escaped.
func canonicalPath(p string) string {
	clean := path.Clean("/" + p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	segments := strings.Split(clean, "/")
	for i, s := range segments {
		segments[i] = escapeRFC3986(s)
	}
	return strings.Join(segments, "/")
}

// canonicalQuery is a query in the order of its escaped names, then values.
func canonicalQuery(query url.Values) string {
	var pairs []string
	for name, values := range query {
		for _, v := range values {
			// A NUL, which no escaped text has, sorts "a" before "a-".
			pairs = append(pairs, escapeRFC3986(name)+"\x00"+escapeRFC3986(v))
		}
	}
	slices.Sort(pairs)
	return strings.ReplaceAll(strings.Join(pairs, "&"), "\x00", "=")
}

// canonicalHeaders are the headers, each on a line of its own, and their names.
func canonicalHeaders(req *http.Request) (headers, names string) {
	all := map[string]string{"host": req.URL.Host}
	for name, values := range req.Header {
		var trimmed []string
		for _, v := range values {
			trimmed = append(trimmed, strings.Join(strings.Fields(v), " "))
		}
		all[strings.ToLower(name)] = strings.Join(trimmed, ",")
	}
	sorted := slices.Sorted(maps.Keys(all))
	var b strings.Builder
	for _, name := range sorted {
		fmt.Fprintf(&b, "%s:%s\n", name, all[name])
	}
	return b.String(), strings.Join(sorted, ";")
}

// escapeRFC3986 escapes all but unreserved characters (RFC 3986, section 2.3).
func escapeRFC3986(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func hmacSHA256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
