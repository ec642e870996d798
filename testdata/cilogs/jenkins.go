package cilogs

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// Jenkins writes the stored log of one Pipeline build for each job, with a stage
// for each step and hidden notes before what Pipeline says (jenkinsci/jenkins,
// hudson/console/ConsoleNote.java). Every second job has the times of the
// Timestamper plugin.
func Jenkins(jobs []Job) Build {
	b := newBuild(jobs)
	note := consoleNote()
	for i, j := range jobs {
		var w writer
		name := j.Name + "-12.log"
		pipeline := func(action string) { w.line("%s[Pipeline] %s", note, action) }
		output := func(text string) int {
			if i%2 == 1 {
				text = w.now().Format("[2006-01-02T15:04:05.000Z] ") + text
			}
			return w.line("%s", text)
		}
		w.line("Started by user %sAda Example", note)
		pipeline("Start of Pipeline")
		pipeline("node")
		output("Running on agent-1 in /var/lib/jenkins/workspace/" + j.Name + "@2")
		pipeline("{")
		for k, s := range j.Steps {
			pipeline("stage")
			pipeline("{ (" + s.Name + ")")
			pipeline("sh")
			output("+ make " + s.Name)
			for _, text := range s.Lines {
				place := Place{Path: name, Job: j.Name, Step: s.Name, Line: output(text)}
				b.Places[i][k] = append(b.Places[i][k], place)
			}
			pipeline("}")
			pipeline("// stage")
		}
		pipeline("}")
		pipeline("// node")
		pipeline("End of Pipeline")
		w.line("Finished: SUCCESS")
		b.add(name, &w)
	}
	return b
}

// consoleNote is a note as Jenkins signs and stores it: minus the length of the
// code, the code, the length of the object, and the object in gzip.
func consoleNote() string {
	var object bytes.Buffer
	z := gzip.NewWriter(&object)
	z.Write([]byte("\xac\xed\x00\x05sr\x00" + strings.Repeat("hudson.console.HyperlinkNote ", 4)))
	z.Close()
	code := bytes.Repeat([]byte{0x5a}, 32)
	raw := binary.BigEndian.AppendUint32(nil, ^uint32(len(code))+1)
	raw = append(raw, code...)
	raw = binary.BigEndian.AppendUint32(raw, uint32(object.Len()))
	raw = append(raw, object.Bytes()...)
	return "\x1b[8mha:" + base64.StdEncoding.EncodeToString(raw) + "\x1b[0m"
}
