package main

import (
	"encoding/binary"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// scanInput scans text on standard input and wants nothing on standard error.
func scanInput(t *testing.T, text string, args ...string) report {
	t.Helper()
	stdout, stderr, code := command{
		dir: t.TempDir(), stdin: strings.NewReader(text), args: append([]string{"scan", "stdin", "--report", "json"}, args...),
	}.run(t)
	var r report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || stderr != "" {
		t.Fatalf("exit code %d, stderr %q, report: %v", code, stderr, err)
	}
	if want := min(len(r.Secrets), exitFound); r.Complete && code != want {
		t.Errorf("exit code %d with %d secrets, want %d", code, len(r.Secrets), want)
	}
	return r
}

func TestStdin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		text func(t *testing.T, secret string) string
		args []string
		want place
	}{
		{"no name", func(_ *testing.T, secret string) string { return withSecret(secret) }, nil,
			place{path: "stdin", line: secretLine, column: secretColumn}},
		{"name", func(_ *testing.T, secret string) string { return withSecret(secret) }, []string{"--name", "jobs/7.log"},
			place{path: "jobs/7.log", line: secretLine, column: secretColumn}},
		{"no line end", func(_ *testing.T, secret string) string { return secret }, nil, place{path: "stdin", line: 1, column: 1}},
		{"UTF-16", func(_ *testing.T, secret string) string {
			return "\xff\xfe" + inUTF16(binary.LittleEndian, withSecret(secret))
		}, nil,
			place{path: "stdin", line: secretLine, column: secretColumn}},
		{"zip", func(t *testing.T, secret string) string { return zipOf(t, "in/app.env", withSecret(secret)) }, []string{"--name", "dump.zip"},
			place{path: "dump.zip!in/app.env", line: secretLine, column: secretColumn}},
		{"tar.gz without a name", func(t *testing.T, secret string) string { return tarGzOf(t, "in/app.env", withSecret(secret)) }, nil,
			place{path: "stdin!in/app.env", line: secretLine, column: secretColumn}},
		{"far into a long input", func(_ *testing.T, secret string) string {
			return strings.Repeat("a line that holds nothing at all\n", 300_000) + withSecret(secret)
		}, nil, place{path: "stdin", line: 300_000 + secretLine, column: secretColumn}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.want.kind = "stdin"
			wantSecret(t, scanInput(t, tt.text(t, token(t, 1)), tt.args...), tt.want)
		})
	}
}

func TestStdinEmpty(t *testing.T) {
	t.Parallel()
	wantNothing(t, scanInput(t, ""))
}

// TestStdinThatIsCut wants an archive that ends early to be a gap.
func TestStdinThatIsCut(t *testing.T) {
	t.Parallel()
	whole := tarGzOf(t, "app.env", strings.Repeat("nothing to find here\n", 1000))
	wantGap(t, scanInput(t, whole[:len(whole)/2], "--name", "dump.tar.gz"), []string{"dump.tar.gz"})
}

// TestBareValues wants the name to decide whether a value without quotes may be
// a secret: in a program it is an identifier.
func TestBareValues(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, line string
		want       int
	}{
		{"", "DB_PASSWORD=VALUE", 1},
		{"app.env", "DB_PASSWORD=VALUE", 1},
		{"deploy.yaml", "password: VALUE", 1},
		{"deploy.yaml", "password: 'VALUE'", 1},
		{"app.log", "password=VALUE", 1},
		{"main.go", "password = VALUE", 0},
		{"main.go", `password = "VALUE"`, 1},
		{"app.py", "password = VALUE", 0},
	} {
		t.Run(tt.name+" "+tt.line, func(t *testing.T) {
			t.Parallel()
			var args []string
			if tt.name != "" {
				args = []string{"--name", tt.name}
			}
			text := strings.Replace(tt.line, "VALUE", expand(t, "${lower:5}${digit:4}${upper:4}", 1), 1) + "\n"
			if got := scanInput(t, text, args...); len(got.Secrets) != tt.want {
				t.Errorf("%d secrets, want %d", len(got.Secrets), tt.want)
			}
		})
	}
}

// TestPaths wants what is given on the command line to be read, and called as it
// was given.
func TestPaths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
		want string // the occurrence's path
	}{
		{"folder", []string{"conf"}, "sub/app.env"},
		{"folder, files", []string{"files", "conf"}, "sub/app.env"},
		{"folder with a slash", []string{"files", "conf/"}, "sub/app.env"},
		{"here", []string{"files", "."}, "conf/sub/app.env"},
		{"nothing given", nil, "conf/sub/app.env"},
		{"file", []string{"conf/sub/app.env"}, "conf/sub/app.env"},
		{"file, files", []string{"files", "conf/sub/app.env"}, "conf/sub/app.env"},
		{"file and folder", []string{"files", "other", "conf/sub/app.env"}, "conf/sub/app.env"},
		{"file in a folder that is given too", []string{"files", "conf", "conf/sub/app.env"}, "conf/sub/app.env"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{"conf/sub/app.env": withSecret(token(t, 1)), "other/x": "nothing here\n"})
			got, _ := scan(t, dir, nil, tt.args...)
			wantSecret(t, got, place{kind: "file", path: tt.want, line: secretLine, column: secretColumn})
		})
	}
}

