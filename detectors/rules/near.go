package rules

import "strings"

// nearPattern builds the regular expression of a credential whose value has no
// shape of its own: one of the names, an assignment of any common syntax, and
// the value, ended by something that cannot belong to it.
//
//	DATADOG_API_KEY = "0123…"      datadog: {api_key: 0123…}
//	--datadog-api-key 0123…        <datadogApiKey>0123…</datadogApiKey>
func nearPattern(names []string, value string) string {
	var b strings.Builder
	b.WriteString(`(?i:`)
	for i, n := range names {
		if i > 0 {
			b.WriteByte('|')
		}
		b.WriteString(nameForms(n))
	}
	b.WriteString(`)`)
	// The rest of the name, and what may stand between it and the operator.
	b.WriteString(`[ \t\w.\-]{0,32}(?:\\?["'` + "`" + `\])]){0,2}(?:[ \t]{0,16}:[ \t]{0,16}\w{1,16})?[ \t]{0,16}`)
	// The operator; a comma for call arguments, white space for flags, > for XML.
	b.WriteString(`(?:=>|:=|\|\|=?|\?=|={1,3}|:{1,2}|,|>|\(|[ \t])`)
	b.WriteString(`[ \t]{0,16}(?:\w{1,12}\()?(?:\\?["'` + "`" + `(\[<]){0,3}`)
	b.WriteString(`(?P<secret>` + value + `)(?:[^\w\-/+=]|\\[nrt]|$)`)
	return b.String()
}

// nameForms lets the separators of a name vary: "api key" is api_key, api-key,
// apiKey, api.key and api key.
func nameForms(name string) string {
	words := strings.Fields(name)
	for i, w := range words {
		words[i] = quoteMeta(w)
	}
	return strings.Join(words, `[ _.\-]?`)
}

func quoteMeta(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(`\.+*?()|[]{}^$`, s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
