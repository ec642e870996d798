package generic

// Classes of bytes, as bits of the table below.
const (
	letter  uint8 = 1 << iota
	digit         //
	joiner        // _ - . $ within a name
	blank         // space, tab
	quote         // " ' `
	bareEnd       // ends a value without quotes
)

var class = func() (t [256]uint8) {
	for c := 'a'; c <= 'z'; c++ {
		t[c] |= letter
		t[c-'a'+'A'] |= letter
	}
	for c := '0'; c <= '9'; c++ {
		t[c] |= digit
	}
	for _, c := range "_-.$" {
		t[c] |= joiner
	}
	for _, c := range " \t" {
		t[c] |= blank | bareEnd
	}
	for _, c := range "\"'`" {
		t[c] |= quote | bareEnd
	}
	for _, c := range "\r\n\v\f\x00,;<>)]}&|" {
		t[c] |= bareEnd
	}
	return t
}()

func is(c byte, classes uint8) bool { return class[c]&classes != 0 }

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
