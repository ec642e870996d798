package detectors_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/rules"
)

// acme is an issuer made up for these tests: one kind of token per thing that a
// rule can ask for.
const acme = `
id = "acme"
name = "Acme"
[[credential]]
id = "token"
name = "checksum"
regex = '''\b(acme_[0-9A-Za-z]{36})\b'''
checksum = "crc32-base62"
[[credential]]
id = "whole-token"
name = "pattern alone, of the same tokens"
regex = '''\bacme_[0-9A-Za-z]{30,40}\b'''
[[credential]]
id = "part-token"
name = "pattern alone, of a part of them"
regex = '''\bacme_[0-9A-Za-z]{20}'''
[[credential]]
id = "near"
name = "value near a name"
near = ["acme key"]
value = '''\w{16,64}'''
[[credential]]
id = "mixed"
name = "entropy floor"
regex = '''\b(amix_[0-9a-z]{24})\b'''
entropy = 3.5
[[credential]]
id = "pair"
name = "key with its id in one match"
regex = '''\bapair:(?P<key_id>[0-9]{6}):(?P<secret>[0-9a-f]{32})\b'''
[[credential]]
id = "bound"
name = "in some files only"
regex = '''\b(abound_[0-9a-z]{24})\b'''
path = '''\.conf$'''
[[credential]]
id = "allowed"
name = "with allowlists"
regex = '''\b(allow_[0-9a-z]{24})\b'''
[[credential.allow]]
stopwords = ["Sample"]
[[credential.allow]]
paths = ['''^docs/''']
[[credential.allow]]
paths = ['''^tests/''']
regexes = ['''^allow_0''']
all = true
[[credential]]
id = "doubtful"
name = "of low confidence"
regex = '''\b(adoubt_[0-9a-z]{24})\b'''
confidence = "low"
[[credential]]
id = "password"
name = "any password"
detector = "assigned-password"
[[credential]]
id = "secret"
name = "any secret"
detector = "assigned-secret"
`

func provider(t testing.TB, text string) *rules.Provider {
	t.Helper()
	p, err := rules.ReadProvider("acme.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func acmeEngine(t testing.TB, opts detectors.Options) *detectors.Engine {
	t.Helper()
	e, err := detectors.New([]*rules.Provider{provider(t, acme)}, opts)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// show writes matches as rule and secret, so that a failure names no value.
func show(text string, matches []detectors.Match) []string {
	var out []string
	for _, m := range matches {
		s := fmt.Sprintf("%s@%d", m.Rule.ID, m.Secret.Start)
		if len(m.Decoded) == 0 && string(m.Value) != text[m.Secret.Start:m.Secret.End] {
			s += " (the value is not what stands there)"
		}
		out = append(out, s)
	}
	return out
}

func TestScan(t *testing.T) {
	tests := []struct {
		name, template string
		want           []string // rule@offset
	}{
		{"nothing", "just some text", nil},
		{"empty", "", nil},
		{"checksum before pattern", "x ${token:crc32-base62:acme_} y", []string{"acme-token@2"}},
		{"pattern where the checksum fails, the longer of two", "x ${broken:crc32-base62:acme_} y", []string{"acme-whole-token@2"}},
		{"the shorter where the longer does not match", "x acme_${alnum:20}-", []string{"acme-part-token@2"}},
		{"pattern before name", "acme_key = 'acme_${alnum:30}'", []string{"acme-whole-token@12"}},
		{"name before any secret", "acme_key = 'x7${alnum:30}'", []string{"acme-near@12"}},
		{"a name within a word is none", "pacme_key = 'x7${alnum:30}'", []string{"acme-secret@13"}},
		{"an identifier beside a name", "acme_key = SecretStringGenerator", nil},
		{"any secret where nothing else is known", "api_key = 'x7${hex:30}'", []string{"acme-secret@11"}},
		{"two in order", "a acme_${alnum:20}- b ${token:crc32-base62:acme_} c", []string{"acme-part-token@2", "acme-token@31"}},
		{"one twice", "${repeat:acme_0a1b2c3d4e5f6g7h8i9j :2}", []string{"acme-part-token@0", "acme-part-token@26"}},
		{"next to each other", "amix_0a1b2c3d4e5f6g7h8i9jk1m2,amix_0a1b2c3d4e5f6g7h8i9jk1m3", []string{"acme-mixed@0", "acme-mixed@30"}},
		{"entropy floor", "amix_${repeat:ab:12}", nil},
		{"placeholder", "amix_0a1b2c3d4exampleh8i9jk1m", nil},
		{"stopword", "allow_0a1b2csample5f6g7h8i9jk1", nil},
		{"paths do not hold where none is known", "abound_${loweralnum:24} allow_1${loweralnum:23}", []string{"acme-bound@0", "acme-allowed@32"}},
		{"low confidence", "adoubt_${loweralnum:24}", nil},
		{"at both ends", "${token:crc32-base62:acme_}", []string{"acme-token@0"}},
		{"longer than the pattern", "acme_${alnum:50}", []string{"acme-part-token@0"}},
		{"within a word", "xacme_${alnum:50}", nil},
	}
	e := acmeEngine(t, detectors.DefaultOptions())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for round := range uint64(rounds) {
				text := expand(t, tt.template, round)
				if got := show(text, e.Scan([]byte(text), "")); !slices.Equal(got, tt.want) {
					t.Fatalf("round %d: found %v, want %v", round, got, tt.want)
				}
			}
		})
	}
}

