package decode

// percent is the percent-encoding of URLs and forms: RFC 3986, section 2.1.
var percent = syntax{
	kind:    "percent",
	trigger: '%',
	ends: func(c byte) bool {
		return c <= ' ' || c == '"' || c == '\'' || c == '`'
	},
	enough: 1,
	decode: decodePercent,
}

func decodePercent(dst, src []byte) (out []byte, size int, weak bool) {
	v, ok := hexValue(src[1:], 2)
	if !ok {
		return dst, 0, false
	}
	return append(dst, byte(v)), 3, false
}

// hexValue reads the first digits bytes of src, at most 8, as a hex number.
func hexValue(src []byte, digits int) (v uint32, ok bool) {
	if len(src) < digits {
		return 0, false
	}
	for _, c := range src[:digits] {
		switch {
		case classOf[c]&inHex == 0:
			return 0, false
		case c <= '9':
			v = v<<4 | uint32(c-'0')
		default:
			v = v<<4 | uint32(c|0x20-'a'+10)
		}
	}
	return v, true
}
