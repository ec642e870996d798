package generic

import (
	"path"
	"strings"
)

var bareExtensions = words(`.env .yml .yaml .properties .ini .cfg .conf .config .cnf .sh .bash .zsh .fish .ksh .profile .bashrc .zshrc
	.bat .cmd .ps1 .psm1 .txt .log .xml .plist .netrc .npmrc .pypirc .pgpass .service .desktop .toml .tfvars .sql .md .rst .adoc .dockerfile
	.envrc .list .out .json .jsonl .har .http .rest .htaccess .credentials .secrets .local .production .development .staging .test .example .sample .dist .tpl .tmpl .template .j2
	.history .bash_history .zsh_history .psql_history .mysql_history .csv .tsv .ipynb .eml .mbox .reg`)

var bareNames = words(`dockerfile containerfile makefile jenkinsfile vagrantfile procfile credentials config secrets .env env .gitconfig config.inc netrc _netrc pgpass stdin`)

// HasBareValues reports whether the syntax of the file at that path has values
// without quotes, so that a word behind an equals sign is data and no
// identifier. Archive members are judged by their own name. A text without a
// path (a commit message, standard input) has them.
func HasBareValues(p string) bool {
	if p == "" {
		return true
	}
	base := strings.ToLower(path.Base(p[strings.LastIndexByte(p, '!')+1:]))
	if bareNames.has([]byte(base)) || strings.HasPrefix(base, ".env") || strings.HasPrefix(base, "dockerfile") {
		return true
	}
	ext := path.Ext(base)
	return bareExtensions.has([]byte(ext))
}