func TestScanMatch(t *testing.T) {
	e := acmeEngine(t, detectors.DefaultOptions())
	id, key := "123456", strings.Repeat("0a1b2c3d", 4)
	text := []byte("say apair:" + id + ":" + key + expand(t, " and DB_PASSWORD='${lower:4}0${lower:4}&3'", 1))
	got := e.Scan(text, "")
	if len(got) != 2 {
		t.Fatalf("found %v", ids(got))
	}
	text[20] = '!' // what was found outlives the text
	pair, password := got[0], got[1]
	if pair.Whole != (detectors.Span{4, 49}) || pair.Secret != (detectors.Span{17, 49}) || string(pair.Value) != key {
		t.Errorf("pair: whole %v, secret %v", pair.Whole, pair.Secret)
	}
	if len(pair.Parts) != 1 || pair.Parts[0].Name != "key_id" || string(pair.Parts[0].Value) != id {
		t.Errorf("pair: %d parts", len(pair.Parts))
	}
	if pair.Entropy != 3 || pair.Confidence != rules.Certain || pair.Name != "" || pair.Bare {
		t.Errorf("pair: entropy %v, confidence %v, name %q, bare %t", pair.Entropy, pair.Confidence, pair.Name, pair.Bare)
	}
	if password.Name != "DB_PASSWORD" || password.Bare || password.Confidence < rules.Likely || password.Score < generic.CutMedium || len(password.Decoded) != 0 {
		t.Errorf("password: name %q, bare %t, confidence %v, decoded %v", password.Name, password.Bare, password.Confidence, password.Decoded)
	}
}

func TestScanJoinsParts(t *testing.T) {
	const id, other, key = "aws_access_key_id = AKIA${base32:16}", "aws_access_key_id = ABIA${base32:16}", "aws_secret_access_key = ${base64:40}"
	tests := []struct {
		name, template, part string // part: where the id begins; "": none
	}{
		{"id above", id + "\n" + key, "AKIA"},
		{"id below", key + "\n" + id, "AKIA"},
		{"five lines apart", id + "\n\n\n\n\n" + key, "AKIA"},
		{"six lines apart", id + "\n\n\n\n\n\n" + key, ""},
		{"far along one line", id + "${repeat: :3000}" + key, ""},
		{"the nearer of two", other + "\n\n\n" + key + "\n" + id, "AKIA"},
		{"no id", key, ""},
	}
	e := engine(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found := e.Scan([]byte(expand(t, tt.template+"\n", 1)), "")
			i := slices.IndexFunc(found, func(m detectors.Match) bool { return m.Rule.ID == "aws-secret-access-key" })
			if i < 0 {
				t.Fatalf("found %v", ids(found))
			}
			parts := found[i].Parts
			if tt.part == "" {
				if len(parts) != 0 {
					t.Errorf("%d parts, want none", len(parts))
				}
				return
			}
			if len(parts) != 1 || parts[0].Name != "key_id" || !bytes.HasPrefix(parts[0].Value, []byte(tt.part)) {
				t.Errorf("%d parts, want the id that begins with %s", len(parts), tt.part)
			}
		})
	}
}

