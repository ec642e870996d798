package buildlog

import "bytes"

// Azure is the log of Azure Pipelines, of a job or of one of its steps: each
// line begins with a time and a space, and may then have a tag such as
// "##[command]" (learn.microsoft.com, "Logging commands", Formatting commands).
// "##[section]Starting: NAME" and "##[section]Finishing: NAME" enclose the job
// and each of its steps (microsoft/azure-pipelines-agent, StepsRunner.cs).
var Azure = Format{
	Name:    "azure",
	Summary: "Azure Pipelines",
	Signs:   azureSigns,
	New:     func() Lines { return new(azureLines) },
}

// azureSigns counts every line with a time if the first of them begins a section,
// as each log does: GitHub's logs have such times too.
func azureSigns(head []byte) int {
	first, _, _ := bytes.Cut(head, []byte("\n"))
	start := azurePrefix(first)
	if start == 0 || !bytes.HasPrefix(first[start:], []byte("##[section]Starting: ")) {
		return 0
	}
	return 1 + countLines(head, func(line []byte) bool { return azurePrefix(line) > 0 })
}

// azurePrefix is the length of a line's byte order mark, time and space, or 0.
func azurePrefix(line []byte) int {
	rest := bytes.TrimPrefix(line, []byte("\ufeff"))
	n := timestampLen(rest)
	if n == 0 || n == len(rest) || rest[n] != ' ' {
		return 0
	}
	return len(line) - len(rest) + n + 1
}

type azureLines struct{ sections blocks }

func (a *azureLines) Line(line []byte) (start int, text bool) {
	start = azurePrefix(line)
	rest := line[start:]
	if !bytes.HasPrefix(rest, []byte("##[")) {
		return start, true
	}
	end := bytes.IndexByte(rest, ']')
	if end < 0 {
		return start, true
	}
	tag, body := rest[len("##["):end], rest[end+1:]
	if string(tag) == "section" {
		if name, ok := bytes.CutPrefix(body, []byte("Starting: ")); ok {
			a.sections.open(nameOf(name))
		} else if name, ok := bytes.CutPrefix(body, []byte("Finishing: ")); ok {
			a.sections.close(nameOf(name))
		}
	}
	// Behind a tag there may be a command line, or anything that the job printed.
	return start + end + 1, len(body) > 0
}

// Where gives the outermost section as the job if another is within it: the log
// of a single step has no section for the job.
func (a *azureLines) Where() Where {
	w := Where{Step: a.sections.innermost()}
	if len(a.sections.names) > 1 {
		w.Job = a.sections.names[0]
	}
	return w
}
