package cilogs

// Azure writes the whole log of each job: a time before each line, and sections
// around the job and its steps (microsoft/azure-pipelines-agent, StepsRunner.cs;
// public logs such as that in MicrosoftDocs/azure-devops-docs pull request 9949).
func Azure(jobs []Job) Build {
	b := newBuild(jobs)
	for i, j := range jobs {
		var w writer
		name := j.Name + ".txt"
		w.buf.WriteString("\ufeff")
		line := func(text string) int {
			return w.line("%s %s", w.now().Format("2006-01-02T15:04:05.0000000Z"), text)
		}
		line("##[section]Starting: " + j.Name)
		line("##[section]Starting: Initialize job")
		line("Agent name: 'Hosted Agent'")
		line("##[section]Finishing: Initialize job")
		line("##[section]Async Command Start: DetectDockerContainer")
		line("##[section]Async Command End: DetectDockerContainer")
		for k, s := range j.Steps {
			line("##[section]Starting: " + s.Name)
			line("==============================================================================")
			line("Task         : Command line")
			line("Version      : 2.250.1")
			line("==============================================================================")
			line("##[command]/usr/bin/bash --noprofile --norc script.sh")
			for _, text := range s.Lines {
				place := Place{Path: name, Job: j.Name, Step: s.Name, Line: line(text)}
				b.Places[i][k] = append(b.Places[i][k], place)
			}
			line("##[section]Finishing: " + s.Name)
		}
		line("##[section]Finishing: " + j.Name)
		b.add(name, &w)
	}
	return b
}