// utf16le is s in UTF-16, least byte first.
func utf16le(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// each writes every byte of s in its own way.
func each(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func TestScanDecodes(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	secret := expand(t, "${token:crc32-base62:acme_}", 1)
	around := "login: \"" + secret + "\"\n"
	tests := []struct {
		name, before, run string
		decoded           []string
		span              string // what the span holds; "": any part of the run
	}{
		{name: "base64 in JSON", before: `{"data": "`, run: b64(around), decoded: []string{"base64"}, span: b64(around)[8:68]},
		{name: "base64 of URLs", before: "x=", run: base64.RawURLEncoding.EncodeToString([]byte("\u00ff?>" + around)), decoded: []string{"base64"}},
		{name: "base64 twice", before: "data: ", run: b64("data: " + b64(around)), decoded: []string{"base64", "base64"}},
		{name: "hex", before: "blob ", run: hex.EncodeToString([]byte(around)), decoded: []string{"hex"}, span: hex.EncodeToString([]byte(secret))},
		{name: "percent", before: "?q=", run: each(secret, "%%%02x"), decoded: []string{"percent"}, span: each(secret, "%%%02x")},
		{name: "percent in part", before: "?q=", run: strings.Replace(secret, "_", "%5F", 1), decoded: []string{"percent"}, span: strings.Replace(secret, "_", "%5F", 1)},
		{name: "unicode escapes", before: `"v": "`, run: each(secret, `\u%04x`), decoded: []string{"unicode"}, span: each(secret, `\u%04x`)},
		{name: "HTML", before: "<p>", run: each(secret, "&#%d;"), decoded: []string{"html"}, span: each(secret, "&#%d;")},
		{name: "HTML in base64", before: "data:text/html;base64,", run: b64("<p>" + each(secret, "&#%d;") + "</p>"), decoded: []string{"base64", "html"}},
		{name: "UTF-16 in binary", before: "\x00\x01\x02\xff\xfe\x90", run: utf16le(around), decoded: []string{"utf-16le"}, span: utf16le(secret)},
	}
	e := acmeEngine(t, detectors.DefaultOptions())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "first line\n" + tt.before + tt.run + "\" behind\n"
			got := e.Scan([]byte(text), "")
			if len(got) != 1 || got[0].Rule.ID != "acme-token" {
				t.Fatalf("found %v, want acme-token", ids(got))
			}
			m := got[0]
			if string(m.Value) != secret {
				t.Error("the value is not the secret")
			}
			if !slices.Equal(m.Decoded, tt.decoded) {
				t.Errorf("decoded %v, want %v", m.Decoded, tt.decoded)
			}
			start := strings.Index(text, tt.run)
			if m.Secret.Start < start || m.Secret.End > start+len(tt.run) || m.Whole != m.Secret {
				t.Errorf("span %v, the run is %d to %d", m.Secret, start, start+len(tt.run))
			}
			if tt.span != "" && text[m.Secret.Start:m.Secret.End] != tt.span {
				t.Errorf("span %v is not that of the encoded secret", m.Secret)
			}
		})
	}
}

func TestScanDecodeDepth(t *testing.T) {
	plain := expand(t, "v ${token:crc32-base62:acme_}", 1)
	for depth := range 5 {
		e := acmeEngine(t, detectors.Options{DecodeDepth: depth, MinConfidence: rules.Likely})
		text := plain
		for layers := range 6 {
			if got, want := len(e.Scan([]byte(text), "")) == 1, layers <= depth; got != want {
				t.Errorf("depth %d, %d layers of base64: found %t, want %t", depth, layers, got, want)
			}
			text = base64.StdEncoding.EncodeToString([]byte(text))
		}
	}
}

func TestScanTwoSecretsInOneRun(t *testing.T) {
	plain := expand(t, "${token:crc32-base62:acme_} ${token:crc32-base62:acme_}", 1)
	text := base64.StdEncoding.EncodeToString([]byte(plain))
	got := acmeEngine(t, detectors.DefaultOptions()).Scan([]byte(text), "")
	if len(got) != 2 || bytes.Equal(got[0].Value, got[1].Value) || got[0].Secret.Start > got[1].Secret.Start {
		t.Errorf("found %v, want both", ids(got))
	}
}

