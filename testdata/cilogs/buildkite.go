package cilogs

// Buildkite writes the log of each job, with a group for each step
// (buildkite.com/docs, "Managing log output"). The agent's times are application
// program commands, in every second job those of --timestamp-lines
// (buildkite/agent, process/timestamper.go).
func Buildkite(jobs []Job) Build {
	b := newBuild(jobs)
	for i, j := range jobs {
		var w writer
		name := j.Name + ".log"
		line := func(text string) int {
			if i%2 == 1 {
				return w.line("%s%s", w.now().Format("[2006-01-02T15:04:05Z] "), text)
			}
			return w.line("\x1b_bk;t=%d\x07%s", w.now().UnixMilli(), text)
		}
		line("~~~ Preparing working directory")
		line("\x1b[90m$\x1b[0m cd /var/lib/buildkite-agent/builds/agent-1/acme/shop")
		line("~~~ Running commands")
		for k, s := range j.Steps {
			line("--- " + s.Name)
			line("\x1b[90m$\x1b[0m make " + s.Name)
			for _, text := range s.Lines {
				place := Place{Path: name, Step: s.Name, Line: line(text)}
				b.Places[i][k] = append(b.Places[i][k], place)
			}
		}
		b.add(name, &w)
	}
	return b
}
