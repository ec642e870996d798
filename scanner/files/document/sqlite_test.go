package document

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

// makeSQLite is what SQLite itself writes.
func makeSQLite(t testing.TB, statements ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const (
	usersSQL = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, "api key" TEXT, n)`
	usersRow = `INSERT INTO users VALUES (1, 'me', 'value', -300), (2, NULL, x'6869', 1.5), (3, 'a', 0, 1)`
)

func TestSQLite(t *testing.T) {
	long := strings.Repeat("0123456789", 2000)
	for name, tt := range map[string]struct {
		statements []string
		want       []string
	}{
		"rows": {[]string{usersSQL, usersRow}, []string{
			"table users: " + usersSQL,
			"table users: name = me\napi key = value\nn = -300\n\napi key = hi\nn = 1.5\n\nname = a\napi key = 0\nn = 1\n\n",
		}},
		"overflow": {[]string{"CREATE TABLE t(a)", "INSERT INTO t VALUES ('" + long + "')"}, []string{
			"table t: CREATE TABLE t(a)", "table t: a = " + long + "\n\n",
		}},
		"UTF-16": {[]string{"PRAGMA encoding = 'UTF-16be'", "CREATE TABLE t(a)", "INSERT INTO t VALUES ('wide')"}, []string{
			"table t: CREATE TABLE t(a)", "table t: a = wide\n\n",
		}},
		"without row ids": {[]string{"CREATE TABLE t(a, b, c, PRIMARY KEY(c, b)) WITHOUT ROWID", "INSERT INTO t VALUES ('x', 'y', 'z')"}, []string{
			"table t: CREATE TABLE t(a, b, c, PRIMARY KEY(c, b)) WITHOUT ROWID", "table t: c = z\nb = y\na = x\n\n",
		}},
		"generated and added": {[]string{"CREATE TABLE t(a, v AS (a || 'x'), s AS (a || 'y') STORED)", "INSERT INTO t VALUES ('1')", "ALTER TABLE t ADD b", "INSERT INTO t(a, b) VALUES ('2', 'new')"}, []string{
			"table t: CREATE TABLE t(a, v AS (a || 'x'), s AS (a || 'y') STORED, b)", "table t: a = 1\ns = 1y\n\na = 2\ns = 2y\nb = new\n\n",
		}},
		"view and trigger": {[]string{"CREATE TABLE t(a)", "CREATE VIEW v AS SELECT 'in view'"}, []string{
			"table t: CREATE TABLE t(a)", "view v: CREATE VIEW v AS SELECT 'in view'",
		}},
	} {
		t.Run(name, func(t *testing.T) { readAll(t, SQLite, makeSQLite(t, tt.statements...)).want(t, tt.want...) })
	}
}

func TestSQLiteManyPages(t *testing.T) {
	for _, create := range []string{"CREATE TABLE t(a)", "CREATE TABLE t(a PRIMARY KEY) WITHOUT ROWID"} {
		data := makeSQLite(t, create, "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n < 20000) INSERT INTO t SELECT printf('row %06d', n) FROM c")
		all := strings.Join(readAll(t, SQLite, data), "\n")
		if n := strings.Count(all, "a = row 0"); n != 20000 || strings.Contains(all, "lost") {
			t.Errorf("%s: got %d rows", create, n)
		}
	}
}

func TestSQLiteDamaged(t *testing.T) {
	data := makeSQLite(t, usersSQL, usersRow, "CREATE TABLE other(a)", "INSERT INTO other VALUES ('b')")
	for name, tt := range map[string]struct {
		damage func([]byte) []byte
		want   []string
	}{
		"header": {func(b []byte) []byte { b[16] = 0; return b }, []string{"error: its header is damaged"}},
		"short":  {func(b []byte) []byte { return b[:50] }, []string{"error: its header is damaged"}},
		"truncated": {func(b []byte) []byte { return b[:2*4096] }, []string{
			"table users: " + usersSQL,
			"table users: name = me\napi key = value\nn = -300\n\napi key = hi\nn = 1.5\n\nname = a\napi key = 0\nn = 1\n\n",
			"table other: CREATE TABLE other(a)",
			"table other lost: it leads to a page that is not in the file, or is in use elsewhere",
		}},
		"page": {func(b []byte) []byte { b[4096] = 99; return b }, []string{
			"table users: " + usersSQL, "table users lost: page 2 is damaged",
			"table other: CREATE TABLE other(a)", "table other: a = b\n\n",
		}},
		"row": {func(b []byte) []byte { b[8192+8] = 0xff; return b }, []string{
			"table users: " + usersSQL,
			"table users: name = me\napi key = value\nn = -300\n\napi key = hi\nn = 1.5\n\nname = a\napi key = 0\nn = 1\n\n",
			"table other: CREATE TABLE other(a)", "table other lost: a row is damaged",
		}},
	} {
		t.Run(name, func(t *testing.T) { readAll(t, SQLite, tt.damage(slices.Clone(data))).want(t, tt.want...) })
	}
}

func TestSQLiteColumns(t *testing.T) {
	for sql, want := range map[string]string{
		"CREATE TABLE t(a,b)": "a b",
		"CREATE TABLE \"t(x\" (a VARCHAR(10) DEFAULT 'a,b', [b c] -- note, here\n, `d` CHECK (d IN (1, 2)), UNIQUE(a), CONSTRAINT p PRIMARY KEY (a))": "a b c d",
		"CREATE TABLE t(a, b TEXT PRIMARY KEY) WITHOUT ROWID":             "b a",
		"CREATE TABLE t(a, b, CONSTRAINT k PRIMARY KEY(b)) WITHOUT ROWID": "b a",
		"CREATE TABLE t(\"check\", /* a, */ b GENERATED ALWAYS AS (1))":   "check",
		"CREATE TABLE": "",
	} {
		if got := strings.Join(sqliteColumns(sql), " "); got != want {
			t.Errorf("%s: got %q, want %q", sql, got, want)
		}
	}
}

func FuzzSQLite(f *testing.F) {
	seed(f, makeSQLite(f, usersSQL, usersRow, "PRAGMA page_size = 512", "VACUUM"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, SQLite, data) })
}

func FuzzSQLiteColumns(f *testing.F) {
	f.Add(usersSQL)
	f.Add("CREATE TABLE t(a, b, PRIMARY KEY(b)) WITHOUT ROWID")
	f.Fuzz(func(t *testing.T, sql string) { sqliteColumns(sql) })
}
