package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/outcomes"
)

// serveCommand is the command serve.
type serveCommand struct {
	ledgerFlags
	listen    string
	hosts     []string
	tokenFile string
	since     window
}

func newServe() *cobra.Command {
	f := &serveCommand{since: window(90 * 24 * time.Hour)}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Show the dashboard of the ledger in a browser",
		Long: `Serve shows the dashboard of the ledger as it is at that moment, to browsers on this
machine that come with the token: open the address that it prints. It only reads.
An interrupt (Ctrl-C) ends it, with exit code 0.

On an address that others reach, the token must be one of yours, in a file. Leakguard
speaks HTTP only: TLS is the matter of a proxy in front of it, and the cookie that
stands for the token is kept to HTTPS. Say with --host under which name it is reached.`,
		Example: "  leakguard serve\n  leakguard serve --listen 0.0.0.0:8080 --host leaks.example.com --token-file token.txt",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.register(cmd.Flags())
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1:0", "address and port to listen on; port 0 is any that is free")
	cmd.Flags().StringSliceVar(&f.hosts, "host", nil, "name under which the dashboard is reached, repeatable (default: the address)")
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "file with the token that lets a browser in, of 20 characters or more (default: a random one)")
	cmd.Flags().Var(&f.since, "since", "how far back the figures look, such as 30d or 12h")
	return cmd
}

func (f *serveCommand) run(ctx context.Context, out, errs io.Writer) error {
	o, err := f.options(errs)
	if err != nil {
		return err
	}
	_, l, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", f.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	address := url.URL{Scheme: "http", Host: listener.Addr().String(), Path: "/"}
	if f.tokenFile == "" {
		address.RawQuery = url.Values{"token": {o.Token}}.Encode()
	}
	if _, err := fmt.Fprintln(out, &address); err != nil {
		return errors.Join(err, listener.Close())
	}
	return serve(ctx, listener, outcomes.Handler(func(ctx context.Context) (outcomes.Page, error) { return pageOf(ctx, l, time.Duration(f.since)) }, o))
}

// pageOf is the dashboard now.
func pageOf(ctx context.Context, l *ledger.Ledger, since time.Duration) (outcomes.Page, error) {
	now := time.Now()
	o, err := outcomes.Compute(ctx, l, now.Add(-since), now, outcomes.DefaultStale)
	if err != nil {
		return outcomes.Page{}, err
	}
	return outcomes.NewPage(ctx, l, o)
}

// options are who is let in. Beyond this machine that needs a token that was chosen
// for it, and the names under which it is reached.
func (f *serveCommand) options(errs io.Writer) (outcomes.HandlerOptions, error) {
	o := outcomes.HandlerOptions{
		Token: rand.Text(), Hosts: f.hosts,
		Failed: func(err error) { fmt.Fprintln(errs, "leakguard:", concealed(err.Error())) },
	}
	host, _, err := net.SplitHostPort(f.listen)
	if err != nil {
		return o, fmt.Errorf("--listen %q: want an address and a port, such as 127.0.0.1:8080", f.listen)
	}
	address, err := netip.ParseAddr(host)
	local := host == "localhost" || err == nil && address.IsLoopback()
	switch {
	case local:
		o.Hosts = append(o.Hosts, "localhost", "127.0.0.1", "::1", host)
	case f.tokenFile == "":
		return o, fmt.Errorf("--listen %s: others reach this address, so put a token of yours into a file and name it with --token-file; TLS is the matter of a proxy in front", f.listen)
	case len(f.hosts) > 0:
	case host == "" || address.IsUnspecified():
		return o, fmt.Errorf("--listen %s: say with --host under which name the dashboard is reached", f.listen)
	default:
		o.Hosts = []string{host}
	}
	o.Secure = !local || len(f.hosts) > 0 // a proxy is in front
	if f.tokenFile == "" {
		return o, nil
	}
	o.Token, err = readToken(f.tokenFile)
	return o, err
}

// shortestToken is how many characters a token has at least.
const shortestToken = 20

func readToken(name string) (string, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if len(token) < shortestToken {
		return "", fmt.Errorf("--token-file %s: want a token of at least %d characters", name, shortestToken)
	}
	return token, nil
}

// serve answers until the context ends, and then lets what is under way come to its
// end for a while.
func serve(ctx context.Context, listener net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- errors.Join(server.Shutdown(ctx), server.Close())
	})
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	return <-stopped
}
