package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner/config"
)

func newMigrate() *cobra.Command {
	var from, dir string
	cmd := &cobra.Command{
		Use:   "migrate FILE",
		Short: "Turn another scanner's config into leakguard's",
		Long: `Migrate reads a config of gitleaks 8 and writes .leakguard.toml, with its
allowlists, and rules.d/migrated.toml, with the rules that are not gitleaks' own.
It says what could not be carried over, and overwrites nothing. To keep a config as
it is, scan with --rules gitleaks instead.`,
		Example: "  leakguard migrate .gitleaks.toml",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if from != "gitleaks" {
				return fmt.Errorf("--from %q: want gitleaks", from)
			}
			data, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			p, warnings, err := rules.ReadGitleaks(args[0], data, os.ReadFile)
			if err != nil {
				return err
			}
			m, err := config.MigrateGitleaks(p)
			if err != nil {
				return err
			}
			m.Left = append(warnings, m.Left...)
			return writeMigrated(cmd.OutOrStdout(), dir, m)
		},
	}
	cmd.Flags().StringVar(&from, "from", "gitleaks", "whose config it is: gitleaks")
	cmd.Flags().StringVar(&dir, "dir", ".", "folder to write to")
	return cmd
}

// writeMigrated writes the files, none if one of them is there already.
func writeMigrated(out io.Writer, dir string, m *config.Migrated) error {
	files := []struct {
		name string
		data []byte
	}{{config.FileName, m.Config}, {filepath.Join("rules.d", "migrated.toml"), m.Provider}}
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(dir, f.name)); err == nil && f.data != nil {
			return fmt.Errorf("%s is there already: move it away, or write elsewhere with --dir", filepath.Join(dir, f.name))
		}
	}
	for _, f := range files {
		if f.data == nil {
			continue
		}
		name := filepath.Join(dir, f.name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		w, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, bytes.NewReader(f.data))
		if err := errors.Join(err, w.Close()); err != nil {
			return err
		}
		fmt.Fprintln(out, "wrote", name)
	}
	for _, left := range m.Left {
		fmt.Fprintln(out, "not carried over:", left)
	}
	return nil
}
