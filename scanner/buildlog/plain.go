package buildlog

// Plain is text to which no CI system added anything.
var Plain = Format{
	Name:    "plain",
	Summary: "plain text",
	New:     func() Lines { return plainLines{} },
}

type plainLines struct{}

func (plainLines) Line([]byte) (start int, text bool) { return 0, true }
func (plainLines) Where() Where                       { return Where{} }
