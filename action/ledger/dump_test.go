package ledger_test

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/checksum"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/redact"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/testdata/postgresql"
)

// candidates is a dictionary of 10,000 passwords as people make them.
func candidates() []string {
	words := strings.Fields(`Summer Winter Spring Autumn Monday Friday January March August October Berlin London
		Paris Madrid Dragon Monkey Shadow Master Welcome Secret Coffee Orange Purple Silver Golden`)
	var all []string
	for _, word := range words {
		for year := 1990; year < 2030; year++ {
			for _, end := range []string{"!", "?", ".", "#", "$", "*", "!!", "1", "+", "-"} {
				all = append(all, fmt.Sprint(word, year, end))
			}
		}
	}
	return all
}

// guessed is where the leaked password stands among the candidates: not far from the
// beginning, for each one that is tried with the key takes some 30 ms.
const guessed = 23

// leaks are the secrets that the tests of this file leak.
func leaks(t *testing.T) [][]byte {
	t.Helper()
	rng := rand.New(rand.NewPCG(6, 6))
	database, err := rules.Expand("${alnum:20}", rng)
	if err != nil {
		t.Fatal(err)
	}
	return [][]byte{[]byte(candidates()[guessed]), []byte(checksum.Make("crc32-base62", rng, "ghp_")), []byte(database)}
}

