//go:build !unix

package pack

import "os"

func mapFile(path string) ([]byte, error) { return os.ReadFile(path) }

func releaseFile([]byte) {}

func unmapFile([]byte) {}
