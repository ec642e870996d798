package cilogs

// Plain writes a log for each job to which nothing is added.
func Plain(jobs []Job) Build {
	b := newBuild(jobs)
	for i, j := range jobs {
		var w writer
		name := j.Name + ".log"
		for k, s := range j.Steps {
			w.line("running %s", s.Name)
			for _, text := range s.Lines {
				b.Places[i][k] = append(b.Places[i][k], Place{Path: name, Line: w.line("%s", text)})
			}
		}
		b.add(name, &w)
	}
	return b
}
