package files

import "strings"

// format is a kind of archive, or of compression.
type format string

const (
	noArchive  format = ""
	zipped     format = "zip"
	tarball    format = "tar"
	sevenZip   format = "7z"
	rar        format = "rar"
	unixAr     format = "ar"
	cpioed     format = "cpio"
	rpmPackage format = "rpm"
	crxPackage format = "crx"
	asarFile   format = "asar"

	gzipped   format = "gzip"
	bzipped   format = "bzip2"
	xzipped   format = "xz"
	lzmaAlone format = "lzma"
	zstandard format = "zstd"
	lz4Framed format = "lz4"
)

// compression reports whether a format holds one text, and not members.
func (f format) compression() bool {
	switch f {
	case gzipped, bzipped, xzipped, lzmaAlone, zstandard, lz4Framed:
		return true
	}
	return false
}

// outOfOrder reports whether a format is read in another order than it lies in.
func (f format) outOfOrder() bool {
	switch f {
	case zipped, crxPackage, sevenZip, asarFile:
		return true
	}
	return false
}

// headSize is how many bytes of a file tell its format: up to the end of tar's
// magic.
const headSize = 262

// magics are the first bytes of each format that begins with always the same, as
// file formats' own documents give them.
var magics = []struct {
	first string
	is    format
}{
	{"PK\x03\x04", zipped},
	{"PK\x05\x06", zipped}, // without members
	{"PK\x07\x08", zipped}, // once split
	{"\x1f\x8b\x08", gzipped},
	{"\x28\xb5\x2f\xfd", zstandard},
	{"\xfd7zXZ\x00", xzipped},
	{"\x04\x22\x4d\x18", lz4Framed},
	{"\x02\x21\x4c\x18", lz4Framed}, // the legacy frame
	{"7z\xbc\xaf\x27\x1c", sevenZip},
	{"Rar!\x1a\x07\x00", rar},
	{"Rar!\x1a\x07\x01\x00", rar},
	{arMagic, unixAr},
	{rpmMagic, rpmPackage},
	{crxMagic2, crxPackage},
	{crxMagic3, crxPackage},
}

// formatOf tells the format of a file by its first bytes, up to headSize.
func formatOf(head []byte) format {
	if len(head) < 4 {
		return noArchive
	}
	for _, m := range magics {
		if head[0] == m.first[0] && strings.HasPrefix(string(head[:min(len(head), 8)]), m.first) {
			return m.is
		}
	}
	switch {
	case head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18": // a skippable frame
		return zstandard
	case len(head) >= 10 && string(head[:3]) == "BZh" && bzipBlock(string(head[4:10])):
		return bzipped
	case len(head) >= headSize && string(head[257:262]) == "ustar":
		return tarball
	case head[0] == '0' && isCPIO(string(head[:min(len(head), headSize)])):
		return cpioed
	case isASAR(head):
		return asarFile
	case isLZMA(head):
		return lzmaAlone
	}
	return noArchive
}

// bzipBlock reports whether magic begins a block, or ends a stream without any.
func bzipBlock(magic string) bool {
	return magic == "1AY&SY" || magic == "\x17\x72\x45\x38\x50\x90"
}
