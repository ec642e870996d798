package detectors_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
)

var update = flag.Bool("update", false, "write docs/languages.md anew")

// sample is a way in which a language or format writes a credential.
type sample struct {
	language, way string
	path          string // of the file it stands in
	kind          string // of the values it takes: see values
	text          string // with one marker where the value stands
}

// readSamples reads the files of testdata/languages. Above each sample stands a
// line of its language, its way, its path and, unless it takes passwords, its
// kind: "@@ Go | constant | internal/db.go".
func readSamples(t *testing.T) []sample {
	t.Helper()
	files, err := filepath.Glob("testdata/languages/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if head, ok := strings.CutPrefix(line, "@@ "); ok {
				field := append(strings.Split(strings.TrimSpace(head), " | "), "password")
				if len(field) < 4 {
					t.Fatalf("%s: %q: want language, way and path", file, head)
				}
				all = append(all, sample{language: field[0], way: field[1], path: field[2], kind: field[3]})
				continue
			}
			if len(all) == 0 {
				t.Fatalf("%s: begins with no @@ line", file)
			}
			all[len(all)-1].text += line
		}
	}
	slices.SortStableFunc(all, func(a, b sample) int {
		return strings.Compare(strings.ToLower(a.language), strings.ToLower(b.language))
	})
	return all
}

// markers say where a value stands in a sample, and how it is written there.
var markers = []struct {
	marker string
	write  func(string) string
}{
	{"{VALUE}", func(s string) string { return s }},
	{"{URL}", url.QueryEscape},
	{"{XML}", strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace},
	{"{MAKE}", strings.NewReplacer("#", `\#`).Replace},
	{"{BASE64}", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"{PAIR}", func(s string) string { return base64.StdEncoding.EncodeToString([]byte("deploy:" + s)) }},
}

// marked cuts the text at its marker.
func (s sample) marked(t *testing.T) (before, marker, after string, write func(string) string) {
	t.Helper()
	for _, m := range markers {
		if before, after, ok := strings.Cut(s.text, m.marker); ok {
			return before, m.marker, after, m.write
		}
	}
	t.Fatalf("%s, %s: no marker", s.language, s.way)
	return "", "", "", nil
}

// holding is the text with the value in it, and the value as it is written there.
func (s sample) holding(t *testing.T, value string) (text, written string) {
	before, _, after, write := s.marked(t)
	written = write(value)
	return sample{text: before + written + after}.public(t), written
}

// public is the text with the public halves of its key in it.
func (s sample) public(t *testing.T) string {
	text := s.text
	for i := uint64(0); strings.Contains(text, "{PUBLIC}"); i++ {
		text = strings.Replace(text, "{PUBLIC}", expand(t, "${base64url:43}", i), 1)
	}
	return text
}

// sparing is the text with a placeholder in it.
func (s sample) sparing(t *testing.T, p placeholder) string {
	before, marker, after, write := s.marked(t)
	text := expand(t, p.text, 0)
	switch {
	case p.spelling == asValue && marker != "{URL}", p.spelling == asExpression && marker == "{XML}":
		text = write(text)
	case p.spelling == asExpression && marker == "{VALUE}":
		before, after = unquoted(before, after)
	}
	return sample{text: before + text + after}.public(t)
}

// unquoted takes away the quotes between which a value stands.
func unquoted(before, after string) (string, string) {
	for _, quote := range []string{`\\\"`, `\"`, `"`, `'`, "`"} {
		if strings.HasSuffix(before, quote) && strings.HasPrefix(after, quote) {
			return strings.TrimSuffix(before, quote), strings.TrimPrefix(after, quote)
		}
	}
	return before, after
}

// value is one that must be found.
type value struct{ label, text string }

// values makes the six values of this sample.
func (s sample) values(t *testing.T) []value {
	t.Helper()
	r := seeded(s.language+s.way, 0)
	all := templates(r, s.kind)
	if all == nil {
		t.Fatalf("%s, %s: no kind %q", s.language, s.way, s.kind)
	}
	for i := range all {
		text, err := rules.Expand(all[i].text, r)
		if err != nil {
			t.Fatal(err)
		}
		all[i].text = text
	}
	return all
}

