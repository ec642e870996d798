package generic

import "bytes"

// passfile reads the password of a line of libpq's .pgpass or of a map of Postfix's
// SASL client, of which a part with the port ends at end:
//
//	host:port:database:user:password   (PostgreSQL: libpq, "The Password File")
//	[host]:port user:password          (Postfix: SASL_README, smtp_sasl_password_maps)
func (s *Scanner) passfile(end int) (Candidate, bool) {
	text := s.text
	start, stop := end-1, end
	for start > 0 && end-start < maxName && text[start-1] > ' ' && !is(text[start-1], quote) {
		start--
	}
	for stop < len(text) && stop-end < maxBare && text[stop] > ' ' && !is(text[stop], quote) {
		stop++
	}
	if next := skipBlanks(text, stop); next < len(text) && next > stop && text[next] > ' ' {
		return Candidate{}, false // more words: prose
	}
	host, _, _ := bytes.Cut(text[start:end], []byte{':'})
	fields := 2 // user and password
	if text[end-1] == ':' && isDigit(text[end-2]) {
		fields = 3 // the database before them
	}
	at := end
	var user []byte
	for range fields - 1 {
		n := bytes.IndexByte(text[at:stop], ':')
		if n <= 0 {
			return Candidate{}, false
		}
		user = text[at : at+n]
		at += n + 1
	}
	c := Candidate{Start: at, End: stop, WholeStart: start, WholeEnd: stop, Name: user}
	c.syntax = syntax{kind: inURL, user: user, host: bytes.Trim(host, "[]")}
	return c, at < stop && plausibleUserinfo(user, text[at:stop])
}
