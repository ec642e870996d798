package buildlog

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

// told is a line as Lines.Line is told it, and what it should say of it.
type told struct {
	line  string
	text  string // what is left; "-" where the line has no text
	where Where
}

func TestLines(t *testing.T) {
	tests := []struct {
		name   string
		format Format
		lines  []told
	}{
		{"gitlab sections", GitLab, []told{
			{"Running with gitlab-runner 19.1.0", "Running with gitlab-runner 19.1.0", Where{}},
			{"section_start:1566571786:step_script", "step_script", Where{Step: "step_script"}},
			{"section_start:1566571787:mine[collapsed=true]", "mine[collapsed=true]", Where{Step: "mine"}},
			{"text", "text", Where{Step: "mine"}},
			{"section_end:1566571788:mine", "mine", Where{Step: "step_script"}},
			{"section_end:1566571788:not_open", "not_open", Where{Step: "step_script"}},
			{"section_end:1566571789:step_script", "step_script", Where{}},
			{"section_start:soon:x", "section_start:soon:x", Where{}},
			{"section_start:1566571790:", "-", Where{}},
		}},
		{"gitlab times", GitLab, []told{
			{"2026-09-11T11:17:01.962557Z 00O section_start:1789125421:build", "build", Where{Step: "build"}},
			{"2026-09-11T11:17:01.962840Z 00O+Preparing", "Preparing", Where{Step: "build"}},
			{"2026-09-11T11:17:02.145771Z 01E warning", "warning", Where{Step: "build"}},
			{"2026-09-11T11:17:02.145772Z 01O ", "", Where{Step: "build"}},
			{"2026-09-11T11:17:02.145772Z text", "2026-09-11T11:17:02.145772Z text", Where{Step: "build"}},
			{"2026-09-11T11:17:03.000000Z 00O+section_end:1789125423:build", "build", Where{}},
		}},
		{"jenkins stages", Jenkins, []told{
			{"[Pipeline] node", "node", Where{}},
			{"Running on agent-1 in /var/lib/jenkins/workspace/shop_main@2", "Running on agent-1 in /var/lib/jenkins/workspace/shop_main@2", Where{Job: "shop_main"}},
			{"[Pipeline] {", "-", Where{Job: "shop_main"}},
			{"[Pipeline] { (Build)", "{ (Build)", Where{Job: "shop_main", Step: "Build"}},
			{"[Pipeline] {", "-", Where{Job: "shop_main", Step: "Build"}},
			{"[2026-02-23T11:13:26.578Z] + make", "+ make", Where{Job: "shop_main", Step: "Build"}},
			{"16:28:36  + make", "+ make", Where{Job: "shop_main", Step: "Build"}},
			{"16:28:36.123  + make", "+ make", Where{Job: "shop_main", Step: "Build"}},
			{"16:28 + make", "16:28 + make", Where{Job: "shop_main", Step: "Build"}},
			{"[WS-CLEANUP] done", "[WS-CLEANUP] done", Where{Job: "shop_main", Step: "Build"}},
			{"[Pipeline] }", "-", Where{Job: "shop_main", Step: "Build"}},
			{"[Pipeline] }", "-", Where{Job: "shop_main"}},
			{"[Pipeline] }", "-", Where{Job: "shop_main"}},
			{"[Pipeline] }", "-", Where{Job: "shop_main"}},
		}},
		{"jenkins branches", Jenkins, []told{
			{"[Pipeline] { (Test)", "{ (Test)", Where{Step: "Test"}},
			{"[Pipeline] { (Branch: linux)", "{ (Branch: linux)", Where{Step: "linux"}},
			{"[Pipeline] { (Branch: windows (x64))", "{ (Branch: windows (x64))", Where{Step: "Test"}},
			{"+ whose is this", "+ whose is this", Where{Step: "Test"}},
			{"[linux] + make", "+ make", Where{Step: "linux"}},
			{"[windows (x64)] + make", "+ make", Where{Step: "windows (x64)"}},
			{"[other] text", "[other] text", Where{Step: "Test"}},
			{"[Pipeline] }", "-", Where{Step: "linux"}},
			{"[Pipeline] }", "-", Where{Step: "Test"}},
		}},
		{"jenkins freestyle", Jenkins, []told{
			{`Building remotely on win-1 in workspace D:\ci\workspace\shop`, `Building remotely on win-1 in workspace D:\ci\workspace\shop`, Where{Job: "shop"}},
		}},
		{"azure job", Azure, []told{
			{"2021-01-08T18:25:59.2827725Z ##[section]Starting: Job", "Starting: Job", Where{Step: "Job"}},
			{"2021-01-08T18:25:59.2827725Z ##[section]Starting: dotnet restore", "Starting: dotnet restore", Where{Job: "Job", Step: "dotnet restore"}},
			{"2021-01-08T18:25:59.3399348Z ##[command]/usr/bin/dotnet", "/usr/bin/dotnet", Where{Job: "Job", Step: "dotnet restore"}},
			{"2021-01-08T18:25:59.3399348Z ##[group]", "-", Where{Job: "Job", Step: "dotnet restore"}},
			{"2021-01-08T18:25:59.3399348Z ##[open", "##[open", Where{Job: "Job", Step: "dotnet restore"}},
			{"continued", "continued", Where{Job: "Job", Step: "dotnet restore"}},
			{"2021-01-08T18:25:59.3399348Z ##[section]Finishing: dotnet restore", "Finishing: dotnet restore", Where{Step: "Job"}},
			{"2021-01-08T18:25:59.3399348Z ##[section]Finishing: Job", "Finishing: Job", Where{}},
		}},
		{"travis", Travis, []told{
			{"travis_fold:start:system_info", "system_info", Where{Step: "system_info"}},
			{"Job id: 401570396", "Job id: 401570396", Where{Job: "401570396", Step: "system_info"}},
			{"travis_fold:end:system_info", "system_info", Where{Job: "401570396"}},
			{"Job id: 7", "Job id: 7", Where{Job: "401570396"}},
			{"travis_fold:start:git.checkouttravis_time:start:0470b9d6$ git clone", "git.checkouttravis_time:start:0470b9d6$ git clone", Where{Job: "401570396", Step: "git.checkout"}},
			{"travis_time:start:0470b9d6", "-", Where{Job: "401570396", Step: "git.checkout"}},
			{"travis_time:start:0470b9d6$ make", "$ make", Where{Job: "401570396", Step: "git.checkout"}},
			{"travis_time:end:0470b9d6:start=15,finish=16,duration=1travis_time:start:0470b9d7$ make", "$ make", Where{Job: "401570396", Step: "git.checkout"}},
			{"travis_time:end:0470b9d6:start=15,finish=16,duration=1,event=checkout", ",event=checkout", Where{Job: "401570396", Step: "git.checkout"}},
			{"travis_fold:other", "travis_fold:other", Where{Job: "401570396", Step: "git.checkout"}},
			{"", "", Where{Job: "401570396", Step: "git.checkout"}},
		}},
		{"buildkite", Buildkite, []told{
			{"~~~ Preparing working directory", "Preparing working directory", Where{Step: "Preparing working directory"}},
			{"[2026-02-23T11:13:26Z] --- :package: Build", ":package: Build", Where{Step: ":package: Build"}},
			{"[2026-02-23T11:13:26Z] text", "text", Where{Step: ":package: Build"}},
			{"+++ Test", "Test", Where{Step: "Test"}},
			{"^^^ +++", "-", Where{Step: "Test"}},
			{"-----BEGIN", "-----BEGIN", Where{Step: "Test"}},
		}},
		{"bitbucket", Bitbucket, []told{
			{"+ umask 000", "umask 000", Where{Step: "Build setup"}},
			{"Images used:", "Images used:", Where{Step: "Build setup"}},
			{"    build : golang", "    build : golang", Where{Step: "Build setup"}},
			{"+ make", "make", Where{Step: "Script"}},
			{"text", "text", Where{Step: "Script"}},
			{"+added", "+added", Where{Step: "Script"}},
			{"Searching for files matching artifact pattern dist/**", "Searching for files matching artifact pattern dist/**", Where{Step: "Build teardown"}},
		}},
		{"teamcity", TeamCity, []told{
			{"Build 'Shop / Deploy' #109, branch 'main'", "Build 'Shop / Deploy' #109, branch 'main'", Where{Job: "Shop / Deploy"}},
			{"[17:40:46]W: bt4 (31s)", "bt4 (31s)", Where{Job: "Shop / Deploy"}},
			{"[17:40:46] : Updating sources (1s)", "Updating sources (1s)", Where{Job: "Shop / Deploy"}},
			{"[17:40:46] :\t [Updating sources] checkout", "checkout", Where{Job: "Shop / Deploy", Step: "Updating sources"}},
			{"[17:40:46] : Step 1/2: Docker (2s)", "Step 1/2: Docker (2s)", Where{Job: "Shop / Deploy", Step: "Step 1/2: Docker"}},
			{"[17:40:46] :\t [Step 1/2] Sending", "Sending", Where{Job: "Shop / Deploy", Step: "Step 1/2: Docker"}},
			{"[17:40:46]i:\t\t [Compile] javac", "javac", Where{Job: "Shop / Deploy", Step: "Step 1/2: Docker"}},
			{"[17:40:46]i:\t [Step 1/2] ##teamcity[message text='x']", "##teamcity[message text='x']", Where{Job: "Shop / Deploy", Step: "Step 1/2: Docker"}},
			{"another line of it", "another line of it", Where{Job: "Shop / Deploy", Step: "Step 1/2: Docker"}},
			{"[17:40:58][Step 2/2] old server", "old server", Where{Job: "Shop / Deploy", Step: "Step 2/2"}},
			{"[17:40:58] :\t [no end", "[no end", Where{Job: "Shop / Deploy"}},
			{"[17:40:59] text", "[17:40:59] text", Where{Job: "Shop / Deploy"}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lines := tt.format.New()
			for _, want := range tt.lines {
				start, text := lines.Line([]byte(want.line))
				got := "-"
				if text {
					got = want.line[start:]
				}
				if got != want.text {
					t.Errorf("%q: text is %q, want %q", want.line, got, want.text)
				}
				if w := lines.Where(); w != want.where {
					t.Errorf("%q: where is %+v, want %+v", want.line, w, want.where)
				}
			}
		})
	}
}

// TestNamesAreBounded: a log cannot make us keep more than a little of it.
func TestNamesAreBounded(t *testing.T) {
	long := make([]byte, 10*maxName)
	for i := range long {
		long[i] = 'x'
	}
	for _, tt := range []struct {
		name, marker, end string
		format            Format
	}{
		{"gitlab", "section_start:1:", "", GitLab},
		{"jenkins", "[Pipeline] { (", ")", Jenkins},
		{"azure", "2021-01-08T18:25:59.28Z ##[section]Starting: ", "", Azure},
		{"travis", "travis_fold:start:", "", Travis},
		{"buildkite", "--- ", "", Buildkite},
		{"teamcity", "[17:40:46] : Step 1/2: ", "", TeamCity},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lines := tt.format.New()
			for range 10 * maxDepth {
				lines.Line([]byte(tt.marker + string(long) + tt.end))
			}
			step := lines.Where().Step
			if len(step) == 0 || len(step) > maxName {
				t.Errorf("a step is called by %d bytes, want some, up to %d", len(step), maxName)
			}
			switch l := lines.(type) {
			case *gitlabLines:
				atMost(t, len(l.sections.names))
			case *azureLines:
				atMost(t, len(l.sections.names))
			case *travisLines:
				atMost(t, len(l.folds.names))
			case *jenkinsLines:
				atMost(t, len(l.open))
			}
		})
	}
}