// templates are six values of a kind, as templates of rules.Expand. Their signs
// need no escape in any of the samples.
func templates(r *rand.Rand, kind string) []value {
	switch kind {
	case "password":
		sign := func() string { return pick(r, "!", "#", "*", "+", "-", ".", "=", "?", "^", "_", "~") }
		return []value{
			{"random", "${upper:1}${alnum:3}" + sign() + "${lower:2}${digit:2}" + sign() + "${alnum:2}"},
			// A full stop at its end would be that of a sentence.
			{"chosen", pick(r, words...) + pick(r, capitals...) + "${digit:2-4}" + pick(r, "!", "#", "*", "+", "?", "_")},
			{"hex", "${hex:32}"},
			{"base64url", "${base64url:40}"},
			{"alphanumeric", "${alnum:20}"},
			{"short", "${lower:2}${digit:2}${upper:2}${digit:1}${lower:1}"},
		}
	case "key":
		return []value{
			{"hex 32", "${hex:32}"}, {"hex 64", "${hex:64}"}, {"base64url", "${base64url:40}"},
			{"alphanumeric 20", "${alnum:20}"}, {"alphanumeric 32", "${alnum:32}"}, {"lower case", "${loweralnum:24}"},
		}
	case "hash":
		return []value{
			{"bcrypt", "${dollar}2y${dollar}10${dollar}${alnum:53}"},
			{"MD5 of Apache", "${dollar}apr1${dollar}${alnum:8}${dollar}${alnum:22}"},
			{"SHA-512", "${dollar}6${dollar}${alnum:16}${dollar}${alnum:86}"},
			{"SHA-256", "${dollar}5${dollar}${alnum:16}${dollar}${alnum:43}"},
			{"MD5", "${dollar}1${dollar}${alnum:8}${dollar}${alnum:22}"},
			{"SHA-1", "{SHA}${base64:27}="},
		}
	case "totp":
		return six(func(i int) string { return []string{"${base32:16}", "${base32:32}"}[i%2] })
	case "jwk":
		return six(func(int) string { return "${base64url:43}" })
	case "mnemonic":
		return six(func(int) string { return mnemonic(r) })
	}
	return nil
}

// six are six values of one sort.
func six(template func(i int) string) []value {
	var all []value
	for i := range 6 {
		all = append(all, value{fmt.Sprint("number ", i+1), template(i)})
	}
	return all
}

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

// words and capitals make passwords as people choose them.
var (
	words    = []string{"walnut", "copper", "harbour", "meadow", "violet", "pepper", "thunder", "ginger", "lantern", "badger"}
	capitals = []string{"River", "Cactus", "Bicycle", "Falcon", "Window", "Marble", "Rocket", "Castle", "Tundra", "Orchard"}
)

// mnemonic is a phrase of twelve words whose checksum holds (BIP-39). Of the list
// of 2048 words only the first 32 and the last eight are used; the phrase's last
// word has its seven bits of entropy unset, which leaves it one of the first 16.
func mnemonic(r *rand.Rand) string {
	low := strings.Fields(`abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve acid
		acoustic acquire across act action actor actress actual adapt add addict address adjust admit adult advance`)
	high := strings.Fields("yellow you young youth zebra zero zone zoo")
	var phrase []string
	var entropy [16]byte
	bit := 0
	for range 11 {
		i := r.IntN(len(low) + len(high))
		word, index := "", i
		if i < len(low) {
			word = low[i]
		} else {
			word, index = high[i-len(low)], 2048-len(high)+i-len(low)
		}
		phrase = append(phrase, word)
		for b := 10; b >= 0; b-- {
			entropy[bit/8] |= byte(index>>b&1) << (7 - bit%8)
			bit++
		}
	}
	sum := sha256.Sum256(entropy[:])
	return strings.Join(append(phrase, low[sum[0]>>4]), " ")
}

// placeholder is what people and programs write where a secret belongs.
type placeholder struct {
	label, text string // text: a template of rules.Expand
	spelling    spelling
}

// shown is the first line of the placeholder as Markdown, without what is random in it.
func (p placeholder) shown() string {
	text, _, _ := strings.Cut(strings.ReplaceAll(p.text, "${dollar}", "\x00"), "\n")
	for {
		before, rest, ok := strings.Cut(text, "${")
		if !ok {
			break
		}
		_, after, _ := strings.Cut(rest, "}")
		text = before + "…" + after
	}
	if text == "" {
		return ""
	}
	return "`" + strings.NewReplacer("\x00", "$", "|", `\|`).Replace(text) + "`"
}

// spelling is how a placeholder stands where a value would.
type spelling int

const (
	asValue      spelling = iota // encoded as a value is, but for URLs
	asReference                  // as it is: what puts the value in encodes it
	asExpression                 // of a program, in place of the whole string literal
)

