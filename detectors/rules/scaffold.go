package rules

import (
	_ "embed"
	"fmt"
	"strings"
)

// scaffold is a provider file whose author has still to say what is so. In it acme
// stands for the id, Acme for the name.
//
//go:embed scaffold.toml
var scaffold string

// Scaffold returns a commented provider file for the issuer of that id: one that can be
// read and whose examples hold, for keys that begin with the id.
func Scaffold(id string) (string, error) {
	if !isID(id) {
		return "", fmt.Errorf("%q: want lower-case words joined by hyphens", id)
	}
	var name []string
	for _, word := range strings.Split(id, "-") {
		name = append(name, strings.ToUpper(word[:1])+word[1:])
	}
	return strings.NewReplacer(
		"acme_", strings.ReplaceAll(id, "-", "_")+"_", "ACME_", strings.ToUpper(strings.ReplaceAll(id, "-", "_"))+"_",
		"acme", id, "Acme", strings.Join(name, " "),
	).Replace(scaffold), nil
}
