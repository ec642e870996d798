// Package redact keeps secrets out of texts: it shows enough of one to recognise
// it by, and covers it wherever and however it is written.
package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Secret shows enough of a secret to recognise it by and too little to use it:
// up to four leading characters of one of sixteen or more, of a shorter one
// nothing, of a PEM key its first line.
func Secret(secret []byte) string {
	if rest, ok := bytes.CutPrefix(secret, []byte("-----BEGIN ")); ok {
		if i := bytes.Index(rest, []byte("-----")); i > 0 && i < 40 {
			return "-----BEGIN " + string(rest[:i]) + "-----***"
		}
	}
	show := min(4, len(secret)/8)
	if len(secret) < 16 {
		show = 0
	}
	for show > 0 && !utf8.Valid(secret[:show]) {
		show--
	}
	head := string(secret[:show])
	if i := strings.IndexFunc(head, unicode.IsControl); i >= 0 {
		head = head[:i]
	}
	return head + "***"
}

// Veil replaces every known secret in texts that come from the scanned data:
// the line that holds one may hold another, and a path or an author's name may.
type Veil struct{ replacer *strings.Replacer }

// shortestVeiled is the length below which a secret would blank out ordinary
// words; the line in which it was found is redacted by position all the same.
const shortestVeiled = 8

// NewVeil returns a veil over those secrets.
func NewVeil(values [][]byte) Veil {
	var words []string
	for _, v := range values {
		if len(v) >= shortestVeiled {
			words = append(words, string(v))
		}
	}
	// The longest first, so that a secret within another leaves no rest.
	sort.Slice(words, func(i, j int) bool {
		if len(words[i]) != len(words[j]) {
			return len(words[i]) > len(words[j])
		}
		return words[i] < words[j]
	})
	pairs := make([]string, 0, 2*len(words))
	for _, w := range words {
		for _, form := range formsOf(w) {
			pairs = append(pairs, form, Secret([]byte(w)))
		}
	}
	return Veil{strings.NewReplacer(pairs...)}
}

// formsOf is the secret as it may be written: by whoever reads it, an encoding
// is undone in a moment. Of base64, whose characters depend on where the secret
// begins, it is those that the secret alone decides, in each of three cases.
func formsOf(secret string) []string {
	reversed := []byte(secret)
	slices.Reverse(reversed)
	hexed := hex.EncodeToString([]byte(secret))
	forms := []string{
		secret, string(reversed), hexed, strings.ToUpper(hexed),
		url.QueryEscape(secret), url.PathEscape(secret), (&url.URL{Path: secret}).EscapedPath(),
	}
	for before := range 3 {
		text := append(make([]byte, before), secret...)
		from, to := (before*8+5)/6, len(text)*8/6
		forms = append(forms, base64.StdEncoding.EncodeToString(text)[from:to], base64.URLEncoding.EncodeToString(text)[from:to])
	}
	slices.Sort(forms[1:])
	return slices.Compact(forms)
}

// Cover replaces the secrets in s by their redacted forms.
func (v Veil) Cover(s string) string {
	if s == "" {
		return s
	}
	return v.replacer.Replace(s)
}
