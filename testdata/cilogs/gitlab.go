package cilogs

import "fmt"

// GitLab writes a trace for each job, with a section for each step within the
// runner's own (gitlab-org/gitlab, "CI/CD job logs", Custom collapsible
// sections). Every second job has the lines of FF_TIMESTAMPS: time, stream,
// output, and "+" where a line goes on the one before (gitlab-org/gitlab issue
// 455581).
func GitLab(jobs []Job) Build {
	b := newBuild(jobs)
	for i, j := range jobs {
		w := gitlabWriter{stamped: i%2 == 1}
		name := "trace-" + j.Name + ".log"
		w.text("00O", "\x1b[0KRunning with gitlab-runner 19.1.0 (5eb085ab)\x1b[0;m")
		w.text("00O", "\x1b[0K  on shared-runner xS6Vzpvoq, system ID: s_6b1e4f06fcfd\x1b[0;m")
		w.section("prepare_executor", `Preparing the "docker" executor`)
		w.text("00O", "\x1b[0KUsing Docker executor with image golang:1.26 ...\x1b[0;m")
		w.end("prepare_executor")
		w.section("step_script", `Executing "step_script" stage of the job script`)
		for k, s := range j.Steps {
			w.section(s.Name, s.Name)
			w.text("00O", "\x1b[32;1m$ make "+s.Name+"\x1b[0;m")
			for _, text := range s.Lines {
				b.Places[i][k] = append(b.Places[i][k], Place{Path: name, Step: s.Name, Line: w.text("01O", text)})
			}
			w.end(s.Name)
		}
		w.end("step_script")
		w.text("00O", "\x1b[32;1mJob succeeded\x1b[0;m")
		b.add(name, &w.writer)
	}
	return b
}

type gitlabWriter struct {
	writer
	stamped bool
}

func (w *gitlabWriter) text(stream, text string) int {
	if !w.stamped {
		return w.line("%s", text)
	}
	return w.line("%s %s %s", w.stamp(), stream, text)
}

func (w *gitlabWriter) stamp() string { return w.now().Format("2006-01-02T15:04:05.000000Z") }

func (w *gitlabWriter) section(name, header string) {
	const title = "\x1b[0K\x1b[36;1m%s\x1b[0;m\x1b[0;m"
	if w.stamped {
		w.line("%s 00O section_start:%d:%s\r\x1b[0K", w.stamp(), w.now().Unix(), name)
		w.line("%s 00O+"+title, w.stamp(), header)
		return
	}
	w.line("section_start:%d:%s\r\x1b[0K"+title, w.now().Unix(), name, header)
}

func (w *gitlabWriter) end(name string) {
	w.text("00O", fmt.Sprintf("section_end:%d:%s\r\x1b[0K", w.now().Unix(), name))
}