// TestSameLineHash wants a file to be the same alert in SARIF however it was
// named on the command line.
func TestSameLineHash(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"conf/app.env": withSecret(token(t, 1))})
	alone, _, _ := run(t, dir, "scan", "conf/app.env", "--report", "sarif")
	files, _, _ := run(t, dir, "scan", "files", "conf/app.env", "--report", "sarif")
	here := strings.Replace(files, "files of conf/app.env", "files of .", 1)
	if whole, _, _ := run(t, dir, "scan", ".", "--report", "sarif"); alone != files || whole != here {
		t.Error("three ways to name the file give three reports")
	}
}

// TestIgnoredFiles wants what git ignores to be left out of a repository's
// working tree, and read where it is asked for.
func TestIgnoredFiles(t *testing.T) {
	t.Parallel()
	r := repository(t)
	r.Write(".gitignore", "*.local\n").Write("app.local", withSecret(token(t, 1)))
	for _, tt := range []struct {
		args []string
		want int
	}{
		{nil, 0},
		{[]string{"files", "."}, 1},
		{[]string{"files", ".", "--gitignore"}, 0},
		{[]string{"files", "app.local", "--gitignore"}, 1},
	} {
		if got, _ := scan(t, r.Dir, nil, tt.args...); len(got.Secrets) != tt.want {
			t.Errorf("scan %q: %d secrets, want %d", tt.args, len(got.Secrets), tt.want)
		}
	}
	r.Write(".leakguard.toml", "scan.include-ignored = true\n")
	if got, _ := scan(t, r.Dir, nil); len(got.Secrets) != 1 {
		t.Errorf("with include-ignored: %d secrets, want 1", len(got.Secrets))
	}
}

// TestMissingPath wants a path that is not there to be an error, also beside one
// that is.
func TestMissingPath(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"app.env": withSecret(token(t, 1))})
	for _, args := range [][]string{{"gone"}, {"files", "gone"}, {"files", "app.env", "gone"}, {"git", "gone"}, {"staged", "gone"}, {"git"}, {"staged"}} {
		stdout, stderr, code := run(t, dir, append([]string{"scan"}, args...)...)
		named := "gone"
		if len(args) == 1 && args[0] != "gone" {
			named = ".: not a git repository"
		}
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, named) {
			t.Errorf("scan %q: exit code %d, %d bytes on stdout, stderr %q; want 2, none, %q", args, code, len(stdout), stderr, named)
		}
	}
}

// TestFIFO wants a FIFO that is named to be a gap that says what to do, and the
// scan not to wait for somebody to write to it.
func TestFIFO(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := exec.Command("mkfifo", filepath.Join(dir, "pipe")).Run(); err != nil {
		t.Skipf("no FIFOs here: %v", err)
	}
	for _, args := range [][]string{{"pipe"}, {"files", "pipe"}} {
		got, code := scan(t, dir, nil, args...)
		if code != exitIncomplete {
			t.Errorf("scan %q: exit code %d, want 3", args, code)
		}
		wantGap(t, got, []string{"pipe"})
	}
}

// TestTooLarge wants a file beyond --max-size to be a gap, and one within it not.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"large.txt": strings.Repeat("long ", 300), "app.env": withSecret(token(t, 1))})
	got, _ := scan(t, dir, nil, "files", ".", "--max-size", "1KiB")
	wantGap(t, got, []string{"large.txt"})
	if len(got.Secrets) != 1 {
		t.Errorf("%d secrets beside the gap, want 1", len(got.Secrets))
	}
	got, _ = scan(t, dir, nil, "files", ".", "--max-size", "2KiB")
	if !got.Complete {
		t.Errorf("gaps within the limit: %v", got.gaps())
	}
}

// TestFolderInRepository wants a scan of a folder to be of the whole repository
// that holds it, as the help text says.
func TestFolderInRepository(t *testing.T) {
	t.Parallel()
	r := repository(t)
	r.Write("sub/x", "nothing here\n").Write("app.txt", withSecret(token(t, 1)))
	got, _ := scan(t, gitrepo.At(t, r.Path("sub")).Dir, nil, ".")
	wantSecret(t, got, place{kind: "file", path: "app.txt", line: secretLine, column: secretColumn})
}
