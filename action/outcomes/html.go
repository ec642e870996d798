package outcomes

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"sync"
)

//go:embed assets/page.html assets/*.css assets/*.js assets/uplot.LICENSE
var assets embed.FS

// WriteHTML writes the dashboard: one page that needs nothing else, and may not load
// anything else. Its data stands in it as JSON; its script makes text of them, never
// markup.
func WriteHTML(w io.Writer, p Page) error {
	f := frame()
	return f.page.Execute(w, struct {
		Policy string
		Style  template.CSS
		Script template.JS
		Data   Page
	}{f.policy, f.style, f.script, p})
}

// framed is what is the same in every page.
type framed struct {
	page   *template.Template
	style  template.CSS
	script template.JS
	policy string
}

var frame = sync.OnceValue(func() framed {
	f := framed{
		page:   template.Must(template.ParseFS(assets, "assets/page.html")),
		style:  template.CSS(joined("uplot.min.css", "page.css")),
		script: template.JS("/*\n" + joined("uplot.LICENSE") + "*/\n" + joined("uplot.min.js", "elements.js", "charts.js", "table.js", "secrets.js", "kept.js", "page.js")),
	}
	f.policy = strings.Join([]string{
		"default-src 'none'", "script-src " + hashOf(string(f.script)), "style-src " + hashOf(string(f.style)), "img-src data:",
		"base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
	}, "; ")
	return f
})

// joined is the text of assets.
func joined(names ...string) string {
	var text strings.Builder
	for _, name := range names {
		data, err := assets.ReadFile("assets/" + name)
		if err != nil {
			panic(err) // it is embedded
		}
		text.Write(data)
		text.WriteByte('\n')
	}
	return text.String()
}

// hashOf names a script or style by its content (CSP Level 3, 2.3.1).
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
