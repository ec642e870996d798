//go:build unix && !darwin

package seen

import (
	"os"
	"path/filepath"
)

func systemPath(name string) (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "state", "leakguard", name), nil
}