// leaked is a scan that finds all of them, one also encoded. Its result does not
// reveal them, but has what can be told from them: object ids of files that hold
// nothing else, and fingerprints in a gap.
func leaked(t *testing.T, secrets [][]byte) *scanner.Result {
	t.Helper()
	dir := t.TempDir()
	text := fmt.Sprintf("db_password = %q\ntoken: %s\nurl: postgres://app:%s@db.acme.com/app\nagain: %s\n", secrets[0], secrets[1], secrets[2],
		base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "token=%s", secrets[1])))
	if err := os.WriteFile(filepath.Join(dir, "app.env"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	engine, err := detectors.New(providers.Load(), detectors.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	res := scanner.Run(t.Context(), []scanner.Source{files.New([]string{dir}, files.Options{})}, scanner.Options{Engine: engine})
	for i := range res.Secrets {
		res.Secrets[i].Verdict = verify.Verdict{State: verify.Live, Reason: "its issuer accepts it", When: start().now}
	}
	for i, s := range secrets {
		if !slices.ContainsFunc(res.Secrets, func(found scanner.Secret) bool { return found.Fingerprint == scanner.Fingerprint(s) }) {
			t.Fatalf("the scan does not find leak %d", i)
		}
		res.Coverage[0].Gap(scanner.Fingerprint(s)+" of some rule", "it is no longer there", "scan again")
	}
	for i := range res.Secrets {
		for _, s := range secrets {
			if res.Secrets[i].Fingerprint == scanner.Fingerprint(s) {
				res.Secrets[i].Occurrences = append(res.Secrets[i].Occurrences, scanner.Occurrence{Kind: scanner.InGit, Path: "password", Blob: blobID(s)})
			}
		}
	}
	return res
}

// contents is all that whoever gets the database has: a SQLite file as it lies on
// the disk, with its log of writes, and each value in it; or a dump.
func contents(t *testing.T, dsn string) []byte {
	t.Helper()
	if onPostgres(dsn) {
		return postgresql.Dump(t, dsn)
	}
	var all bytes.Buffer
	parts, err := filepath.Glob(dsn + "*")
	if err != nil || !slices.Contains(parts, dsn+"-wal") {
		t.Fatalf("the ledger's files are %q: %v", parts, err)
	}
	for _, name := range parts {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
	}
	db := database(t, dsn)
	tables := column(t, dsn, "SELECT name FROM sqlite_master WHERE type = 'table'")
	if len(tables) < 7 {
		t.Fatalf("tables %q", tables)
	}
	for _, table := range tables {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		names, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		values := make([]any, len(names))
		for i := range values {
			values[i] = new(any)
		}
		for rows.Next() {
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				fmt.Fprintln(&all, *v.(*any))
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all.Bytes()
}

// column is the first column of a query.
func column(t *testing.T, dsn, query string) (all []string) {
	t.Helper()
	rows, err := database(t, dsn).QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// blobID is what git calls a file that holds a text alone.
func blobID(text []byte) string {
	return fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s\n", len(text)+1, text)))
}

// hashes are the plain hashes of a text as they are usually written.
func hashes(text []byte) (all []string) {
	md, sha, sha2 := md5.Sum(text), sha1.Sum(text), sha256.Sum256(text)
	for _, sum := range [][]byte{md[:], sha[:], sha2[:]} {
		hexed := hex.EncodeToString(sum)
		all = append(all, hexed, strings.ToUpper(hexed), base64.RawStdEncoding.EncodeToString(sum), base64.RawURLEncoding.EncodeToString(sum), string(sum))
	}
	return append(all, blobID(text))
}

// keepAll has a secrets manager hold the secrets too.
func keepAll(t *testing.T, l *ledger.Ledger, secrets [][]byte) {
	t.Helper()
	var values []string
	for _, s := range secrets {
		values = append(values, string(s))
	}
	keep(t, l, start().now, ledger.Kept{Keeper: scanner.Keeper{Manager: "vault", Entry: "secret/all#key"}}, values...)
	if known, err := l.Known(t.Context()); err != nil || known.Set.Len() != len(secrets) {
		t.Fatalf("the values are not known: %v", err)
	}
}

// TestHoldsNoSecret: the database holds no secret, however it is encoded, no plain
// hash of one, and no fingerprint, which could be told from a report.
func TestHoldsNoSecret(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		c := start()
		l := openAt(t, dsn, c)
		secrets := leaks(t)
		res := leaked(t, secrets)
		record(t, l, c, res)
		keepAll(t, l, secrets)
		data := contents(t, dsn)
		for i, s := range secrets {
			if !bytes.Contains(data, []byte(l.ID(scanner.Fingerprint(s)))) {
				t.Errorf("leak %d is not in what is searched", i)
			}
			if veil := redact.NewVeil([][]byte{s}); veil.Cover(string(data)) != string(data) {
				t.Errorf("leak %d is in the database", i)
			}
			_, digits, _ := strings.Cut(scanner.Fingerprint(s), "-")
			for _, hash := range append(hashes(s), digits) {
				if bytes.Contains(data, []byte(hash)) {
					t.Errorf("a plain hash of leak %d, or its fingerprint, is in the database", i)
				}
			}
		}
		// What is searched for would be found.
		for name, text := range map[string]string{"clear": string(secrets[1]), "hash": hashes(secrets[1])[0]} {
			if err := l.Note(t.Context(), "", "ada", "note", text); err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(contents(t, dsn), []byte(text)) {
				t.Errorf("a %s in the database is not seen", name)
			}
		}
	})
}

// TestDictionary: who has the database and not its key cannot try a dictionary on
// it. With the key, as this test shows, one can.
func TestDictionary(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		c := start()
		l := openAt(t, dsn, c)
		secrets := leaks(t)
		record(t, l, c, leaked(t, secrets))
		keepAll(t, l, secrets)
		data := contents(t, dsn)
		dictionary := candidates()
		if len(dictionary) != 10_000 {
			t.Fatalf("%d candidates", len(dictionary))
		}
		held := func(forms ...string) bool {
			return slices.ContainsFunc(forms, func(form string) bool { return bytes.Contains(data, []byte(form)) })
		}
		stranger, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "other.db"), ledger.Options{Key: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
		defer stranger.Close()
		words := wordsOf(data)
		for i, candidate := range dictionary {
			for _, form := range append(hashes([]byte(candidate)), candidate, stranger.ID(candidate)) {
				if words[form] {
					t.Fatalf("without the key, candidate %d is found", i)
				}
			}
		}
		// Of fingerprints, which are slow to make, the one that matters is enough.
		if fingerprint := scanner.Fingerprint(secrets[0]); held(fingerprint, stranger.ID(fingerprint)) {
			t.Error("without the key, the password is found by its fingerprint")
		}
		for i, candidate := range dictionary {
			if held(l.ID(scanner.Fingerprint([]byte(candidate)))) {
				if i != guessed {
					t.Errorf("candidate %d is found, want %d", i, guessed)
				}
				return
			}
		}
		t.Error("with the key, the password is not found: the attack is none")
	})
}

// wordsOf is what stands between blanks, quotes and other marks, so that a
// dictionary is quickly tried on it.
func wordsOf(data []byte) map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(string(data), func(r rune) bool { return strings.ContainsRune(" \t\r\n\x00\"',;:()[]{}<>=", r) }) {
		words[w] = true
	}
	return words
}
