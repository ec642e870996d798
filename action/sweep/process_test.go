package sweep_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// processVariable has the test binary sweep the site that it names, as JSON.
const processVariable = "LEAKGUARD_TEST_SWEEP"

// TestProcess is no test: it is the process that other tests kill.
func TestProcess(t *testing.T) {
	text := os.Getenv(processVariable)
	if text == "" {
		t.Skip("it is run by others")
	}
	s := new(site)
	if err := json.Unmarshal([]byte(text), s); err != nil {
		t.Fatal(err)
	}
	fmt.Println("begun")
	if _, err := s.sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// process starts a process that sweeps the site. output is what it complains of, to be
// read after its end.
func (s *site) process(t *testing.T) (cmd *exec.Cmd, output *bytes.Buffer) {
	t.Helper()
	output = new(bytes.Buffer)
	if s.Program != "" {
		cmd = s.leakguard(t)
		cmd.Stderr = output
		start(t, cmd)
		return cmd, output
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(os.Args[0], "-test.run=^TestProcess$")
	cmd.Env = append(os.Environ(), processVariable+"="+string(text))
	cmd.Stderr = output
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, cmd)
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "begun" {
		t.Fatalf("%q: %s", lines.Text(), output)
	}
	go func() {
		for lines.Scan() {
		}
	}()
	return cmd, output
}

func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
}

// leakguard is the command that sweeps the site.
func (s *site) leakguard(t *testing.T) *exec.Cmd {
	args := []string{"sweep", "--db", s.DSN, "--mirrors", s.Dir, "--jobs", strconv.Itoa(s.Jobs), "--archived", "--forks", "--wikis", "--no-progress"}
	if s.Disk > 0 {
		args = append(args, "--disk", fmt.Sprintf("%dMiB", s.Disk>>20))
	}
	if s.API != "" {
		args = append(args, "--org", "acme", "--url", s.API)
	} else {
		args = append(args, "--repos", s.List)
	}
	cmd := exec.Command(s.Program, args...)
	cmd.Dir = t.TempDir() // without a config
	cmd.Env = []string{
		"HOME=" + cmd.Dir, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(),
		"GITHUB_TOKEN=" + fakegithub.Token, ledger.KeyVariable + "=" + hex.EncodeToString([]byte(testKey)),
	}
	return cmd
}

// wait waits for a process to sweep to the end. That there are secrets is no failure.
func wait(t *testing.T, cmd *exec.Cmd, output *bytes.Buffer) {
	t.Helper()
	const found = 1
	var code *exec.ExitError
	err := cmd.Wait()
	if errors.As(err, &code) && code.ExitCode() == found && cmd.Args[1] == "sweep" {
		err = nil
	}
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
}

// ended sweeps the site to the end in a process.
func ended(t *testing.T, s *site) {
	t.Helper()
	cmd, output := s.process(t)
	wait(t, cmd, output)
}

// build builds leakguard.
func build(t *testing.T) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "leakguard")
	out, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, "github.com/leakguard/leakguard/cmd/leakguard").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	return program
}

// soak is how much of their whole size the tests have that take an hour: LEAKGUARD_SOAK=1
// is all of it, 0.3 is three tenths. Without it they are small, or not run, and it is 0.
func soak(t *testing.T) float64 {
	t.Helper()
	text := os.Getenv("LEAKGUARD_SOAK")
	if text == "" {
		return 0
	}
	part, err := strconv.ParseFloat(text, 64)
	if err != nil || part <= 0 || part > 1 {
		t.Fatalf("LEAKGUARD_SOAK=%s: want a part of 1, such as 0.3", text)
	}
	return part
}
