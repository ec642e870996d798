package generic

import "bytes"

// maxCommand bounds how much of a command line is read, in bytes.
const maxCommand = 1024

// curl reads the user and password that a curl command, of which the arguments begin at
// end, is given with -u or --user (curl(1)).
func (s *Scanner) curl(end int) (Candidate, bool) {
	line := s.text[end:min(len(s.text), end+maxCommand)]
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	at := -1
	for _, option := range []string{"-u ", "--user ", "-u=", "--user="} {
		if i := bytes.Index(line, []byte(option)); i >= 0 && (i == 0 || is(line[i-1], blank)) {
			at = i + len(option)
			break
		}
	}
	if at < 0 {
		return Candidate{}, false
	}
	ends := func(c byte) bool { return is(c, blank) }
	if at < len(line) && (line[at] == '\'' || line[at] == '"') {
		mark := line[at]
		at++
		ends = func(c byte) bool { return c == mark }
	}
	stop := at
	for stop < len(line) && !ends(line[stop]) {
		stop++
	}
	user, pass, ok := bytes.Cut(line[at:stop], []byte{':'})
	if !ok || len(pass) == 0 || len(user) > maxName {
		return Candidate{}, false
	}
	c := Candidate{Start: end + stop - len(pass), End: end + stop, WholeStart: end + at, WholeEnd: end + stop, Name: user}
	c.syntax = syntax{kind: inURL, user: user}
	return c, true
}
