package cilogs

// TeamCity writes the log of one build for each job, as it is offered for
// download: a head, then lines with time, kind, depth and block (public logs of
// TeamCity 2021.1). Every second job has the lines of old servers, whose blocks
// follow the time.
func TeamCity(jobs []Job) Build {
	b := newBuild(jobs)
	for i, j := range jobs {
		w := teamcityWriter{old: i%2 == 1}
		name := j.Name + ".log"
		w.line("Build 'Shop / %s' #109, branch 'main'", j.Name)
		w.line("Started 2026-09-11 11:16:57 on agent 'agent-1'")
		w.line("TeamCity server version is 2021.1 (build 92597), server timezone: GMT (UTC)")
		w.line("")
		w.event('W', "", "bt4 (31s)")
		w.event('i', "", "Agent time zone: Europe/London")
		w.event(' ', "", "Updating sources: auto checkout (on agent) (1s)")
		w.event(' ', "Updating sources", "Will use agent side checkout")
		for k, s := range j.Steps {
			block := "Step " + string(rune('1'+k)) + "/" + string(rune('0'+len(j.Steps)))
			step := block + ": " + s.Name
			w.event(' ', "", step+" (2s)")
			w.event(' ', block, "Starting: /bin/sh -c make")
			for _, text := range s.Lines {
				place := Place{Path: name, Job: "Shop / " + j.Name, Step: step, Line: w.event(' ', block, text)}
				b.Places[i][k] = append(b.Places[i][k], place)
			}
			w.event('i', block, "##teamcity[dockerMessage type='dockerImage.build' value='b75294e53887']")
			w.event(' ', block, "Process exited with code 0")
		}
		w.event(' ', "", "Build finished")
		b.add(name, &w.writer)
	}
	return b
}

type teamcityWriter struct {
	writer
	old bool
}

// event writes a line of one kind, in a block or outside of any.
func (w *teamcityWriter) event(kind rune, block, text string) int {
	clock := w.now().Format("15:04:05")
	switch {
	case w.old && block == "":
		return w.line("[%s]%c: %s", clock, kind, text)
	case w.old:
		return w.line("[%s][%s] %s", clock, block, text)
	case block == "":
		return w.line("[%s]%c: %s", clock, kind, text)
	}
	return w.line("[%s]%c:\t [%s] %s", clock, kind, block, text)
}
