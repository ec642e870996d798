package document

import (
	"slices"
	"strings"
)

// sqliteColumns are the names of the columns of a table, in the order in which
// its records have them, from the CREATE TABLE that the schema keeps:
// https://www.sqlite.org/lang_createtable.html.
func sqliteColumns(sql string) []string {
	defs, rest := sqliteDefinitions(sql)
	var names, key []string
	for _, def := range defs {
		first := def[0]
		if !first.quoted {
			switch first.upper() {
			case "PRIMARY":
				key = sqliteKey(def)
				continue
			case "CONSTRAINT", "UNIQUE", "CHECK", "FOREIGN":
				if i := slices.IndexFunc(def, sqliteToken.isPrimary); i >= 0 && first.upper() == "CONSTRAINT" {
					key = sqliteKey(def[i:])
				}
				continue
			}
		}
		words := def[1:]
		if slices.IndexFunc(words, sqliteToken.isPrimary) >= 0 {
			key = []string{first.text}
		}
		is := func(word string) func(sqliteToken) bool {
			return func(t sqliteToken) bool { return t.depth == 1 && !t.quoted && t.upper() == word }
		}
		if slices.ContainsFunc(words, is("AS")) && !slices.ContainsFunc(words, is("STORED")) {
			continue // generated when it is read
		}
		names = append(names, first.text)
	}
	if len(rest) > 0 && rest[0].upper() == "WITHOUT" { // its records have the key first
		inKey := map[string]bool{}
		for _, k := range key {
			inKey[strings.ToLower(k)] = true
		}
		isKey := func(name string) bool { return inKey[strings.ToLower(name)] }
		names = append(slices.Clone(key), slices.DeleteFunc(names, isKey)...)
	}
	return names
}

// sqliteKey are the columns in PRIMARY KEY (a, b DESC).
func sqliteKey(def []sqliteToken) (names []string) {
	for i, t := range def {
		if t.depth == 2 && (def[i-1].depth == 1 || def[i-1].text == ",") {
			names = append(names, t.text)
		}
	}
	return names
}

// sqliteToken is a word, a name in quotes, or a sign of SQL.
type sqliteToken struct {
	text   string
	quoted bool
	depth  int // parentheses around it
}

func (t sqliteToken) upper() string { return strings.ToUpper(t.text) }

func (t sqliteToken) isPrimary() bool { return !t.quoted && t.upper() == "PRIMARY" }

// sqliteDefinitions are the definitions between the parentheses of a CREATE
// TABLE, none of them empty, and what is behind them.
func sqliteDefinitions(sql string) (defs [][]sqliteToken, rest []sqliteToken) {
	var def []sqliteToken
	depth, begun := 0, false
	end := func() {
		if len(def) > 0 {
			defs = append(defs, def)
		}
		def = nil
	}
	for sql != "" {
		var t sqliteToken
		t, sql = sqliteNext(sql)
		switch {
		case t.text == "(" && !t.quoted:
			depth++
			begun = true
			continue
		case t.text == ")" && !t.quoted:
			if depth--; depth == 0 {
				end()
			}
			continue
		case t.text == "" && !t.quoted:
			continue
		}
		t.depth = depth
		switch {
		case depth == 0 && begun:
			rest = append(rest, t)
		case depth == 1 && t.text == "," && !t.quoted:
			end()
		case depth > 0:
			def = append(def, t)
		}
	}
	return defs, rest
}

// sqliteNext is the first token of sql, empty if it is a blank or a comment.
func sqliteNext(sql string) (t sqliteToken, rest string) {
	for _, comment := range []struct{ begin, end string }{{"--", "\n"}, {"/*", "*/"}} {
		if strings.HasPrefix(sql, comment.begin) {
			_, rest, _ := strings.Cut(sql, comment.end)
			return sqliteToken{}, rest
		}
	}
	switch c := sql[0]; c {
	case ' ', '\t', '\n', '\r', '\f':
		return sqliteToken{}, sql[1:]
	case '"', '`', '\'', '[':
		if c == '[' {
			c = ']'
		}
		text, rest, _ := strings.Cut(sql[1:], string(rune(c)))
		return sqliteToken{text: text, quoted: true}, rest
	}
	n := strings.IndexAny(sql, " \t\n\r\f\"`'[](),;")
	switch n {
	case -1:
		n = len(sql)
	case 0:
		n = 1
	}
	return sqliteToken{text: sql[:n]}, sql[n:]
}