var placeholders = []placeholder{
	{label: "nothing"},
	{label: "change me", text: "changeme"},
	{label: "change it", text: "changeit"},
	{label: "replace me", text: "REPLACE_ME"},
	{label: "angle brackets", text: "<your-password>"},
	{label: "yours", text: "your_password_here"},
	{label: "insert", text: "insert-secret-key-here"},
	{label: "to do", text: "TODO"},
	{label: "example", text: "example"},
	{label: "its own name", text: "password"},
	{label: "secret", text: "secret"},
	{label: "letters x", text: "xxxxxxxx"},
	{label: "letters x in groups", text: "xxxx-xxxx-xxxx-xxxx"},
	{label: "stars", text: "********"},
	{label: "masked but for its end", text: "************${alnum:4}"},
	{label: "dots", text: "..."},
	{label: "redacted", text: "[REDACTED]"},
	{label: "masked by a CI system", text: "[MASKED]"},
	{label: "not applicable", text: "N/A"},
	{label: "keyboard row", text: "qwertyuiop"},
	{label: "keyboard row and digits", text: "asdfgh123"},
	{label: "digits that count", text: "123456"},
	{label: "long digits that count", text: "1234567890"},
	{label: "letters that count", text: "abcdefghijkl"},
	{label: "hex that counts", text: "0123456789abcdef0123456789abcdef"},
	{label: "one character", text: "aaaaaaaa"},
	{label: "zeros", text: "00000000000000000000000000000000"},
	{label: "Latin filler", text: "lorem ipsum dolor sit amet"},
	{label: "key of AWS's documentation", text: "AKIA${base32:9}EXAMPLE"},
	{label: "variable of a shell", text: "${dollar}{DB_PASSWORD}", spelling: asReference},
	{label: "short variable of a shell", text: "${dollar}DB_PASSWORD", spelling: asReference},
	{label: "variable of a shell that must be set", text: "${dollar}{DB_PASSWORD:?}", spelling: asReference},
	{label: "variable of Windows", text: "%DB_PASSWORD%", spelling: asReference},
	{label: "command of a shell", text: "${dollar}(cat /run/secrets/db)", spelling: asReference},
	{label: "variable of Helm", text: "{{ .Values.password }}", spelling: asReference},
	{label: "variable of Jinja", text: "{{ vault_db_password }}", spelling: asReference},
	{label: "variable of a workflow", text: "${dollar}{{ secrets.DB_PASSWORD }}", spelling: asReference},
	{label: "variable of a release pipeline", text: "#{DbPassword}#", spelling: asReference},
	{label: "variable of a build", text: "@DB_PASSWORD@", spelling: asReference},
	{label: "format", text: "%s", spelling: asReference},
	{label: "format in braces", text: "{password}", spelling: asReference},
	{label: "markup of a page", text: "<%= password %>", spelling: asReference},
	{label: "sealed by SOPS", text: "ENC[AES256_GCM,data:${base64:16},iv:${base64:43}=,tag:${base64:22}==,type:str]", spelling: asReference},
	{label: "sealed by Jasypt", text: "ENC(${base64:31}=)", spelling: asReference},
	{label: "sealed by Spring", text: "{cipher}${hex:64}", spelling: asReference},
	{label: "kept by Vault", text: "vault:secret/data/shop#password", spelling: asReference},
	{label: "kept by AWS", text: "{{resolve:secretsmanager:shop/db:SecretString:password}}", spelling: asReference},
	{label: "kept by 1Password", text: "op://shop/database/password", spelling: asReference},

	{label: "null", text: "null", spelling: asExpression},
	{label: "None", text: "None", spelling: asExpression},
	{label: "nil", text: "nil", spelling: asExpression},
	{label: "sealed by Ansible", text: "!vault |\n          ${dollar}ANSIBLE_VAULT;1.1;AES256\n          ${hex:80}\n          ${hex:80}", spelling: asExpression},
	{label: "environment of Node.js", text: "process.env.DB_PASSWORD", spelling: asExpression},
	{label: "environment of Go", text: `os.Getenv("DB_PASSWORD")`, spelling: asExpression},
	{label: "environment of Python", text: `os.environ["DB_PASSWORD"]`, spelling: asExpression},
	{label: "environment of Java", text: `System.getenv("DB_PASSWORD")`, spelling: asExpression},
	{label: "environment of Ruby", text: "ENV['DB_PASSWORD']", spelling: asExpression},
	{label: "environment of PowerShell", text: "$env:DB_PASSWORD", spelling: asExpression},
	{label: "environment of Rust", text: `env::var("DB_PASSWORD").unwrap()`, spelling: asExpression},
	{label: "setting", text: "config.database.password", spelling: asExpression},
	{label: "variable", text: "var.db_password", spelling: asExpression},
	{label: "call", text: "getPassword()", spelling: asExpression},
	{label: "constant", text: "DEFAULT_PASSWORD", spelling: asExpression},
}

