package main

import (
	"strings"
	"testing"
)

func TestExplainNearMiss(t *testing.T) {
	t.Parallel()
	dir, value, fingerprint := nearMiss(t)
	stdout, stderr, code := run(t, dir, "explain", fingerprint)
	if code != exitClean {
		t.Fatalf("exit code %d, stderr %q", code, masked(stderr, value))
	}
	for _, want := range []string{"probability ", "reported from 1.00 (medium)", "for a secret\n", "against\n", "the name speaks of a password: yes", "a near miss", "app.yml:1:20"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("it does not say %q:\n%s", want, masked(stdout, value))
		}
	}
	wantConcealed(t, "stdout", stdout, value)
}

func TestExplainLine(t *testing.T) {
	t.Parallel()
	secret, issued := expand(t, "${alnum:20}", 1), token(t, 2)
	for _, tt := range []struct {
		name, line, path string
		want             []string
	}{
		{"a password", `password = "` + secret + `"`, "app.yml", []string{"1:13  ", "read by generic-password", "probability ", "for a secret", "without this, by its share"}},
		{"a placeholder", `password = "changeme"`, "", []string{"refused before any evidence is weighed: a placeholder"}},
		{"an identifier in a program", "password = " + secret, "main.go", []string{"without quotes", "probability "}},
		{"the same in a setting", "password = " + secret, "app.ini", []string{"read by generic-password"}},
		{"an issuer's", "GITHUB = " + issued, "", []string{"github-pat: ", "the value proves itself"}},
		{"second line", "first\npassword = \"" + secret + "\"", "", []string{"2:13  "}},
		{"nothing", "hello world", "", []string{"Nothing here looks like a secret"}},
		{"nothing at all", "", "", []string{"Nothing here looks like a secret"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			byArgument, stderr, code := run(t, t.TempDir(), "explain", "--line", tt.line, "--path", tt.path)
			if code != exitClean || stderr != "" {
				t.Fatalf("exit code %d, stderr %q", code, masked(stderr, secret, issued))
			}
			for _, want := range tt.want {
				if !strings.Contains(byArgument, want) {
					t.Errorf("it does not say %q:\n%s", want, masked(byArgument, secret, issued))
				}
			}
			wantConcealed(t, "stdout", byArgument, secret)
			wantConcealed(t, "stdout", byArgument, issued)
			c := command{dir: t.TempDir(), stdin: strings.NewReader(tt.line), args: []string{"explain", "--line", "-", "--path", tt.path}}
			if piped, _, code := c.run(t); code != exitClean || piped != byArgument {
				t.Errorf("exit code %d; from standard input it is explained otherwise:\n%s", code, masked(piped, secret, issued))
			}
		})
	}
}

func TestExplainUsage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
	}{
		{"nothing", nil},
		{"a rule and a line", []string{"github-pat", "--line", "x"}},
		{"two rules", []string{"github-pat", "npm-token"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, stderr, code := run(t, t.TempDir(), append([]string{"explain"}, tt.args...)...); code != exitUsage {
				t.Errorf("exit code %d, stderr %q, want %d", code, stderr, exitUsage)
			}
		})
	}
}
