package buildlog

import "bytes"

// toolPrefix is the length of what tools put before each line of text inside of
// any CI system: BuildKit, kubectl and docker with timestamps, docker compose,
// and those that run several programs at once. A prefix that is left out is too
// short to hold a secret.
func toolPrefix(text []byte) int {
	start := 0
	for range 4 { // they stand in one another
		n := onePrefix(text[start:])
		if n == 0 {
			break
		}
		start += n
	}
	return start
}

func onePrefix(text []byte) int {
	if len(text) < 3 {
		return 0
	}
	switch c := text[0]; {
	case c == '#':
		return buildKit(text)
	case c == '[':
		return bracketed(text)
	case isDigit(c):
		return timestamp(text)
	case isLower(c):
		return compose(text)
	}
	return 0
}

// buildKit is the length of "#12 3.456 ", the step and the seconds, as
// docker build --progress=plain prints them.
func buildKit(text []byte) int {
	n := 1 + digits(text[1:])
	if n == 1 || n == len(text) || text[n] != ' ' {
		return 0
	}
	n++
	seconds := n + digits(text[n:])
	if seconds == n || seconds == len(text) || text[seconds] != '.' {
		return n
	}
	end := seconds + 1 + digits(text[seconds+1:])
	if end == seconds+1 || end < len(text) && text[end] != ' ' {
		return n
	}
	return min(end+1, len(text))
}

// shortName is the longest name in brackets, in bytes, that is left out; the pods
// of kubectl logs --prefix have longer ones.
const shortName, podName = 16, 160

// bracketed is the length of "[web] ", and of "[pod/web-5d4f/app] ".
func bracketed(text []byte) int {
	longest := shortName
	if bytes.HasPrefix(text, []byte("[pod/")) {
		longest = podName
	}
	for i, c := range text[1:min(len(text), longest+2)] {
		switch {
		case c == ']' && i > 0 && i+2 < len(text) && text[i+2] == ' ':
			return i + 3
		case isLower(c), isDigit(c), c >= 'A' && c <= 'Z', bytes.IndexByte([]byte("-_./: "), c) >= 0:
		default:
			return 0
		}
	}
	return 0
}

// compose is the length of "web-1  | ", as docker compose prints it; older ones
// have "web_1". The number tells it from a table.
func compose(text []byte) int {
	const longest = 64
	n := 0
	for n < len(text) && n < longest && (isLower(text[n]) || isDigit(text[n]) || text[n] == '-' || text[n] == '_' || text[n] == '.') {
		n++
	}
	end := n
	for end < len(text) && end < longest && text[end] == ' ' {
		end++
	}
	if end == n || end == len(text) || text[end] != '|' || !isDigit(text[n-1]) {
		return 0
	}
	number := n
	for number > 0 && isDigit(text[number-1]) {
		number--
	}
	if number < 2 || text[number-1] != '-' && text[number-1] != '_' && text[number-1] != '.' {
		return 0
	}
	if end++; end < len(text) && text[end] == ' ' {
		end++
	}
	return end
}

// timestamp is the length of a time as RFC 3339 has it and of the blank behind
// it; 0 if text does not begin with one.
func timestamp(text []byte) int {
	switch n := timestampLen(text); {
	case n == 0 || n == len(text):
		return n
	case text[n] == ' ':
		return n + 1
	}
	return 0
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
