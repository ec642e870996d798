package files

import (
	"strings"
	"testing"
)

func TestBinaryFormat(t *testing.T) {
	at := func(offset int, magic string) string { return strings.Repeat("\x01", offset) + magic }
	const frame, skip = "\x28\xb5\x2f\xfd", "\x5a\x2a\x4d\x18"
	tests := []struct {
		name, head string
		want       bool
	}{
		{"empty", "", false},
		{"text", "key = value\n", false},
		{"NUL alone", "\x00\x00a", false},
		{"PNG is read", "\x89PNG\r\n\x1a\n", false},
		{"zip", "PK\x03\x04", true},
		{"half of zip's mark", "PK\x03", false},
		{"mark behind white space", " PK\x03\x04", false},
		{"gzip", "\x1f\x8b\x08\x00", true},
		{"PDF", "%PDF-1.7", true},
		{"text that begins as a program", "MZ is no program\n", true},
		{"tar", at(257, "ustar"), true},
		{"tar's mark one byte early", at(256, "ustar") + "x", false},
		{"tar cut short", at(257, "usta"), false},
		{"DICOM", at(128, "DICM"), true},
		{"ISO image", at(32769, "CD001"), true},
		{"ELF", "\x7fELF" + at(49, ""), true},
		{"ELF without its header", "\x7fELF" + at(48, ""), false},
		{"RPM", "\xed\xab\xee\xdb" + at(93, ""), true},
		{"RPM without its lead", "\xed\xab\xee\xdb" + at(92, ""), false},
		{"dex", "dex\n" + at(32, "\x70"), true},
		{"dex with another header size", "dex\n" + at(32, "\x71"), false},
		{"Word", "\xd0\xcf\x11\xe0" + at(508, "\xec\xa5") + "\x00", true},
		{"compound file of another kind", "\xd0\xcf\x11\xe0" + at(508, "\x00\x00") + "\x00", false},
		{"compound file cut short", "\xd0\xcf\x11\xe0", true},
		{"zstd", frame, true},
		{"zstd behind frames to be skipped", skip + "\x02\x00\x00\x00ab" + skip + "\x00\x00\x00\x00" + frame, true},
		{"only a frame to be skipped", skip + "\x02\x00\x00\x00ab", false},
		{"frame longer than the text", skip + "\xff\xff\xff\xff" + frame, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := binaryFormat([]byte(tt.head)); got != tt.want {
				t.Errorf("binary %v, want %v", got, tt.want)
			}
		})
	}
}
