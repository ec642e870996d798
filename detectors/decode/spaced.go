package decode

// leastSpaced is how many characters must stand apart, one by one, to be taken
// for a text.
const leastSpaced = 20

// spacedOut yields the characters round text[at] if one and the same other
// character stands between each two of them, as sed 's/./& /g' and fold -w1
// print a token to get it past the masking of secrets.
func (b *Buffer) spacedOut(text []byte, at int, yield func(*Segment)) {
	if at < b.spacedTo || b.left.spaced == 0 {
		return
	}
	if classOf[text[at]]&inRun == 0 {
		at++
	}
	if at+1 >= len(text) || !isSpacer(text[at+1]) {
		return
	}
	start, end := b.spacedSpan(text, at)
	b.spacedTo = end
	b.text = b.text[:0]
	letters, digits := 0, 0
	for i := start; i < end; i += 2 {
		c := text[i]
		b.text = append(b.text, c)
		switch {
		case '0' <= c && c <= '9':
			digits++
		case isAlnum(c):
			letters++
		}
	}
	// Tables of digits and rulers are no text; nor is most of what has no letters.
	if n := len(b.text); n < leastSpaced || letters == 0 || 4*(letters+digits) < 3*n {
		return
	}
	b.left.spaced--
	b.segment = Segment{Kind: "spaced", Start: start, End: end, Text: b.text, in: 2, out: 1}
	yield(&b.segment)
}

// byDashes reports whether the characters of the run text[start:end] may have
// dashes between them, and where one of them is.
func byDashes(text []byte, start, end int) (at int, ok bool) {
	at = start + (end-start)/4*2
	if text[at] == '-' && text[at+2] == '-' {
		at++
	}
	return at, text[at+1] == '-' && text[at+3] == '-'
}

// spacedSpan goes from the character at, which has a spacer behind it, to both
// ends of the text that it is of. Characters of the words round it are none.
func (b *Buffer) spacedSpan(text []byte, at int) (start, end int) {
	spacer := text[at+1]
	start, last := at, at
	for start-2 >= b.spacedTo && text[start-1] == spacer && isVisible(text[start-2]) {
		start -= 2
	}
	for last+2 < len(text) && text[last+1] == spacer && isVisible(text[last+2]) {
		last += 2
	}
	if start < at && start > 0 && isOfWord(text[start-1], spacer) {
		start += 2
	}
	if last > at && last+1 < len(text) && isOfWord(text[last+1], spacer) {
		last -= 2
	}
	return start, last + 1
}

// isOfWord reports whether c, next to the first or the last character, shows that
// it is of a word, or of a line that holds more.
func isOfWord(c, spacer byte) bool {
	if spacer == '\n' {
		return c != '\n' && c != '\r'
	}
	return isAlnum(c)
}

// isSpacer reports whether c may stand between the characters of a text.
func isSpacer(c byte) bool {
	switch c {
	case ' ', '\t', '\n', '-', ',', '.':
		return true
	}
	return false
}

func isVisible(c byte) bool { return '!' <= c && c <= '~' }

func isAlnum(c byte) bool { return classOf[c]&inRun != 0 && classOf[c]&isMark == 0 }