func TestScanBinary(t *testing.T) {
	text := expand(t, "api_key = 'x7${hex:30}'\n${token:crc32-base62:acme_}", 1)
	e := acmeEngine(t, detectors.DefaultOptions())
	tests := []struct {
		name, text string
		want       []string
	}{
		{"text", text, []string{"acme-secret", "acme-token"}},
		{"NUL in the head", "\x00\n" + text, []string{"acme-token"}},
		{"NUL far before", "\x00" + strings.Repeat("\n", 20_000) + text, []string{"acme-secret", "acme-token"}},
		{"NUL far behind", text + strings.Repeat(" ", 20_000) + "\x00", []string{"acme-secret", "acme-token"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ids(e.Scan([]byte(tt.text), "")); !slices.Equal(got, tt.want) {
				t.Errorf("found %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAdmits(t *testing.T) {
	const bare = "API_SECRET=x7${hex:30}\n"
	tests := []struct {
		name, template, path string
		want                 bool
	}{
		{"bare value in an environment file", bare, ".env", true},
		{"bare value in YAML", bare, "deploy/app.yaml", true},
		{"bare value in a program", bare, "main.go", false},
		{"bare value in an archive's environment file", bare, "app.tar!/.env", true},
		{"bare value under a quoted name in a program", `vars["api_secret"] = x7${hex:30}`, "main.go", false},
		{"bare value in a string of a program", "run(\"API_SECRET=x7${hex:30}\")", "main.go", true},
		{"quoted value in a program", "API_SECRET='x7${hex:30}'", "main.go", true},
		{"pattern in a program", "acme_${alnum:30}", "main.go", true},
		{"rule bound to a path", "abound_${loweralnum:24}", "etc/acme.conf", true},
		{"rule bound to another path", "abound_${loweralnum:24}", "acme.txt", false},
		{"allowed path", "allow_1${loweralnum:23}", "docs/a.md", false},
		{"other path", "allow_1${loweralnum:23}", "src/docs/a.md", true},
		{"both of a list", "allow_0${loweralnum:23}", "tests/a", false},
		{"one of a list", "allow_1${loweralnum:23}", "tests/a", true},
	}
	e := acmeEngine(t, detectors.DefaultOptions())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := []byte(expand(t, tt.template, 1))
			found := e.Scan(text, "")
			if len(found) != 1 {
				t.Fatalf("found %v without a path", ids(found))
			}
			if got := e.Admits(&found[0], tt.path); got != tt.want {
				t.Errorf("admits %t, want %t", got, tt.want)
			}
			if got := len(e.Scan(text, tt.path)) == 1; got != tt.want {
				t.Errorf("found %t with the path, want %t", got, tt.want)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	off := func(ids ...string) func(string) bool { return func(id string) bool { return slices.Contains(ids, id) } }
	token, doubtful := "${token:crc32-base62:acme_}", "adoubt_${loweralnum:24}"
	tests := []struct {
		name, template string
		opts           detectors.Options
		want           []string
	}{
		{"all rules", token, detectors.Options{}, []string{"acme-token"}},
		{"one off", token, detectors.Options{Disabled: off("acme-token")}, []string{"acme-whole-token"}},
		{"two off", token, detectors.Options{Disabled: off("acme-token", "acme-whole-token")}, []string{"acme-part-token"}},
		{"a reader off", "password = '${lower:4}0${lower:4}&3'", detectors.Options{Disabled: off("acme-password")}, nil},
		{"any confidence", doubtful, detectors.Options{MinConfidence: rules.Doubtful}, []string{"acme-doubtful"}},
		{"likely at least", doubtful, detectors.Options{MinConfidence: rules.Likely}, nil},
		{"certain at least", "acme_key = 'x7${alnum:30}'", detectors.Options{MinConfidence: rules.Certain}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := acmeEngine(t, tt.opts)
			if got := ids(e.Scan([]byte(expand(t, tt.template, 1)), "")); !slices.Equal(got, tt.want) {
				t.Errorf("found %v, want %v", got, tt.want)
			}
		})
	}
	e := acmeEngine(t, detectors.Options{Disabled: off("acme-token")})
	if e.Rule("acme-token") == nil || e.Rule("acme-none") != nil {
		t.Error("Rule knows a rule that is off, and none that is not there")
	}
	if slices.ContainsFunc(e.Rules(), func(r *rules.Rule) bool { return r.ID == "acme-token" }) {
		t.Error("Rules lists a rule that is off")
	}
}

func TestNewErrors(t *testing.T) {
	one := func(id, credential string) *rules.Provider {
		return provider(t, "id = '"+id+"'\nname = 'x'\n[[credential]]\nid = 'key'\nname = 'x'\n"+credential)
	}
	tests := []struct {
		name      string
		providers []*rules.Provider
		want      string
	}{
		{"one rule twice", []*rules.Provider{one("acme", "regex = 'acme'"), one("acme", "regex = 'acme'")}, "rule acme-key is there twice"},
		{"no such detector", []*rules.Provider{one("acme", "detector = 'assigned-pin'")}, `rule acme-key: no detector "assigned-pin"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := detectors.New(tt.providers, detectors.DefaultOptions()); err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	good := provider(t, acme)
	if err := detectors.Check([]*rules.Provider{good}); err != nil {
		t.Errorf("Check refuses good rules: %v", err)
	}
	bad := provider(t, "id = 'bad'\nname = 'x'\n[[credential]]\nid = 'key'\nname = 'x'\nregex = 'acme_(['\nkeywords = ['acme_']")
	const want = "rule bad-key: error parsing regexp: missing closing ]: `[`"
	if err := detectors.Check([]*rules.Provider{good, bad}); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	// A bad rule finds nothing and does not hinder the others.
	e, err := detectors.New([]*rules.Provider{good, bad}, detectors.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(e.Scan([]byte(expand(t, "acme_[ ${token:crc32-base62:acme_}", 1)), "")); !slices.Equal(got, []string{"acme-token"}) {
		t.Errorf("found %v beside a bad rule", got)
	}
}

func TestHash(t *testing.T) {
	opts := detectors.DefaultOptions()
	base := acmeEngine(t, opts).Hash()
	if base != acmeEngine(t, opts).Hash() {
		t.Error("two engines of the same rules differ")
	}
	hash := func(text string, opts detectors.Options) string {
		e, err := detectors.New([]*rules.Provider{provider(t, text)}, opts)
		if err != nil {
			t.Fatal(err)
		}
		return e.Hash()
	}
	deeper, surer, fewer := opts, opts, opts
	deeper.DecodeDepth++
	surer.MinConfidence = rules.Certain
	fewer.Disabled = func(id string) bool { return id == "acme-token" }
	for name, other := range map[string]string{
		"other pattern":  hash(strings.Replace(acme, "{36}", "{37}", 1), opts),
		"other entropy":  hash(strings.Replace(acme, "3.5", "3.6", 1), opts),
		"other checksum": hash(strings.Replace(acme, "crc32-base62", "crc32-base36", 1), opts),
		"other path":     hash(strings.Replace(acme, "conf$", "ini$", 1), opts),
		"other allow":    hash(strings.Replace(acme, "Sample", "Simple", 1), opts),
		"decode depth":   hash(acme, deeper),
		"confidence":     hash(acme, surer),
		"rule off":       hash(acme, fewer),
	} {
		if other == base {
			t.Errorf("%s: the same hash", name)
		}
	}
}

// Same input, same matches, in the same order, from any number of goroutines.
func TestScanIsDeterministic(t *testing.T) {
	e := engine(t)
	text := hits(t, 64<<10)
	want := e.Scan(text, "")
	if len(want) < 10 {
		t.Fatalf("%d matches: the text shows nothing", len(want))
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 3 {
				if got := e.Scan(text, ""); !reflect.DeepEqual(got, want) {
					t.Errorf("goroutine %d: other matches", i)
				}
			}
		})
	}
	wg.Wait()
	if got := engine(t).Scan(text, ""); !slices.Equal(ids(got), ids(want)) {
		t.Error("another engine of the same rules finds something else")
	}
}

func TestScanAllocatesNothingInPlainText(t *testing.T) {
	if underRace {
		t.Skip("the race detector allocates")
	}
	e := engine(t)
	r := rand.New(rand.NewPCG(1, 1))
	words := strings.Fields("the scanner reads every object of a repository once and says which of them it could not read at all so that a clean result is one")
	var b strings.Builder
	for b.Len() < 100_000 {
		b.WriteString(words[r.IntN(len(words))] + " ")
	}
	text := []byte(b.String())
	if n := testing.AllocsPerRun(50, func() { e.Scan(text, "") }); n > 0 {
		t.Errorf("%v allocations a scan", n)
	}
}
