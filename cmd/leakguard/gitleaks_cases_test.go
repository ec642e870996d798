package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// gitleaksCases is how many texts gitleaksRepository commits.
const gitleaksCases = 2000

// gitleaksRepository makes a repository of texts that rules of gitleaks' default config
// match or nearly match, each written in one of the ways of writeCase, in files that are
// added, changed, renamed and removed.
func gitleaksRepository(t *testing.T) *gitrepo.Repo {
	t.Helper()
	p, _, err := rules.ReadGitleaks("default", rules.GitleaksDefault, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(8, 30))
	repo := gitrepo.New(t)
	texts := map[string]string{}
	const each = 250
	for n := range gitleaksCases {
		r := p.Rules[n%len(p.Rules)]
		name := caseFile(r, n)
		texts[name] += writeCase(n/len(p.Rules), sampleOf(r, random), random)
		repo.Write(name, texts[name])
		if n%each == each-1 {
			repo.Commit(fmt.Sprint("cases up to ", n))
		}
	}
	repo.Write("long.txt", strings.Repeat("some words to fill the file up\n", 3000)+"\n"+writeCase(0, sampleOf(p.Rules[0], random), random))
	repo.Write("name with blanks.txt", writeCase(0, sampleOf(p.Rules[7], random), random)).Write("naïve.txt", writeCase(1, sampleOf(p.Rules[9], random), random))
	repo.Write("store.p12", "key store").Write("blob.bin", "a\x00b"+sampleOf(p.Rules[3], random)).Write("page.pdf", "%PDF-1.4\n"+sampleOf(p.Rules[4], random))
	repo.Commit("files of all sorts")
	repo.Git("mv", "long.txt", "longer.txt")
	repo.Remove("name with blanks.txt").Commit("moved and removed")
	return repo
}

// caseFile puts most cases where rules bound to a path look, and some where an
// allowlist passes over them.
func caseFile(r *rules.Rule, n int) string {
	switch {
	case r.ID == "kubernetes-secret-yaml":
		return fmt.Sprintf("deploy/%d.yaml", n%5)
	case r.ID == "nuget-config-password":
		return "nuget.config"
	case r.ID == "hashicorp-tf-password":
		return "main.tf"
	case n%37 == 0:
		return "node_modules/left.js"
	case n%41 == 0:
		return "docs/README.md"
	}
	return fmt.Sprintf("src/%d.js", n%23)
}

// writeCase writes a text in the n-th of some ways.
func writeCase(n int, text string, random *rand.Rand) string {
	switch n {
	case 0:
		return text + "\n"
	case 1:
		return "const apiKey = \"" + text + "\";\n"
	case 2:
		return base64.StdEncoding.EncodeToString([]byte("the key is "+text)) + "\n\n"
	case 3:
		return "x: " + hex.EncodeToString([]byte(text+" ")) + " // in hexadecimal\n"
	case 4:
		return "q=" + strings.NewReplacer("_", "%5F", "-", "%2d", "\"", "%22", "=", "%3D").Replace(text) + "&r=1\n"
	case 5:
		return text + " # gitleaks" + ":allow\n" + text + " " + text + "\n"
	case 6:
		return "{\"a\": 1, \"token\": \"" + text + "\", \"password\": \"" + text[len(text)/2:] + "\"}\n"
	case 7:
		return base64.RawURLEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(text)))) + "\n"
	}
	cut := random.IntN(len(text) + 1) // nearly a match
	return "// " + text[:cut] + " " + text[cut:] + "\n\\u0041" + text[:cut] + "\n"
}

// sampleOf makes a text that the rule's pattern matches, but for boundaries of words.
func sampleOf(r *rules.Rule, random *rand.Rand) string {
	tree, err := syntax.Parse(r.Pattern, syntax.Perl)
	if err != nil || r.Pattern == "" {
		return "certificate.p12"
	}
	var b strings.Builder
	sample(&b, tree.Simplify(), random)
	return b.String()
}

func sample(b *strings.Builder, re *syntax.Regexp, random *rand.Rand) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(sampleRune(re.Rune, random))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte("abcXYZ019_ "[random.IntN(11)])
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		least, most := re.Min, re.Max
		switch re.Op {
		case syntax.OpStar:
			least, most = 0, 3
		case syntax.OpPlus:
			least, most = 1, 12
		case syntax.OpQuest:
			least, most = 0, 1
		}
		if most < 0 || most > least+40 {
			most = least + 40
		}
		for range least + random.IntN(most-least+1) {
			sample(b, re.Sub[0], random)
		}
	case syntax.OpAlternate:
		sample(b, re.Sub[random.IntN(len(re.Sub))], random)
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			sample(b, sub, random)
		}
	}
}

// sampleRune picks a character of a class, a printable one if there is any.
func sampleRune(class []rune, random *rand.Rand) rune {
	var all []rune
	for i := 0; i < len(class); i += 2 {
		for c := max(class[i], ' '); c <= min(class[i+1], '~'); c++ {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return class[0]
	}
	return all[random.IntN(len(all))]
}
