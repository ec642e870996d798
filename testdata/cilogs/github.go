package cilogs

import (
	"archive/zip"
	"bytes"
	"fmt"
)

// GitHub writes the archive of a run's logs: a file for each step, in a folder
// for each job, and the whole job once more beside it. Each line of the runner
// has the round-trip time of .NET before it, and each file a byte order mark
// (actions/runner, Logging.cs and ScriptHandler.cs; cli/cli, run/view/logs.go).
func GitHub(jobs []Job) Build {
	const archive = "logs_4711.zip"
	b := newBuild(jobs)
	var members []Log
	for i, j := range jobs {
		var whole bytes.Buffer
		for k, s := range j.Steps {
			var w writer
			number := k + 2 // the first is the runner's own
			name := fmt.Sprintf("%s/%d_%s.txt", j.Name, number, s.Name)
			w.buf.WriteString("\ufeff")
			line := func(text string) int {
				return w.line("%s %s", w.now().Format("2006-01-02T15:04:05.0000000Z"), text)
			}
			line("##[group]Run make " + s.Name)
			line("\x1b[36;1mmake " + s.Name + "\x1b[0m")
			line("shell: /usr/bin/bash -e {0}")
			line("env:")
			line("  NODE_ENV: test")
			line("##[endgroup]")
			for _, text := range s.Lines {
				place := Place{Path: archive + "!" + name, Job: j.Name, Step: s.Name, Line: line(text)}
				b.Places[i][k] = append(b.Places[i][k], place)
			}
			members = append(members, Log{name, w.buf.Bytes()})
			whole.Write(w.buf.Bytes())
		}
		members = append(members, Log{fmt.Sprintf("%d_%s.txt", i, j.Name), whole.Bytes()})
	}
	b.Logs = []Log{{archive, zipped(members)}}
	return b
}

func zipped(members []Log) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, m := range members {
		w, err := z.Create(m.Name)
		if err == nil {
			_, err = w.Write(m.Data)
		}
		if err != nil {
			panic(err) // a bytes.Buffer takes all
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}
