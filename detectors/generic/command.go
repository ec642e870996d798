package generic

import "bytes"

// secretWord is where a command takes a password on its command line.
type secretWord struct {
	option string // the option before it: redis-cli -a VALUE; "": it stands by its place
	glued  bool   // in one word with its option: mysql -pVALUE
	place  int    // without an option: how many words that are no options there are, of which it is the last
	behind byte   // ends the user's name before it, in one word; 0: it has a word of its own
	needs  string // what must stand on the line for it to be a password at all
}

// secretWordOf is that of a command, which is named in lower case; before is what
// stands on the line before the name. The commands' manuals have these options.
func secretWordOf(name, before []byte) (secretWord, bool) {
	switch string(name) {
	case "mysql", "mysqldump", "mysqladmin", "mariadb", "7z":
		return secretWord{option: "-p", glued: true}, true
	case "redis-cli":
		return secretWord{option: "-a"}, true
	case "mongo", "mongosh", "mongodump", "mongorestore", "cqlsh", "psexec":
		return secretWord{option: "-p"}, true
	case "login":
		return secretWord{option: "-p"}, logsIn(before)
	case "sqlcmd", "mosquitto_pub", "mosquitto_sub", "zip", "unzip":
		return secretWord{option: "-P"}, true
	case "ldapsearch", "ldapadd", "ldapmodify":
		return secretWord{option: "-w"}, true
	case "plink", "pscp":
		return secretWord{option: "-pw"}, true
	case "smbclient":
		return secretWord{option: "-U", behind: '%'}, true
	case "lftp":
		return secretWord{option: "-u", behind: ','}, true
	case "htpasswd":
		return secretWord{place: 3, needs: " -b"}, true // file, user, password
	case "rabbitmqctl":
		return secretWord{place: 3, needs: " add_user "}, true
	case "user": // net user NAME PASSWORD /add
		return secretWord{place: 2, needs: " /add"}, true
	case "use": // net use DRIVE SHARE PASSWORD /user:NAME
		return secretWord{place: 3, needs: " /user:"}, true
	case "convertto-securestring":
		return secretWord{place: 1, needs: "-asplaintext"}, true
	}
	return secretWord{}, false
}

// logsIn reports whether what stands before "login" is a tool that has the password
// behind -p.
func logsIn(before []byte) bool {
	before = bytes.TrimRight(before, " \t")
	switch string(before[nameStart(before, len(before)):]) {
	case "docker", "podman", "buildah", "skopeo", "nerdctl", "crane", "oras", "registry", "az", "acr", "oc", "cf", "argocd":
		return true
	}
	return false
}

// command reads the password that a command is given on its command line. The
// command's name, or what tells that it reads a password from a pipe, ends at end.
func (s *Scanner) command(end int) (Candidate, bool) {
	text := s.text
	if text[end-1] != ' ' {
		if text[end-1] == ':' {
			return s.oracle(end)
		}
		return s.piped(end)
	}
	start := nameStart(text, end-1)
	name := bytes.ToLower(text[start : end-1])
	if string(name) == "sqlplus" {
		return s.oracle(end)
	}
	how, ok := secretWordOf(name, lineBefore(text, start))
	if !ok {
		return Candidate{}, false
	}
	line := commandLine{text: text, at: end, stop: min(len(text), end+maxCommand), within: openQuote(lineBefore(text, start))}
	if how.needs != "" && !bytes.Contains(bytes.ToLower(lineBehind(text, end-1)), []byte(how.needs)) {
		return Candidate{}, false
	}
	w, ok := line.find(&how)
	if !ok {
		return Candidate{}, false
	}
	return w.password(text, start, how.behind)
}

// password is the candidate that a word of a command line is, whole or behind the
// user's name.
func (w *shellWord) password(text []byte, whole int, behind byte) (Candidate, bool) {
	start := w.start
	if behind != 0 {
		i := bytes.IndexByte(text[w.start:w.end], behind)
		if i <= 0 {
			return Candidate{}, false
		}
		start += i + 1
	}
	c := Candidate{Start: start, End: w.end, WholeStart: whole, WholeEnd: w.end, Name: []byte("password")}
	c.syntax = syntax{kind: flagged, quote: w.quote}
	return c, c.Start < c.End
}

// shellWord is one of a command line, without its quotes.
type shellWord struct {
	start, end int
	quote      byte
}

// commandLine walks over the words of a command line.
type commandLine struct {
	text     []byte
	at, stop int
	within   byte // the quote of the string that holds the command; 0: none does
}

// find returns the word that is the password.
func (l *commandLine) find(how *secretWord) (shellWord, bool) {
	places := 0
	var last shellWord
	for {
		w, ok := l.next()
		if !ok {
			return last, how.place > 0 && places == how.place
		}
		v := l.text[w.start:w.end]
		switch {
		case how.option == "" && v[0] != '-' && (v[0] != '/' || how.needs[1] != '/'):
			places++
			last = w
		case how.option == "":
		case string(v) == how.option && !how.glued:
			w, ok = l.next()
			return w, ok && l.text[w.start] != '-'
		case how.glued && w.quote == 0 && bytes.HasPrefix(v, []byte(how.option)) && !isLongOption(v):
			if l.at = w.start + len(how.option); len(v) == len(how.option) && (l.at >= l.stop || !is(l.text[l.at], quote)) {
				return shellWord{}, false // asked for
			}
			return l.next()
		}
	}
}

