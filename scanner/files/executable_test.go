package files_test

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf16"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
)

// Programs need no reader of their own: compilers end each string with a zero
// (C and its kin) or write it in UTF-16 (Windows), and the engine reads either
// among other bytes.
func TestExecutables(t *testing.T) {
	engine, err := detectors.New(providers.Load(), detectors.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	secret, err := rules.Expand("sk_live_${alnum:24}", rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	var wide []byte
	for _, u := range utf16.Encode([]rune(secret)) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	for name, tt := range map[string]struct {
		header string
		text   []byte
	}{
		"ELF":         {"\x7fELF\x02\x01\x01\x00", []byte(secret)},
		"PE":          {"MZ\x90\x00\x03\x00\x00\x00", []byte(secret)},
		"PE, UTF-16":  {"MZ\x90\x00\x03\x00\x00\x00", wide},
		"Mach-O":      {"\xcf\xfa\xed\xfe\x07\x00\x00\x01", []byte(secret)},
		"ELF, UTF-16": {"\x7fELF\x02\x01\x01\x00", wide},
	} {
		t.Run(name, func(t *testing.T) {
			code := make([]byte, 4096)
			for i := range code {
				code[i] = byte(i*i>>3 ^ i)
			}
			program := append([]byte(tt.header), code...)
			program = append(append(append(program, "usage: %s\x00\x00"...), tt.text...), 0, 0)
			program = append(program, "out of memory\x00"...)
			path := filepath.Join(t.TempDir(), "program")
			if err := os.WriteFile(path, append(program, code...), 0o700); err != nil {
				t.Fatal(err)
			}
			src := files.New([]string{path}, files.Options{})
			res := scanner.Run(t.Context(), []scanner.Source{src}, scanner.Options{Engine: engine})
			if len(res.Secrets) != 1 || !res.Complete() {
				t.Errorf("found %d secrets, complete: %v", len(res.Secrets), res.Complete())
			}
		})
	}
}