func atMost(t *testing.T, depth int) {
	t.Helper()
	if depth > maxDepth {
		t.Errorf("%d blocks are open, want up to %d", depth, maxDepth)
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("[Pipeline] { (Branch: a)\n[a] x\n[Pipeline] }"))
	f.Add([]byte("[17:40:46] :\t [Step 1/2] x\n[17:40:46][ ] "))
	f.Add([]byte("2026-09-11T11:17:01.962557Z 00O+section_end:1:x\ntravis_time:end:0:start=1,finish=2"))
	f.Add([]byte("2026-09-11T11:17:01Z ##[section]Starting: \xff\n--- \n+++ \n+ "))
	f.Fuzz(func(t *testing.T, log []byte) {
		for _, format := range []Format{GitLab, Jenkins, CircleCI, Azure, Travis, Buildkite, Bitbucket, TeamCity} {
			if n := format.Signs(log); n < 0 {
				t.Errorf("%s has %d signs", format.Name, n)
			}
			lines := format.New()
			for line := range bytes.SplitSeq(log, []byte("\n")) {
				start, _ := lines.Line(line)
				if start < 0 || start > len(line) {
					t.Fatalf("%s: text of a line of %d bytes starts at %d", format.Name, len(line), start)
				}
				if w := lines.Where(); !utf8.ValidString(w.Job) || !utf8.ValidString(w.Step) {
					t.Fatalf("%s: names are not UTF-8: %q", format.Name, w)
				}
			}
		}
	})
}
