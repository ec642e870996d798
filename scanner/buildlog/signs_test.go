package buildlog

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"

	"github.com/leakguard/leakguard/testdata/cilogs"
)

// TestSigns: each system's log is taken for what it is, also if a job in it
// prints what is a sign of another.
func TestSigns(t *testing.T) {
	foreign := []string{
		"##[section]Starting: x", "section_start:1566571786:x", "[Pipeline] stage", "travis_fold:start:x", "~~~ x",
		"Images used:", "[17:40:46] : Step 1/1: x", `[{"message":"x","time":"now","type":"out"}]`,
	}
	for _, system := range cilogs.Systems() {
		t.Run(system.Name, func(t *testing.T) {
			steps := []cilogs.Step{{Name: "compile", Lines: foreign}}
			if system.Name == Plain.Name {
				steps[0].Lines = []string{"just text", "[INFO] more of it", "2026-09-11T11:17:02Z text with a time"}
			}
			b := system.Write([]cilogs.Job{{Name: "build", Steps: steps}, {Name: "deploy", Steps: steps}})
			for _, log := range unzipped(t, b.Logs) {
				if got := recognise(log.Data[:min(len(log.Data), signs)]); got.Name != system.Name {
					t.Errorf("%s is taken for %s", log.Name, got.Name)
				}
			}
		})
	}
}

// unzipped replaces archives by their members.
func unzipped(t *testing.T, logs []cilogs.Log) (all []cilogs.Log) {
	t.Helper()
	for _, l := range logs {
		z, err := zip.NewReader(bytes.NewReader(l.Data), int64(len(l.Data)))
		if err != nil {
			all = append(all, l)
			continue
		}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, cilogs.Log{Name: l.Name + "!" + f.Name, Data: data})
		}
	}
	return all
}

func TestCircleSigns(t *testing.T) {
	for _, tt := range []struct {
		name, head string
		is         bool
	}{
		{"messages", `[{"message":"x","time":"now","type":"out"},{"mess`, true},
		{"a message longer than the head", ` [ {"message":"xxxxxxxxxxxx`, true},
		{"another tool's messages", `[{"message":"x","type":"error","line":12}]`, false},
		{"too few fields", `[{"message":"x"}]`, false},
		{"no array", `{"message":"x","time":"now","type":"out"}`, false},
		{"text", "[INFO] x", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := circleSigns([]byte(tt.head)) > 0; got != tt.is {
				t.Errorf("CircleCI's: %v, want %v", got, tt.is)
			}
		})
	}
}
