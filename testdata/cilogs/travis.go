package cilogs

import "strconv"

// Travis writes the log of each job: markers that end in a carriage return
// enclose stages and commands (travis-ci/travis-build, lib/travis/build/bash).
// A job is known by its number only.
func Travis(jobs []Job) Build {
	const clear = "\r\x1b[0K"
	b := newBuild(jobs)
	for i, j := range jobs {
		var w writer
		name, job := j.Name+".log", strconv.Itoa(401570396+i)
		w.line("travis_fold:start:system_info" + clear + "\x1b[33;1mBuild system information\x1b[0m")
		w.line("Build language: go")
		w.line("Job id: %s", job)
		w.line("travis_fold:end:system_info" + clear)
		for k, s := range j.Steps {
			w.line("travis_fold:start:%s"+clear+"travis_time:start:1ba88ac%d"+clear+"$ make %[1]s", s.Name, k)
			for _, text := range s.Lines {
				place := Place{Path: name, Job: job, Step: s.Name, Line: w.line("%s", text)}
				b.Places[i][k] = append(b.Places[i][k], place)
			}
			start := w.now().UnixNano()
			w.line("travis_time:end:1ba88ac%d:start=%d,finish=%d,duration=%d"+clear+"travis_fold:end:%s"+clear,
				k, start, start+1187, 1187, s.Name)
		}
		w.line("\x1b[32;1mThe command \"make\" exited with 0.\x1b[0m")
		b.add(name, &w)
	}
	return b
}
