package buildlog

import (
	"strings"
	"testing"
)

func TestGitHubLines(t *testing.T) {
	const stamp = "2026-08-20T23:51:25.1234567Z "
	header := []string{stamp + "##[group]Run make deploy", stamp + "make deploy", stamp + "shell: /usr/bin/bash -e {0}", stamp + "env:"}
	for _, tt := range []struct {
		name   string
		before []string
		line   string
		text   string // what is the job's; "" is none
		want   Where
	}{
		{"text", nil, stamp + "hello", "hello", Where{}},
		{"without a time", nil, "hello", "hello", Where{}},
		{"nothing behind the time", nil, strings.TrimSpace(stamp), "", Where{}},
		{"another time", nil, "2026-08-20T23:51:25Z hello", "2026-08-20T23:51:25Z hello", Where{}},
		{"error", nil, stamp + "##[error]failed", "failed", Where{}},
		{"command", nil, stamp + "[command]/usr/bin/git version", "[command]/usr/bin/git version", Where{}},
		{"end of a group", nil, stamp + "##[endgroup]", "", Where{}},
		{"a marker that holds its text", nil, stamp + "##[start-action display=x;id=y]", "##[start-action display=x;id=y]", Where{}},
		{"no marker", nil, stamp + "##[oops", "##[oops", Where{}},
		{"step", nil, stamp + "##[group]Run make", "Run make", Where{Step: "Run make"}},
		{"its script", header[:1], header[1], "make deploy", Where{Step: "Run make deploy"}},
		{"variable", header, stamp + "  API_KEY: value", "  API_KEY: value", Where{Step: "Run make deploy", Variable: "API_KEY"}},
		{"second line of a variable", append(header, stamp+"  API_KEY: value"), "and more", "and more", Where{Step: "Run make deploy", Variable: "API_KEY"}},
		{"next variable", append(header, stamp+"  API_KEY: value"), stamp + "  B: value", "  B: value", Where{Step: "Run make deploy", Variable: "B"}},
		{"no name of a variable", header, stamp + "  not a name: value", "  not a name: value", Where{Step: "Run make deploy"}},
		{"input", []string{stamp + "##[group]Run actions/checkout@v4", stamp + "with:"}, stamp + "  token: value", "  token: value", Where{Step: "Run actions/checkout@v4"}},
		{"behind the header", append(header, stamp+"  API_KEY: value", stamp+"##[endgroup]"), stamp + "  API_KEY: value", "  API_KEY: value", Where{Step: "Run make deploy"}},
		{"another group", []string{stamp + "##[group]Fetching"}, stamp + "  API_KEY: value", "  API_KEY: value", Where{}},
		{"name of the job", []string{stamp + "Complete job name: build (1, x)"}, stamp + "hello", "hello", Where{Job: "build (1, x)"}},
		{"clean-up", nil, stamp + "Post job cleanup.", "Post job cleanup.", Where{Step: "Post job cleanup"}},
		{"gh", nil, "build\tSet up job\t\ufeff" + stamp + "hello", "hello", Where{Job: "build", Step: "Set up job"}},
		{"gh, second line", []string{"build\tmake\t" + stamp + "hello"}, "more", "more", Where{Job: "build", Step: "make"}},
		{"gh, variable", []string{"build\tmake\t" + header[0], "build\tmake\t" + header[3]}, "build\tmake\t" + stamp + "  A: b", "  A: b", Where{Job: "build", Step: "make", Variable: "A"}},
		{"gh without the step", nil, "build\tUNKNOWN STEP\t" + stamp + "##[group]Run make", "Run make", Where{Job: "build", Step: "Run make"}},
		{"columns", nil, "a\tb\tc", "a\tb\tc", Where{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lines := GitHub.New()
			for _, l := range tt.before {
				lines.Line([]byte(l))
			}
			start, text := lines.Line([]byte(tt.line))
			got := ""
			if text {
				got = tt.line[start:]
			}
			if got != tt.text {
				t.Errorf("text %q, want %q", got, tt.text)
			}
			if w := lines.Where(); w != tt.want {
				t.Errorf("at %+v, want %+v", w, tt.want)
			}
		})
	}
}

func TestGitHubSigns(t *testing.T) {
	const stamp = "2026-08-20T23:51:25.1234567Z "
	for _, tt := range []struct {
		name, head string
		want       int
	}{
		{"plain", "hello\nshell: bash\n", 0},
		{"times of another kind", "2026-08-20T23:51:25.123456789Z hello\n", 0},
		{"times alone", stamp + "hello\n" + stamp + "hello\n", 1},
		{"times of Azure", stamp + "##[section]Starting: Build\n", 0},
		{"step", stamp + "##[group]Run make\n" + stamp + "make\n" + stamp + "shell: bash\n", 2},
		{"byte order mark", "\ufeff" + stamp + "hello\n", 1},
		{"gh", "build\tmake\t\ufeff" + stamp + "Complete job name: build\n", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := githubSigns([]byte(tt.head)); got != tt.want {
				t.Errorf("%d signs, want %d", got, tt.want)
			}
		})
	}
}

func FuzzGitHubLines(f *testing.F) {
	f.Add("build\tmake\t2026-08-20T23:51:25.1234567Z ##[group]Run x\nenv:\n  A: b")
	f.Add("2026-08-20T23:51:25.1234567Z ##[error]\n##[\n##[endgroup]")
	f.Fuzz(func(t *testing.T, log string) {
		lines := GitHub.New()
		for line := range strings.SplitSeq(log, "\n") {
			if start, _ := lines.Line([]byte(line)); start < 0 || start > len(line) {
				t.Fatalf("text begins at %d of %d bytes", start, len(line))
			}
			if w := lines.Where(); len(w.Job) > maxName || len(w.Step) > maxName+len("Run ") || len(w.Variable) > maxName {
				t.Fatalf("a name is too long")
			}
		}
	})
}
