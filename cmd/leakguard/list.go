package main

import "strings"

// list is the value of a flag that can be given again and again, one item each
// time. Items may hold commas, which pflag's own lists would split or quote.
type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Type() string       { return "stringArray" }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }
