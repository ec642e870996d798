package decode

import "bytes"

// kindOfOctal is "octal" for an escape of C and POSIX shells, \ooo, or \0ooo as
// echo takes it.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/printf.html
func kindOfOctal(escape []byte) string {
	if c := bytes.TrimLeft(escape, `\`); len(c) > 0 && '0' <= c[0] && c[0] <= '3' {
		return "octal"
	}
	return ""
}

// octalValue reads three octal digits at the start of src, or four if the first
// is 0: as three, those would be a control character and a digit.
func octalValue(src []byte) (v byte, n int) {
	if len(src) > 3 && src[0] == '0' {
		if v, ok := threeDigits(src[1:]); ok {
			return v, 4
		}
	}
	if v, ok := threeDigits(src); ok {
		return v, 3
	}
	return 0, 0
}

func threeDigits(src []byte) (v byte, ok bool) {
	if len(src) < 3 || src[0] < '0' || src[0] > '3' {
		return 0, false
	}
	for _, c := range src[:3] {
		if c < '0' || c > '7' {
			return 0, false
		}
		v = v<<3 | (c - '0')
	}
	return v, true
}
