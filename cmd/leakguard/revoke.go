package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// revokeCommand is the command revoke.
type revokeCommand struct {
	scanFlags
	path   string
	yes    bool
	dryRun bool
}

func newRevoke() *cobra.Command {
	f := new(revokeCommand)
	cmd := &cobra.Command{
		Use:   "revoke FINGERPRINT",
		Short: "Make a leaked secret invalid at its issuer, after asking you",
		Long: `Revoke scans again for the secret with that fingerprint, says what its issuer would
be sent and what stops working, asks, and sends it. Then it verifies that the
secret is dead. Whatever still uses the secret breaks: rotate it first.

Issuers that offer it: leakguard rules list --format json, "revocable".`,
		Example: `  leakguard revoke lg1s-0f1e… --dry-run
  leakguard revoke lg1s-0f1e… --in ~/src/app`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	f.registerReading(cmd.Flags())
	f.verify.register(cmd.Flags())
	cmd.Flags().StringVar(&f.path, "in", ".", "the repository or folder to look in")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show the requests and send none")
	return cmd
}

func (f *revokeCommand) run(cmd *cobra.Command, fingerprint string) error {
	if f.verify.offline && !f.dryRun {
		return errors.New("--offline: a secret cannot be revoked without its issuer; --dry-run shows the request")
	}
	f.verify.ask = true
	s, _, sources, err := f.everything(cmd.Context(), f.path)
	if err != nil {
		return err
	}
	engine, done, err := f.verify.verifier(s)
	if err != nil {
		return err
	}
	secret, err := f.find(cmd, s, sources, fingerprint)
	if err != nil {
		return err
	}
	plan, err := engine.Plan(secret)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	f.show(out, secret, plan)
	if f.dryRun {
		return done()
	}
	if !f.yes {
		if err := confirm(cmd, secret.Fingerprint); err != nil {
			return err
		}
	}
	err = f.revoke(cmd.Context(), out, engine, secret)
	if failed := done(); failed != nil {
		return failed
	}
	return err
}

// find gets the secret with a fingerprint back, in clear.
func (f *revokeCommand) find(cmd *cobra.Command, s *settings, sources []scanner.Source, fingerprint string) (*verify.Credential, error) {
	var found *verify.Credential
	res := scanner.Run(cmd.Context(), sources, scanner.Options{
		Engine: s.engine,
		Keep:   func(fp string) bool { return fp == fingerprint },
		// Values are in clear when this is called, and nowhere later.
		Suppress: func(secrets []scanner.Secret) (kept, suppressed []scanner.Secret, unused []string) {
			for i := range secrets {
				found = secrets[i].Credential()
			}
			return secrets, nil, nil
		},
	})
	switch {
	case found != nil:
		return found, nil
	case cmd.Context().Err() != nil:
		return nil, exit(exitInterrupted)
	case !res.Complete():
		return nil, fmt.Errorf("no secret with the fingerprint %s in what could be read of %s; leakguard scan says what could not", fingerprint, f.path)
	}
	return nil, fmt.Errorf("no secret with the fingerprint %s in %s", fingerprint, f.path)
}

func (f *revokeCommand) show(w io.Writer, c *verify.Credential, plan verify.Plan) {
	fmt.Fprintf(w, "%s: %s\n", c.Fingerprint, c.Rule.Name)
	if plan.Effect != "" {
		fmt.Fprintf(w, "What happens: %s.\n", plan.Effect)
	}
	if plan.Docs != "" {
		fmt.Fprintf(w, "Documented at %s\n", plan.Docs)
	}
	for _, r := range plan.Requests {
		fmt.Fprintf(w, "\n  %s\n", strings.ReplaceAll(strings.TrimSpace(r), "\n", "\n  "))
	}
	fmt.Fprintln(w)
}

// errNotConfirmed is the end of a revocation that nobody confirmed.
var errNotConfirmed = errors.New("not confirmed: nothing was sent")

// confirm asks on the terminal; what is typed is the fingerprint's beginning, so
// that it is not typed by mistake.
func confirm(cmd *cobra.Command, fingerprint string) error {
	word := fingerprint[:min(len(fingerprint), 9)]
	fmt.Fprintf(cmd.ErrOrStderr(), "Type %s to revoke it: ", word)
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	switch {
	case strings.TrimSpace(line) == word:
		return nil
	case err != nil:
		return fmt.Errorf("%w; use --yes where nobody can be asked", errNotConfirmed)
	}
	return errNotConfirmed
}

// revoke revokes and looks whether the secret is dead. The issuer may take a
// moment: what it says is told as it is.
func (f *revokeCommand) revoke(ctx context.Context, w io.Writer, engine *verify.Engine, c *verify.Credential) error {
	if err := engine.Revoke(ctx, c); err != nil {
		return err
	}
	fmt.Fprintln(w, "Revoked, its issuer says.")
	v := engine.Verify(ctx, c)
	switch v.State {
	case verify.Dead:
		fmt.Fprintln(w, "Verified: it is dead.")
		return nil
	case verify.Live:
		fmt.Fprintln(w, "It is still live: some issuers take minutes. Verify it again: leakguard verify.")
		return exit(exitFound)
	}
	fmt.Fprintf(w, "Whether it is dead could not be seen: %s (%s).\n", v.State, v.Reason)
	return nil
}