// row is a row of the table: what the engine does with a sample.
type row struct {
	language, way string
	values, found int
	missed        []string // values not found
	doubtful      []string // values found with less than the default confidence
	inexact       []string // values found with too much or too little of the text
	spared        int
	reported      []string // placeholders that were taken for secrets
}

func judge(t *testing.T, e *detectors.Engine, s sample) row {
	out := row{language: s.language, way: s.way}
	for _, v := range s.values(t) {
		out.values++
		text, written := s.holding(t, v.text)
		exact, near := rules.Confidence(0), false
		start := strings.Index(text, written)
		for _, m := range e.Scan([]byte(text), s.path) {
			// A pair is found as it is written, or as its password.
			if got := string(m.Value); got == v.text || got == written {
				exact = max(exact, m.Confidence)
			}
			near = near || m.Secret.Overlaps(detectors.Span{Start: start, End: start + len(written)})
		}
		switch {
		case exact >= rules.Likely, exact > 0 && s.kind == "hash":
			out.found++
		case exact > 0:
			out.doubtful = append(out.doubtful, v.label)
		case near:
			out.inexact = append(out.inexact, v.label)
		default:
			out.missed = append(out.missed, v.label)
		}
	}
	for _, p := range placeholders {
		wrong := func(m detectors.Match) bool { return m.Confidence >= rules.Likely }
		if slices.ContainsFunc(e.Scan([]byte(s.sparing(t, p)), s.path), wrong) {
			out.reported = append(out.reported, p.label)
		} else {
			out.spared++
		}
	}
	return out
}

// wrongs says in words what keeps a row from being full.
func (r row) wrongs() string {
	var all []string
	for _, w := range []struct {
		what string
		of   []string
	}{{"missed", r.missed}, {"in doubt", r.doubtful}, {"not exact", r.inexact}, {"reported", r.reported}} {
		switch {
		case len(w.of) == r.values && w.what != "reported":
			all = append(all, w.what+": all")
		case len(w.of) > 0:
			all = append(all, w.what+": "+strings.Join(w.of, ", "))
		}
	}
	return strings.Join(all, "; ")
}

// TestLanguages puts values of its own making, and placeholders, into every sample
// and compares what is found and spared with docs/languages.md.
func TestLanguages(t *testing.T) {
	all, err := providers.ReadDir("providers")
	if err != nil {
		t.Fatal(err)
	}
	opts := detectors.DefaultOptions()
	opts.MinConfidence = rules.Doubtful
	e, err := detectors.New(all, opts)
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, s := range readSamples(t) {
		rows = append(rows, judge(t, e, s))
	}
	const file = "../docs/languages.md"
	got := languagesPage(rows)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	is, was := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(is), len(was)) {
		if i >= len(is) || i >= len(was) || is[i] != was[i] {
			t.Errorf("%s, line %d: is\n%s\nwas\n%s\n(-update writes it anew)", file, i+1, at(is, i), at(was, i))
		}
	}
}

// at is the line of that index, if there is one.
func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

func languagesPage(rows []row) []byte {
	languages := map[string]bool{}
	found, values, spared, tried := 0, 0, 0, 0
	for _, r := range rows {
		languages[r.language] = true
		found, values = found+r.found, values+r.values
		spared, tried = spared+r.spared, tried+len(placeholders)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `# Languages and formats

How credentials without an issuer are found in the ways in which languages and formats write them. This page is written by a
test (`+"`go test ./detectors -run TestLanguages -update`"+`), which puts six values made at run time, and %d placeholders,
into each of the samples in `+"`detectors/testdata/languages`"+`.

- **found**: values that are found, exactly, at the default confidence. Unless the way says something else they are: a random
  password with signs, one that a person chose (two words, digits, a sign), 32 hex digits, 40 characters of base64url, 20
  letters and digits, and a short password of eight. The hash of a password counts as found also in doubt.
- **spared**: placeholders that are not reported.

In %d languages and formats, written in %d ways, %d of %d values are found, and %d of %d placeholders are spared.

| language or format | written as | found | spared | what is wrong |
|---|---|---|---|---|
`, len(placeholders), len(languages), len(rows), found, values, spared, tried)
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %d/%d | %d/%d | %s |\n", r.language, r.way, r.found, r.values, r.spared, len(placeholders), r.wrongs())
	}
	b.WriteString("\nThe placeholders:\n\n| placeholder | is |\n|---|---|\n")
	for _, p := range placeholders {
		fmt.Fprintf(&b, "| %s | %s |\n", p.label, p.shown())
	}
	return b.Bytes()
}
