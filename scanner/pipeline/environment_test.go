package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEnvironment(t *testing.T) {
	r := scanned(t, NewEnvironment([]string{
		"HOME=/home/ci", "DB_PASSWORD=" + value(t, password), "CI_JOB_TOKEN=" + value(t, "${alnum:40}"), "EMPTY_PASSWORD=", "=C:=x",
	}, Options{}))
	wantPlaces(t, r, "variable DB_PASSWORD of the environment of this process")
	if e := r.Coverage[0].Excluded; len(e) != 1 || e[0].What != "variable CI_JOB_TOKEN" {
		t.Errorf("left out %v, want the job's own token", e)
	}
}

func TestProcess(t *testing.T) {
	stat := func(name, parent string) string { return "1 (" + name + ") S " + parent + " 0" }
	proc := folder(t, map[string]string{
		"self/x": "", "10/stat": stat("sh", "1"), "11/stat": stat("a) S (b", "10"), "12/stat": stat("other", "1"),
		"10/environ": "A=b\x00", "11/environ": "A=b\x00DB_PASSWORD=" + value(t, password) + "\x00", "12/environ": "ADMIN_PASSWORD=" + value(t, password),
	})
	r := scanned(t, &process{proc: proc, pid: 10, children: true})
	wantPlaces(t, r, "variable DB_PASSWORD of the environment of process 11")
	wantGaps(t, r)
	wantGaps(t, scanned(t, &process{proc: proc, pid: 99}), "environment of process 99: it could not be read")
	wantGaps(t, scanned(t, &process{proc: filepath.Join(proc, "none"), pid: os.Getpid()}), "environment of process")
}

func TestJSON(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		found      int
		gaps       []string
	}{
		{"object", `{"DB_PASSWORD": "PASS", "N": 1, "X": null}`, 1, nil},
		{"array", `[{"name": "DB_PASSWORD", "value": "PASS"}]`, 1, nil},
		{"nested", `{"config": {"db_password": "PASS"}}`, 1, nil},
		{"reference", `{"DB_PASSWORD": "${{ secrets.X }}"}`, 0, nil},
		{"cut off", `{"DB_PASSWORD": "PASS", "B": "x`, 1, []string{"variables in JSON of vars: it is no JSON of variables: it ends early"}},
		{"web page", `<html>PASS</html>`, 0, []string{"variables in JSON of vars: it is no JSON of variables: it breaks at byte 1"}},
		{"word", `"PASS"`, 0, []string{"variables in JSON of vars: it is no JSON of variables: it is neither"}},
		{"more behind", `{} {}`, 0, []string{"variables in JSON of vars: it is no JSON of variables: it is neither"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := scanned(t, NewJSON(strings.NewReader(filled(t, tt.text)), "vars", Options{}))
			if len(r.Secrets) != tt.found {
				t.Errorf("%d secrets, want %d", len(r.Secrets), tt.found)
			}
			wantGaps(t, r, tt.gaps...)
		})
	}
}
