//go:build ignore

// This program writes docs/providers.
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/providers/page"
)

const dir = "../../../docs/providers"

func main() {
	all, err := providers.ReadDir("..")
	if err != nil {
		log.Fatal(err)
	}
	files := page.Files(all)
	old, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range old { // of providers that are gone
		if files[filepath.Base(name)] == nil {
			if err := os.Remove(name); err != nil {
				log.Fatal(err)
			}
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		log.Fatal(err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
