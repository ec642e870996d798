//go:build !unix || darwin

package seen

import (
	"os"
	"path/filepath"
)

func systemPath(name string) (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "leakguard", name), nil
}
