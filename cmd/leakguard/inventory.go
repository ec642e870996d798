package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/action/inventory"
	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/scanner/forge"
)

func newInventory() *cobra.Command {
	f := new(ledgerFlags)
	cmd := &cobra.Command{
		Use:   "inventory",
		Short: "Know what secrets managers hold, without holding it",
		Long: `The inventory is what the ledger knows of secrets managers: their entries, whose
they are, when each was last set, and keyed hashes of their values, by which a scan
with --ledger recognises a value that leaked.`,
		Example: "  leakguard inventory sync --from vault\n  leakguard inventory list --stale 90d",
	}
	f.register(cmd.PersistentFlags())
	return group(cmd, newInventorySync(f), newInventoryList(f))
}

// inventorySync is the command inventory sync.
type inventorySync struct {
	*ledgerFlags
	from      string
	url       string
	tokenFile string
	mounts    []string
	org, repo string
}

func newInventorySync(l *ledgerFlags) *cobra.Command {
	f := &inventorySync{ledgerFlags: l}
	cmd := &cobra.Command{
		Use:   "sync --from MANAGER",
		Short: "Bring the ledger up to date with a secrets manager",
		Long: `Sync reads a secrets manager and keeps in the ledger what its entries are called,
whose they are and when they were set; of their values only what it takes to
recognise them. A leaked secret whose entry has another value now is rotated.

  vault   HashiCorp Vault or OpenBao, at VAULT_ADDR with VAULT_TOKEN
  github  names of the secrets of Actions, environments, Dependabot and Codespaces

It only reads. The exit code is 3 if something could not be read.`,
		Example: `  leakguard inventory sync --from vault --path secret
  leakguard inventory sync --from github --org acme`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	fs := cmd.Flags()
	fs.StringVar(&f.from, "from", "", "the secrets manager: vault or github")
	fs.StringVar(&f.url, "url", "", "its address: of the vault (default: VAULT_ADDR), or of the API of a GitHub server of your own")
	fs.StringVar(&f.tokenFile, "token-file", "", "with --from github: file that holds the token (default: GH_TOKEN or GITHUB_TOKEN)")
	fs.StringSliceVar(&f.mounts, "path", nil, "with --from vault: only the secrets engine at this path, repeatable")
	fs.StringVar(&f.org, "org", "", "with --from github: an organisation, with all its repositories")
	fs.StringVar(&f.repo, "repo", "", "with --from github: one repository, as OWNER/NAME")
	return cmd
}

func (f *inventorySync) check() error {
	switch {
	case f.from != "vault" && f.from != "github":
		return fmt.Errorf("--from %q: want vault or github", f.from)
	case f.from == "vault" && f.org+f.repo+f.tokenFile != "":
		return errors.New("--org, --repo and --token-file are for --from github")
	case f.from == "github" && len(f.mounts) > 0:
		return errors.New("--path is for --from vault")
	case f.from == "github" && (f.org == "") == (f.repo == ""):
		return errors.New("github: name either --repo or --org")
	case f.repo != "" && strings.Count(f.repo, "/") != 1:
		return errors.New("--repo: want OWNER/NAME")
	case os.Getenv(offlineVariable) != "":
		return fmt.Errorf("--offline: %s is not asked (%s is set)", f.from, offlineVariable)
	}
	return nil
}

func (f *inventorySync) run(cmd *cobra.Command) error {
	if err := f.check(); err != nil {
		return err
	}
	s, l, err := f.open(cmd.Context())
	if err != nil {
		return err
	}
	defer l.Close()
	at := time.Now()
	reading, err := f.read(cmd, s, l)
	switch {
	case cmd.Context().Err() != nil:
		return exit(exitInterrupted)
	case err != nil:
		return err
	}
	report, err := inventory.Sync(cmd.Context(), l, reading, at)
	if err != nil {
		return err
	}
	if err := report.WriteText(cmd.OutOrStdout()); err != nil {
		return err
	}
	return leftOf(0, len(report.Gaps))
}

// read walks through the manager.
func (f *inventorySync) read(cmd *cobra.Command, s *settings, l *ledger.Ledger) (*inventory.Reading, error) {
	if f.from == "github" {
		c, err := forge.NewGitHub(forge.GitHubOptions{URL: f.url, TokenFile: f.tokenFile})
		if err != nil {
			return nil, err
		}
		return inventory.GitHub(cmd.Context(), c, f.org, f.repo), nil
	}
	if err := s.trusted(); err != nil {
		return nil, err
	}
	o, err := inventory.VaultEnvironment(os.Getenv)
	if err != nil {
		return nil, err
	}
	// Through the proxy, and trusting the authorities, that secrets go through when
	// their issuers are asked.
	asking, err := s.cfg.Verify.Options(func(name string) ([]byte, error) { return os.ReadFile(s.beside(name)) })
	if err != nil {
		return nil, err
	}
	o.Mounts, o.Proxy = f.mounts, asking.Proxy
	if o.Roots == nil {
		o.Roots = asking.Roots
	}
	if f.url != "" {
		o.Address = f.url
	}
	v, err := inventory.NewVault(o)
	if err != nil {
		return nil, err
	}
	keeping, err := l.Keeping(cmd.Context())
	if err != nil {
		return nil, err
	}
	return v.Read(cmd.Context(), s.engine, keeping), nil
}

func newInventoryList(f *ledgerFlags) *cobra.Command {
	var stale window
	var format string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the entries of secrets managers, and which of their values leaked",
		Long: `List tells what the last sync saw: entries with their version, when their value was
last set, how they are rotated and whose they are, and the secrets of the ledger
that are their values. It asks nobody.`,
		Example: "  leakguard inventory list\n  leakguard inventory list --stale 90d --format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return fmt.Errorf("--format %q: want text or json", format)
			}
			_, l, err := f.open(cmd.Context())
			if err != nil {
				return err
			}
			defer l.Close()
			list, err := inventory.List(cmd.Context(), l, time.Duration(stale), time.Now())
			if err != nil {
				return err
			}
			if format == "json" {
				return writeIndented(cmd.OutOrStdout(), list)
			}
			return inventory.WriteList(cmd.OutOrStdout(), list)
		},
	}
	cmd.Flags().Var(&stale, "stale", "only entries whose value was set longer ago than this, such as 90d")
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}
