package generic

import (
	"path"
	"strings"
)

// codeExtensions are those of programs, where a word without quotes is an identifier.
var codeExtensions = words(`.go .js .jsx .mjs .cjs .ts .tsx .mts .cts .py .pyi .rb .java .kt .kts .scala .groovy .gradle .cs .vb .fs .c .h .cc .cpp .cxx .hpp .hh .m .mm .swift
	.rs .php .pl .pm .ex .exs .erl .hrl .hs .lhs .clj .cljs .lua .dart .vue .svelte .css .scss .sass .less .r .jl .ml .mli .sol .zig .nim .d .pas .asm .s .v .sv .vhd .el .lisp .scm
	.proto .thrift .graphql .gql .html .htm .xhtml .jsp .erb .haml .slim .ejs .hbs .cshtml .razor .aspx .svg .xsl .xslt .xaml .tex .bundle .map .wat .cu .glsl .f90 .ada .cob .coffee .elm .bal .cr`)

// HasBareValues reports whether the syntax of the file at that path has values
// without quotes, so that a word behind an equals sign is data and no
// identifier. Archive members are judged by their own name. A text without a
// path (a commit message, standard input) has them.
func HasBareValues(p string) bool {
	if p == "" {
		return true
	}
	base := strings.ToLower(path.Base(p[strings.LastIndexByte(p, '!')+1:]))
	return !codeExtensions.has([]byte(path.Ext(base))) || strings.HasPrefix(base, ".env")
}
