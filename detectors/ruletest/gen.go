//go:build ignore

// This program makes sample.gz of this project's own files, the same number of bytes
// of each kind. Run it when they have become something else; not with each change.
package main

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	root    = "../.."
	perKind = 128 << 10
	perFile = 8 << 10
)

func main() {
	kinds := []string{".go", ".md", ".yml", ".json", ".log", ".sh"}
	texts := make([]bytes.Buffer, len(kinds))
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "bin", "providers"}, d.Name()) {
			return fs.SkipDir
		}
		kind := slices.Index(kinds, filepath.Ext(path))
		if kind < 0 || texts[kind].Len() >= perKind || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		data, err := os.ReadFile(path)
		texts[kind].Write(data[:min(len(data), perFile)])
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		log.Fatal(err)
	}
	for i := range texts {
		if _, err := z.Write(texts[i].Bytes()); err != nil {
			log.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("sample.gz", out.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