// isLongOption reports whether a word is an option of another program that writes its
// options out behind one hyphen: -password=x, -port=3306.
func isLongOption(v []byte) bool {
	name, value, ok := bytes.Cut(v[1:], []byte{'='})
	return ok && len(value) > 0 && allOf(name, isLower)
}

// next returns the next word, which is not empty. A line ends a command unless a
// backslash joins the next one.
func (l *commandLine) next() (shellWord, bool) {
	text := l.text
	for l.at < l.stop && is(text[l.at], blank) || l.at+1 < l.stop && text[l.at] == '\\' && text[l.at+1] == '\n' {
		l.at++
		if text[l.at-1] == '\\' {
			l.at++
		}
	}
	w := shellWord{start: l.at, end: l.at}
	if l.at < l.stop && is(text[l.at], quote) && text[l.at] != l.within && text[l.at] != '`' {
		w.quote = text[l.at]
		n := bytes.IndexByte(text[l.at+1:l.stop], w.quote)
		if n <= 0 || bytes.IndexByte(text[l.at+1:l.at+1+n], '\n') >= 0 {
			return shellWord{}, false
		}
		w.start, w.end = l.at+1, l.at+1+n
		l.at = w.end + 1
		return w, true
	}
	for l.at < l.stop && !endsWord(text[l.at:l.stop]) {
		l.at++
	}
	w.end = l.at
	return w, w.end > w.start
}

// endsWord reports whether a word of a command line that has no quotes ends before rest:
// also where a line ends that a string has as \n, or the string itself.
func endsWord(rest []byte) bool {
	c := rest[0]
	if c == '\\' {
		return len(rest) > 1 && (rest[1] == '\n' || rest[1] == '\r' || rest[1] == 'n' || is(rest[1], quote))
	}
	return is(c, blank|quote) || c < ' ' || bytes.IndexByte([]byte("|;&)<>"), c) >= 0
}

// piped reads the password that a line writes into a command: echo VALUE | docker
// login --password-stdin, echo USER:VALUE | chpasswd, echo VALUE | sudo -S.
func (s *Scanner) piped(end int) (Candidate, bool) {
	text := s.text
	line := text[max(0, end-maxCommand):end]
	line = line[bytes.LastIndexByte(line, '\n')+1:]
	pipe := bytes.LastIndexByte(line, '|')
	if pipe < 0 {
		return Candidate{}, false
	}
	at := -1
	for _, writer := range []string{"echo ", "printf ", "Write-Output "} {
		if i := bytes.LastIndex(line[:pipe], []byte(writer)); i >= 0 {
			at = max(at, i+len(writer))
		}
	}
	if at < 0 {
		return Candidate{}, false
	}
	from := end - len(line)
	l := commandLine{text: text, at: from + at, stop: from + pipe, within: openQuote(line[:at])}
	w, ok := l.next()
	for ok && w.quote == 0 && text[w.start] == '-' { // echo -n
		w, ok = l.next()
	}
	if _, more := l.next(); !ok || more {
		return Candidate{}, false // more than a word: no password
	}
	behind := byte(0)
	if hasFoldSuffix(text[:end], "chpasswd") {
		behind = ':'
	}
	return w.password(text, from+at, behind)
}

// oracle reads user/password@ behind "sqlplus " or "jdbc:oracle:", in the ways of
// Oracle's client and JDBC driver.
func (s *Scanner) oracle(end int) (Candidate, bool) {
	text := s.text
	i := end
	if text[end-1] == ':' {
		for _, driver := range []string{"thin:", "oci:", "oci8:"} {
			if hasFoldPrefix(text[end:], driver) {
				i += len(driver)
			}
		}
		if i == end {
			return Candidate{}, false
		}
	}
	l := commandLine{text: text, at: i, stop: min(len(text), i+maxCommand), within: openQuote(lineBefore(text, end))}
	w, ok := l.next()
	for ok && text[w.start] == '-' { // sqlplus -s
		w, ok = l.next()
	}
	if !ok {
		return Candidate{}, false
	}
	user, rest, ok := bytes.Cut(text[w.start:w.end], []byte{'/'})
	at := bytes.LastIndexByte(rest, '@')
	if !ok || len(user) == 0 || at <= 0 || !plausibleUserinfo(user, rest[:at]) {
		return Candidate{}, false
	}
	start := w.start + len(user) + 1
	c := Candidate{Start: start, End: start + at, WholeStart: w.start, WholeEnd: start + at, Name: user}
	c.syntax = syntax{kind: inURL, user: user, host: hostOf(bytes.TrimLeft(rest[at+1:], "/"))}
	return c, true
}
